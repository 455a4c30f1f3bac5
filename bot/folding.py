"""Text brought to one form, so that what citizens type can be compared: `Épernay`, `EPERNAY` and `epernay`
are one word.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import NamedTuple

# What NFKD leaves whole, and the apostrophes telephones type. Soft hyphens and zero-width characters vanish.
_LETTERS = str.maketrans(
    {
        "œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'", "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{MODIFIER LETTER APOSTROPHE}": "'", "\N{ACUTE ACCENT}": "'", "`": "'",
        "\u00ad": "", "\u200b": "", "\u200c": "", "\u200d": "", "\u2060": "", "\ufeff": "",
    }
)  # fmt: skip
_ACCENTS = re.compile("[\u0300-\u036f]")
_MOST_KEPT = 5_000  # characters of a table: more than all of Europe writes with; all of Unicode would take 160 MB
_HYPHENS = re.compile("[-\u2010-\u2015\u2212]")
# A word is letters (with the accents some telephones send apart) or digits: "51100reims" is two words.
# Without the punctuation, quotes, emoji around it. In one go: ``\W+$`` takes the square of a run of them inside the text.
_INSIDE = re.compile(r"\w(?:.*\w)?", re.DOTALL)
_WORD = re.compile("[0-9]+|(?:[^\\W\\d_][\u0300-\u036f]*)+")
_FOLDED_WORD = re.compile(r"[0-9]+|[^\W\d_]+")


class Characters(dict[int, str]):
    """A table for ``str.translate`` that begins as ``known``: any other character is worked out by ``become``, and kept."""

    def __init__(self, become: Callable[[str], str], known: Mapping[int, str] | None = None) -> None:
        super().__init__(known or {})
        self._become = become

    def __missing__(self, code: int) -> str:
        plain = self._become(chr(code))
        if len(self) < _MOST_KEPT:
            self[code] = plain
        return plain


# Each by itself: NFKD of a whole text sorts the combining marks of a run, in a time that grows with its square.
_FOLDED = Characters(lambda character: _ACCENTS.sub("", unicodedata.normalize("NFKD", character)), _LETTERS)


class Word(NamedTuple):
    """One word of a text: `folded` form, where it stands (`text[start:end]`), and what stands before it
    (`gap`).
    """

    folded: str
    start: int
    end: int
    gap: str
    is_capital: bool


def fold(text: str, *, hyphens: bool = True) -> str:
    """Lower case without accents or ligatures, straight apostrophes; hyphens become spaces unless kept."""
    if not text.isascii():
        text = text.translate(_FOLDED)
    else:
        text = text.replace("`", "'")
    text = text.lower()
    return _HYPHENS.sub(" ", text) if hyphens else text


def fold_words(text: str) -> list[str]:
    """The folded words of a text alone, where their places do not matter (faster than split_words)."""
    return _FOLDED_WORD.findall(fold(text))


def split_words(text: str) -> list[Word]:
    """The words of a text, folded, each with its place in the original. Emoji and punctuation are in the
    gaps.
    """
    words = []
    last = 0
    for match in _WORD.finditer(text):
        word, (start, end) = match[0], match.span()
        folded = word.lower() if word.isascii() else fold(word)
        words.append(Word(folded, start, end, text[last:start], word[0].isupper()))
        last = end
    return words


def as_phrase(text: str) -> str:
    """The whole of a short message as one comparable phrase: folded, single spaces, no punctuation around it."""
    inside = _INSIDE.search(fold(text))
    return " ".join(inside[0].split()) if inside else ""
