"""Phone numbers said in words, wholly or partly ("zéro six douze 34 cinquante-six…", "zero six un deux trois…").

French number words can be cut in more than one way (« soixante dix » is 70, or 60 and 10), so what is asked is whether
*some* reading has exactly the ten digits of a phone number.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from service.masking.hidden import Hidden, Part

_UNITS = (
    "zero zeros zerro un une deux trois quatre quattre cinq cink sinq six sis sept set huit uit neuf neuff".split()
)  # with the misspellings heard
_TEENS = "dix onze douze treize quatorze catorze quinze seize".split()
_TENS = (
    "vingt vingts vin trente trante quarante karante quarente cinquante cinquente soixante soisante septante octante huitante "
    "nonante"
).split()
_WORDS = sorted({*_UNITS, *_TEENS, *_TENS}, key=len, reverse=True)
_TOKEN = rf"(?:{'|'.join(_WORDS)})(?![^\W\d_])|[0-9]+"
_GAP = r"(?:[ ]?[,;.\-/…][ ]?| et | puis |[ ]{1,3}|\n|-et-| point | tiret | espace )"
# A run begins as a French phone number does: with a zero, or with the country's 33.
_FIRST = r"(?:zerr?os?(?![^\W\d_])|0[0-9]*|33|trente(?=[ \-]trois))"
_RUN = re.compile(rf"(?<![^\W\d_])(?<![0-9/])(?:plus |\+ ?)?{_FIRST}(?:{_GAP}(?:{_TOKEN})(?![0-9]))*")
_ONE = re.compile(_TOKEN)
_LONGEST_GROUP = 3  # digits; four are a year
_DIGITS = 10
_LEAST_WORDS = 2  # said in words; with fewer, it is a number typed in digits with a stray word


class _Token(NamedTuple):
    text: str
    start: int
    end: int


def find_spoken_numbers(digits: str) -> Iterator[Part]:
    """Each French phone number of which at least two pairs are words."""
    for run in _RUN.finditer(digits):
        tokens = [
            _Token(match[0], match.start(), match.end()) for match in _ONE.finditer(digits, run.start(), run.end())
        ]
        if sum(not token.text.isdigit() for token in tokens) < _LEAST_WORDS:
            continue
        index = 0
        while index < len(tokens):
            count = _count_tokens(tokens, index)
            if count:
                start = tokens[index].start
                if digits[run.start() : start].strip() in {"plus", "+"}:
                    start = run.start()
                yield Part(start, tokens[index + count - 1].end, Hidden.PHONE)
            index += count or 1


def _count_tokens(tokens: Sequence[_Token], index: int) -> int:
    """How many tokens from `index` are a phone number; the longest reading; 0 when none is."""
    wanted = _DIGITS - _skip_country(tokens, index)
    if wanted == _DIGITS and not _starts_as_french(tokens, index):
        return 0
    best = 0
    reached: dict[int, set[int]] = {index: {0}}
    for position in range(index, min(len(tokens), index + 2 * _DIGITS)):
        for used in reached.pop(position, set()):
            for taken, digits in _readings(tokens, position):
                total = used + digits
                if total == wanted:
                    best = max(best, position + taken - index)
                elif total < wanted:
                    reached.setdefault(position + taken, set()).add(total)
    said = sum(not token.text.isdigit() for token in tokens[index : index + best])
    return best if said >= _LEAST_WORDS else 0


def _starts_as_french(tokens: Sequence[_Token], index: int) -> bool:
    first = tokens[index].text
    if first.isdigit():
        return (len(first) > 1 and first[0] == "0" and first[1] != "0") or (first == "0" and len(tokens) > index + 1)
    return first.startswith("zer") and len(tokens) > index + 1 and not tokens[index + 1].text.startswith("zer")


def _skip_country(tokens: Sequence[_Token], index: int) -> int:
    """-1 after "trente-trois" or "33" and a mobile's 6 or 7: eleven digits are wanted then; else 0."""
    words = [token.text for token in tokens[index : index + 3]]
    if words[:1] == ["33"] and words[1:2] in (["six"], ["sept"]):
        return -1
    return -1 if words[:2] == ["trente", "trois"] and words[2:] in (["six"], ["sept"]) else 0


def _readings(tokens: Sequence[_Token], index: int) -> Iterator[tuple[int, int]]:
    """(tokens taken, digits they stand for) for each number that may begin at `index`."""
    words = [token.text for token in tokens[index : index + 4]]
    first, second, third, fourth = (*words, "", "", "", "")[:4]
    if first.isdigit():
        if len(first) <= _LONGEST_GROUP:
            yield 1, len(first)
        return
    if first in _UNITS:
        yield 1, 1
        if first in {"quatre", "quattre"} and second in {"vingt", "vingts", "vin"}:
            yield 2, 2
            if third in _TEENS or third in _UNITS:
                yield 3, 2
            if third == "dix" and fourth in {"sept", "huit", "neuf"}:
                yield 4, 2
        return
    yield 1, 2
    if first == "dix" and second in {"sept", "huit", "neuf"}:
        yield 2, 2
    if first in _TENS and second in _UNITS and not second.startswith("zer"):
        yield 2, 2
    if first in {"soixante", "soisante"} and second in _TEENS:
        yield 2, 2
        if second == "dix" and third in {"sept", "huit", "neuf"}:
            yield 3, 2
