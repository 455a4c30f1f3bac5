"""Teach a text model: a linear support vector machine, softened by complement naive Bayes, on four kinds of features.

The recipe was chosen on authors left out of the training, see docs/matching.md. Same phrases, same model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.features import Features, Numbers
from bot.text_model import Block, Floats, TextModel
from bot.word_vectors import WordVectors

STRENGTH = 0.3  # scikit-learn's C: 0.1 loses 1 point of first solutions, 1 loses 0.4
SMOOTHING = 0.1  # naive Bayes' alpha
BAYES_SHARE = 0.15  # of naive Bayes in the scores: +1.1 points of first solutions
KINDS = ("pieces", "stems", "pairs")  # the kinds of features whose weights are learnt one by one
LEAST_TEXTS = 2  # texts that a feature must be met in
KIND_WEIGHTS = {"pieces": 1.0, "stems": 1.0, "pairs": 0.7}


class Lesson:
    """Texts' features and labels, from which models are taught."""

    def __init__(self, features: Sequence[Features], labels: Sequence[str], vectors: WordVectors) -> None:
        self._features = features
        self._labels = np.array(labels)
        self._vectors = vectors

    def teach(self, rows: npt.NDArray[np.intp], *, balanced: bool = False) -> TextModel:
        """A model of the texts at ``rows``, its temperature not yet chosen.

        ``balanced``: a label with few texts counts as much as one with many.
        """
        from scipy.sparse import csr_matrix, hstack  # noqa: PLC0415 -- an optional extra: only training needs it
        from sklearn.naive_bayes import ComplementNB  # noqa: PLC0415 -- the same
        from sklearn.svm import LinearSVC  # noqa: PLC0415 -- the same

        features = [self._features[row] for row in rows]
        labels = self._labels[rows]
        counted = [_count([getattr(one, kind) for one in features]) for kind in KINDS]
        sparse = hstack(
            [
                _weigh(csr_matrix, [getattr(one, kind) for one in features], numbers, idf) * KIND_WEIGHTS[kind]
                for kind, (numbers, idf) in zip(KINDS, counted, strict=True)
            ]
        )
        words = [one.words for one in features]
        word_idf = self._rate_words(words)
        meant = _weigh(csr_matrix, words, self._vectors.numbers, word_idf) @ self._vectors.vectors
        machine = LinearSVC(C=STRENGTH, random_state=0, class_weight="balanced" if balanced else None)
        machine.fit(hstack([sparse, csr_matrix(meant)]).tocsr(), labels)
        bayes = ComplementNB(alpha=SMOOTHING).fit(sparse.tocsr(), labels)
        width = sparse.shape[1]
        weights = machine.coef_.T[:width] + BAYES_SHARE * _centre(bayes.feature_log_prob_.T)
        word_weights = self._vectors.vectors @ machine.coef_.T[width:]
        edges = np.cumsum([0, *(len(numbers) for numbers, _ in counted)])
        learnt = [
            _make_block(numbers, idf, weights[start:end] * KIND_WEIGHTS[kind])
            for kind, (numbers, idf), start, end in zip(KINDS, counted, edges, edges[1:], strict=False)
        ]
        return TextModel(
            labels=tuple(str(label) for label in machine.classes_),
            blocks=(*learnt, _make_block(self._vectors.numbers, word_idf, word_weights)),
            bias=machine.intercept_.astype(np.float32),
            temperature=1.0,
            notes={},
        )

    def _rate_words(self, words: Sequence[Numbers]) -> Floats:
        """The inverse document frequency of the words that have a vector; of those never met, the highest."""
        met, counts = np.unique(np.concatenate([np.unique(one) for one in words]), return_counts=True)
        places = np.minimum(np.searchsorted(met, self._vectors.numbers), len(met) - 1)
        found = np.where(met[places] == self._vectors.numbers, counts[places], 0)
        return _rate(found, len(words))


def choose_temperature(scores: Floats, truth: npt.NDArray[np.intp]) -> float:
    """The temperature that gives the true labels (columns ``truth``) the greatest likelihood."""
    return float(min(np.arange(0.1, 2.0, 0.02), key=lambda temperature: _log_loss(scores / temperature, truth)))


def _log_loss(scores: Floats, truth: npt.NDArray[np.intp]) -> float:
    shifted = scores - scores.max(axis=1, keepdims=True)
    return float((np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(truth)), truth]).mean())


def _count(found: Sequence[Numbers]) -> tuple[Numbers, Floats]:
    """The features met in enough texts, ascending, and their inverse document frequency."""
    numbers, counts = np.unique(np.concatenate([np.unique(one) for one in found]), return_counts=True)
    kept = counts >= LEAST_TEXTS
    return numbers[kept], _rate(counts[kept], len(found))


def _rate(counts: npt.NDArray[np.intp], texts: int) -> Floats:
    idf = 1 + np.log((1 + texts) / (1 + counts))
    return np.asarray(idf, np.float16).astype(np.float32)  # as the file keeps it: what is taught is what runs


def _weigh(csr_matrix: Any, found: Sequence[Numbers], numbers: Numbers, idf: Floats) -> Any:
    """The texts as a sparse matrix (texts, features)."""
    ruler = Block(numbers, idf, np.empty((0, 0), np.int8), np.empty(0, np.float32))
    weighed = [ruler.weigh(one) for one in found]
    ends = np.cumsum([0, *(len(rows) for rows, _ in weighed)])
    columns = np.concatenate([rows for rows, _ in weighed])
    values = np.concatenate([values for _, values in weighed])
    return csr_matrix((values, columns, ends), shape=(len(found), len(numbers)))


def _centre(weights: Floats) -> Floats:
    return np.asarray(weights - weights.mean(axis=1, keepdims=True), np.float32)


def _make_block(numbers: Numbers, idf: Floats, weights: Floats) -> Block:
    scales = (np.abs(weights).max(axis=0, initial=1e-9) / 127).astype(np.float32)
    return Block(numbers, idf, np.round(weights / scales).astype(np.int8), scales)
