"""A message as plain words: SMS spelling written out, typing errors brought back to the words that matter here.

"jvé me pandre" becomes ``je vais me pendre``. Only words that the safety lexicon knows are ever put in the place
of another; a word of everyday French stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from rapidfuzz.distance import OSA

from bot.folding import fold

_WORD = re.compile("[0-9]+|[a-z]+|[?!]+")
_STRETCHED = re.compile(r"([a-z])\1{2,}")
_CLITIC = re.compile("^(?:qu|[jlmtsdnc])(?=[a-z]{3})")
_CLITIC_WORDS = {"j": "je", "qu": "que"}

# How a word sounds, near enough for French: what phones and children write alike ("quand", "kan", "can").
_SOUNDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("ph", "f"), ("sch|ch|sh", "1"), ("gn", "n"), ("g(?=[eiy])", "j"), ("gu(?=[eiy])", "g"), ("qu?|ck", "k"),
        ("sc(?=[eiy])|c(?=[eiy])|ss|z", "s"), ("c", "k"), ("x", "ks"), ("eau|au", "o"), ("oin", "w5"), ("oi", "w"),
        ("[ao]e?u(?=[aeiouy])", "4"), ("ou", "4"), ("oeu|eu", "e"), ("tion", "s3"), ("h", ""),
        ("(?:ai|ei|i|y|u)[nm](?![aeiouynm])", "5"), ("[ae][nm](?![aeiouynm])", "2"), ("o[nm](?![aeiouynm])", "3"),
        ("ai|ei|oe|ae", "e"), ("y", "i"), ("w", "v"), (r"(.)\1+", r"\1"),
    )
)  # fmt: skip
_SILENT_END = re.compile("(?<=..)(?:e?r|e?s|e?nt|et|[eait]+t|[tdspx]|e)+$")

_SHORTEST_BY_SOUND = 4  # letters: shorter words sound like too many others ("tu", "tue", "tues")
_SHORTEST_BY_LETTERS, _LONGER = 6, 9  # letters from which one, and two, typing errors are allowed
_MOST_CORRECTIONS = 80  # words looked up per message: bounds the work on a text of thousands of unknown words


@lru_cache(maxsize=20_000)
def sound_of(word: str) -> str:
    """How a folded word sounds, its silent ending left off: "frappé", "frapper", "frape" are ``frap``."""
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return _SILENT_END.sub("", word)


class WordReader:
    """Reads messages as words. ``spellings``: SMS form → words; ``lexicon``: the words that matter;
    ``known``: everyday words, never corrected."""

    def __init__(self, spellings: Mapping[str, str], lexicon: Iterable[str], known: Collection[str]) -> None:
        self._spellings = {form: tuple(words.split()) for form, words in spellings.items()}
        words = sorted(word for word in set(lexicon) if len(word) >= _SHORTEST_BY_SOUND)
        self._known = frozenset(known) | frozenset(words)
        self._by_sound: dict[str, str] = {}
        self._by_start: dict[str, list[str]] = {}
        for word in words:
            self._by_sound.setdefault(sound_of(word), word)
            if len(word) >= _SHORTEST_BY_LETTERS - 1:
                self._by_start.setdefault(word[0], []).append(word)
        self._correct = lru_cache(maxsize=20_000)(self._find_meant)

    def read(self, text: str) -> tuple[str, ...]:
        """The words of a text in order, digits and runs of ?! among them (as one ``?`` or ``!``)."""
        words: list[str] = []
        corrections = 0
        for token in _WORD.findall(_STRETCHED.sub(r"\1", fold(text))):
            if not token.isalpha():
                words.append(token if token.isdigit() else "?" if "?" in token else "!")
            elif token in self._spellings:
                words += self._spellings[token]
            elif token in self._known or corrections >= _MOST_CORRECTIONS:
                words.append(token)
            else:
                corrections += 1
                words += self._correct(token)
        return tuple(words)

    def _find_meant(self, token: str) -> tuple[str, ...]:
        """The words meant by one that is unknown: often two run together ("jveux", "setouffe")."""
        clitic = _CLITIC.match(token)
        if clitic is not None:
            rest = token[clitic.end() :]
            after = self._spellings.get(rest) or ((rest,) if rest in self._known else None)
            if after is None and (alike := self._find_alike(rest)) is not None:
                after = (alike,)
            if after is not None and (self._find_alike(token) is None or len(rest) >= _SHORTEST_BY_LETTERS):
                return (_CLITIC_WORDS.get(clitic[0], clitic[0]), *after)
        return (self._find_alike(token) or self._find_near(token) or token,)

    def _find_alike(self, token: str) -> str | None:
        """The word of the lexicon that sounds so."""
        return self._by_sound.get(sound_of(token)) if len(token) >= _SHORTEST_BY_SOUND else None

    def _find_near(self, token: str) -> str | None:
        """The word of the lexicon that is a typing error or two away."""
        if len(token) < _SHORTEST_BY_LETTERS:
            return None
        most = 2 if len(token) >= _LONGER else 1
        best, best_distance = None, most + 1
        for word in self._by_start.get(token[0], ()):
            if abs(len(word) - len(token)) <= most:
                distance = OSA.distance(token, word, score_cutoff=best_distance - 1)
                if distance < best_distance:
                    best, best_distance = word, distance
        return best
