"""What everyday words mean, as vectors: lets a model give a weight to words that no phrase of the lexicon holds.

Only training reads them: a word's weight is then a number in the model's file. Made by
``rebuild/build_word_vectors.py`` from Google's multilingual universal sentence encoder (Apache-2.0).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.features import Numbers
from bot.text_model import Floats


@dataclass(frozen=True)
class WordVectors:
    """``numbers`` (n,), ascending, are those of ``Features.words``; ``vectors`` (n, 128) are of length 1."""

    numbers: Numbers
    vectors: Floats


def load_word_vectors(path: Path) -> WordVectors:
    """The vectors of a file made by the build script."""
    with np.load(path, allow_pickle=False) as kept:
        vectors = kept["vectors"].astype(np.float32)
        return WordVectors(kept["numbers"], vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
