"""Texts as a hasty thumb would write them: some of the long words with a letter lost, doubled, changed or swapped."""

from __future__ import annotations

import random
import re

LONG_WORD = re.compile(r"[^\W\d_]{5,}")
_KEYS = "azertyuiopqsdfghjklmwxcvbn"


def damage_words(text: str, share: float, chance: random.Random) -> str:
    """``text`` with ``share`` of its words of 5 letters or more damaged, one edit each."""
    return LONG_WORD.sub(lambda word: _damage(word[0], chance) if chance.random() < share else word[0], text)


def _damage(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word) - 1)
    return chance.choice(
        (
            word[:place] + word[place + 1 :],
            word[:place] + word[place] + word[place:],
            word[:place] + chance.choice(_KEYS) + word[place + 1 :],
            word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        )
    )
