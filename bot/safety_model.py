"""A linear model over what a message shows: how likely each kind of danger is, and the words that weighed most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.safety_features import name_evidence, weigh
from bot.safety_triggers import Trigger

FILE = "lexicon/safety/model.npz"
CLASSES = ("none", "vital_emergency", "suicide", "violence", "poison")


@dataclass(frozen=True)
class Estimate:
    """``danger``: log-odds that it is any kind, 0 when as likely as not; ``kind``: the likeliest one."""

    danger: float
    kind: str


@dataclass(frozen=True, eq=False)
class SafetyModel:
    """``weights``: one row for each bucket of bot.safety_features, one column for each of CLASSES."""

    weights: NDArray[np.float32]
    intercept: NDArray[np.float32]

    def estimate(self, words: Sequence[str], triggers: Iterable[Trigger], groups: Iterable[str]) -> Estimate:
        """How dangerous the message is."""
        scores = self.intercept.astype(np.float64)
        for buckets, value in weigh(words, name_evidence(words, triggers, groups)):
            scores = scores + value * self.weights[buckets].sum(axis=0, dtype=np.float64)
        danger = float(np.logaddexp.reduce(scores[1:]) - scores[0])
        return Estimate(danger, CLASSES[1 + int(scores[1:].argmax())])

    def explain(
        self, kind: str, words: Sequence[str], triggers: Iterable[Trigger], groups: Iterable[str]
    ) -> tuple[str, ...]:
        """The three words or pairs of words that spoke most for this kind, strongest first."""
        evidence = {"words": [name for name in name_evidence(words, triggers, groups)["words"] if name[0] == "w"]}
        column = CLASSES.index(kind)
        strengths: list[tuple[float, str]] = []
        for buckets, value in weigh((), evidence):
            gains = value * (self.weights[buckets, column] - self.weights[buckets, 0])
            strengths = [
                (float(gain), name[2:]) for gain, name in zip(gains, evidence["words"], strict=True) if gain > 0
            ]
        return tuple(name for _, name in sorted(strengths, key=lambda one: (-one[0], one[1]))[:3])


def load_safety_model(folder: Path) -> SafetyModel:
    """The model trained by bot.safety_training. Raises FileNotFoundError when it is not there."""
    with np.load(folder / FILE, allow_pickle=False) as arrays:
        return SafetyModel(arrays["weights"].astype(np.float32), arrays["intercept"].astype(np.float32))
