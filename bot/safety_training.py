"""Trains the linear model of bot.safety_model on the phrases of knowledge/lexicon/safety. Not needed to run the bot.

The recipe of docs/matching.md (a linear support vector machine, words weighed by what they mean) over what a message
shows, without its share of naive Bayes: that raised the false alarms on hard phrases by a fifth at the same dangers
found. Same phrases, same file: ``python -m bot.safety_training`` writes it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from bot.features import Numbers
from bot.safety_evidence import EvidenceReader, load_everyday_words
from bot.safety_features import WEIGHTS, SafetyFeatures, number_evidence
from bot.safety_misspelling import misspell
from bot.safety_model import CLASSES, FILE, SafetyModel
from bot.text_model import Block, Floats
from bot.word_vectors import WordVectors, load_word_vectors
from knowledge.safety_schema import load_safety_facts

PHRASES = "lexicon/safety"
CONTRIBUTIONS = "lexicon/phrases"
ORDINARY = (CONTRIBUTIONS, "lexicon/requests", "lexicon/intents")  # said every day: no danger in them
VECTORS = "lexicon/word_vectors.npz"
STRENGTH = 0.3  # scikit-learn's C, as in bot.learning
HARD_COUNTS = (
    2.0  # a harmless phrase that looks dangerous counts as two: 0.7 points more found at the same false alarms
)
# One phrase in so many is taught misspelt as well: a tenth to a fifth fewer false alarms where 1 % of dangers is missed.
MISSPELT_OF_DANGERS, MISSPELT_OF_ORDINARY = 2, 7
# Phrases that a feature must be met in. With 2 for all the file is 2.7 MB and finds no more.
LEAST_PHRASES = {"pieces": 3, "stems": 2, "pairs": 3, "triggers": 2, "groups": 2, "sounds": 3}


@dataclass(frozen=True)
class Phrase:
    """A labelled message. ``explicit``: the danger is said; ``hard``: harmless, but it looks dangerous; ``file``: whose.

    ``also``: the other kinds, "none" among them, that a careful second reader defends; ``lexicon``: which one it is of.
    Neither is taught.
    """

    text: str
    kind: str
    explicit: bool
    hard: bool
    file: str
    also: frozenset[str] = frozenset()
    lexicon: str = PHRASES


def read_phrases(folder: Path) -> list[Phrase]:
    """Every phrase of the safety lexicon, in the order of its files."""
    return [
        Phrase(
            row["text"],
            row["kind"],
            bool(row.get("explicit")),
            bool(row.get("hard", row["kind"] == "none")),
            path.stem,
            frozenset(row.get("also_ok", ())),
        )
        for path in sorted((folder / PHRASES).glob("*.jsonl"))
        for row in _read_rows(path)
    ]


def read_ordinary(folder: Path) -> list[Phrase]:
    """The everyday phrases of the other lexicons, all of kind "none" unless the safety lexicon says otherwise."""
    judged = {phrase.text for phrase in read_phrases(folder)}
    return [
        Phrase(row["text"], "none", False, False, path.stem, lexicon=name)
        for name in ORDINARY
        for path in sorted((folder / name).glob("*.jsonl"))
        for row in _read_rows(path)
        if row["text"] not in judged
    ]


def _read_rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


class SafetyLesson:
    """Phrases and what they show, as written and misspelt, from which models are taught."""

    def __init__(self, reader: EvidenceReader, phrases: Sequence[Phrase], vectors: WordVectors) -> None:
        self._phrases = phrases
        self._features = [_show(reader, phrase.text) for phrase in phrases]
        self._misspelt = {
            row: _show(reader, misspell(phrase.text)) for row, phrase in enumerate(phrases) if _is_misspelt(phrase)
        }
        self._vectors = vectors

    def teach(self, rows: Sequence[int]) -> SafetyModel:
        """The model that the phrases at ``rows`` teach."""
        from scipy.sparse import csr_matrix, hstack  # noqa: PLC0415  # only trainers have it
        from sklearn.svm import LinearSVC  # noqa: PLC0415  # the same

        again = [row for row in rows if row in self._misspelt]
        phrases = [self._phrases[row] for row in (*rows, *again)]
        shown = [*(self._features[row] for row in rows), *(self._misspelt[row] for row in again)]
        rulers, tables = list[Block](), list[Any]()
        for place, family in enumerate(SafetyFeatures._fields):
            found = [features[place] for features in shown]
            written = found[: len(rows)]  # what is met in misspelt phrases only is chance
            rulers.append(
                _rate_known(written, self._vectors.numbers)
                if family == "words"
                else _rate_met(written, LEAST_PHRASES[family])
            )
            table = _weigh_all(csr_matrix, found, rulers[-1])
            tables.append((csr_matrix(table @ self._vectors.vectors) if family == "words" else table) * WEIGHTS[family])
        table = hstack(tables).tocsr()
        kinds = [CLASSES.index(phrase.kind) for phrase in phrases]
        emphasis = [HARD_COUNTS if phrase.hard else 1.0 for phrase in phrases]
        machine = LinearSVC(C=STRENGTH, random_state=0).fit(table, kinds, sample_weight=emphasis)
        alarms = np.array([phrase.kind != "none" for phrase in phrases])
        said = LinearSVC(C=STRENGTH, random_state=0, class_weight="balanced")
        said.fit(table[alarms], [phrase.explicit for phrase in phrases if phrase.kind != "none"])
        return SafetyModel(
            self._cut_blocks(rulers, np.hstack([machine.coef_.T, said.coef_.T])),
            np.append(machine.intercept_, said.intercept_).astype(np.float32),
        )

    def _cut_blocks(self, rulers: Sequence[Block], weights: Floats) -> tuple[Block, ...]:
        """The weights of each family. Those of words: the products of their vectors with what was learnt of vectors."""
        blocks, learnt = list[Block](), 0
        for family, ruler in zip(SafetyFeatures._fields, rulers, strict=True):
            width = self._vectors.vectors.shape[1] if family == "words" else len(ruler.numbers)
            own = weights[learnt : learnt + width]
            learnt += width
            if family == "words":
                own = self._vectors.vectors @ own
            blocks.append(_round(ruler, own * WEIGHTS[family]))
        return tuple(blocks)


def _show(reader: EvidenceReader, text: str) -> SafetyFeatures:
    reading = reader.read_whole(text)
    return number_evidence(reading.words, reading.triggers, reading.groups)


def _is_misspelt(phrase: Phrase) -> bool:
    """Whether a phrase is taught misspelt too: chosen by its text, so that adding a phrase changes no other."""
    one_in = MISSPELT_OF_ORDINARY if phrase.kind == "none" and not phrase.hard else MISSPELT_OF_DANGERS
    return crc32(phrase.text.encode()) % one_in == 0


def _rate_met(found: Sequence[Numbers], least: int) -> Block:
    """The features met in enough phrases, ascending, the rarer the higher; weights not yet learnt."""
    numbers, counts = np.unique(np.concatenate([np.unique(one) for one in found]), return_counts=True)
    kept = counts >= least
    return _make_ruler(numbers[kept], counts[kept], len(found))


def _rate_known(found: Sequence[Numbers], known: Numbers) -> Block:
    """The words that have a vector; those never met are as rare as can be."""
    met, counts = np.unique(np.concatenate([np.unique(one) for one in found]), return_counts=True)
    places = np.minimum(np.searchsorted(met, known), len(met) - 1)
    return _make_ruler(known, np.where(met[places] == known, counts[places], 0), len(found))


def _make_ruler(numbers: Numbers, counts: Any, phrases: int) -> Block:
    rarity = (1 + np.log((1 + phrases) / (1 + counts))).astype(np.float16).astype(np.float32)  # as the file keeps it
    return Block(numbers, rarity, np.empty((0, 0), np.int8), np.empty(0, np.float32))


def _weigh_all(csr_matrix: Any, found: Sequence[Numbers], ruler: Block) -> Any:
    """The phrases as a sparse matrix (phrases, features)."""
    weighed = [ruler.weigh(one) for one in found]
    ends = np.cumsum([0, *(len(rows) for rows, _ in weighed)])
    columns = np.concatenate([rows for rows, _ in weighed])
    values = np.concatenate([values for _, values in weighed])
    return csr_matrix((values, columns, ends), shape=(len(found), len(ruler.numbers)))


def _round(ruler: Block, weights: Floats) -> Block:
    scales = (np.abs(weights).max(axis=0, initial=1e-9) / 127).astype(np.float32)
    return Block(ruler.numbers, ruler.idf, np.round(weights / scales).astype(np.int8), scales)


def train_safety(folder: Path) -> None:
    """Writes the model that the phrases of the knowledge folder teach."""
    reader = EvidenceReader(load_safety_facts(folder).triggers, load_everyday_words(folder))
    phrases = [*read_phrases(folder), *read_ordinary(folder)]
    lesson = SafetyLesson(reader, phrases, load_word_vectors(folder / VECTORS))
    lesson.teach(range(len(phrases))).save(folder / FILE)


if __name__ == "__main__":
    train_safety(Path(__file__).parents[1] / "knowledge")
