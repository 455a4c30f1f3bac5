"""Finding a person by their pseudonym, and holding them while their message is dealt with."""

from __future__ import annotations

import datetime as dt
import logging

from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.conversation import ConversationError, State
from service.database import insert
from service.models import Contribution, DataLink, Exchange, OptOut, Person

# A question older than this is no longer what a message answers; the purge forgets it (service.retention).
CONVERSATION_LASTS = dt.timedelta(hours=48)
logger = logging.getLogger(__name__)


def hold_person(session: Session, pseudonyms: tuple[str, ...], channel: Channel, now: dt.datetime) -> Person:
    """The person, made if new, locked until the transaction ends: their messages are dealt with one by one.

    ``pseudonyms``: the one under the key in use first; a person known under an older key is known under it from now on.
    PostgreSQL locks the row; on SQLite the transaction is already alone (BEGIN IMMEDIATE).
    """
    held = select(Person).where(Person.pseudonym.in_(pseudonyms)).order_by(Person.id).with_for_update()
    known = list(session.scalars(held))
    if known:
        person, *doubles = known
        for double in doubles:
            _merge(session, double, person)
    else:
        row = {"pseudonym": pseudonyms[0], "channel": channel, "first_seen": now, "last_seen": now, "wrong_codes": 0}
        # Two first messages at once make one person: the second insert does nothing.
        session.execute(insert(session, Person).values(row).on_conflict_do_nothing(index_elements=["pseudonym"]))
        person = session.scalars(held).one()
    person.pseudonym = pseudonyms[0]
    person.channel = channel
    person.last_seen = now
    return person


def _merge(session: Session, double: Person, person: Person) -> None:
    """One person known under two keys is one again: what the second row owns goes to the first."""
    for table in (Contribution, Exchange, DataLink):
        session.execute(update(table).where(table.person_id == double.id).values(person_id=person.id))
    session.delete(double)
    session.flush()


def find_person(session: Session, pseudonyms: tuple[str, ...]) -> Person | None:
    """The person of these pseudonyms, not locked; None when they never wrote."""
    return session.scalar(select(Person).where(Person.pseudonym.in_(pseudonyms)))


def find_opt_out(session: Session, pseudonyms: tuple[str, ...]) -> OptOut | None:
    """The refusal of messages by someone, whether or not we still know anything else of them."""
    found = session.scalars(select(OptOut).where(OptOut.pseudonym.in_(pseudonyms)).order_by(OptOut.id)).all()
    if not found:
        return None
    refusal, *doubles = found  # under two keys: the wider one holds
    refusal.answers_only = all(one.answers_only for one in found)
    for double in doubles:
        session.delete(double)
    session.flush()
    refusal.pseudonym = pseudonyms[0]  # known under the key in use from now on
    return refusal


def opt_out(session: Session, pseudonyms: tuple[str, ...], now: dt.datetime, *, answers_only: bool) -> None:
    """Keep a refusal; a wider one is never narrowed."""
    refusal = find_opt_out(session, pseudonyms)
    if refusal is None:
        row = {"pseudonym": pseudonyms[0], "since": now, "answers_only": answers_only}
        session.execute(insert(session, OptOut).values(row).on_conflict_do_nothing(index_elements=["pseudonym"]))
    else:
        refusal.answers_only = refusal.answers_only and answers_only


def list_refusals(session: Session) -> list[tuple[str, dt.datetime, bool]]:
    """Every refusal: whose, since when, of answers only; none when there is no table yet."""
    try:
        return [(one.pseudonym, one.since, one.answers_only) for one in session.scalars(select(OptOut))]
    except DBAPIError:
        return []


def keep_refusals(session: Session, refusals: list[tuple[str, dt.datetime, bool]]) -> None:
    """Make sure that these refusals are there."""
    for pseudonym, since, answers_only in refusals:
        opt_out(session, (pseudonym,), since, answers_only=answers_only)


def opt_in(session: Session, pseudonyms: tuple[str, ...]) -> None:
    """Forget the refusal."""
    session.execute(delete(OptOut).where(OptOut.pseudonym.in_(pseudonyms)))


def recall_state(person: Person, now: dt.datetime) -> State:
    """Where the conversation stands; a question left open too long is forgotten, the person is not."""
    if person.state is None or person.state_at is None or now - person.state_at > CONVERSATION_LASTS:
        return State()
    try:
        return State.from_json(person.state)
    except ConversationError:
        logger.exception("person %d: conversation state unreadable, conversation starts afresh", person.id)
        return State()
