"""Finding a person by their pseudonym, and holding them while their message is dealt with."""

from __future__ import annotations

import datetime as dt
import logging
from typing import cast

from sqlalchemy import Table, bindparam, delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from bot.channel import Channel
from bot.conversation import ConversationError, State
from service.database import insert
from service.models import Contribution, DataLink, Exchange, OptOut, OutboxMessage, Person, Question, Support

# A question older than this is no longer what a message answers; the purge forgets it (service.retention).
CONVERSATION_LASTS = dt.timedelta(hours=48)
logger = logging.getLogger(__name__)
_known_as = select(Person).where(Person.pseudonym.in_(bindparam("pseudonyms", expanding=True))).order_by(Person.id)
_held = _known_as.with_for_update(key_share=True)
_people = cast(Table, Person.__table__)
_keep_state = (
    update(_people)
    .where(_people.c.id == bindparam("person_id"))
    .values({name: bindparam(name) for name in ("state", "state_at", "last_seen")})
)


def hold_person(session: Session, pseudonyms: tuple[str, ...], channel: Channel, now: dt.datetime) -> Person:
    """The person, made if new (at ``now``), locked until the transaction ends: their messages are dealt with one by one.

    ``pseudonyms``: the one under the key in use first; a person known under an older key is known under it from now on.
    PostgreSQL locks the row; on SQLite the transaction is already alone (BEGIN IMMEDIATE). It is locked against what changes
    it, not against what is owed to it meanwhile: who owes that may hold an idea for which this message waits.
    """
    names = {"pseudonyms": pseudonyms}
    known = session.scalars(_held, names).all()
    if known:
        person, *doubles = known
        for double in doubles:
            _merge(session, double, person)
    else:
        row = {"pseudonym": pseudonyms[0], "channel": channel, "first_seen": now, "last_seen": now, "wrong_codes": 0}
        # Two first messages at once make one person: the second insert does nothing.
        session.execute(insert(session, Person).values(row).on_conflict_do_nothing(index_elements=["pseudonym"]))
        person = session.scalars(_held, names).one()
    if (person.pseudonym, person.channel) != (pseudonyms[0], channel):
        person.pseudonym, person.channel = pseudonyms[0], channel
    return person


def _merge(session: Session, double: Person, person: Person) -> None:
    """One person known under two keys is one again: what the second row owns goes to the first."""
    for table in (Contribution, Exchange, DataLink, OutboxMessage, Question):
        session.execute(update(table).where(table.person_id == double.id).values(person_id=person.id))
    supported = select(Support.contribution_id).where(Support.person_id == person.id)
    also = update(Support).where(Support.person_id == double.id, Support.contribution_id.not_in(supported))
    session.execute(also.values(person_id=person.id))  # an idea that both support keeps its count
    # Sealed for the double: it cannot be read any more, but tells the caller to seal the address anew.
    person.sealed_address = person.sealed_address or double.sealed_address
    session.delete(double)
    session.flush()


def keep_state(session: Session, person: Person, state: State, state_at: dt.datetime | None, now: dt.datetime) -> None:
    """Keep where the conversation stands, since when, and that the person wrote just now.

    By a plain UPDATE, done at each message: a flush takes five times as long.
    """
    kept = {"state": state.to_json(), "state_at": state_at, "last_seen": now}
    session.execute(_keep_state, {"person_id": person.id, **kept})
    for name, value in kept.items():
        set_committed_value(person, name, value)


def find_person(session: Session, pseudonyms: tuple[str, ...]) -> Person | None:
    """The person of these pseudonyms, not locked; None when they never wrote."""
    return session.scalar(_known_as, {"pseudonyms": pseudonyms})


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
