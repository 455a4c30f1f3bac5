"""How fast, how often and when we may write to people: read once at start, and the calendar behind it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import holidays

from bot.known import PARIS
from service.settings import SettingsError

# Grand Est has the public holidays of France and, in Alsace-Moselle, two more: nobody is written to on any of them.
REGION_WITH_MOST_HOLIDAYS = "6AE"
_HOURS = re.compile(r"^([01]?\d|2[0-4])-([01]?\d|2[0-4])$", re.ASCII)


@dataclass(frozen=True)
class SendingRules:
    """``opens`` and ``closes``: hours in Paris between which we write first."""

    per_second: int = 10
    most_a_day: int = 10_000  # in all, on a day of Paris: a defect must not cost more; emergencies do not count
    most_a_day_each: int = 50  # to one person: two machines that answer each other stop there
    opens: int = 8
    closes: int = 20


def read_sending_rules(values: Mapping[str, object]) -> SendingRules:
    """The rules in ``values`` (the environment). Raises SettingsError for a bad one."""

    def number(name: str, default: int) -> int:
        value = str(values.get(name) or default).strip()
        if not value.isascii() or not value.isdecimal() or int(value) < 1:
            raise SettingsError(f"{name} is not a number, 1 or more: {value}")
        return int(value)

    hours = str(values.get("VOIX_SENDING_HOURS") or f"{SendingRules.opens}-{SendingRules.closes}").strip()
    found = _HOURS.match(hours)
    if found is None or int(found[1]) >= int(found[2]):
        raise SettingsError(f"VOIX_SENDING_HOURS is not two hours of a day such as 8-20: {hours}")
    return SendingRules(
        per_second=number("VOIX_SENDS_PER_SECOND", SendingRules.per_second),
        most_a_day=number("VOIX_MOST_SENDS_A_DAY", SendingRules.most_a_day),
        most_a_day_each=number("VOIX_MOST_SENDS_A_DAY_EACH", SendingRules.most_a_day_each),
        opens=int(found[1]),
        closes=int(found[2]),
    )


def is_quiet(rules: SendingRules, now: dt.datetime) -> bool:
    """Whether nobody is to be written to first: at night, on Sundays, on public holidays; by the clock of Paris."""
    here = now.astimezone(PARIS)
    is_open = rules.opens <= here.hour < rules.closes
    return not is_open or here.weekday() == 6 or here.date() in _holidays(here.year)


def start_of_day(now: dt.datetime) -> dt.datetime:
    """Midnight in Paris, before ``now``."""
    return dt.datetime.combine(now.astimezone(PARIS).date(), dt.time(), PARIS)


def next_day(now: dt.datetime) -> dt.datetime:
    """Midnight in Paris, after ``now``: 23, 24 or 25 hours after the one before."""
    return dt.datetime.combine(now.astimezone(PARIS).date() + dt.timedelta(days=1), dt.time(), PARIS)


@lru_cache(maxsize=8)
def _holidays(year: int) -> frozenset[dt.date]:
    return frozenset(holidays.country_holidays("FR", subdiv=REGION_WITH_MOST_HOLIDAYS, years=year))
