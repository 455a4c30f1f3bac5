"""Phone numbers written in digits: French, and international ones of the neighbours and beyond.

Source: ARCEP's plan (ten digits from 01 to 09, +33 and nine digits abroad); other countries by the `phonenumbers` data.
Short numbers (15, 3114, 116 117) have fewer digits and are never found.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import phonenumbers

from service.masking.hidden import Hidden, Part

# Digit groups with at most three signs between them make one run. A newline may stand in a number cut in two.
_RUN = re.compile(r"(?:\+ ?|\(\+?)?[0-9]+(?:(?:[ ._/\-,·]{1,3}|\n|[ ]?\(0\)[ ]?|\)[ .\-]?)[0-9]+)*")
_GROUP = re.compile(r"[0-9]+")
_TRUNK = re.compile(r"\(0\)")
_DATE = re.compile(r"(?:0?[1-9]|[12][0-9]|3[01])([/.\- ])(?:0?[1-9]|1[0-2])\1(?:19|20)[0-9]{2}(?![0-9])")
_FRENCH, _ABROAD = 10, 9  # digits at home; after +33
# Group sizes of a French number, for one that follows another figure without a word between.
_USUAL = {(10,), (2, 2, 2, 2, 2), (4, 2, 2, 2), (4, 3, 3), (4, 6), (2, 8)}
_MAX_GROUPS = 11  # one digit per group, and the country
_LONGEST = 15  # digits, ITU-T E.164


class _Group(NamedTuple):
    digits: str
    start: int
    end: int


def find_phone_numbers(digits: str) -> Iterator[Part]:
    """Each phone number of a text where the letters O among digits are zeros."""
    for run in _RUN.finditer(digits):
        if len(run[0]) < _ABROAD:
            continue
        yield from _find_in_run(digits, run)


def _find_in_run(text: str, run: re.Match[str]) -> Iterator[Part]:
    # "(0)" of "+33 (0)6" is no group of the number.
    hidden = _TRUNK.sub("\x00\x00\x00", run[0])
    groups = [_Group(match[0], *_shifted(match, run.start())) for match in _GROUP.finditer(hidden)]
    index = 0
    last_end = run.start()
    while index < len(groups):
        plus = _place_of_plus(text, groups[index].start, last_end)
        follows = index > 0 and groups[index - 1].start >= last_end and _touches(text, groups, index)
        count = 0 if follows and plus is None else _international(groups, index, plus is not None)
        count = count or _french(text, groups, index, follows)
        if count:
            end = groups[index + count - 1].end
            start = groups[index].start if plus is None else plus
            if text[start] == "(" and ")" not in text[start:end]:
                start += 1  # the parenthesis of a sentence, not of "(+33) 6"
            yield Part(start, end, Hidden.PHONE)
            last_end = end
        index += count or 1


def _shifted(match: re.Match[str], by: int) -> tuple[int, int]:
    return match.start() + by, match.end() + by


def _place_of_plus(text: str, start: int, floor: int) -> int | None:
    plus = text.rfind("+", max(floor, start - 2), start)
    if plus < 0:
        return None
    return plus - 1 if plus > floor and text[plus - 1] == "(" else plus


def _international(groups: Sequence[_Group], index: int, has_plus: bool) -> int:
    """How many groups from `index` make a number with its country code; 0 when none do."""
    head = "".join(group.digits for group in groups[index : index + 3])
    if not has_plus and not head.startswith("00"):
        return _french_without_plus(groups, index)
    so_far, best = "", 0
    for count, group in enumerate(groups[index : index + _MAX_GROUPS], 1):
        so_far += group.digits
        number = so_far if has_plus else so_far[2:]
        if len(number) > _LONGEST:
            break
        if number.startswith("33"):
            if len(number) - 2 == _ABROAD or (len(number) - 3 == _ABROAD and number[2] == "0"):
                return count
        elif len(number) >= 8 and _is_possible(number):
            best = count
            if len(number) >= 11 and number[:2] in {"32", "41", "49"}:
                break  # a complete number of Belgium, Switzerland or Germany: what follows is another figure
    return best


def _french_without_plus(groups: Sequence[_Group], index: int) -> int:
    """ "33 6 12 34 56 78": the country without its sign, mobiles only."""
    so_far = ""
    for count, group in enumerate(groups[index : index + 6], 1):
        so_far += group.digits
        if len(so_far) >= _ABROAD + 2:
            return (
                count if re.fullmatch("33[67][0-9]{8}", so_far) and (count == 1 or groups[index].digits == "33") else 0
            )
    return 0


def _is_possible(number: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse("+" + number))
    except phonenumbers.NumberParseException:
        return False


def _french(text: str, groups: Sequence[_Group], index: int, follows: bool) -> int:
    """How many groups from `index` make ten digits from 01 to 09 (or nine from 6, 7 in pairs); 0 when none do."""
    so_far = ""
    for count, group in enumerate(groups[index : index + _FRENCH], 1):
        so_far += group.digits
        if len(so_far) < _ABROAD:
            continue
        sizes = tuple(len(one.digits) for one in groups[index : index + count])
        if len(so_far) == _ABROAD and sizes == (1, 2, 2, 2, 2) and so_far[0] in "67":
            return count
        if len(so_far) < _FRENCH:
            continue
        if len(so_far) > _FRENCH or so_far[0] != "0" or so_far[1] == "0":
            return 0
        gaps = [
            text[one.end : two.start]
            for one, two in zip(groups[index:], groups[index + 1 : index + count], strict=False)
        ]
        if _is_enumeration(text, groups, index):
            return 0
        if _is_date(text, groups[index].start) or _are_hours(gaps) or (follows and sizes not in _USUAL):
            return 0
        return count
    return 0


def _touches(text: str, groups: Sequence[_Group], index: int) -> bool:
    return len(text[groups[index - 1].end : groups[index].start]) == 1


def _is_enumeration(text: str, groups: Sequence[_Group], index: int) -> bool:
    """ "08 10 51 52 54 55 57": more figures than a number has, each greater than the one before."""
    chain = groups[index : index + 6]
    numbers = [int(group.digits) for group in chain]
    gaps = {text[one.end : two.start] for one, two in pairwise(chain)}
    is_growing = len(numbers) == 6 and all(one < two for one, two in pairwise(numbers))
    return is_growing and len(gaps) == 1 and all(len(group.digits) == 2 for group in chain)


def _is_date(text: str, start: int) -> bool:
    return _DATE.match(text, start) is not None


def _are_hours(gaps: Sequence[str]) -> bool:
    """ "08.00 - 12.00 / 13.30": two kinds of signs, one within and one between the hours."""
    signs = {gap.strip() for gap in gaps}
    if len(signs - {""}) > 1:
        return True
    return len(gaps) >= 3 and len(signs) > 1 and gaps[0].strip() == gaps[2].strip() != gaps[1].strip() and "-" in signs
