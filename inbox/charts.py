"""Bars drawn in SVG: how high each is, and what stands below the first and the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SLOT, BAR = 20.0, 14.0  # units of the drawing: for each bar, and its own width
HEIGHT = 72.0


@dataclass(frozen=True)
class Bar:
    """One bar of a drawing whose ground is at HEIGHT; ``x`` is its left edge."""

    x: float
    height: float
    count: int


@dataclass(frozen=True)
class Columns:
    """A drawing ``width`` by HEIGHT units, and a unit above for the number on the highest bar."""

    width: float
    bars: tuple[Bar, ...]
    highest: int | None  # the place of the highest bar; None when all are empty


def draw_columns(counts: Sequence[int], largest: int) -> Columns:
    """Upright bars, one a count; ``largest``: of all the drawings that are to be compared."""
    bars = tuple(
        Bar(number * SLOT + (SLOT - BAR) / 2, round(HEIGHT * count / largest, 1) if largest else 0.0, count)
        for number, count in enumerate(counts)
    )
    highest = max(range(len(counts)), key=lambda number: counts[number]) if any(counts) else None
    return Columns(len(counts) * SLOT, bars, highest)
