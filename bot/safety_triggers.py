"""Reviewed triggers: groups of words that, near one another, tell of a danger.

A trigger is written as a person would note it, and read so:

``respire NOT``    the second within two other words after the first
``fait_mal``       side by side; ``|`` binds closer: ``a|b_c`` is a or b, then c
``tombe ... toit`` within eight other words after
``gorge & gonfle`` in any order, within eight other words
``a|b|WHO``        one of these; capitals name a group of words of the lexicon
``suicid*``        any word that begins so
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

CHILD = "child"  # the group of the triggers that tell of a child, victim or writing
NEAR, FAR = 2, 8  # other words allowed between two steps


@dataclass(frozen=True)
class Step:
    """One step of a trigger: any of ``alternatives``, at most ``reach`` words after (or around) the last one."""

    alternatives: frozenset[str]
    reach: int
    either_side: bool


@dataclass(frozen=True, eq=False)  # compared by identity: hashing every step made long messages slow
class Trigger:
    """``name`` says in words what was recognised; ``group`` is whose it is: a kind, or a kind of context."""

    group: str
    name: str
    steps: tuple[Step, ...]


def parse_trigger(group: str, pattern: str) -> Trigger:
    """A trigger from its notation. Raises ValueError when a step is missing."""
    steps: list[Step] = []
    reach, either_side = NEAR + 1, False
    for item in pattern.split():
        if item in {"...", "&"}:
            if not steps:
                raise ValueError(f"{item} has nothing before it in {pattern!r}")
            reach, either_side = FAR + 1, item == "&"
            continue
        for number, part in enumerate(item.split("_")):
            steps.append(Step(frozenset(part.split("|")), 1 if number else reach, either_side and not number))
        reach, either_side = NEAR + 1, False
    if not steps or not all(all(step.alternatives) for step in steps):
        raise ValueError(f"a step is missing in {pattern!r}")
    return Trigger(group, pattern, tuple(steps))


class TriggerSet:
    """Finds triggers among words. ``groups``: the named groups of words, ``*`` at the end of a word for any ending."""

    def __init__(self, groups: Mapping[str, Iterable[str]], triggers: Sequence[Trigger]) -> None:
        self._exact: dict[str, set[str]] = {}
        self._starts: dict[str, set[str]] = {}
        for name, words in groups.items():
            for word in words:
                self._note(word, name)
        for trigger in triggers:
            for step in trigger.steps:
                for word in step.alternatives:
                    if not word.isupper():
                        self._note(word, word)
        self._by_first: dict[str, list[Trigger]] = {}
        for trigger in triggers:
            for alternative in sorted(trigger.steps[0].alternatives):
                self._by_first.setdefault(alternative, []).append(trigger)
        self.marks_of = lru_cache(maxsize=20_000)(self._find_marks)

    def _note(self, word: str, mark: str) -> None:
        table = self._starts if word.endswith("*") else self._exact
        table.setdefault(word.removesuffix("*"), set()).add(mark)

    def _find_marks(self, word: str) -> frozenset[str]:
        """The groups and literal words of triggers that a word stands for."""
        marks = set(self._exact.get(word, ()))
        for length in range(2, len(word) + 1):
            marks |= self._starts.get(word[:length], set())
        return frozenset(marks)

    def quote(self, trigger: Trigger, words: Sequence[str]) -> str:
        """The words that a trigger was found in, in their order: what a person is shown of it."""
        marks = [self.marks_of(word) for word in words]
        for position, names in enumerate(marks):
            if not trigger.steps[0].alternatives.isdisjoint(names):
                places = _follow(trigger.steps, 1, marks, position)
                if places is not None:
                    return " ".join(words[place] for place in sorted({position, *places}))
        return ""

    def find(self, words: Sequence[str]) -> list[Trigger]:
        """The triggers present in the words, each once, in the order in which they are met."""
        marks = [self.marks_of(word) for word in words]
        places: dict[str, list[int]] = {}
        for position, names in enumerate(marks):
            for name in names:
                places.setdefault(name, []).append(position)
        present = places.keys()
        found: dict[Trigger, None] = {}
        for name in sorted(places):
            for trigger in self._by_first.get(name, ()):
                if trigger in found or any(step.alternatives.isdisjoint(present) for step in trigger.steps[1:]):
                    continue
                if any(_follow(trigger.steps, 1, marks, position) is not None for position in places[name]):
                    found[trigger] = None
        return list(found)


def _follow(
    steps: tuple[Step, ...], number: int, marks: Sequence[frozenset[str]], position: int
) -> tuple[int, ...] | None:
    """Where the steps from ``number`` on are found around a position; None when they are not."""
    if number == len(steps):
        return ()
    step = steps[number]
    first = max(0, position - step.reach) if step.either_side else position + 1
    for place in range(first, min(position + 1 + step.reach, len(marks))):
        if place != position and not step.alternatives.isdisjoint(marks[place]):
            places = _follow(steps, number + 1, marks, place)
            if places is not None:
                return (place, *places)
    return None
