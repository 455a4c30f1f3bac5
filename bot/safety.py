"""Is this an emergency? Every message is looked at here before anything else.

One linear model weighs the words, the reviewed triggers and the contexts (proposal, past, idiom, denial…) of the whole
message, then of its sentences and clauses. A reviewed trigger that no context excuses raises the alarm where the model
hesitates, unless it finds the piece harmless. A sign that is only hinted at is *veiled*: the person gets the number and
the normal answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.memory import remember
from bot.safety_evidence import Depth, EvidenceReader, Reading, load_everyday_words
from bot.safety_features import number_evidence
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
    why: tuple[str, ...]  # the words that the triggers found stand on, else those that weighed most
    text: str


# Danger from which the model raises the alarm, by the size of the piece: a clause has lost the words that could excuse
# it. Chosen on authors left out of the training (python -m bench.safety): 0.1 lower for whole messages finds 0.3 points
# more of the explicit cases for 0.5 points more of false alarms on hard phrases and 0.3 on ordinary ones.
ALARM = {Depth.WHOLE: -0.5, Depth.SENTENCE: 0.3, Depth.CLAUSE: 0.8}
# For each margin by which the whole message looks harmless, a piece needs so much more; from 0.6 to 1.2 alike.
DOUBT = 0.6
# Under it, the model calms a trigger that no context excuses. Of 14,350 explicit cases of authors left out, -1.4 would
# find ten more, for 0.5 points more of false alarms on hard phrases.
CALM = -0.6


@dataclass(frozen=True)
class _Finding:
    kind: str
    veiled: bool
    danger: float
    about_child: bool
    why: tuple[str, ...]


class Safety:
    """Looks at messages. Same text, same answer."""

    def __init__(self, reader: EvidenceReader, model: SafetyModel, answers: dict[str, str]) -> None:
        self._reader = reader
        self._model = model
        self._answers = answers
        self.detect = remember(self._detect)

    def _detect(self, text: str) -> Alert | None:
        """The danger that a message tells of, the surest of its sentences deciding; None when it tells of none."""
        findings, whole, around = list[_Finding](), 0.0, frozenset[str]()
        for reading in self._reader.read_pieces(text):
            if not reading.words:
                continue
            if reading.depth is Depth.WHOLE:
                around |= reading.contexts
            danger, finding = self._judge(reading, whole, around)
            if reading.depth is Depth.WHOLE:
                whole = min(danger, whole)
            if finding is not None:
                findings.append(finding)
        if not findings:
            return None
        surest = max(findings, key=lambda finding: (not finding.veiled, finding.danger))
        kind = Kind(surest.kind)
        return Alert(kind, surest.veiled, surest.why, self._answer(kind, findings))

    def _judge(self, reading: Reading, whole: float, around: frozenset[str]) -> tuple[float, _Finding | None]:
        """How dangerous a piece is, and what is found in it. ``whole``: the danger of the whole message, 0 at most;
        ``around``: its contexts. Any of them leaves a trigger to the model."""
        exact = self._reader.find_exact(reading.words) if reading.depth is Depth.WHOLE else None
        if exact is not None:
            return math.inf, _Finding(exact, False, math.inf, reading.about_child, (" ".join(reading.words),))
        estimate = self._model.estimate(number_evidence(reading.words, reading.triggers, reading.groups))
        alarm = ALARM[reading.depth] - (DOUBT * whole if reading.depth is not Depth.WHOLE else 0.0)
        plain = bool(reading.sure) and not reading.contexts | around and estimate.danger >= CALM
        if not plain and estimate.danger < alarm:
            return estimate.danger, None
        kind = estimate.kind
        if plain and estimate.danger < 0 and kind not in reading.sure:
            kind = min(reading.sure)  # the model is not sure of anything: the reviewed trigger names the danger
        veiled = kind not in reading.sure and not estimate.explicit
        why = self._reader.quote(reading, kind) or self._model.explain(kind, reading.words)
        return estimate.danger, _Finding(kind, veiled, estimate.danger, reading.about_child, why)

    def _answer(self, kind: Kind, findings: Iterable[_Finding]) -> str:
        about_child = any(finding.about_child for finding in findings)
        return self._answers["violence_child" if kind is Kind.VIOLENCE and about_child else kind]


def load_safety(folder: Path) -> Safety:
    """The detector, from the knowledge folder. Raises KnowledgeError, or FileNotFoundError without a trained model."""
    facts = load_safety_facts(folder)
    reader = EvidenceReader(facts.triggers, load_everyday_words(folder))
    return Safety(reader, load_safety_model(folder), facts.answers)
