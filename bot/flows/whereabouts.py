"""Where? A part of other conversations: at most one short question when the words already name the place."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from bot.conversation import Ask, Option, Reader, Said
from bot.effects import RememberPlace
from bot.known import Known
from bot.places import PlaceReading
from knowledge.gazetteer import Commune

OUTSIDE = "outside:"  # prefix of the answer kept when the place named is not in Grand Est
SHORTEST_OUTSIDE = 3  # letters: "y" is a village of the Somme, and nobody's answer
HINT = "Je ne connais pas cette commune dans le Grand Est."


@dataclass(frozen=True)
class Whereabouts:
    """A commune, or only a département, or the name of a place outside the region."""

    commune: Commune | None = None
    departement: str = ""  # empty: outside the region
    outside: str | None = None


def remember(where: Whereabouts) -> tuple[RememberPlace, ...]:
    """What to do about a place: keep it for the person's next message."""
    return (RememberPlace(where.commune.insee),) if where.commune else ()


Asking = Generator[Ask, str, Whereabouts]


def whereabouts(known: Known, words: str, question: str, *, home: Commune | None = None) -> Asking:
    """Où ? The place that ``words`` name, else ``home``, else the answer to ``question``."""
    reading = known.mind.places.find(words)
    code = _code(reading) or (home.insee if home else None)
    if code is None:
        return (yield from ask_place(known, "place", question))
    return (yield from _settle(known, code, "which_place"))


def ask_place(known: Known, key: str, question: str) -> Asking:
    """Où ? Asked whatever was said before."""
    code = yield Ask(key, question, read=_place_reader(known), hint=HINT)
    return (yield from _settle(known, code, f"which_{key}"))


def _settle(known: Known, code: str, key: str) -> Asking:
    """The place behind ``code``; one more question when several communes bear the name or the postcode."""
    if code.startswith(OUTSIDE):
        return Whereabouts(outside=code.removeprefix(OUTSIDE))
    if len(code) == 2:
        return Whereabouts(departement=code)
    candidates = code.split()
    if len(candidates) > 1:
        communes = [known.mind.places.commune(insee) for insee in candidates]
        options = tuple(Option(c.insee, f"{c.name} ({c.departement})", (c.name, c.departement)) for c in communes)
        chosen = yield Ask(key, "Quelle commune ?", options, read=_place_reader(known, only_sure=True), hint=HINT)
        return (yield from _settle(known, chosen, f"{key}_then"))
    commune = known.mind.places.commune(candidates[0])
    return Whereabouts(commune, commune.departement)


def _place_reader(known: Known, *, only_sure: bool = False) -> Reader:
    def read(said: Said) -> str | None:
        if said.point is not None:
            commune = known.mind.places.nearest(*said.point)
            return commune.insee if commune else None
        code = _code(known.mind.places.read_answer(said.text))
        return None if code and only_sure and " " in code else code

    return read


def _code(reading: PlaceReading) -> str | None:
    """What is kept of a reading: INSEE codes, a département's number, or the name of a place outside the region."""
    if reading.communes:
        return " ".join(commune.insee for commune in reading.communes)
    if reading.departement:
        return reading.departement
    return OUTSIDE + reading.outside if reading.outside and len(reading.outside) >= SHORTEST_OUTSIDE else None
