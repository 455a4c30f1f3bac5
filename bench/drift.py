"""Whether a worker grows with the messages it answers: ``python -m bench.drift 1800``, part of ``make soak``."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from dataclasses import dataclass

from bench.callers import talk
from bench.turn import running
from bench.workers import read_memory_mb

WARM_UP = 10.0  # seconds at least, or a tenth of all: what is loaded at first use is loaded, and the caches are filled
STEP = 2.0  # seconds between two readings
CONNECTIONS = 2


@dataclass(frozen=True)
class Drift:
    """Resident memory of one worker, at the median of the first and the last fifth of the readings."""

    first_mb: float
    last_mb: float
    messages: int

    @property
    def percent(self) -> float:
        """Growth."""
        return (self.last_mb / self.first_mb - 1) * 100


def measure_drift(url: str, seconds: float) -> Drift:
    """Text to one worker on the database at ``url`` for so long, after it has warmed up. 25 seconds at least."""
    readings, messages = [], 0
    with running(url) as server:
        talk(server.base, max(WARM_UP, seconds / 10), CONNECTIONS)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            messages += len(talk(server.base, STEP, CONNECTIONS).latencies)
            readings.append(read_memory_mb(server))
    fifth = max(1, len(readings) // 5)
    return Drift(statistics.median(readings[:fifth]), statistics.median(readings[-fifth:]), messages)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        drift = measure_drift(f"sqlite:///{folder}/voix.db", float(sys.argv[1]) if len(sys.argv) > 1 else 60)
    print(f"{drift.first_mb:.1f} MB → {drift.last_mb:.1f} MB: {drift.percent:+.2f} % over {drift.messages} messages")
