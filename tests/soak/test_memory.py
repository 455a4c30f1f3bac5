"""A worker does not grow with the messages that it answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.drift import measure_drift

MOST_PERCENT = 5


@pytest.mark.slow
def test_a_worker_does_not_grow_in_a_minute(tmp_path: Path) -> None:
    drift = measure_drift(f"sqlite:///{tmp_path / 'voix.db'}", 60)
    assert drift.messages > 500
    assert drift.percent < MOST_PERCENT


@pytest.mark.slow
@pytest.mark.soak
def test_a_worker_does_not_grow_in_half_an_hour(tmp_path: Path) -> None:
    drift = measure_drift(f"sqlite:///{tmp_path / 'voix.db'}", 30 * 60)
    print(f"{drift.first_mb:.1f} MB → {drift.last_mb:.1f} MB over {drift.messages} messages")
    assert drift.percent < MOST_PERCENT
