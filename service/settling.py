"""Finding out what became of messages: by the provider's callbacks, and by asking it where none came.

A message whose sending was cut short is never sent again before the provider was asked for it: Twilio has no key
against doubles, and its list holds neither our key nor the address of the callbacks. So it is known by the person and
the words, among those that no other message of ours is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.channel import Channel
from service import addresses
from service.delivery import ASK_AFTER, advance
from service.keyring import SealError
from service.models import Delivery, OutboxMessage, Person
from service.outbox import NO_ADDRESS
from service.providers.provider import Problem, Receipt
from service.sending import LEASE, Post, accept, hold_message, note_failure, put_back

CLOCKS_APART = dt.timedelta(minutes=2)  # the provider's and ours, at most
NO_NEWS = "L'opérateur l'a accepté et n'a pas dit ce qu'il en est devenu."
GIVEN_UP_AFTER = dt.timedelta(days=1)  # past its validity: the provider no longer tries


@dataclass(frozen=True)
class Doubt:
    """A message of which the provider is to be asked."""

    key: str
    address: str
    until: dt.datetime  # after, another worker may have asked, and acted on the answer


def take_doubt(session: Session, post: Post, now: dt.datetime) -> Doubt | None:
    """The next message whose state is to be asked, in the caller's hand from now on; None when all is known.

    To be committed before the provider is asked.
    """
    doubtful = (
        select(OutboxMessage)
        .where(
            OutboxMessage.delivery.in_((Delivery.SENDING, Delivery.SENT)),
            OutboxMessage.leased_until <= now,
        )
        .order_by(OutboxMessage.leased_until)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    while message := session.scalar(doubtful):
        person = session.get(Person, message.person_id) if message.person_id else None
        try:
            address = addresses.open_address(post.keyring, person) if person else None
        except SealError:
            address = None
        message.leased_until = now + LEASE
        if address is None:
            advance(message, Delivery.FAILED, now, NO_ADDRESS)
        session.flush()
        if address is not None:
            return Doubt(message.key, address, message.leased_until)
    return None


def settle(session: Session, account: str, doubt: Doubt, receipts: Iterable[Receipt], now: dt.datetime) -> None:
    """Note what the provider knows of a message, ``receipts`` being the last it sent to that person.

    One that was being sent and is not among them was not taken: it is owed again. Nothing is noted of one of which
    more was told, or that another worker took up, while the provider was asked.
    """
    message = hold_message(session, doubt.key)
    if message is None or message.leased_until != doubt.until:
        return
    receipt = _recognise(session, message, receipts)
    if receipt is not None:
        accept(session, account, message, receipt, now)
    if message.delivery is Delivery.SENDING:
        put_back(message, now)
    elif message.delivery is Delivery.SENT:
        message.leased_until = now + ASK_AFTER
        if now > message.expires_at + GIVEN_UP_AFTER:
            advance(message, Delivery.FAILED, now, NO_NEWS)
    session.flush()


def hear(
    session: Session, account: str, key: str, provider_id: str, told: Delivery | Problem, now: dt.datetime
) -> bool:
    """Note what a callback tells of the message ``key``: its state, or why it failed; False when there is none such."""
    message = hold_message(session, key)
    if message is None:
        return False
    message.provider_id = message.provider_id or provider_id
    if isinstance(told, Problem):
        note_failure(session, account, message, told, now)
    else:
        advance(message, told, now)
    session.flush()
    return True


def doubt(message: OutboxMessage, since: dt.datetime, now: dt.datetime) -> None:
    """A message that may have been given since then by another way: the provider is asked before it is sent."""
    if message.delivery is Delivery.OWED:
        message.delivery, message.tried_at, message.leased_until = Delivery.SENDING, since, now


def doubt_everything(session: Session, now: dt.datetime) -> None:
    """After a restoration: what was owed then may have been sent since, so the provider is asked before it is sent."""
    by_phone = select(Person.id).where(Person.channel != Channel.WEB)
    owed = update(OutboxMessage).where(OutboxMessage.delivery == Delivery.OWED, OutboxMessage.person_id.in_(by_phone))
    session.execute(
        owed.values(delivery=Delivery.SENDING, leased_until=now, tried_at=OutboxMessage.owed_at),
        execution_options={"synchronize_session": False},
    )


def _recognise(session: Session, message: OutboxMessage, receipts: Iterable[Receipt]) -> Receipt | None:
    """The receipt of this message, the oldest if there are several alike."""
    if message.provider_id is not None:
        return next((one for one in receipts if one.provider_id == message.provider_id), None)
    since = (message.tried_at or message.owed_at) - CLOCKS_APART
    alike = [one for one in receipts if one.text == message.text and one.at >= since]
    ids = [one.provider_id for one in alike]
    taken = set(session.scalars(select(OutboxMessage.provider_id).where(OutboxMessage.provider_id.in_(ids))))
    return min((one for one in alike if one.provider_id not in taken), key=lambda one: one.at, default=None)
