"""A citizen's words as anyone but their author may see them: personal data replaced by readable marks.

Every reviewer, log, export, e-mail and metric gets `mask(text).text`; the original is sealed. Deterministic, and linear in
the length of the text. Everything that is not hidden stays as it was, to the byte.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from service.masking.birth_dates import find_birth_dates
from service.masking.email_addresses import find_email_addresses
from service.masking.hidden import MARKS, Hidden, Part
from service.masking.iban import find_ibans
from service.masking.nir import find_nirs
from service.masking.person_names import find_person_names
from service.masking.phone_numbers import find_phone_numbers
from service.masking.plain_text import PlainText
from service.masking.postal_addresses import find_postal_addresses
from service.masking.spoken_numbers import find_spoken_numbers
from service.masking.third_person_health import tells_health_of_another

__all__ = ["Hidden", "Masked", "mask"]


@dataclass(frozen=True)
class Masked:
    """A text with its personal data hidden.

    `kinds`: what its marks stand for. `third_person_health`: it tells the health of somebody else who can be recognised.
    """

    text: str
    kinds: frozenset[Hidden]
    third_person_health: bool


def mask(text: str) -> Masked:
    """`text` with each part of personal data replaced by its mark. Masking what is masked changes nothing."""
    plain = PlainText(text)
    # What a mark replaced was sometimes what kept its neighbour from being seen: until nothing more is found.
    while parts := _choose(_find(plain)):
        text = _replace(plain, parts)
        plain = PlainText(text)
    kinds = frozenset(kind for kind, mark in MARKS.items() if mark in text)
    return Masked(text, kinds, tells_health_of_another(plain))


def _find(plain: PlainText) -> Iterator[Part]:
    """All parts, those of the surest detectors first: what a checksum proves is not a phone number."""
    yield from find_nirs(plain.digits)
    yield from find_ibans(plain.text)
    yield from find_email_addresses(plain.text)
    yield from find_birth_dates(plain)
    yield from find_spoken_numbers(plain.digits)
    yield from find_phone_numbers(plain.digits)
    yield from find_postal_addresses(plain)
    yield from find_person_names(plain)


def _choose(parts: Iterable[Part]) -> list[Part]:
    """Parts that do not overlap, in the order of the text; of two that do, the first found."""
    chosen: list[Part] = []
    taken: set[int] = set()
    for part in parts:
        places = range(part.start, part.end)
        if taken.isdisjoint(places):
            taken.update(places)
            chosen.append(part)
    return sorted(chosen)


def _replace(plain: PlainText, parts: Iterable[Part]) -> str:
    pieces, last = [], 0
    for part in parts:
        start, end = plain.place(part.start, part.end)
        pieces += [plain.original[last:start], MARKS[part.kind]]
        last = end
    return "".join([*pieces, plain.original[last:]])
