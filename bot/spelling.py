"""Words as they were meant: SMS spellings written out, unknown words brought back to known ones.

An unknown word of 4 to 7 letters is one edit from the known word it is read as, of 8 or more two (an edit: a letter
put in, left out, changed, or swapped with its neighbour). Between known words equally near, the most frequent.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.features import split_text
from bot.folding import fold

SHORTEST_CORRECTED = 4  # letters; below, one edit makes any word of any other
TWO_EDITS_FROM = 8  # letters
MOST_CORRECTED = 30  # unknown words looked at in one text: bounds the time


@dataclass(frozen=True)
class Correction:
    """A word as it was written and as it was read, both folded."""

    written: str
    read: str


@dataclass(frozen=True)
class Spelled:
    """The words of a text as they were read, and those that were read as another, each once."""

    words: list[str]
    corrections: tuple[Correction, ...]


class Spelling:
    """``words``: those that others may be read as, most frequent first; ``also_known``: right, but never read into a text.

    ``sms``: spelling → what it stands for, both folded.
    """

    def __init__(self, words: Iterable[str], also_known: Iterable[str], sms: Mapping[str, str]) -> None:
        self._rank = {word: rank for rank, word in enumerate(words)}
        self._everyday = frozenset(also_known)
        self._sms = {spelling: split_text(meant) for spelling, meant in sms.items()}
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for word in self._rank:
            self._by_length[len(word)].append(word)
        self._correct = lru_cache(maxsize=4096)(self._find_nearest)

    def is_everyday(self, word: str) -> bool:
        """Whether ``word`` (folded) is a frequent word of French, or too short to tell."""
        return word in self._everyday or len(word) < SHORTEST_CORRECTED - 1

    def is_known(self, word: str) -> bool:
        """Whether ``word`` (folded) is right as it is: of everyday French, or of the phrases of the lexicon."""
        return word in self._everyday or word in self._rank

    def read(self, text: str) -> Spelled:
        """The words of ``text``, folded, SMS spellings written out, unknown words corrected."""
        words: list[str] = []
        corrections: dict[str, Correction] = {}
        unknown = 0
        for written in split_text(text):
            meant = self._sms.get(written)
            if meant is not None:
                words += meant
                if len(meant) == 1:
                    corrections[written] = Correction(written, meant[0])
                continue
            if self.is_known(written) or len(written) < SHORTEST_CORRECTED or unknown >= MOST_CORRECTED:
                words.append(written)
                continue
            unknown += 1
            read = self._correct(written)
            if read is not None:
                corrections[written] = Correction(written, read)
            words.append(read or written)
        return Spelled(words, tuple(corrections.values()))

    def _find_nearest(self, word: str) -> str | None:
        if not word.isalpha():
            return None
        edits = 2 if len(word) >= TWO_EDITS_FROM else 1
        lengths = range(max(len(word) - edits, SHORTEST_CORRECTED), len(word) + edits + 1)
        near = [
            (distance, self._rank[known], known)
            for length in lengths
            for known, distance, _ in process.extract(
                word, self._by_length[length], scorer=OSA.distance, score_cutoff=edits, limit=3
            )
        ]
        return min(near)[2] if near else None


def load_spelling(folder: Path) -> Spelling:
    """The spelling of a lexicon folder: its ``words.txt``, ``everyday_words.txt`` and ``sms.toml``."""
    words = (folder / "words.txt").read_text(encoding="utf-8").split()
    everyday = (fold(word) for word in (folder / "everyday_words.txt").read_text(encoding="utf-8").split())
    sms: dict[str, str] = tomllib.loads((folder / "sms.toml").read_text(encoding="utf-8"))["sms"]
    return Spelling(words, everyday, sms)
