"""A text in plain lower-case letters and ASCII digits, that remembers where each of its characters stood.

`bot.folding` compares words; a detector must also give back places in the citizen's own text, to the character.
"""

import re
import unicodedata
from functools import cached_property
from typing import NamedTuple

from bot.folding import Characters
from service.masking.hidden import MARKS

_SPECIAL = {
    "’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "ı": "i",
    "−": "-", "°": "°", "º": "°",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+")
# A telephone's digits with the letter O typed for a zero: only where digits stand beside it, never inside a word.
_LETTER_O = re.compile(
    r"(?<![^\W\d_])o+(?=[0-9])|(?<=[0-9])o+(?![^\W\d_])|(?<=[0-9])o+(?=[0-9])"
    r"|(?<=[0-9][ .\-/_])(?:o[0-9o]|[0-9]o)(?=[ .\-/_][0-9o])|(?<![^\W\d_])o(?= [67][ .\-][0-9o]{2})"
)
_MARKS = frozenset(mark.lower() for mark in MARKS.values())
_MARK = re.compile("|".join(re.escape(mark) for mark in MARKS.values()), re.IGNORECASE)


def _flatten(character: str) -> str:
    lower = character.lower()
    if lower in _SPECIAL:
        return _SPECIAL[lower]
    if character.isdecimal():  # Arabic-Indic, full-width… digits
        return str(unicodedata.decimal(character))
    category = unicodedata.category(character)
    if category in ("Mn", "Cf"):  # accents sent apart, zero-width characters, soft hyphens
        return ""
    if category == "Zs" or character == "\t":
        return " "
    if category == "Pd":
        return "-"
    base = unicodedata.normalize("NFKD", lower)[0]
    return base if base.isalpha() or unicodedata.category(base) == category else lower


_CHARACTERS = Characters(_flatten)


class NameWord(NamedTuple):
    """A word with its place in the plain text, and how the citizen wrote it."""

    text: str
    start: int
    end: int
    is_capital: bool
    is_all_capitals: bool


class PlainText:
    """`text`: the plain form. `place` gives back where a part of it stands in `original`."""

    def __init__(self, original: str) -> None:
        self.original = original
        # Marks already there are blanked to brackets of the same length, so that no detector reads their words.
        shown = _MARK.sub(lambda mark: "[" + "\x00" * (len(mark[0]) - 2) + "]", original)
        self.text = shown.translate(_CHARACTERS)
        self._origin: list[int] | None = None
        if any(len(_CHARACTERS[ord(character)]) != 1 for character in set(shown)):
            self._origin = [index for index, one in enumerate(shown) for _ in _CHARACTERS[ord(one)]]

    @cached_property
    def digits(self) -> str:
        """The plain text where a letter O among digits is a zero; same length."""
        return _LETTER_O.sub(
            lambda run: "0" * len(run[0]) if "0" not in run[0] else run[0].replace("o", "0"), self.text
        )

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where the part `text[start:end]` of the plain text stands in the original."""
        if self._origin is None:
            return start, end
        last = self._origin[end - 1] + 1
        while last < len(self.original) and not _CHARACTERS[ord(self.original[last])]:
            last += 1  # an accent sent apart belongs to its letter
        return self._origin[start], last

    @cached_property
    def words(self) -> list[NameWord]:
        """Every run of letters, in order."""
        return [self._read_word(match) for match in _WORD.finditer(self.text)]

    def _read_word(self, match: re.Match[str]) -> NameWord:
        start, end = match.span()
        first, last = self.place(start, end)
        is_capital = self.original[first].isupper()
        is_all = is_capital and end - start > 1 and self.original[first:last].isupper()
        return NameWord(match[0], start, end, is_capital, is_all)

    @cached_property
    def is_shouting(self) -> bool:
        """Whether most words are all capitals: then a capital says nothing."""
        long = [word for word in self.words if len(word.text) > 1]
        return len(long) > 2 and sum(word.is_all_capitals for word in long) * 2 > len(long)
