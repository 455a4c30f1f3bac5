"""What simpler methods would answer: look-alike official titles, and BM25 over the phrases of the lexicon."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from rapidfuzz import fuzz

from bench.judged import Guess
from bot.features import find_stem, split_text
from bot.phrases import Phrase
from knowledge.schema import Solution

SATURATION, LENGTH_SHARE = 1.2, 0.75  # BM25's k1 and b, as in Lucene


def by_titles(text: str, solutions: Sequence[Solution], scorer: Callable[..., float]) -> Guess:
    """The solutions whose official title looks most like ``text`` to one of rapidfuzz's scorers."""
    folded = " ".join(split_text(text))
    scores = {one.id: scorer(folded, " ".join(split_text(one.title))) for one in solutions}
    return _guess(scores)


TITLE_SCORERS = {"WRatio on titles": fuzz.WRatio, "token_set_ratio on titles": fuzz.token_set_ratio}


class Bm25:
    """A solution's score is that of its best phrase; off topic when the best phrase of all is."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        bags = [Counter(map(find_stem, split_text(phrase.text))) for phrase in phrases]
        self._labels = [phrase.label for phrase in phrases]
        mean = sum(map(Counter.total, bags)) / len(bags)
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        met = Counter(stem for bag in bags for stem in bag)
        for number, bag in enumerate(bags):
            length = 1 - LENGTH_SHARE + LENGTH_SHARE * bag.total() / mean
            for stem, count in bag.items():
                rarity = math.log(1 + (len(bags) - met[stem] + 0.5) / (met[stem] + 0.5))
                part = rarity * count * (SATURATION + 1) / (count + SATURATION * length)
                self._postings[stem].append((number, part))

    def guess(self, text: str) -> Guess:
        """The solutions of the phrases nearest to ``text``."""
        scores: dict[int, float] = defaultdict(float)
        for stem in set(map(find_stem, split_text(text))):
            for number, part in self._postings.get(stem, ()):
                scores[number] += part
        best: dict[str, float] = defaultdict(float)
        for number, score in scores.items():
            best[self._labels[number]] = max(best[self._labels[number]], score)
        return _guess(best)


def _guess(scores: dict[str, float]) -> Guess:
    order = sorted(scores, key=lambda label: -scores[label]) or ["none"]
    return Guess(order[0].split(".")[0], tuple(label for label in order if "." in label)[:3])
