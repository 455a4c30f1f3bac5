"""How far two texts say the same, word by word: what the look-alikes of an idea are ranked by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import Indel

from bot.features import LONGEST_TEXT, LONGEST_WORD, find_stem, is_small
from bot.folding import fold_words, split_words

MOST_STEMS = 60  # of one text compared: bounds the time; two texts that begin alike for 60 words are alike
SAME_WORD = 0.7  # similarity of two stems, 0–1, from which they are one word; chosen on tests/data/look_alikes.jsonl
# What nearly every idea is wrapped in: it makes no two of them alike.
_WRAPPING = frozenset(
    "faut faudrait faudra falloir serait sera soit bien bon bonne mieux mettre met mise avoir ont ai as a aurait fait faire "
    "fasse fais propose proposer proposition idee souhaite souhaiterais voudrais voudrait veux veut aimerais aimerait demande "
    "demander creer creation cree developper developpe ouvrir ouverture besoin peut peuvent puisse puissent pourrait pouvoir "
    "svp stp merci bonjour plait quand comme ceux celui celle chez vers entre chaque tres trop aussi meme permettre permet "
    "laisser laisse donner donne doit doivent devrait ete etre quil afin ainsi car vs etc autre autres".split()
)
_DENYING = frozenset("ne n pas non contre jamais sans ni aucun aucune stop".split())
_MASK = re.compile(r"\[[^\]\n]{1,40}\]")  # [nom], [téléphone]: no word of the citizen's


@dataclass(frozen=True)
class Part:
    """A piece of a text, and whether another text says it too."""

    text: str
    is_common: bool


def find_stems(text: str) -> tuple[str, ...]:
    """The stems of the words of ``text`` that tell something, each once, in order."""
    words = fold_words(_MASK.sub(" ", text[:LONGEST_TEXT]))
    stems = dict.fromkeys(map(_find_telling_stem, words))
    stems.pop("", None)
    return tuple(stems)


def compare(stems: tuple[str, ...], others: tuple[str, ...]) -> float:
    """How far two texts say the same, 0 to 1, given their stems.

    The part of each text's words that the other has too, long words counting more, a misspelt word for the most part;
    of the two parts, their harmonic mean: a text is not like one that says the same and as much again.
    """
    stems, others = stems[:MOST_STEMS], others[:MOST_STEMS]
    if not stems or not others:
        return 0.0
    alike = process.cdist(stems, others, scorer=Indel.normalized_similarity, score_cutoff=SAME_WORD)
    here = _weigh(alike.max(axis=1), stems)
    there = _weigh(alike.max(axis=0), others)
    return 2 * here * there / (here + there) if here + there else 0.0


def denies(text: str) -> bool:
    """Whether ``text`` denies something: alike in all other words, two ideas may be opposite."""
    return not _DENYING.isdisjoint(fold_words(text[:LONGEST_TEXT]))


def part_common(text: str, *others: str) -> list[Part]:
    """``text`` in pieces, in order and whole: the words that one of ``others`` has too, and what stands between them."""
    stems = [stem for other in others for stem in find_stems(other)[:MOST_STEMS]]
    parts: list[Part] = []
    done = 0
    masks = [match.span() for match in _MASK.finditer(text)]
    for word in split_words(text[:LONGEST_TEXT]):
        is_mask = any(start <= word.start < end for start, end in masks)
        stem = _find_telling_stem(word.folded)
        if is_mask or not stem or not _is_among(stem, stems):
            continue
        if word.start > done:
            parts.append(Part(text[done : word.start], is_common=False))
        parts.append(Part(text[word.start : word.end], is_common=True))
        done = word.end
    if done < len(text):
        parts.append(Part(text[done:], is_common=False))
    return parts


@lru_cache(maxsize=8192)
def _find_telling_stem(word: str) -> str:
    """The stem of a folded word that says something of what is wanted, else ""; numbers do say ("à 50 ans")."""
    tells = (len(word) > 2 or word.isdigit()) and not is_small(word) and word not in _WRAPPING
    return find_stem(word[:LONGEST_WORD]) if tells else ""


def _weigh(similarities: npt.NDArray[np.float32], stems: tuple[str, ...]) -> float:
    """The mean of the similarities, each counting as its stem is long."""
    lengths = list(map(len, stems))
    return float(similarities @ np.array(lengths, np.float32)) / sum(lengths)


def _is_among(stem: str, stems: list[str]) -> bool:
    return process.extractOne(stem, stems, scorer=Indel.normalized_similarity, score_cutoff=SAME_WORD) is not None
