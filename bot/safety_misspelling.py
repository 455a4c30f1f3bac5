"""Phrases misspelt as citizens misspell them, for the model of danger to learn from. Not needed to run the bot.

Frightened people and children write by ear and in haste: "jé rédigé mon testamen". The authors of the phrases did so
too seldom. Same phrase, same misspelling.
"""

from __future__ import annotations

import re
from zlib import crc32

from bot.folding import fold

# By ear: what is written, what is heard. Silent endings are left out.
_BY_EAR = tuple(
    (re.compile(written), heard)
    for written, heard in (
        ("qu", "k"), ("ph", "f"), ("eau|au", "o"), ("oi", "oua"), ("ai", "e"), ("c(?=[ao])", "k"), ("y", "i"), ("h", ""),
        ("en", "an"), ("an", "en"), ("in", "un"), (r"([lmnprst])\1", r"\1"), (r"e[rz]\b", "e"), (r"(ent|es?|s|t)\b", ""),
    )
)  # fmt: skip
_TOUCHED = 0.55  # share of the words of three letters and more that are misspelt
_HEARD = 0.75  # share of these that are written by ear, the rest are slips of the finger
_SHORTEST = 2  # letters left of a word


def misspell(text: str) -> str:
    """The text folded, half of its words misspelt."""
    words = fold(text).replace("'", " ").split()
    return " ".join(
        _misspell_word(word, f"{place} {text}")
        if len(word) > _SHORTEST and _draw("touched", place, text) < _TOUCHED
        else word
        for place, word in enumerate(words)
    )


def _misspell_word(word: str, place: str) -> str:
    """``place``: which word of which text; another one is misspelt otherwise."""
    rules = [rule for rule in _BY_EAR if rule[0].search(word)]
    if rules and _draw("heard", place) < _HEARD:
        written, heard = rules[int(_draw("rule", place) * len(rules))]
        other = written.sub(heard, word, count=1)
    else:
        start = int(_draw("start", place) * (len(word) - 1))
        swapped = word[start + 1] + word[start] if _draw("swapped", place) < 1 / 2 else ""
        other = word[:start] + swapped + word[start + (2 if swapped else 1) :]
    return other if len(other) >= _SHORTEST else word


def _draw(*what: object) -> float:
    """A number from 0 to 1, 1 excluded, that looks drawn by chance and is always the same for the same thing."""
    return crc32(repr(what).encode()) / 2**32
