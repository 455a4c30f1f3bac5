"""Texts that nobody writes and everybody may send: made fast, by the million, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice

from tests.soak.sayings import DUTY_WORDS, EMERGENCIES, IDEAS, PLACES, RUBBISH, STOPS, read_phrases, read_transcripts

LONGEST = 10_000  # characters
LOOK_ALIKES = str.maketrans("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")  # Cyrillic
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
EMOJI = "😀👩‍⚕️🏥❤️‍🔥🇫🇷👍🏽🩺"
MARKS = "\u202e\u202d\u200f\u200e\u2066\u2069\u200b\u200d\u2060\ufeff\u00ad\ufe0f"
COMBINING = "".join(map(chr, range(0x300, 0x370))) + "\u20dd\u0489\u1ab0"
CONTROL = "".join(map(chr, range(0x20))) + "\x7f\x80\x85\x9f\u2028\u2029"
SURROGATES = "\ud800\udbff\udc00\udfff"
SIGNS = "'\"«»’-–—_.,;:!?()[]{}@#&/\\|~^€$%°+*=<>\t\n \u00a0\u202f"
DIGITS = "0123456789٠١٢３４५"
PERSONAL = (
    *("06 12 34 56 78", "+33 (0)6.12.34.56.78", "zéro six douze", "jean@gmail.com", "jean arobase gmail point com", "1 85 05 78 006 084 91"),
    *("FR76 3000 6000 0112 3456 7890 189", "né le 12/03/1954", "Mme Dupont", "12 rue des Lilas 68200 Mulhouse", "je m'appelle Paul Durand"),
)  # fmt: skip


class TextMaker:
    """An endless source of texts."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._sayings = [
            *read_transcripts(),
            *read_phrases(3000),
            *(*EMERGENCIES, *STOPS, *DUTY_WORDS, *PLACES, *IDEAS, *RUBBISH, *PERSONAL),
        ]
        self._kinds = (self._mutate, self._mutate, self._mutate, self._join, self._scatter, self._decode, self._repeat)

    def make(self, most: int) -> Iterator[str]:
        """``most`` texts, one in a hundred a long one."""
        return islice(iter(self._make_one, None), most)

    def make_long(self) -> str:
        """A text of just the longest length."""
        piece = self._random.choice((self._mutate, self._scatter, self._join, self._decode))() or "a"
        if self._random.random() < 0.5:
            return (piece * (LONGEST // len(piece) + 1))[:LONGEST]
        pieces, length = [piece], len(piece)
        while length < LONGEST:
            pieces.append(self._random.choice(self._sayings))
            length += len(pieces[-1]) + 1
        return self._random.choice(" \n,.-;'").join(pieces)[:LONGEST]

    def _make_one(self) -> str:
        return self._random.choice(self._kinds)()

    def _mutate(self) -> str:
        """What somebody might say, spoilt in one to four places, or dressed up as a whole."""
        text = self._random.choice(self._sayings)
        for _ in range(self._random.randint(1, 4)):
            text = self._spoil(text)
        return text

    def _spoil(self, text: str) -> str:
        rng = self._random
        at, to = sorted((rng.randint(0, len(text)), rng.randint(0, len(text))))
        match rng.randint(0, 11):
            case 0:
                return text[:at] + text[at + 1 :]
            case 1:
                return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
            case 2:
                return text[:at] + rng.choice(SIGNS + MARKS + COMBINING + CONTROL + SURROGATES + DIGITS) + text[at:]
            case 3:
                return text.translate(LOOK_ALIKES)
            case 4:
                return text.translate(WIDE)
            case 5:
                return text.upper() if rng.random() < 0.5 else text.title()
            case 6:
                return text[:at] + text[at:to] * rng.randint(2, 5) + text[to:]
            case 7:
                return "".join(character + rng.choice(COMBINING) for character in text)
            case 8:
                return text[:at] + rng.choice(PERSONAL) + text[at:]
            case 9:
                return text.replace(" ", rng.choice(SIGNS + MARKS))
            case 10:
                return text[at:to]
            case _:
                return text[::-1]

    def _join(self) -> str:
        """Several things said at once, without much between them."""
        said = self._random.choices(self._sayings, k=self._random.randint(2, 4))
        return self._random.choice((" ", "\n", ",", ".", "", "'", "-")).join(said)

    def _scatter(self) -> str:
        """Signs of any kind, in any order."""
        alphabet = self._random.choice((SIGNS, EMOJI, MARKS, COMBINING, CONTROL, SURROGATES, DIGITS, "aeé", "ab @.0+"))
        return "".join(self._random.choices(alphabet + "a1 ", k=self._random.randint(0, 60)))

    def _decode(self) -> str:
        """Bytes that were never a text."""
        raw = self._random.randbytes(self._random.randint(0, 60))
        return raw.decode(
            self._random.choice(("latin-1", "utf-16-le", "utf-8")), self._random.choice(("replace", "ignore"))
        )

    def _repeat(self) -> str:
        """One thing, again and again: a wall of emoji, a word without an end."""
        piece = self._random.choice(
            (*EMOJI, *SIGNS, "a", "1", "Ω", "e\u0301", "mot ", "06 ", self._random.choice(self._sayings)[:12])
        )
        return piece * self._random.randint(1, 200 // max(len(piece), 1))
