"""A turn as SMS: in the GSM 7-bit alphabet, its segments counted, in pages short enough to be paid for.

One character outside the alphabet makes the whole message UCS-2 and cuts a segment from 160 characters to 70.
Only what we write is folded; the citizen's own words are kept as they came.
Alphabet and lengths: 3GPP TS 23.038 §6.2.1 (table and its extension) and TS 23.040 §9.2.3.24.1 (concatenation).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("^{}\\[~]|€\f")  # each takes two places
ALPHABET = BASIC | EXTENSION
WRITTEN_OTHERWISE = {
    "ç": "c", "œ": "oe", "Œ": "OE", "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "“": '"', "”": '"', "«": '"',
    "»": '"', "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "•": "-", "·": "-", "⁄": "/", "→": "->", "°": "o", "\t": " ",
}  # fmt: skip
# The accents of the alphabet, sent apart from their letter. NFC of a whole text takes the square of a run of marks.
APART = re.compile("[A-Za-z][\u0300\u0301\u0303\u0308\u030a\u0327]")
GUILLEMETS = re.compile("«[ \u00a0\u202f]?|[ \u00a0\u202f]?»")

SINGLE, PART = 160, 153  # septets in a message of one segment, and in each part of a longer one
SINGLE_UCS2, PART_UCS2 = 70, 67  # the same in UTF-16 code units
PAGE_SEGMENTS = 2  # an answer is this long wherever the content allows
QUESTION_SEGMENTS = 4  # a question and its options are never parted, up to this length
LEAST_ROOM = 40  # septets of a page that are its own, however long the notice under it
MORE = "\n(SUITE pour lire la suite)"


def to_gsm7(text: str) -> str:
    """``text`` with every character in the GSM 7-bit alphabet: the nearest letters, or nothing (an emoji)."""
    composed = APART.sub(lambda found: unicodedata.normalize("NFC", found[0]), GUILLEMETS.sub('"', text))
    if is_gsm7(composed):
        return composed
    return "".join(character if character in ALPHABET else _write_otherwise(character) for character in composed)


def _write_otherwise(character: str) -> str:
    if character in WRITTEN_OTHERWISE:
        return WRITTEN_OTHERWISE[character]
    parts = unicodedata.normalize("NFKD", character)
    return "".join(part if part in ALPHABET else WRITTEN_OTHERWISE.get(part, "") for part in parts)


def is_gsm7(text: str) -> bool:
    """Whether ``text`` can be sent in the 7-bit alphabet as it is."""
    return ALPHABET.issuperset(text)


def count_septets(text: str) -> int:
    """The length of a GSM-7 ``text``, characters of the extension table counted twice."""
    return len(text) + sum(map(text.count, EXTENSION))


def count_segments(text: str) -> int:
    """How many SMS segments ``text`` is billed as; 0 when empty."""
    if not text:
        return 0
    if is_gsm7(text):
        if count_septets(text) <= SINGLE:
            return 1
        return _count_parts([2 if character in EXTENSION else 1 for character in text], SINGLE, PART)
    return _count_parts([2 if ord(character) > 0xFFFF else 1 for character in text], SINGLE_UCS2, PART_UCS2)


def _count_parts(widths: Sequence[int], single: int, part: int) -> int:
    """Parts needed when a character of width 2 (an escape sequence, a surrogate pair) is never cut in two."""
    if sum(widths) <= single:
        return 1
    parts, used = 1, 0
    for width in widths:
        if used + width > part:
            parts, used = parts + 1, 0
        used += width
    return parts


def write_pages(text: str, options: Sequence[str] = (), notice: str = "") -> tuple[str, ...]:
    """``text`` and its numbered ``options`` as SMS, each to be sent when the one before was read (SUITE).

    ``notice`` ends the first page, within the same length.

    A question that fits in four segments is one page, options and all; of anything longer, pages of two segments are
    cut off between paragraphs, sentences or words until the rest fits, the options with it.
    """
    body = to_gsm7(text).strip()
    foot = f"\n{to_gsm7(notice)}" if notice else ""
    choices = "".join(f"\n{number} {to_gsm7(label)}" for number, label in enumerate(options, 1))
    most = QUESTION_SEGMENTS if choices else PAGE_SEGMENTS
    pages: list[str] = []
    while body and count_segments(body + choices + foot) > most:
        # A character of two septets is never cut in two: a place may stay empty where two segments meet.
        lost = PAGE_SEGMENTS - 1 if not EXTENSION.isdisjoint(body) else 0
        room = PAGE_SEGMENTS * PART - lost - count_septets(MORE) - count_septets(foot)
        at = _find_break(body, max(room, LEAST_ROOM))
        pages.append(body[:at].rstrip() + MORE + foot)
        body, foot = body[at:].lstrip(), ""
    return (*pages, (body + choices + foot).strip())


def _find_break(text: str, room: int) -> int:
    """Where to cut ``text`` so that what is before takes at most ``room`` septets: where a reader would pause."""
    fits = room
    while count_septets(text[:fits]) > room:
        fits -= 1
    if fits >= len(text):
        return len(text)
    head = text[:fits]
    for at in (head.rfind("\n"), head.rfind(". ") + 1, head.rfind(" ")):
        if at > fits // 3:
            return at
    return fits
