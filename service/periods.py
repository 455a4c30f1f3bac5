"""The times over which a dashboard counts: the last weeks, months or years in Paris, the present one included."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.known import PARIS


class Unit(StrEnum):
    """What a period is made of; the values stand in addresses."""

    WEEK = "semaines"
    MONTH = "mois"
    YEAR = "annees"


SHOWN = {Unit.WEEK: 12, Unit.MONTH: 12, Unit.YEAR: 5}  # a quarter, a year, a council's mandate
LONGEST = {Unit.WEEK: 7, Unit.MONTH: 31, Unit.YEAR: 366}  # days: so long after its start, another one runs


@dataclass(frozen=True)
class Span:
    """From one day to another, both included."""

    since: dt.date
    until: dt.date


def list_spans(unit: Unit, today: dt.date) -> tuple[Span, ...]:
    """The last SHOWN weeks (from Monday), months or years, the oldest first; the last is the present one, whole."""
    spans: list[Span] = []
    start = _find_start(unit, today)
    until = _find_start(unit, start + dt.timedelta(days=LONGEST[unit])) - dt.timedelta(days=1)
    while len(spans) < SHOWN[unit]:
        spans.insert(0, Span(start, until))
        until = start - dt.timedelta(days=1)
        start = _find_start(unit, until)
    return tuple(spans)


def bound(spans: Sequence[Span]) -> tuple[dt.datetime, dt.datetime]:
    """The moment at which the first begins, and that at which the last is over."""
    end = spans[-1].until + dt.timedelta(days=1)
    return dt.datetime.combine(spans[0].since, dt.time(), PARIS), dt.datetime.combine(end, dt.time(), PARIS)


def _find_start(unit: Unit, day: dt.date) -> dt.date:
    if unit is Unit.WEEK:
        return day - dt.timedelta(days=day.weekday())
    return day.replace(day=1) if unit is Unit.MONTH else day.replace(month=1, day=1)
