"""Misspelt phrases: the same each time, and still readable."""

from __future__ import annotations

import pytest

from bot.safety_misspelling import misspell


def test_the_same_phrase_is_misspelt_alike() -> None:
    assert misspell("mon mari ne respire plus, venez vite") == misspell("mon mari ne respire plus, venez vite")


@pytest.mark.parametrize(
    ("text", "misspelt"),
    [
        ("", ""),
        ("IL A 3 M", "il a 3 m"),
    ],
)
def test_short_words_and_numbers_stay(text: str, misspelt: str) -> None:
    assert misspell(text) == misspelt


def test_a_phrase_keeps_its_words_in_their_order() -> None:
    assert len(misspell("ma petite soeur a avalé les comprimés de mamie").split()) == 9
