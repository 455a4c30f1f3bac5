"""Past contributions as the lines of a file tell them, each ready to be taken in, or with what is wrong and what to do."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.dialogue import LONGEST_MESSAGE
from bot.folding import fold
from bot.known import PARIS, Mind
from service.errors import Refused
from service.import_file import Column, Line, Sheet, pick
from service.masking import mask
from service.models import Source

OLDEST = dt.date(2000, 1, 1)  # a date before is a slip of the pen
_MONTHS = "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre".split()
_SOURCES = {  # folded words of a cell
    "sms": Source.SMS,
    "whatsapp": Source.WHATSAPP,
    "site": Source.WEB,
    "web": Source.WEB,
    "internet": Source.WEB,
    "telephone": Source.PHONE,
    "appel": Source.PHONE,
    "papier": Source.PAPER,
    "formulaire": Source.PAPER,
    "courrier": Source.PAPER,
    "reunion": Source.MEETING,
    "atelier": Source.MEETING,
    "table ronde": Source.MEETING,
    "dialogue": Source.MEETING,
}


@dataclass(frozen=True)
class PastIdea:
    """A line that can be taken in. ``key``: the same for the same words of the same territory, place and day."""

    line: int
    words: str
    folded: str  # ``fold_text`` of them once masked: the same for the same words
    departement: str
    insee: str | None
    day: dt.date | None
    source: Source
    solution: str | None  # or a bare axis
    key: str


@dataclass(frozen=True)
class Fault:
    """A line that is not taken in: what is wrong with it, and what to do."""

    line: int
    problem: str


def read_ideas(
    mind: Mind, sheet: Sheet, mapping: Mapping[Column, int], departement: str, today: dt.date
) -> tuple[list[PastIdea], list[Fault]]:
    """The ideas of a file and the faults of its other lines. Raises Refused when no column tells the words."""
    if Column.WORDS not in mapping:
        raise Refused("Choisissez la colonne qui contient le texte des idées.", Column.WORDS)
    ideas: dict[str, PastIdea] = {}
    faults = []
    for line in sheet.lines:
        try:
            idea = _read_idea(mind, line, mapping, departement, today)
        except Refused as fault:
            faults.append(Fault(line.number, str(fault)))
            continue
        first = ideas.setdefault(idea.key, idea)
        if first is not idea:
            faults.append(Fault(line.number, f"Même idée que la ligne {first.line} : elle n'est reprise qu'une fois."))
    return list(ideas.values()), faults


def _read_idea(mind: Mind, line: Line, mapping: Mapping[Column, int], departement: str, today: dt.date) -> PastIdea:
    words = pick(line, mapping, Column.WORDS)
    if not words:
        raise Refused("Le texte est vide : écrivez-le, ou supprimez la ligne.")
    if len(words) > LONGEST_MESSAGE:
        raise Refused(f"Le texte a {len(words)} caractères, {LONGEST_MESSAGE} au plus : coupez-le en plusieurs lignes.")
    insee = _read_commune(mind, pick(line, mapping, Column.PLACE), departement)
    day = _read_day(pick(line, mapping, Column.DATE), today)
    source = _read_source(pick(line, mapping, Column.SOURCE))
    solution = _read_solution(mind, pick(line, mapping, Column.SOLUTION))
    # Masked: a fingerprint of the original would let a masked number be found by trying them all.
    folded = fold_text(mask(words).text)
    key = _make_key(departement, folded, insee, day)
    return PastIdea(line.number, words, folded, departement, insee, day, source, solution, key)


def _read_commune(mind: Mind, place: str, departement: str) -> str | None:
    if not place:
        return None
    by_code = mind.places.get(place)
    communes = (by_code,) if by_code else mind.places.read_answer(place).communes
    own = [commune for commune in communes if commune.departement == departement]
    in_name = mind.knowledge.territory(departement).in_name
    if len(own) == 1:
        return own[0].insee
    if own:
        names = ", ".join(f"{commune.name} ({commune.insee})" for commune in own)
        raise Refused(f"« {place} » peut être {names} : écrivez le code INSEE.")
    if communes:
        raise Refused(
            f"« {place} » n'est pas {in_name} : corrigez le lieu, videz la case, ou reprenez la ligne ailleurs."
        )
    raise Refused(f"« {place} » n'est pas une commune connue {in_name} : corrigez le nom, ou videz la case.")


def _read_day(written: str, today: dt.date) -> dt.date | None:
    if not written:
        return None
    day = _parse_day(fold(written))
    if day is None:
        raise Refused(f"« {written} » n'est pas une date : écrivez-la 15/10/2022 ou 2022-10-15, ou videz la case.")
    if not OLDEST <= day <= today:
        raise Refused(f"La date {day:%d/%m/%Y} n'est pas possible : corrigez-la, ou videz la case.")
    return day


def _parse_day(folded: str) -> dt.date | None:
    """The day of "2022-10-15" (whose hyphens are folded to spaces), "15/10/22", "15 octobre 2022"; an hour may follow."""
    if found := re.match(r"(\d{4})[/. ](\d{1,2})[/. ](\d{1,2})(?!\d)", folded):
        year, month, day = (int(part) for part in found.groups())
    elif found := re.match(r"(\d{1,2})[/. ](\d{1,2})[/. ](\d{4}|\d{2})(?!\d)", folded):
        day, month, year = (int(part) for part in found.groups())
        year += 2000 if year < 100 else 0
    elif (found := re.match(r"(\d{1,2})(?:er)? ([a-z]+) (\d{4})(?!\d)", folded)) and found[2] in _MONTHS:
        day, month, year = int(found[1]), _MONTHS.index(found[2]) + 1, int(found[3])
    else:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _read_source(written: str) -> Source:
    """Of nothing written: a meeting, whose notes such files are."""
    if not written:
        return Source.MEETING
    folded = fold(written)
    for name, source in _SOURCES.items():
        if name in folded:
            return source
    raise Refused(f"« {written} » n'est pas un moyen connu : SMS, WhatsApp, site, téléphone, papier ou réunion.")


def _read_solution(mind: Mind, written: str) -> str | None:
    if not written:
        return None
    named = [(one.id, one.title, one.short) for one in mind.knowledge.solutions]
    named += [(axis.id, axis.title, axis.short) for axis in mind.knowledge.axes]
    for label, *names in named:
        if fold(written) in {fold(label), *map(fold, names)}:
            return label
    raise Refused(
        f"« {written} » n'est ni un axe ni une solution : écrivez son code (A2, A2.1) ou son titre, ou videz la case."
    )


def fold_text(masked: str) -> str:
    """The same for texts of which only case, accents and spaces differ."""
    return " ".join(fold(masked).split())


def _make_key(departement: str, folded: str, insee: str | None, day: dt.date | None) -> str:
    told = [departement, folded, insee, day.isoformat() if day else None]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def tell_moment(idea: PastIdea, now: dt.datetime) -> dt.datetime:
    """When the idea was said: noon of its day, or now when that is not known or not over."""
    noon = dt.datetime.combine(idea.day, dt.time(12), PARIS) if idea.day else now
    return min(noon, now)
