"""Bank account numbers (IBAN), found by country, length and checksum.

Source: ISO 13616-1 (the number moved round by four, letters as 10–35, is 1 modulo 97) and its registry of lengths.
"""

import re
from collections.abc import Iterator

from service.masking.hidden import Hidden, Part

_LENGTHS = {
    "ad": 24, "al": 28, "at": 20, "ba": 20, "be": 16, "bg": 22, "ch": 21, "cy": 28, "cz": 24, "de": 22, "dk": 18, "ee": 20,
    "es": 24, "fi": 18, "fo": 18, "fr": 27, "gb": 22, "ge": 22, "gi": 23, "gl": 18, "gr": 27, "hr": 21, "hu": 28, "ie": 22,
    "is": 26, "it": 27, "li": 21, "lt": 20, "lu": 20, "lv": 21, "mc": 27, "md": 24, "me": 22, "mk": 19, "mt": 31, "nl": 18,
    "no": 15, "pl": 28, "pt": 25, "ro": 24, "rs": 22, "se": 24, "si": 19, "sk": 24, "sm": 27, "tn": 24, "tr": 26, "ua": 29,
    "xk": 20, "sn": 28, "ci": 28, "mr": 27,
}  # fmt: skip
# Account numbers that are digits only, by the registry; the others have a few letters.
_DIGITS_ONLY = frozenset("at be ba cz de dk ee es fi fo hr hu is lt me no pl pt rs se si sk tn xk".split())
_START = re.compile(r"(?P<country>[a-z]{2})[ .\-]{0,2}[0-9][ ]?[0-9]")
_SIGN = re.compile(r"[ .\-_]{0,3}([a-z0-9])")
_SAID = re.compile(r"\b(?:iban|rib|compte)\b")
_MOST_LETTERS = 11  # a French account number is eleven letters or digits; Malta has more, rarely met
_SAID_BEFORE = 40  # characters


def find_ibans(text: str) -> Iterator[Part]:
    """Each IBAN whose checksum is right; a mistyped one too when the text says "IBAN" or "RIB"."""
    done = 0
    for match in _START.finditer(text):
        length = _LENGTHS.get(match["country"])
        if length is None or match.start() < done:
            continue
        signs, end = _read(text, match.start(), length)
        if len(signs) != length:
            continue
        few_letters = 0 if match["country"] in _DIGITS_ONLY else _MOST_LETTERS
        if sum(sign.isalpha() and sign != "o" for sign in signs[4:]) > few_letters:
            continue  # a sentence that passes the checksum by chance: one in 97 does
        if has_right_checksum(signs) or has_right_checksum(signs[:2] + signs[2:].replace("o", "0")):
            yield Part(match.start(), end, Hidden.IBAN)
            done = end
        elif _is_said(text, match.start()) and signs[4:14].isdigit() and not text[end : end + 1].isalnum():
            yield Part(match.start(), end, Hidden.IBAN)
            done = end


def has_right_checksum(signs: str) -> bool:
    """Whether `signs`, lower case and without spaces, pass the checksum of ISO 13616."""
    moved = signs[4:] + signs[:4]
    return int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1


def _read(text: str, start: int, length: int) -> tuple[str, int]:
    signs, end = "", start
    while len(signs) < length and (match := _SIGN.match(text, end)):
        signs, end = signs + match[1], match.end()
    return signs, end


def _is_said(text: str, start: int) -> bool:
    return _SAID.search(text, max(0, start - _SAID_BEFORE), start) is not None
