"""The phrase of a solution that a text comes nearest to: shown as a reason, and never counted in a score."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

from bot.features import find_stem, is_small, split_text
from bot.phrases import Phrase

SHORTLIST = 4  # phrases that share most with the text, compared letter by letter
LEAST_SHARED = 0.25  # of the rarity of both texts' stems together (0–1): below, a reader sees no likeness
LONGEST_SHOWN = 70  # characters: a longer phrase is no short reason
MOST_STEMS = 40  # of the text, the rarest: bounds the time


class NearestPhrases:
    """The short phrases of the lexicon, by solution."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._phrases = [phrase for phrase in phrases if len(phrase.text) <= LONGEST_SHOWN and phrase.is_careful]
        self._folded = [" ".join(split_text(phrase.text)) for phrase in self._phrases]
        self._holding: dict[tuple[str, str], list[int]] = defaultdict(list)  # (label, stem) -> phrases
        met: Counter[str] = Counter()
        for number, phrase in enumerate(self._phrases):
            for stem in _find_stems(self._folded[number].split()):
                self._holding[phrase.label, stem].append(number)
                met[stem] += 1
        self._rarity = {stem: math.log(len(self._phrases) / texts) for stem, texts in met.items()}
        self._weights = [self._weigh(_find_stems(folded.split())) for folded in self._folded]

    def find(self, words: Sequence[str], label: str) -> str | None:
        """The phrase of ``label`` nearest to a text of these words; None when none is near."""
        stems = sorted(_find_stems(words) & self._rarity.keys(), key=lambda stem: -self._rarity[stem])[:MOST_STEMS]
        shared: dict[int, float] = defaultdict(float)
        for stem in stems:
            for number in self._holding.get((label, stem), ()):
                shared[number] += self._rarity[stem]
        weight = self._weigh(stems)
        likeness = {number: part / (weight + self._weights[number] - part) for number, part in shared.items()}
        near = [number for number in likeness if likeness[number] >= LEAST_SHARED]
        shortlist = sorted(near, key=lambda number: -likeness[number])[:SHORTLIST]
        found = process.extractOne(
            " ".join(words), [self._folded[number] for number in shortlist], scorer=fuzz.token_sort_ratio
        )
        return self._phrases[shortlist[found[2]]].text if found else None

    def _weigh(self, stems: Iterable[str]) -> float:
        return sum(self._rarity[stem] for stem in stems)


def _find_stems(words: Iterable[str]) -> set[str]:
    return {find_stem(word) for word in words if not is_small(word)}
