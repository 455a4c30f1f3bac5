"""The numbers and fixed answers of knowledge/safety.toml, and the triggers of knowledge/lexicon/safety: their shape.

As for the other files, every fault is found and named by file, entry and field (knowledge.faults).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args

from pydantic import Field

from knowledge.data_file import fit_entry, read_entries, read_toml
from knowledge.faults import Fault, KnowledgeError
from knowledge.schema import Entry, Slug, Source

FILE = "safety.toml"
TRIGGERS_FILE = "lexicon/safety/triggers.toml"
TWO_SEGMENTS = 306  # septets in two joined SMS of 153 each: 3GPP TS 23.040 §9.2.3.24.1
ALWAYS_GIVEN = ("15", "112", "114")  # whatever the kind: life in danger, from any telephone, and by SMS
NOBODY_READS = "Personne ne lit cette ligne en direct"

Kind = Literal["vital_emergency", "suicide", "violence", "poison"]
AnswerId = Literal["vital_emergency", "suicide", "violence", "violence_child", "poison"]
E = TypeVar("E", bound=Entry)


class SafetyNumber(Entry):
    """A number to call. ``checked``: the day somebody last read it at its source."""

    id: Slug
    number: Annotated[str, Field(pattern=r"^(1\d{1,2}|3\d{3}|0\d( \d\d){4})$")]
    whom: str
    by_sms: bool = False
    source: Slug
    checked: dt.date
    note: str


class SafetyAnswer(Entry):
    """Fixed words for one kind of danger; no character that takes two places in an SMS (``€``, brackets…)."""

    id: AnswerId
    text: Annotated[str, Field(max_length=TWO_SEGMENTS, pattern=r"^[^\^{}\[\]\\~|€]*$")]


class KindTriggers(Entry):
    """``exact``: whole messages; ``sure``: alarm by themselves; ``sign``: only weigh. Notation: bot/safety_triggers.py."""

    exact: tuple[str, ...]
    sure: tuple[str, ...]
    sign: tuple[str, ...]


class SafetyTriggers(Entry):
    """The reviewed words that tell of a danger, and the contexts in which they do not.

    ``child``: words that tell, in a message of violence, that a child is the victim or writes.
    """

    spellings: dict[str, str]
    groups: dict[Annotated[str, Field(pattern="^[A-Z_]+$")], str]
    contexts: dict[str, tuple[str, ...]]
    child: tuple[str, ...]
    triggers: dict[Kind, KindTriggers]


@dataclass(frozen=True)
class SafetyFacts:
    """All that is known for messages of danger. ``answers``: text by id."""

    numbers: tuple[SafetyNumber, ...]
    answers: dict[str, str]
    triggers: SafetyTriggers


def load_safety_facts(folder: Path) -> SafetyFacts:
    """What the safety files of the knowledge folder say. Raises KnowledgeError with every fault."""
    faults: list[Fault] = []
    data = read_toml(folder, FILE, faults) or {}
    numbers = _read_rows(data, "number", SafetyNumber, faults)
    answers = _read_rows(data, "answer", SafetyAnswer, faults)
    known_sources = set(read_entries(folder, "sources.toml", "source", Source, faults).ids)
    faults += [
        Fault(FILE, number.id, "source", f'unknown source "{number.source}"; write it in sources.toml')
        for number in numbers
        if number.source not in known_sources
    ]
    faults += _check_answers(answers, {number.number for number in numbers})
    written = read_toml(folder, TRIGGERS_FILE, faults)
    triggers = None if written is None else fit_entry(SafetyTriggers, written, TRIGGERS_FILE, "", faults)
    if faults or triggers is None:
        raise KnowledgeError(faults)
    return SafetyFacts(tuple(numbers), {answer.id: answer.text for answer in answers}, triggers)


def _read_rows(data: dict[str, object], table: str, model: type[E], faults: list[Fault]) -> list[E]:
    rows = data.get(table)
    if not isinstance(rows, list):
        faults.append(Fault(FILE, table, "", f"no list of entries; write each under a [[{table}]] heading"))
        return []
    entries = []
    for place, row in enumerate(rows, start=1):
        name = row.get("id") if isinstance(row, dict) else None
        entry = fit_entry(model, row, FILE, str(name or f"{table}[{place}]"), faults)
        if entry is not None:
            entries.append(entry)
    return entries


def _check_answers(answers: list[SafetyAnswer], numbers: set[str]) -> list[Fault]:
    """Every kind is answered once, with the numbers that are always given and none that is not in the file."""
    faults = []
    ids = [answer.id for answer in answers]
    for wanted in get_args(AnswerId):
        if ids.count(wanted) != 1:
            faults.append(Fault(FILE, wanted, "", f"{ids.count(wanted)} answers; write exactly one"))
    for answer in answers:
        given = {found.strip() for found in re.findall(r"\d[\d ]*", answer.text)}
        for number in sorted(given - numbers):
            faults.append(Fault(FILE, answer.id, "text", f"{number} is no [[number]] of this file; correct it"))
        for number in ALWAYS_GIVEN:
            if number not in given:
                faults.append(Fault(FILE, answer.id, "text", f"does not give {number}; write it"))
        if NOBODY_READS not in answer.text:
            faults.append(Fault(FILE, answer.id, "text", f'does not say "{NOBODY_READS}"; write it'))
    return faults
