"""What we owe to say: written in the transaction that owes it, sent by the worker (``service.sending``)."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.sms import to_gsm7
from service import people
from service.delivery import advance
from service.errors import Refused
from service.models import Contribution, Delivery, OutboxMessage, Person, Purpose

LONGEST_TEXT = 1600  # characters, of one message: Twilio's error 21617 (twilio.com/docs/api/errors/21617)
STARTED = (Purpose.QUESTION, Purpose.DECISION, Purpose.NEWS)  # by us: they wait for the day, and may be refused
# After this, what we wanted to say is stale. A late emergency number may still serve; a late reply in a conversation
# answers what its reader has forgotten. Questions, decisions and news outlast a long week-end.
VALID = {
    Purpose.SAFETY: dt.timedelta(hours=24),
    Purpose.REPLY: dt.timedelta(hours=12),
    Purpose.QUESTION: dt.timedelta(days=7),
    Purpose.DECISION: dt.timedelta(days=30),
    Purpose.NEWS: dt.timedelta(days=7),
}
VALID_ON_THE_WEB = dt.timedelta(days=30)  # as long as the browser remembers the conversation (webhooks.chat)
REFUSED = "La personne a demandé à ne plus recevoir nos messages."
NO_ADDRESS = "Le numéro n'est plus gardé."


def owe(
    session: Session,
    person: Person,
    text: str,
    purpose: Purpose,
    now: dt.datetime,
    *,
    contribution: Contribution | None = None,
    batch: str | None = None,
) -> OutboxMessage:
    """Owe ``text`` to ``person`` on their channel, in the caller's transaction; its state tells whether it can go.

    On the web it is shown at their next visit; by SMS the worker sends it, in GSM-7, after what was owed before.
    It is UNWANTED when the person refused our messages (a reply to what they just wrote never is), FAILED when their
    number is no longer kept. Raises Refused when it is too long for one message.
    """
    on_the_web = person.channel is Channel.WEB
    if not on_the_web:
        text = to_gsm7(text)
        if len(text) > LONGEST_TEXT:
            raise Refused(f"Ce message dépasse {LONGEST_TEXT} caractères : raccourcissez-le.")
    message = OutboxMessage(
        key=str(uuid.uuid4()),
        person_id=person.id,
        contribution_id=contribution.id if contribution else None,
        batch=batch,
        purpose=purpose,
        text=text,
        owed_at=now,
        due_at=now,
        expires_at=now + (VALID_ON_THE_WEB if on_the_web else VALID[purpose]),
        delivery=Delivery.OWED,
    )
    session.add(message)
    if is_unwanted(session, person, purpose):
        advance(message, Delivery.UNWANTED, now, REFUSED)
    elif not on_the_web and person.sealed_address is None:
        advance(message, Delivery.FAILED, now, NO_ADDRESS)
    session.flush()
    return message


def is_unwanted(session: Session, person: Person, purpose: Purpose) -> bool:
    """Whether the person refused messages of this purpose."""
    return purpose in STARTED and people.find_opt_out(session, (person.pseudonym,)) is not None


def deliver_on_the_web(session: Session, person: Person, now: dt.datetime) -> None:
    """What is owed to a person of the web chat is delivered: they are looking at its page."""
    owed = select(OutboxMessage).where(
        OutboxMessage.person_id == person.id,
        OutboxMessage.delivery == Delivery.OWED,
        OutboxMessage.expires_at > now,
    )
    if person.channel is Channel.WEB:
        for message in session.scalars(owed):
            advance(message, Delivery.DELIVERED, now)
    session.flush()


def list_messages(session: Session, contribution: Contribution) -> list[OutboxMessage]:
    """What was owed to the author of a contribution about it, oldest first."""
    if contribution.person_id is None:
        return []
    own = select(OutboxMessage).where(
        OutboxMessage.contribution_id == contribution.id, OutboxMessage.person_id == contribution.person_id
    )
    return list(session.scalars(own.order_by(OutboxMessage.id)))


def forget_person(session: Session, person: Person) -> None:
    """Nothing is owed any more to a person who is being erased; the provider's ids stay, without words or owner."""
    own = update(OutboxMessage).where(OutboxMessage.person_id == person.id)
    session.execute(
        own.where(OutboxMessage.delivery.in_((Delivery.OWED, Delivery.SENDING))).values(
            delivery=Delivery.UNWANTED, leased_until=None
        )
    )
    session.execute(own.values(person_id=None, text=""))
