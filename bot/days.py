"""The day a message speaks of: "samedi", "demain", "le 24 décembre"."""

from __future__ import annotations

import datetime as dt
import re

from bot.folding import fold
from bot.opening import DAYS, MONTHS

_MONTHS = tuple(fold(month) for month in MONTHS)
_WEEKDAY = re.compile(rf"\b({'|'.join(DAYS)})s?\b")
_DATE = re.compile(rf"\b(1er|[0-3]?\d)\s+({'|'.join(_MONTHS)})\b")
_NUMERIC = re.compile(r"\b(?!24/7\b)([0-3]?\d)/([01]?\d)\b(?!\s*h)")  # "24/7" is day and night
_WEEKEND = re.compile(r"\bwe\b|\bweek ?end\b")
SATURDAY = 5


def find_day(text: str, today: dt.date) -> dt.date | None:
    """The coming day that ``text`` names, ``today`` included; None when it names none."""
    words = fold(text)
    if (found := _DATE.search(words)) is not None:
        return _coming(today, int(found[1].removesuffix("er")), _MONTHS.index(found[2]) + 1)
    if (found := _NUMERIC.search(words)) is not None:
        return _coming(today, int(found[1]), int(found[2]))
    if "apres demain" in words:
        return today + dt.timedelta(days=2)
    if re.search(r"\bdemain\b", words):
        return today + dt.timedelta(days=1)
    if (found := _WEEKDAY.search(words)) is not None:
        return _next(today, DAYS.index(found[1]))
    return _next(today, SATURDAY) if _WEEKEND.search(words) else None


def _next(today: dt.date, weekday: int) -> dt.date:
    return today + dt.timedelta(days=(weekday - today.weekday()) % 7)


def _coming(today: dt.date, day: int, month: int) -> dt.date | None:
    """This year's or the next year's day of that date; None when there is no such date."""
    for year in (today.year, today.year + 1):
        try:
            date = dt.date(year, month, day)
        except ValueError:
            continue
        if date >= today:
            return date
    return None
