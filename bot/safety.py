"""Is this an emergency? Every message is looked at here before anything else.

Two judges, both explainable. The *reviewed triggers* raise the alarm by themselves when nothing in the same sentence
says proposal, past, idiom, denial…; a *linear model* weighs triggers, contexts and words together and settles the
rest. A sign without a reviewed trigger is *veiled*: the person gets the number and the normal answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.safety_evidence import Depth, EvidenceReader, Reading, load_everyday_words
from bot.safety_model import SafetyModel, load_safety_model
from knowledge.safety_schema import load_safety_facts


class Kind(StrEnum):
    """What a person may need rescue from."""

    VITAL_EMERGENCY = "vital_emergency"
    SUICIDE = "suicide"
    VIOLENCE = "violence"
    POISON = "poison"


@dataclass(frozen=True)
class Alert:
    """A danger, and the fixed answer to it. ``veiled``: only hinted at, so the normal answer is given as well."""

    kind: Kind
    veiled: bool
    why: tuple[str, ...]  # the triggers found, else the words that weighed most
    text: str


# Danger (log-odds) from which the model alone raises the alarm, by the size of the piece: a clause has lost the words
# that could excuse it. Taught by author a, asked about author b: 86 % of the explicit
# cases at 1.8 % false alarms; 0.5 higher, 84 % at 1.4 % (python -m bench.safety).
ALARM = {Depth.WHOLE: -0.1, Depth.SENTENCE: 0.7, Depth.CLAUSE: 1.8}
EXCUSES = frozenset({"past", "denial", "idiom", "hypothesis"})  # contexts that excuse even what the words say…
EXCUSED = 0.7  # …so that this much more danger is asked for
CALM = (
    -2.5
)  # of a grid of -3 to 0, no value above found more; under it, the model calms a trigger that no context excuses
CHILD_GROUPS = frozenset({"CHILD"})


@dataclass(frozen=True)
class _Finding:
    kind: str
    veiled: bool
    danger: float
    reading: Reading
    why: tuple[str, ...]


class Safety:
    """Looks at messages. Same text, same answer."""

    def __init__(self, reader: EvidenceReader, model: SafetyModel, answers: dict[str, str]) -> None:
        self._reader = reader
        self._model = model
        self._answers = answers

    def detect(self, text: str) -> Alert | None:
        """The danger that a message tells of, the surest of its sentences deciding; None when it tells of none."""
        findings = [finding for reading in self._reader.read_pieces(text) if (finding := self._judge(reading))]
        if not findings:
            return None
        surest = max(findings, key=lambda finding: (not finding.veiled, finding.danger))
        kind = Kind(surest.kind)
        return Alert(kind, surest.veiled, surest.why, self._answer(kind, findings))

    def _judge(self, reading: Reading) -> _Finding | None:
        exact = self._reader.find_exact(reading.words) if reading.depth is Depth.WHOLE else None
        if exact is not None:
            return _Finding(exact, False, math.inf, reading, (" ".join(reading.words),))
        estimate = self._model.estimate(reading.words, reading.triggers, reading.groups)
        plain = bool(reading.sure) and not reading.contexts and estimate.danger >= CALM
        alarm = ALARM[reading.depth] + (EXCUSED if reading.contexts & EXCUSES else 0.0)
        if not plain and estimate.danger < alarm:
            return None
        kind = estimate.kind if estimate.kind in reading.sure or not plain else min(reading.sure)
        veiled = kind not in reading.sure
        if veiled:
            why = self._model.explain(kind, reading.words, reading.triggers, reading.groups)
        else:
            why = tuple(trigger.name for trigger in reading.triggers if trigger.group == f"{kind}:sure")
        return _Finding(kind, veiled, estimate.danger, reading, why)

    def _answer(self, kind: Kind, findings: Iterable[_Finding]) -> str:
        about_child = any(finding.reading.groups & CHILD_GROUPS for finding in findings)
        return self._answers["violence_child" if kind is Kind.VIOLENCE and about_child else kind]


def load_safety(folder: Path) -> Safety:
    """The detector, from the knowledge folder. Raises KnowledgeError, or FileNotFoundError without a trained model."""
    facts = load_safety_facts(folder)
    reader = EvidenceReader(facts.triggers, load_everyday_words(folder))
    return Safety(reader, load_safety_model(folder), facts.answers)
