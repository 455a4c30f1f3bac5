"""A message in, its effects done, its reply kept: all in the caller's one transaction, exactly once."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field, replace
from typing import cast
from unicodedata import category

from sqlalchemy import Table, bindparam, exists, insert, select
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.conversation import Said, State, Turn
from bot.dialogue import respond
from bot.effects import AlertSeen, Erase, NoticeGiven
from service import addresses, guards, outbox, people, settling
from service.effects import carry_out
from service.guards import Reason, Verdict
from service.models import Delivery, Exchange, OutboxMessage, Person, Purpose
from service.moment import Moment, Service, gather
from service.particulars import find_particulars

# Who can be answered by phone: a number (E.164: 15 digits at most) or a short code; not a name such as « AMAZON ».
SENDER = re.compile(r"(whatsapp:)?\+?\d{3,15}", re.ASCII)
KEPT = "\n\u200d\ufe0f"  # line ends, and what joins the parts of an emoji
# Asked of every message, and made once: of the table, which takes a quarter of the time that the class does.
_exchanges = cast(Table, Exchange.__table__)
_same_message = select(_exchanges.c.id).where(
    _exchanges.c.account == bindparam("account"), _exchanges.c.message_id == bindparam("message_id")
)
_keep_exchange = insert(_exchanges)


@dataclass(frozen=True)
class Late:
    """When a message was sent that reaches us late, and when it was answered, if it is replayed now."""

    sent_at: dt.datetime
    answered_at: dt.datetime | None


@dataclass(frozen=True)
class Incoming:
    """A message at the door: from where, which (the provider's account and id), and what was said."""

    account: str
    message_id: str
    sender: str  # the address as the channel gives it: never kept
    channel: Channel
    said: Said
    late: Late | None = None  # it did not come by the door


@dataclass(frozen=True)
class Reply:
    """What is answered, nothing when ``text`` is empty; ``options`` are (message to send, label) pairs for buttons."""

    text: str
    options: tuple[tuple[str, str], ...] = ()
    is_repeat: bool = field(default=False, compare=False)  # it was given before
    withheld: Reason | None = field(default=None, compare=False)  # why it is not what the message called for


def answer(session: Session, service: Service, incoming: Incoming, now: dt.datetime, *, owed: bool = False) -> Reply:
    """The reply to ``incoming``. A message seen before gets the reply it got then, and changes nothing.

    ``owed``: the reply is left to the outbox, and an empty one is returned; but to someone erased by this message, who
    has no address any more, the caller must give it.
    """
    # Looked up before the person, who may have been erased since, and again once they are held.
    seen = find_exchange(session, incoming.account, incoming.message_id)
    if seen is not None:
        return _repeat(seen, owed)
    pseudonyms = service.keyring.make_pseudonyms(incoming.sender)
    said = Said(clean_text(incoming.said.text), incoming.said.point)
    with session.no_autoflush:  # what the turn changes of the person is written below
        person = people.hold_person(session, pseudonyms, incoming.channel, now)
        has = find_particulars(session, person, pseudonyms, incoming.account, incoming.message_id)
        seen = find_exchange(session, incoming.account, incoming.message_id) if has.exchange else None
        if seen is not None:
            reply = _repeat(seen, owed)
            session.rollback()  # who was erased while this copy waited for them is not to be made anew by it
            return reply
        sent_at = incoming.late.sent_at if incoming.late else None
        moment = Moment(session, service, person, pseudonyms, incoming.sender, now, sent_at)
        addresses.renew_address(service.keyring, person, incoming.sender)
        state = _recall_state(session, person, incoming, now)
        turn = respond(state, said, gather(moment, has))
        verdict = _weigh(moment, turn)
    if verdict.reason is not None:
        turn = _withhold(turn, state, verdict.text)
    # What it asks was shown when the message was answered: now, but for one that is replayed.
    shown_at = (incoming.late and incoming.late.answered_at) or now
    people.keep_state(session, person, turn.state, shown_at if verdict.reason is None else person.state_at, now)
    for effect in turn.effects:
        carry_out(moment, effect)
    is_erased = any(isinstance(effect, Erase) for effect in turn.effects)
    options = () if is_erased else tuple((option.code, option.label) for option in turn.options)
    reply = Reply(clean_text(turn.text), options, withheld=verdict.reason)
    exchange = {
        "account": incoming.account,
        "message_id": incoming.message_id,
        "person_id": None if is_erased else person.id,  # the words are then nobody's: who repeats gets them again
        "received_at": now,
        "said": said.text if incoming.channel is Channel.WEB and not (is_erased or _is_alarming(turn)) else None,
        "reply": reply.text,
        "options": options,
    }
    session.execute(_keep_exchange, exchange)
    if incoming.channel is not Channel.WEB:
        guards.count(session, service.keyring, incoming.sender, verdict, now)
    if owed and not is_erased:
        if reply.text:
            addresses.keep_address(service.keyring, person, incoming.sender)
            purpose = Purpose.SAFETY if _is_alarming(turn) else Purpose.REPLY
            message = outbox.owe(session, person, reply.text, purpose, now)
            if incoming.late and incoming.late.answered_at:
                settling.doubt(message, incoming.late.sent_at, now)
        return replace(reply, text="", options=())
    return reply


def _recall_state(session: Session, person: Person, incoming: Incoming, now: dt.datetime) -> State:
    """Where the conversation stands; for words written before our last question was shown, nowhere: they never
    answer it. It was not while the message that asks it has not left."""
    if incoming.late is not None and person.state_at is not None:
        unsent = exists().where(
            OutboxMessage.person_id == person.id,
            OutboxMessage.owed_at == person.state_at,
            OutboxMessage.delivery.not_in((Delivery.SENT, Delivery.DELIVERED)),
        )
        if person.state_at > incoming.late.sent_at or session.scalar(select(unsent)):
            return State()
    return people.recall_state(person, now)


def _weigh(moment: Moment, turn: Turn) -> Verdict:
    """What is said in the end; the web chat costs nothing, and limits its visitors itself."""
    if moment.person.channel is Channel.WEB or not turn.text:
        return Verdict(turn.text)
    service = moment.service
    return guards.weigh(
        moment.session,
        service.guard_rules,
        service.keyring,
        moment.sender,
        turn.text,
        moment.now,
        is_safety=_is_alarming(turn),
    )


def _withhold(turn: Turn, before: State, said_instead: str) -> Turn:
    """``turn`` done but not said: what it asks was not shown, so that the question before stays on the table."""
    state = before if turn.state.asked or turn.state.pages else turn.state
    effects = tuple(effect for effect in turn.effects if not isinstance(effect, NoticeGiven))
    return Turn(said_instead, state, effects=effects)


def _is_alarming(turn: Turn) -> bool:
    """Whether the message told of an emergency: it is counted, its words are not kept."""
    return any(isinstance(effect, AlertSeen) for effect in turn.effects)


def find_exchange(session: Session, account: str, message_id: str) -> Exchange | None:
    """What was made of that message before; None when it is new."""
    found = session.scalar(_same_message, {"account": account, "message_id": message_id})
    return session.get(Exchange, found) if found is not None else None


def clean_text(text: str) -> str:
    """``text`` without what a database or an XML document cannot hold: NUL, controls, lone surrogates."""
    if all(map(str.isprintable, text.split("\n"))):
        return text.strip()  # as most are, and ten times as quick
    kept = (c if c.isprintable() or c in KEPT or category(c) == "Zs" else " " for c in text.replace("\r\n", "\n"))
    return "".join(kept).encode("utf-8", "ignore").decode().strip()


def _repeat(exchange: Exchange, owed: bool) -> Reply:
    """What the caller is to give to a message that was dealt with: what is owed was owed then."""
    options = tuple((code, label) for code, label in exchange.options)
    reply = Reply(exchange.reply, options, is_repeat=True)
    return replace(reply, text="", options=()) if owed and exchange.person_id is not None else reply
