"""Ideas that reach a council otherwise than by message, entered by its secretary: a call, a paper form, a meeting."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.dialogue import LONGEST_MESSAGE
from bot.effects import NewContribution, Suggestion
from bot.known import Mind
from knowledge.gazetteer import Commune
from service import addresses, contributions, people
from service.errors import Refused
from service.keyring import Keyring, normalise_address
from service.masking import mask
from service.models import Contribution, Person, Reviewer, Source
from service.rights import Right, require, visible_to

REASONS = {
    Source.PHONE: "Saisie d'après un appel téléphonique.",
    Source.PAPER: "Saisie d'après un formulaire papier.",
    Source.MEETING: "Saisie d'après une réunion.",
}
LONGEST_KEY = 36  # characters: a UUID
_MOBILE = re.compile(r"\+33[67]\d{8}", re.ASCII)  # ARCEP, "Plan national de numérotation": 06 and 07 are mobile


@dataclass(frozen=True)
class Entry:
    """A form as it was filled in. ``insee``: of the commune chosen among several; ``key``: names the form, sent once or twice."""

    key: str
    words: str
    source: Source | None
    place: str  # in the reviewer's words; empty: somewhere in their territory
    insee: str
    solution: str | None
    phone: str  # empty: the person wants no answer by SMS
    agreed: bool  # the person, to their number being kept for that


@dataclass(frozen=True)
class Reading:
    """What a form says: where (several communes: between which to choose) and which solutions are near."""

    source: Source
    departement: str
    communes: tuple[Commune, ...]
    suggestions: tuple[Suggestion, ...]


def read_entry(mind: Mind, reviewer: Reviewer, entry: Entry) -> Reading:
    """What the form says. Raises Forbidden, or Refused with the field at fault."""
    require(reviewer, Right.INSTRUCT)
    if not entry.words:
        raise Refused("Écrivez l'idée, avec les mots de la personne.", "words")
    if len(entry.words) > LONGEST_MESSAGE:
        raise Refused(f"L'idée dépasse {LONGEST_MESSAGE} caractères : raccourcissez-la.", "words")
    if entry.source is None or entry.source not in REASONS:
        raise Refused("Dites comment l'idée vous est parvenue.", "source")
    departement, communes = _read_place(mind, reviewer, entry)
    if entry.phone:
        _read_mobile(entry.phone)
        if not entry.agreed:
            raise Refused("Cochez l'accord de la personne, ou retirez son numéro.", "agreed")
    return Reading(entry.source, departement, communes, mind.matcher.match(mask(entry.words).text).likely)


def enter_idea(
    session: Session, keyring: Keyring, mind: Mind, reviewer: Reviewer, entry: Entry, now: dt.datetime
) -> Contribution:
    """The idea in the queue; the one that this form made before, when it comes twice. Raises Forbidden or Refused."""
    reading = read_entry(mind, reviewer, entry)
    if len(reading.communes) > 1:
        raise Refused("Choisissez la commune.", "insee")
    key = f"entry:{entry.key[:LONGEST_KEY]}"
    same = visible_to(reviewer).where(Contribution.import_key == key)
    author = _hold_author(session, keyring, entry.phone, now) if entry.phone else None
    new = NewContribution(
        code=contributions.draw_code(session),
        words=entry.words,
        departement=reading.departement,
        insee=reading.communes[0].insee if reading.communes else None,
        axis=entry.solution.split(".")[0] if entry.solution else None,
        solution=entry.solution,
        suggestions=reading.suggestions,
    )
    known = session.scalar(same)
    if known is not None:
        return known
    try:
        with session.begin_nested():
            return contributions.take_in(
                session,
                keyring,
                mind.matcher,
                author,
                new,
                now,
                source=reading.source,
                reason=REASONS[reading.source],
                reviewer=reviewer,
                import_key=key,
            )
    except IntegrityError:  # a double click: the other was quicker
        return session.scalars(same).one()


def _read_place(mind: Mind, reviewer: Reviewer, entry: Entry) -> tuple[str, tuple[Commune, ...]]:
    if not entry.place:
        if reviewer.departement is None:
            raise Refused("Indiquez la commune, ou le département.", "place")
        return reviewer.departement, ()
    reading = mind.places.read_answer(entry.place)
    communes = reading.communes
    if len(communes) > 1:
        chosen = tuple(commune for commune in communes if commune.insee == entry.insee)
        own = tuple(commune for commune in communes if reviewer.departement in (None, commune.departement))
        communes = chosen or own or communes
    departement = communes[0].departement if communes else reading.departement
    if departement is None:
        raise Refused(
            "Cette commune n'est pas connue dans le Grand Est. Essayez le nom entier ou le code postal.", "place"
        )
    if reviewer.departement not in (None, departement):
        territory = mind.knowledge.territory(departement)
        raise Refused(f"Ce lieu relève du CTS {territory.of_name} : dirigez la personne vers lui.", "place")
    return departement, communes


def _read_mobile(phone: str) -> str:
    """The number in E.164. Raises Refused when it is not that of a French mobile telephone: others get no SMS."""
    number = normalise_address(phone)
    if not _MOBILE.fullmatch(number):
        raise Refused("Ce n'est pas un numéro de téléphone mobile français.", "phone")
    return number


def _hold_author(session: Session, keyring: Keyring, phone: str, now: dt.datetime) -> Person:
    number = _read_mobile(phone)
    pseudonyms = keyring.make_pseudonyms(number)
    author = people.hold_person(session, pseudonyms, Channel.SMS, now)
    author.last_seen = now
    people.find_opt_out(session, pseudonyms)  # a refusal follows its person to the key in use
    addresses.keep_address(keyring, author, number)
    return author
