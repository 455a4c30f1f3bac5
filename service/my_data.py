"""What we hold on someone, for them to read: under an address that only they are told, for a day."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from service.keyring import Keyring, SealError
from service.models import Ban, Contribution, DataLink, Exchange, OptOut, OutboxMessage, Person, Question, Support

LINK_LASTS = dt.timedelta(hours=24)


@dataclass(frozen=True)
class Held:
    """Everything held on one person."""

    pseudonym: str
    channel: str
    first_seen: dt.datetime
    last_seen: dt.datetime
    home_insee: str | None
    conversation: str | None  # where it stands, as JSON
    ideas: tuple[Contribution, ...]
    originals: dict[str, str]  # by the idea's code: the words before masking, while they are kept
    exchanges: tuple[Exchange, ...]
    messages: tuple[OutboxMessage, ...]  # that we owed of our own accord
    questions: tuple[Question, ...]
    original_answers: dict[int, str]  # by the question's id: the words before masking, while they are kept
    address: str | None  # while something is owed
    noticed_at: dt.datetime | None
    wrong_codes: int
    refusal: OptOut | None
    supported: tuple[str, ...]  # codes of ideas
    bans: tuple[Ban, ...]


def open_link(session: Session, person: Person, token: str, now: dt.datetime) -> None:
    """Make ``token`` lead to the person's data for a day."""
    session.add(DataLink(token_hash=_hash(token), person_id=person.id, expires_at=now + LINK_LASTS))


def read_held(session: Session, keyring: Keyring, token: str, now: dt.datetime) -> Held | None:
    """What is held on the person whose link this is; None when it leads nowhere, or no longer."""
    person = session.scalar(
        select(Person)
        .join(DataLink, DataLink.person_id == Person.id)
        .where(DataLink.token_hash == _hash(token), DataLink.expires_at > now)
    )
    if person is None:
        return None
    ideas = session.scalars(
        select(Contribution).where(Contribution.person_id == person.id).order_by(Contribution.id)
    ).all()
    exchanges = session.scalars(select(Exchange).where(Exchange.person_id == person.id).order_by(Exchange.id))
    messages = session.scalars(
        select(OutboxMessage).where(OutboxMessage.person_id == person.id).order_by(OutboxMessage.id)
    )
    asked = session.scalars(
        select(Question)
        .where(Question.person_id == person.id)
        .order_by(Question.id)
        .options(joinedload(Question.contribution))
    ).all()
    supports = Support.person_id == person.id
    supported = select(Contribution.code).join(Support, Support.contribution_id == Contribution.id).where(supports)
    return Held(
        pseudonym=person.pseudonym,
        channel=person.channel,
        first_seen=person.first_seen,
        last_seen=person.last_seen,
        home_insee=person.home_insee,
        conversation=person.state,
        ideas=tuple(ideas),
        originals={idea.code: _open(keyring, idea.sealed_words, idea.code) for idea in ideas if idea.sealed_words},
        exchanges=tuple(exchanges),
        messages=tuple(messages),
        questions=tuple(asked),
        original_answers={
            one.id: _open(keyring, one.sealed_answer, one.contribution.code) for one in asked if one.sealed_answer
        },
        address=_open(keyring, person.sealed_address, person.pseudonym) if person.sealed_address else None,
        noticed_at=person.noticed_at,
        wrong_codes=person.wrong_codes,
        refusal=session.scalar(select(OptOut).where(OptOut.pseudonym == person.pseudonym)),
        supported=tuple(session.scalars(supported)),
        bans=tuple(session.scalars(select(Ban).where(Ban.pseudonym == person.pseudonym).order_by(Ban.id))),
    )


def _open(keyring: Keyring, sealed: bytes, context: str) -> str:
    """What is under a seal, or why it cannot be read: the rest of the page is still owed."""
    try:
        return keyring.open(sealed, context)
    except SealError as error:
        return str(error)


def _hash(token: str) -> str:
    """A token is 256 random bits: a plain hash hides it well enough."""
    return hashlib.sha256(token.encode()).hexdigest()
