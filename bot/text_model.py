"""A linear model of texts: the probability of each label, and the words that spoke for one.

A text is a vector of TF-IDF weights for each kind of feature (``bot.features``), of length 1 each; a label's score is
the product with its weights. Weights are kept in 8 bits: no figure changes. Taught by ``bot.training``; run by numpy.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from bot.features import Features, Numbers, number_words

Floats = npt.NDArray[np.float32]
FORMAT = 2  # of the file; a file of another format is not read


class ModelError(Exception):
    """A model file that cannot be used."""


@dataclass(frozen=True)
class Block:
    """What is known of one kind of feature."""

    numbers: Numbers  # (n,) the features known, ascending
    idf: Floats  # (n,) the rarer a feature among the texts taught, the higher (1–11)
    weights: npt.NDArray[np.int8]  # (n, labels) in units of ``scales``
    scales: Floats  # (labels,)

    def weigh(self, found: Numbers) -> tuple[npt.NDArray[np.intp], Floats]:
        """The rows of the features known among ``found``, and their weights in the text: a vector of length 1."""
        if not len(self.numbers):
            return np.empty(0, np.intp), np.empty(0, np.float32)
        rows = self.numbers.searchsorted(found)
        rows = rows[self.numbers.take(rows, mode="clip") == found]
        rows.sort()
        values = self.idf[rows]
        is_repeated = rows[1:] == rows[:-1]
        if is_repeated.any():
            rows, counts = np.unique(rows, return_counts=True)
            values = ((1.0 + np.log(counts)) * self.idf[rows]).astype(np.float32)
        return rows, values / np.float32(np.sqrt(values @ values) or 1.0)

    def score(self, found: Numbers) -> Floats:
        """What the features ``found`` add to each label's score."""
        rows, values = self.weigh(found)
        if not len(rows):
            return np.zeros_like(self.scales)
        return np.asarray((values @ self.weights[rows].astype(np.float32)) * self.scales, np.float32)

    def lift(self, found: Sequence[Numbers], columns: Sequence[int]) -> Floats:
        """What each group of ``found`` adds to the scores of ``columns``, less the mean of all labels: (groups, columns)."""
        together = np.concatenate(found)
        rows = np.minimum(np.searchsorted(self.numbers, together), len(self.numbers) - 1)
        values = np.where(self.numbers[rows] == together, self.idf[rows], 0)
        weights = self.weights[rows] * self.scales
        above_mean = weights[:, columns] - weights.mean(axis=1, keepdims=True)
        starts = np.cumsum([0, *map(len, found[:-1])])
        lifts = np.add.reduceat(above_mean * values[:, None], starts, axis=0)
        return np.asarray(lifts / (np.sqrt(values @ values) or 1.0), np.float32)


@dataclass(frozen=True)
class TextModel:
    """Labels in their order, their weights, and what was noted when it was taught."""

    labels: tuple[str, ...]
    blocks: tuple[Block, ...]  # in the order of ``Features``
    bias: Floats  # (labels,)
    temperature: float  # scores are divided by it, so that probabilities are true on authors never seen
    notes: dict[str, object]  # date, phrases, figures

    def score(self, features: Features) -> Floats:
        """One score a label, in the order of ``labels``: the higher the likelier."""
        scores = self.bias.copy()
        for block, found in zip(self.blocks, features, strict=True):
            scores += block.score(found)
        return scores

    def probabilities(self, features: Features) -> Floats:
        """One probability a label, in the order of ``labels``; their sum is 1."""
        scores = self.score(features)
        powers = np.exp((scores - scores.max()) / self.temperature)
        return np.asarray(powers / powers.sum(), np.float32)

    def weigh_words(self, words: Sequence[str], labels: Sequence[str]) -> Floats:
        """How far each word, on its own, lifts each of ``labels`` above the mean label: (words, labels), score points."""
        columns = [self.labels.index(label) for label in labels]
        lifts = np.zeros((len(words), len(labels)), np.float32)
        pieces, stems, _, whole = self.blocks
        for block, found in zip((pieces, stems, whole), number_words(words), strict=True):
            lifts += block.lift(found, columns)
        return lifts

    def save(self, path: Path) -> None:
        """Write the model to ``path`` (.npz); ``load_text_model`` reads an equal one."""
        notes = json.dumps({**self.notes, "format": FORMAT, "labels": self.labels}, ensure_ascii=False)
        arrays: dict[str, npt.NDArray[np.generic]] = {}
        for kind, block in zip(Features._fields, self.blocks, strict=True):
            arrays[f"{kind}_numbers"] = block.numbers
            arrays[f"{kind}_idf"] = block.idf.astype(np.float16)
            arrays[f"{kind}_weights"] = block.weights
            arrays[f"{kind}_scales"] = block.scales
        arrays["notes"] = np.frombuffer(notes.encode(), np.uint8)
        arrays["bias"] = self.bias
        arrays["temperature"] = np.array(self.temperature, np.float32)
        with path.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)


def load_text_model(path: Path) -> TextModel:
    """The model of a file that ``TextModel.save`` wrote. Raises ModelError when it is not one."""
    try:
        # opened here: numpy leaves the file open when it is no archive
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            notes = json.loads(kept["notes"].tobytes())
            if notes.pop("format") != FORMAT:
                raise ModelError(f"{path.name}: written by another version; train again")
            return TextModel(
                labels=tuple(notes.pop("labels")),
                blocks=tuple(
                    Block(
                        numbers=kept[f"{kind}_numbers"],
                        idf=kept[f"{kind}_idf"].astype(np.float32),
                        weights=kept[f"{kind}_weights"],
                        scales=kept[f"{kind}_scales"],
                    )
                    for kind in Features._fields
                ),
                bias=kept["bias"],
                temperature=float(kept["temperature"]),
                notes=notes,
            )
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise ModelError(f"{path.name}: not a text model ({error}); train again") from error
