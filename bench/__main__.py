"""How fast and how light the mind is, on one core, how fast a whole turn and a reviewer's pages: ``make bench`` (an hour).

The mind's figures are medians over the dev messages; machines are noisy. The turn's: ``bench.turn``, the pages': ``bench.inbox``.
"""

from __future__ import annotations

import datetime as dt
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.figures import LATEST, Figure, report
from bench.inbox import measure_pages
from bench.turn import measure_turns
from bot import memory
from bot.channel import Channel
from bot.conversation import Said, State
from bot.dialogue import respond
from bot.known import PARIS, Known
from bot.mind import load_mind

ROOT = Path(__file__).parent.parent
DATA = ROOT / "tests" / "data"
ROUNDS = 5


def main() -> None:
    """Measure, print, keep; exit 1 when a bar is missed."""
    memory.REMEMBERED = 0  # each text is read anew
    mind = load_mind()
    texts = [json.loads(line)["text"] for name in ("contributions", "requests", "safety") for line in read(name)]
    known = Known(mind, dt.datetime(2026, 11, 20, 10, tzinfo=PARIS), Channel.SMS, draw_code=lambda: "K7Q2MX")
    figures = [
        Figure("classify, median", median_ms(mind.matcher.match, texts), "ms", "≤ 1"),
        Figure("place, median", median_ms(mind.places.find, texts), "ms", "≤ 0.5"),
        Figure("whole understanding, median", median_ms(mind.understanding.read, texts), "ms", "≤ 2"),
        Figure("emergency, median", median_ms(mind.safety.detect, texts), "ms", "≤ 1"),
        Figure("whole turn, median", median_ms(lambda text: respond(State(), Said(text), known), texts), "ms"),
        Figure("10 000 characters, worst part", slowest_ms(known, "médecin de garde à Colmar " * 385), "ms", "≤ 50"),
        Figure("mind loaded", *measure_start("import time; a = time.perf_counter(); from bot.mind import load_mind; "
                                             "load_mind(); print(time.perf_counter() - a)", "s", "≤ 1.5")),
        Figure("resident memory of the mind", *measure_start(
            "from bot.mind import load_mind; m = load_mind(); m.understanding.read('un médecin à Reims'); import re; "
            "print(int(re.search(r'VmRSS:\\s+(\\d+)', open('/proc/self/status').read())[1]) / 1024)", "MB", "≤ 150")),
    ]  # fmt: skip
    raise SystemExit(0 if report([*figures, *measure_turns(), *measure_pages()], LATEST) else 1)


def read(name: str) -> list[str]:
    """The lines of a dev set."""
    return (DATA / f"dev-{name}.jsonl").read_text(encoding="utf-8").splitlines()


def median_ms(work: Callable[[str], object], texts: list[str]) -> float:
    """The median over the texts of the best of ROUNDS: the machine's noise only ever adds."""
    return statistics.median(min(_ms(work, text) for _ in range(ROUNDS)) for text in texts)


def slowest_ms(known: Known, text: str) -> float:
    """The slowest part of the mind on one long text."""
    parts = (known.mind.matcher.match, known.mind.places.find, known.mind.understanding.read, known.mind.safety.detect)
    return max(min(_ms(part, text) for _ in range(ROUNDS)) for part in parts)


def measure_start(program: str, unit: str, bar: str) -> tuple[float, str, str]:
    """What a fresh process prints, the best of three."""
    runs = [
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True) for _ in range(3)
    ]
    return min(float(run.stdout) for run in runs), unit, bar


def _ms(work: Callable[[str], object], text: str) -> float:
    began = time.perf_counter()
    work(text)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
