"""A message read for danger: its words, the reviewed triggers and contexts in it, piece by piece."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain, pairwise
from pathlib import Path

from bot.folding import fold
from bot.safety_triggers import CHILD, Trigger, TriggerSet, parse_trigger
from bot.safety_words import WordReader
from knowledge.faults import Fault, KnowledgeError
from knowledge.safety_schema import TRIGGERS_FILE, SafetyTriggers

_NO_TITLE = r"(?<!\b[Mm]\.)(?<!\b[MmDd][Rr]\.)"  # "M. Weber", "Dr. Roth": no end
_SENTENCE_END = re.compile(rf"(?<=[.!?;]){_NO_TITLE}\s+|\n+")
_CLAUSE_END = re.compile(
    rf"(?<=[.!?;:,]){_NO_TITLE}\s+|\n+"
    r"|(?<!\s)\s+(?=(?:mais|et l[aà]|sinon|parce que|pcq|car|et puis|surtout que|alors que|d'?abord)\s)",
    re.I,
)
_COURTESIES = frozenset(("?", "!", "svp", "vite", "allo", "bonjour"))  # change nothing of a cry for help
SHORTEST_CLAUSE = 3  # words: shorter ones ("mon mari,") mean little alone
LONG = (
    150  # words: beyond, only the windows are read, and judged only where a trigger stands (10,000 characters: 20 ms)
)
LONGEST_PIECE, STEP = 40, 30  # words: a longer text is read in pieces that overlap, so that an alarm stays whole
ADULT = 18  # years: 119 listens to people under 18
MOST_PIECES = 60  # sentences, and clauses, of a message: bounds the work on one made of full stops


class Depth(IntEnum):
    """How small a piece of the message is: the smaller, the less is known around it."""

    WHOLE = 0
    SENTENCE = 1
    CLAUSE = 2


@dataclass(frozen=True)
class Reading:
    """What a piece of a message shows. ``sure``: the kinds of its sure triggers; ``groups``: of words present."""

    depth: Depth
    words: tuple[str, ...]
    triggers: tuple[Trigger, ...]
    groups: frozenset[str]
    sure: frozenset[str]
    contexts: frozenset[str]
    about_child: bool  # a child is the victim, or writes


class EvidenceReader:
    """Reads messages with the reviewed triggers of the knowledge folder."""

    def __init__(self, written: SafetyTriggers, everyday: frozenset[str]) -> None:
        groups = {name: words.split() for name, words in written.groups.items()}
        triggers, faults = _parse_all(written, groups)
        if faults:
            raise KnowledgeError(faults)
        lexicon = chain.from_iterable(groups.values())
        literals = (word for trigger in triggers for step in trigger.steps for word in step.alternatives)
        words = {
            part for word in chain(lexicon, literals) for part in word.split("_") if part.islower() and part.isalpha()
        }
        self._reader = WordReader(written.spellings, words, everyday)
        self._triggers = TriggerSet(groups, triggers)
        self._exact = {
            self._reader.read(message): kind for kind, rules in written.triggers.items() for message in rules.exact
        }

    def find_exact(self, words: tuple[str, ...]) -> str | None:
        """The kind of a message that says nothing but a cry for help ("samu", "en finir")."""
        return self._exact.get(tuple(word for word in words if word not in _COURTESIES)) or self._exact.get(words)

    def read_pieces(self, text: str) -> Iterator[Reading]:
        """The whole message, then its sentences and clauses: an alarm may stand at the end of an idea."""
        words = self._reader.read(text)
        if len(words) > LONG:
            yield from self._read_long(text)
            return
        for window in _cut_windows(words):
            yield self._read_words(window, Depth.WHOLE)
        seen = {text.strip()}
        for depth, border in ((Depth.SENTENCE, _SENTENCE_END), (Depth.CLAUSE, _CLAUSE_END)):
            for part in border.split(text)[:MOST_PIECES]:
                if part.strip() not in seen and (depth is not Depth.CLAUSE or len(part.split()) >= SHORTEST_CLAUSE):
                    seen.add(part.strip())
                    yield self._read_words(self._reader.read(part)[:LONGEST_PIECE], depth)

    def _read_long(self, text: str) -> Iterator[Reading]:
        """The sentences of a long message in which a sure trigger stands."""
        for sentence in _SENTENCE_END.split(text):
            for window in _cut_windows(self._reader.read(sentence)):
                reading = self._read_words(window, Depth.SENTENCE)
                if reading.sure:
                    yield reading

    def read_whole(self, text: str) -> Reading:
        """What the start of a message shows, read as one piece: what the model learns from."""
        return self._read_words(self._reader.read(text)[:LONGEST_PIECE], Depth.WHOLE)

    def _read_words(self, words: tuple[str, ...], depth: Depth) -> Reading:
        triggers = tuple(self._triggers.find(words))
        groups = frozenset(mark for word in words for mark in self._triggers.marks_of(word) if mark.isupper())
        found = {trigger.group for trigger in triggers}
        sure = frozenset(group.removesuffix(":sure") for group in found if group.endswith(":sure"))
        contexts = frozenset(group for group in found if ":" not in group and group != CHILD)
        about_child = CHILD in found or _tells_young_age(words)
        return Reading(depth, words, triggers, groups, sure, contexts, about_child)

    def quote(self, reading: Reading, kind: str) -> tuple[str, ...]:
        """The words of the sure triggers of a kind, else of its signs, each once."""
        group = f"{kind}:sure" if kind in reading.sure else f"{kind}:sign"
        found = (trigger for trigger in reading.triggers if trigger.group == group)
        return tuple(dict.fromkeys(self._triggers.quote(trigger, reading.words) for trigger in found))


def _cut_windows(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for start in range(0, max(1, len(words) - (LONGEST_PIECE - STEP)), STEP):
        yield words[start : start + LONGEST_PIECE]


def _tells_young_age(words: tuple[str, ...]) -> bool:
    """Whether "ans" or "mois" follows a number that is a child's age."""
    ages = pairwise(words)
    return any(
        number.isdigit() and (unit == "mois" or (unit == "ans" and len(number) <= 2 and int(number) < ADULT))
        for number, unit in ages
    )


def _parse_all(written: SafetyTriggers, groups: dict[str, list[str]]) -> tuple[list[Trigger], list[Fault]]:
    patterns = [(CHILD, pattern) for pattern in written.child]
    patterns += [(name, pattern) for name, rows in written.contexts.items() for pattern in rows]
    for kind, rules in written.triggers.items():
        patterns += [(f"{kind}:sure", pattern) for pattern in rules.sure]
        patterns += [(f"{kind}:sign", pattern) for pattern in rules.sign]
    triggers, faults = [], []
    for group, pattern in patterns:
        try:
            trigger = parse_trigger(group, pattern)
        except ValueError as error:
            faults.append(Fault(TRIGGERS_FILE, group, "", f"{error}; correct it"))
            continue
        named = {word for step in trigger.steps for word in step.alternatives if word.isupper()}
        faults += [
            Fault(TRIGGERS_FILE, group, "", f"{name} in {pattern!r} is no group of this file; write it or correct it")
            for name in sorted(named - groups.keys())
        ]
        triggers.append(trigger)
    return triggers, faults


def load_everyday_words(folder: Path) -> frozenset[str]:
    """French words that are never taken for a typing error, folded."""
    files = (folder / "ordinary_words.txt", folder / "lexicon" / "words.txt")
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return frozenset(fold(line.strip()) for line in lines if line.strip() and not line.startswith("#"))
