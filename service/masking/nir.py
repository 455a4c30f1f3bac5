"""Numbers of the French social security (NIR), found by structure and key.

Source: INSEE, « numéro d'inscription au répertoire » (décret 82-103): sex (1, 2; 3, 4, 7, 8 while provisional), year,
month (01–12; 20–42 and 50–99 when not known), département (2A, 2B in Corsica), commune, order, and a key of two
digits = 97 − (number mod 97), where 2A counts as 19 and 2B as 18.
"""

import re
from collections.abc import Iterator

from service.masking.hidden import Hidden, Part

_GAP = r"[ .\-/_]{0,2}"
_MONTH = rf"(?:0{_GAP}[1-9]|1{_GAP}[0-2]|[25-9]{_GAP}[0-9]|[34]{_GAP}[0-9])"
_DIGIT = f"{_GAP}[0-9]"
_NUMBER = re.compile(
    rf"(?<![0-9])(?P<body>[1-478]{_DIGIT * 2}{_GAP}{_MONTH}{_GAP}(?:[0-9]{_DIGIT}|2{_GAP}[ab]){_DIGIT * 6})"
    rf"(?P<key>(?:[ .\-/_]|cle|:)*[0-9]{_DIGIT}(?![0-9]))?"
)
_NOT_ALPHANUMERIC = re.compile(r"[^0-9ab]")
# Said shortly before: then a mistyped key or no key at all still is somebody's number.
_SAID = re.compile(
    r"\b(?:secu|securite sociale|assure sociale?|n[o°]? ?ss|num(?:ero)? ss|nir|carte vitale|immatricul\w*)\b"
)
_SAID_BEFORE = 60  # characters: "mon numéro de sécurité sociale, si vous en avez besoin, est le…"


def find_nirs(digits: str) -> Iterator[Part]:
    """Each NIR with its right key; and without one when the text says that it is one."""
    place = 0
    while match := _NUMBER.search(digits, place):
        place = match.start() + 1  # another figure just before ("7h30. 1 85 …") must not hide the number
        body, key = match["body"], match["key"]
        is_said = _SAID.search(digits, max(0, match.start() - _SAID_BEFORE), match.start()) is not None
        if key and (is_said or has_right_key(body, key)):
            yield Part(match.start(), match.end(), Hidden.NIR)
            place = match.end()
        elif is_said and not digits[match.end("body") : match.end("body") + 1].isdigit():
            yield Part(match.start(), match.end("body"), Hidden.NIR)
            place = match.end("body")


def has_right_key(body: str, key: str) -> bool:
    """Whether `key` is the one INSEE computes from the thirteen signs of `body`."""
    signs = _NOT_ALPHANUMERIC.sub("", body).replace("2a", "19").replace("2b", "18")
    return 97 - int(signs) % 97 == int(re.sub("[^0-9]", "", key))
