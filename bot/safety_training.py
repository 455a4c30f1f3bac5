"""Trains the linear model of bot.safety_model on the phrases of knowledge/lexicon/safety. Not needed to run the bot.

Deterministic: the same phrases give the same file. ``python -m bot.safety_training`` writes it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.safety_evidence import EvidenceReader, load_everyday_words
from bot.safety_features import BUCKETS, name_evidence, weigh
from bot.safety_model import CLASSES, FILE, SafetyModel
from knowledge.safety_schema import load_safety_facts

PHRASES = "lexicon/safety"
ORDINARY = ("lexicon/phrases", "lexicon/requests")  # contributions and requests of every day: no danger in them
STRENGTH = 20.0  # inverse of the regularisation; from 5 to 60 the figures on author b move by a point or two
RAREST = 6.0  # scales the rarity of buckets to about 0.3–1.5, so that STRENGTH means the same with and without it


@dataclass(frozen=True)
class Phrase:
    """A labelled message. ``explicit``: the danger is said, not hinted at; ``file``: whose it is."""

    text: str
    kind: str
    explicit: bool
    file: str


def read_phrases(folder: Path) -> list[Phrase]:
    """Every phrase of the safety lexicon, in the order of its files."""
    return [
        Phrase(row["text"], row["kind"], bool(row.get("explicit")), path.stem)
        for path in sorted((folder / PHRASES).glob("*.jsonl"))
        for row in _read_rows(path)
    ]


def read_ordinary(folder: Path) -> list[Phrase]:
    """The everyday phrases of the other lexicons, all of kind "none" unless the safety lexicon says otherwise."""
    judged = {phrase.text for phrase in read_phrases(folder)}
    return [
        Phrase(row["text"], "none", False, path.stem)
        for name in ORDINARY
        for path in sorted((folder / name).glob("*.jsonl"))
        for row in _read_rows(path)
        if row["text"] not in judged
    ]


def _read_rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def fit_safety_model(reader: EvidenceReader, phrases: Sequence[Phrase]) -> SafetyModel:
    """The model that these phrases teach."""
    from scipy.sparse import csr_matrix, diags  # noqa: PLC0415  # only trainers have it
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    starts, buckets, values = [0], list[int](), list[float]()
    for phrase in phrases:
        reading = reader.read_whole(phrase.text)
        for family, value in weigh(reading.words, name_evidence(reading.words, reading.triggers, reading.groups)):
            buckets += family
            values += [value] * len(family)
        starts.append(len(buckets))
    table = csr_matrix((values, buckets, starts), shape=(len(phrases), BUCKETS))
    table.sum_duplicates()
    rarity = _rate_rarity(np.asarray((table > 0).sum(axis=0)).ravel(), len(phrases))
    learner = LogisticRegression(C=STRENGTH, max_iter=300, tol=1e-3)
    learner.fit(table @ diags(rarity), [CLASSES.index(phrase.kind) for phrase in phrases])
    weights = (learner.coef_ * rarity).T  # the rarity is kept in the weights: nothing to compute at run time
    return SafetyModel(weights.astype(np.float16).astype(np.float32), learner.intercept_.astype(np.float32))


def _rate_rarity(holders: NDArray[np.int64], phrases: int) -> NDArray[np.float64]:
    """How telling each bucket is, from the number of phrases that hold it: nothing when only one does."""
    return np.where(holders >= 2, np.log((phrases + 1) / (holders + 1)) / RAREST, 0.0)


def train_safety(folder: Path) -> None:
    """Writes the model that the phrases of the knowledge folder teach."""
    reader = EvidenceReader(load_safety_facts(folder).triggers, load_everyday_words(folder))
    model = fit_safety_model(reader, [*read_phrases(folder), *read_ordinary(folder)])
    np.savez_compressed(
        folder / FILE, weights=model.weights.astype(np.float16), intercept=model.intercept.astype(np.float32)
    )


if __name__ == "__main__":
    train_safety(Path(__file__).parents[1] / "knowledge")
