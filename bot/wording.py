"""A message as words: what the readers of places share. Indices are positions in `Wording.words`."""

import re
from itertools import accumulate

from bot.folding import Word, split_words
from bot.place_names import SMALL_WORDS, place_word

# The longest SMS has 1,600 characters. Of an essay, the beginning is read, and the work stays bounded.
MAX_CHARACTERS = 2_000
# A message of at most so many words is a request where a place often stands bare, first or last ("colmar
# dentiste"). 12: nine in ten of the requests in tests/data/places.jsonl.
SHORT_REQUEST_WORDS = 12
_HARD_GAP = re.compile(r"[^\s'\u2019\-/]")
_GROUP_SMALL_WORDS = 3  # "Val de la Haye": between two full words of a name never more small ones


class Wording:
    """The words of a text, folded and as they are indexed, and how punctuation parts them."""

    def __init__(self, text: str) -> None:
        self.text = text[:MAX_CHARACTERS]
        self.words = split_words(self.text)
        self.spelled = [place_word(word.folded) for word in self.words]
        self.full = [index for index, word in enumerate(self.spelled) if word not in SMALL_WORDS and not word.isdigit()]
        parted = (index > 0 and self.is_parted(index) for index in range(len(self.words)))
        self._runs = list(accumulate(parted, initial=0))[1:]  # words with no punctuation between share a number
        letters = [word for word in self.words if len(word.folded) > 1 and word.folded.isalpha()]
        # All capitals when most words are: then a capital says nothing.
        self.is_shouting = sum(self.is_upper(word) for word in letters) > len(letters) / 2
        self.is_short = len(self.words) <= SHORT_REQUEST_WORDS

    def is_upper(self, word: Word) -> bool:
        """Whether the word is written in capitals."""
        return self.text[word.start : word.end].isupper()

    def group(self, position: int, count: int) -> tuple[int, int] | None:
        """The span of `count` full words from `self.full[position]` on; None when punctuation parts them."""
        if position + count > len(self.full):
            return None
        start, last = self.full[position], self.full[position + count - 1]
        if last - start > (count - 1) * (_GROUP_SMALL_WORDS + 1):
            return None
        return (start, last + 1) if self._runs[start] == self._runs[last] else None

    def is_parted(self, index: int) -> bool:
        """Whether punctuation parts this word from the one before; the dot of « St. Dizier » does not."""
        gap = self.words[index].gap
        if gap == " " or gap == "-" or gap == "'":
            return False
        return bool(_HARD_GAP.search(gap)) and not (
            gap.strip() == "." and self.words[index - 1].folded in {"st", "ste"}
        )

    def is_apart(self, start: int, end: int) -> bool:
        """Whether punctuation, or the end of the text, stands on both sides."""
        return (start == 0 or self.is_parted(start)) and (end == len(self.words) or self.is_parted(end))

    def key(self, start: int, end: int) -> str:
        """The key under which the words may be indexed."""
        return "".join(word for word in self.spelled[start:end] if word not in SMALL_WORDS)

    def quote(self, start: int, end: int) -> str:
        """The citizen's own words."""
        return self.text[self.words[start].start : self.words[end - 1].end]

    def before(self, index: int) -> str:
        """The word before, or "" when punctuation or nothing stands there."""
        if index <= 0 or index >= len(self.words) or self.is_parted(index):
            return ""
        return self.words[index - 1].folded
