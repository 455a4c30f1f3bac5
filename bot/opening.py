"""Opening hours as a citizen asks of them: now, or on a day.

Hours are in OSM syntax, read by opening-hours-py. The two extra public holidays of Alsace-Moselle (26 December and Good
Friday: local law kept since 1924) are not in its French calendar; they come from ``holidays`` as dated rules.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

import holidays
import opening_hours

ALSACE_MOSELLE = {"57": "57", "67": "6AE", "68": "6AE"}  # département -> its ISO 3166-2:FR code, as ``holidays`` wants
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
          "novembre", "décembre")  # fmt: skip
_ON_HOLIDAYS = re.compile(r"^\s*\S*\bPH\b\S*\s+(.+)$")  # "PH off", "Su,PH 10:00-12:00": what holds on public holidays
_OSM_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def say_now(expression: str, now: dt.datetime, departement: str) -> str:
    """Whether it is open: "ouvert maintenant, jusqu'à 19h30", "fermé, rouvre lundi à 8h30" or that nobody knows."""
    hours = _read(expression, departement, now.year)
    here = now.replace(tzinfo=None)
    state = hours.state(here)[0]
    if state == opening_hours.State.UNKNOWN:
        return "jour férié : horaires non connus, renseignez-vous avant de venir"
    change = hours.next_change(here)
    if state == opening_hours.State.OPEN:
        return f"ouvert maintenant, jusqu'à {say_time(change)}" if change else "ouvert maintenant"
    reopening = _next_opening(hours, here)
    return f"fermé maintenant, rouvre {_say_when(reopening, here)}" if reopening else "fermé maintenant"


def say_day(expression: str, day: dt.date, departement: str) -> str:
    """The hours of one day: "samedi 22 novembre : ouvert de 8h30 à 19h30", "… : fermé", or that nobody knows."""
    hours = _read(expression, departement, day.year)
    start = dt.datetime.combine(day, dt.time())
    spans: list[str] = []
    unknown = False
    for begin, end, state, _ in hours.intervals(start, start + dt.timedelta(days=1)):
        unknown = unknown or state == opening_hours.State.UNKNOWN
        if state == opening_hours.State.OPEN:
            whole_day = begin.time() == end.time() == dt.time()
            spans.append("24h/24" if whole_day else f"de {say_time(begin)} à {say_time(end)}")
    title = f"{DAYS[day.weekday()]} {_say_date(day)}"
    if unknown:
        return f"{title} : jour férié, horaires non connus"
    return f"{title} : ouvert {' et '.join(spans)}" if spans else f"{title} : fermé"


def is_open(expression: str, now: dt.datetime, departement: str) -> bool | None:
    """Whether it is open at ``now``; None when its source does not say (a public holiday)."""
    state = _read(expression, departement, now.year).state(now.replace(tzinfo=None))[0]
    return None if state == opening_hours.State.UNKNOWN else bool(state == opening_hours.State.OPEN)


def say_time(moment: dt.datetime) -> str:
    """8h30, 19h."""
    return f"{moment.hour}h{moment.minute:02}" if moment.minute else f"{moment.hour}h"


@lru_cache(maxsize=64)
def _read(expression: str, departement: str, year: int) -> opening_hours.OpeningHours:
    """``expression`` with the local holidays of this year and the next as dated rules, when it speaks of holidays."""
    rule = next((found[1] for part in expression.split(";") if (found := _ON_HOLIDAYS.match(part))), None)
    if rule is None or departement not in ALSACE_MOSELLE:
        return opening_hours.OpeningHours(expression, country="FR")
    days = holidays.country_holidays("FR", subdiv=ALSACE_MOSELLE[departement], years=(year, year + 1), language="fr")
    dated = "".join(f"; {d.year} {_OSM_MONTHS[d.month - 1]} {d.day:02} {rule}" for d in sorted(days))
    return opening_hours.OpeningHours(expression + dated, country="FR")


def _next_opening(hours: opening_hours.OpeningHours, here: dt.datetime) -> dt.datetime | None:
    """When it next opens for sure, within two weeks: a change to "unknown" is not an opening."""
    for begin, _end, state, _comment in hours.intervals(here, here + dt.timedelta(days=14)):
        if state == opening_hours.State.OPEN:
            return dt.datetime.combine(begin.date(), begin.time())
    return None


def _say_when(moment: dt.datetime, here: dt.datetime) -> str:
    days = (moment.date() - here.date()).days
    at = f"à {say_time(moment)}"
    if days == 0:
        return f"aujourd'hui {at}"
    if days == 1:
        return f"demain {at}"
    if days < 7:
        return f"{DAYS[moment.weekday()]} {at}"
    return f"le {_say_date(moment.date())} {at}"


def _say_date(day: dt.date) -> str:
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]}"
