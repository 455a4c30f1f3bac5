"""What the provider took and we never dealt with, Twilio trying for 15 seconds only; and what we answered unread."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.conversation import Said
from service import addresses, outbox, people, settling, talk
from service.line import hold_line
from service.models import Exchange, OutboxMessage, Person, Purpose
from service.moment import Service
from service.providers.provider import Arrival

# A message so young may still be at the door: taken in here as well, it would be answered twice.
YOUNGEST = dt.timedelta(seconds=45)
OVERLAP = dt.timedelta(minutes=10)  # read again: the provider's clock is not ours, and its list may lag
AT_ONCE = 1000  # ids asked of the database; it takes 32 766 at most
FIRST_LOOK_BACK = dt.timedelta(hours=1)  # when the list was never read


def find_start(session: Session, account: str, now: dt.datetime) -> dt.datetime:
    """From when on the provider's list is to be read."""
    line = hold_line(session, account, now)
    if line.read_until is None:
        # Never read; in a copy that was restored, from the last message that it holds.
        last = session.scalar(select(Exchange.received_at).order_by(Exchange.id.desc()).limit(1))
        line.read_until = min(last or now, now - FIRST_LOOK_BACK)
    # A clock that was ahead, and is right again, must not leave out all that comes until then.
    return min(line.read_until, now) - OVERLAP


def choose_missed(session: Session, account: str, arrivals: Iterable[Arrival], now: dt.datetime) -> list[Arrival]:
    """Those that never reached us, and those whose reply the provider did not read in our answer to its call.

    In the order they were sent; of one second, in the order of the list. Who cannot be answered is left out.
    """
    old = [one for one in arrivals if one.at <= now - YOUNGEST and talk.SENDER.fullmatch(one.sender)]
    old.sort(key=lambda one: one.at)
    answered = {one.message_id for one in old if one.answered_at}
    is_settled = or_(Exchange.person_id.is_(None), Exchange.reply == "", _is_owed())
    done: set[str] = set()
    for start in range(0, len(old), AT_ONCE):
        ids = [one.message_id for one in old[start : start + AT_ONCE]]
        held = select(Exchange.message_id, is_settled).where(Exchange.account == account, Exchange.message_id.in_(ids))
        done.update(held_id for held_id, settled in session.execute(held) if settled or held_id in answered)
    return [one for one in old if one.message_id not in done]


def take_in(session: Session, service: Service, account: str, missed: Arrival, now: dt.datetime) -> None:
    """Deal with one of them as if it had come by the door; its reply is owed, unless the provider finds it was given.

    The reply to someone whom the message erased is lost: we no longer know where to send it.
    """
    exchange = talk.find_exchange(session, account, missed.message_id)
    if exchange is not None:
        return _owe_unread(session, service, exchange, missed, now)
    channel = Channel.WHATSAPP if missed.sender.startswith("whatsapp:") else Channel.SMS
    incoming = talk.Incoming(
        account,
        missed.message_id,
        missed.sender,
        channel,
        Said(missed.text),
        talk.Late(missed.at, _find_answer(session, service, missed)),
    )
    talk.answer(session, service, incoming, now, owed=True)


def note_read(session: Session, account: str, now: dt.datetime) -> None:
    """All that came in up to now, but the youngest, is taken in."""
    hold_line(session, account, now).read_until = now - YOUNGEST


def _find_answer(session: Session, service: Service, missed: Arrival) -> dt.datetime | None:
    """When it was answered, before a restoration: in the provider's call, or by the first message that we do not hold.

    A message that we hold answers what we hold, or was not asked for. While we do not know what the provider calls one
    that we tried to send them, it may be that one: better an answer said twice than a question taken as shown.
    """
    person = people.find_person(session, service.keyring.make_pseudonyms(missed.sender))
    nameless = exists().where(
        OutboxMessage.person_id == (person.id if person else None),
        OutboxMessage.provider_id.is_(None),
        OutboxMessage.tries > 0,
        OutboxMessage.tried_at >= missed.at - settling.CLOCKS_APART,
    )
    if session.scalar(select(nameless)):
        return missed.answered_at
    sent = [provider_id for provider_id, _ in missed.followed_by]
    held = set(session.scalars(select(OutboxMessage.provider_id).where(OutboxMessage.provider_id.in_(sent))))
    return missed.answered_at or next((at for provider_id, at in missed.followed_by if provider_id not in held), None)


def _owe_unread(session: Session, service: Service, exchange: Exchange, arrival: Arrival, now: dt.datetime) -> None:
    """Owe the reply that was kept, as of then: the provider is asked first whether it read it after all."""
    held = select(Person).where(Person.id == exchange.person_id).with_for_update(key_share=True)
    person = session.scalar(held.execution_options(populate_existing=True))
    is_owed = session.scalar(select(_is_owed()).where(Exchange.id == exchange.id))
    if person is None or is_owed:  # erased, or owed by another sweep, meanwhile
        return
    addresses.keep_address(service.keyring, person, arrival.sender)
    is_alarming = service.mind.safety.detect(talk.clean_text(arrival.text)) is not None
    purpose = Purpose.SAFETY if is_alarming else Purpose.REPLY
    settling.doubt(outbox.owe(session, person, exchange.reply, purpose, exchange.received_at), arrival.at, now)


def _is_owed() -> ColumnElement[bool]:
    """Whether the reply of an exchange was left to the outbox: it was then owed at the moment of the exchange."""
    return exists().where(OutboxMessage.person_id == Exchange.person_id, OutboxMessage.owed_at == Exchange.received_at)
