"""Ideas taken in: queued with a follow-up code, found again by it."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.effects import NewContribution
from bot.flows.follow_up import ALPHABET, LENGTH
from bot.known import PARIS, Case
from bot.matching import Matcher
from service.keyring import Keyring
from service.masking import mask
from service.models import Change, Contribution, Person, Status

STATUS_FOR_CITIZEN = {
    Status.RECEIVED: "reçue, le CTS va la lire",
    Status.TO_CLASSIFY: "reçue, le CTS va la lire et la classer",
    Status.RETAINED: "retenue par le CTS",
    Status.NOT_RETAINED: "non retenue par le CTS",
    Status.BECAME_PROJECT: "devenue un projet",
}
WRONG_CODES_ALLOWED = 10  # a day and a person; at 157 million codes a guesser finds nothing in a lifetime
WRONG_CODES_WINDOW = dt.timedelta(days=1)
MOST_OWN_CASES = 100


def draw_code(session: Session) -> str:
    """A follow-up code nobody has: unguessable, without look-alike characters."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        has_digit = any(character.isdigit() for character in code)  # by which a code is told from a word
        if has_digit and session.scalar(select(Contribution.id).where(Contribution.code == code)) is None:
            return code


def queue(
    session: Session, keyring: Keyring, matcher: Matcher, person: Person, new: NewContribution, now: dt.datetime
) -> Contribution:
    """The idea in the queue of its territory's CTS, with the first line of its history.

    What is personal in the words is masked before anyone reads them; the original then goes under seal.
    """
    masked = mask(new.words)
    # What the matcher says is shown to readers too: it must come of the words they may read.
    suggestions = matcher.match(masked.text).likely if masked.kinds else new.suggestions
    status = Status.RECEIVED if new.solution else Status.TO_CLASSIFY
    contribution = Contribution(
        code=new.code,
        person_id=person.id,
        channel=person.channel,
        received_at=now,
        words=masked.text,
        sealed_words=keyring.seal(new.words, new.code) if masked.kinds else None,
        third_person_health=masked.third_person_health,
        departement=new.departement,
        insee=new.insee,
        suggestions=[asdict(suggestion) for suggestion in suggestions],
        suggested=suggestions[0].solution if suggestions else None,
        chosen_by_citizen=new.solution,
        axis=new.axis,
        solution=new.solution,
        status=status,
    )
    contribution.history.append(
        Change(at=now, to_status=status, to_solution=new.solution, reason="Reçue, avec l'accord de son auteur.")
    )
    session.add(contribution)
    session.flush()
    return contribution


def find_case(session: Session, person: Person, code: str, now: dt.datetime) -> Case | None:
    """The case of ``code`` as ``person`` may see it; None when there is none, or after too many wrong codes."""
    contribution = session.scalar(select(Contribution).where(Contribution.code == code))
    own = contribution is not None and contribution.person_id == person.id
    if _guessed_too_often(person, now) and not own:
        return None
    if contribution is None:
        _count_wrong_code(person, now)
        return None
    return _as_case(contribution, person)


def own_cases(session: Session, person: Person) -> tuple[Case, ...]:
    """The person's own last cases, newest first."""
    newest = select(Contribution).where(Contribution.person_id == person.id).order_by(Contribution.id.desc())
    return tuple(_as_case(found, person) for found in session.scalars(newest.limit(MOST_OWN_CASES)))


def _as_case(contribution: Contribution, person: Person) -> Case:
    return Case(
        code=contribution.code,
        sent_on=contribution.received_at.astimezone(PARIS).date(),
        departement=contribution.departement,
        status=STATUS_FOR_CITIZEN[contribution.status],
        words=contribution.words if contribution.person_id == person.id else None,
        answer=contribution.answer,
    )


def _guessed_too_often(person: Person, now: dt.datetime) -> bool:
    if person.wrong_codes_since is None or now - person.wrong_codes_since > WRONG_CODES_WINDOW:
        person.wrong_codes, person.wrong_codes_since = 0, None
    return person.wrong_codes >= WRONG_CODES_ALLOWED


def _count_wrong_code(person: Person, now: dt.datetime) -> None:
    person.wrong_codes += 1
    person.wrong_codes_since = person.wrong_codes_since or now
