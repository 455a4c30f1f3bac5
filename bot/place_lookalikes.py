"""Names that look or sound like what was typed: half OSA, half Jaro-Winkler, a small prior for population.

WRatio and the like fail here (design, §6). A score never proves that a word is a place: see `place_context`.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

LOOKALIKE_LETTERS = 4  # three letters resemble too much
PRIOR = 0.05  # what a town of Strasbourg's size gains; settles near ties only
_LOG_STRASBOURG = 5.5  # log10 of its people
# First letters people mix up, by sound or by neighbouring key; a lost h ("aguenau") is under "a".
_LIKE_FIRST = {
    "c": "ksq", "k": "cq", "q": "kc", "s": "cz", "z": "s", "v": "wf", "w": "v", "f": "vp", "i": "yh",
    "y": "i", "e": "ha", "a": "he", "o": "h", "h": "aeiou", "g": "jk", "j": "g", "b": "p", "p": "b",
    "d": "t", "t": "ds", "n": "m", "m": "n",
}  # fmt: skip
SOUND_COST = 0.03  # words that only sound alike are a little less alike
ELISION_COST = 0.05  # or "duttenheim" would be d'Uttenheim before Duttlenheim
_AFTER_ELISION = frozenset("aeiouyh")
_LENGTH_GAP = 3  # letters more or less that a misspelling may have


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A known key that resembles some words. `score`: 0 to 1, and up to 0.05 more for a populous place."""

    key: str
    score: float


class Lookalikes:
    """The keys that may be meant by a misspelling, with the people who live there."""

    def __init__(self, people: Mapping[str, int]) -> None:
        self._buckets: dict[tuple[str, int], list[str]] = {}  # first letter and length of the sound -> sounds
        self._sounding: dict[str, list[str]] = {}
        self._prior: dict[str, float] = {}
        for key, number in people.items():
            if len(key) < LOOKALIKE_LETTERS:
                continue
            sound = spell_by_sound(key)
            if sound not in self._sounding:
                self._sounding[sound] = []
                self._buckets.setdefault((sound[0], len(sound)), []).append(sound)
            self._sounding[sound].append(key)
            self._prior[key] = PRIOR * min(1.0, math.log10(number + 1) / _LOG_STRASBOURG)

    def find(self, key: str, at_least: float) -> list[Lookalike]:
        """Keys that resemble `key`, at most four, best first. `at_least`: 0 to 1."""
        # "dhaguenau", "laltkirch": the elided article glued to the name.
        forms = [key, key[1:]] if key[0] in "dl" and key[1:2] in _AFTER_ELISION else [key]
        best: dict[str, float] = {}
        for form in forms:
            cost = 0.0 if form == key else ELISION_COST
            for other, resemblance in self._resembling(form, at_least - 0.2):
                score = resemblance + self._prior[other] - cost
                if score >= max(at_least, best.get(other, 0)):
                    best[other] = score
        ranked = sorted(best.items(), key=lambda pair: -pair[1])[:4]
        return [Lookalike(other, score) for other, score in ranked]

    def _resembling(self, form: str, osa_at_least: float) -> Iterator[tuple[str, float]]:
        """Keys and their resemblance, 0 to 1: the better of the spelling's and (a little less believed) the
        sound's.
        """
        sound = spell_by_sound(form)
        for bucket in self._near_buckets(sound):
            for other_sound, osa, _ in process.extract(
                sound, bucket, scorer=OSA.normalized_similarity, score_cutoff=osa_at_least, limit=6
            ):
                by_sound = (osa + JaroWinkler.similarity(sound, other_sound)) / 2 - SOUND_COST
                for other in self._sounding[other_sound]:
                    yield other, max(by_sound, resemble(form, other))

    def _near_buckets(self, sound: str) -> Iterator[list[str]]:
        if not sound:
            return  # "hh": letters that are not heard
        for letter in sound[0] + _LIKE_FIRST.get(sound[0], ""):
            for length in range(len(sound) - _LENGTH_GAP, len(sound) + _LENGTH_GAP + 1):
                bucket = self._buckets.get((letter, length))
                if bucket:
                    yield bucket


# Letters that sound alike in French and in the names of Alsace and Lorraine, applied in this order.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("(?<=...)(?:es?|[tdxz]|(?<!s)s)$", ""), ("eau|au", "o"), ("ph", "f"),
        ("ch$|ck|qu|k|q|c(?=[aouklrt])", "k"), ("y", "i"), ("w", "v"), ("z", "s"), ("(?<!c)h", ""),
        ("ai|ei", "e"), (r"(.)\1+", r"\1"),
    )
)  # fmt: skip


def spell_by_sound(key: str) -> str:
    """The key as it sounds: `chaumont` and `chomont` are one, so are `thann` and `tan`."""
    for pattern, sound in _SOUNDS:
        key = pattern.sub(sound, key)
    return key


def resemble(word: str, other: str) -> float:
    """How much two words resemble each other, 0 to 1."""
    return (OSA.normalized_similarity(word, other) + JaroWinkler.similarity(word, other)) / 2
