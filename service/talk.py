"""A message in, its effects done, its reply kept: all in the caller's one transaction, exactly once."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from unicodedata import category

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.conversation import Said, Turn
from bot.dialogue import respond
from bot.effects import (
    AlertSeen,
    Effect,
    Erase,
    NewContribution,
    NoticeGiven,
    OpenDataLink,
    OptIn,
    OptOut,
    RememberPlace,
)
from bot.known import PARIS, Known, Mind
from service import alerts, contributions, erasure, my_data, people
from service.keyring import Keyring
from service.models import Exchange, Person

TOKEN_BYTES = 16  # 128 random bits: nobody finds a data link by trying
KEPT = "\n\u200d\ufe0f"  # line ends, and what joins the parts of an emoji


@dataclass(frozen=True)
class Service:
    """What every message needs and none changes: what is known, the secrets, how this deployment presents itself."""

    mind: Mind
    keyring: Keyring
    contact: str
    public_base_url: str
    provider_answers_stop: bool


@dataclass(frozen=True)
class Incoming:
    """A message at the door: from where, which (the provider's account and id), and what was said."""

    account: str
    message_id: str
    sender: str  # the address as the channel gives it: never kept
    channel: Channel
    said: Said


@dataclass(frozen=True)
class Reply:
    """What is answered, nothing when ``text`` is empty; ``options`` are (message to send, label) pairs for buttons."""

    text: str
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Moment:
    """One message being dealt with."""

    session: Session
    service: Service
    person: Person
    pseudonyms: tuple[str, ...]
    now: dt.datetime


def answer(session: Session, service: Service, incoming: Incoming, now: dt.datetime) -> Reply:
    """The reply to ``incoming``. A message seen before gets the reply it got then, and changes nothing."""
    # Looked up before the person, who may have been erased since, and again once they are held.
    seen = find_exchange(session, incoming.account, incoming.message_id)
    if seen is not None:
        return _stored_reply(seen)
    pseudonyms = service.keyring.make_pseudonyms(incoming.sender)
    person = people.hold_person(session, pseudonyms, incoming.channel, now)
    seen = find_exchange(session, incoming.account, incoming.message_id)
    if seen is not None:
        return _stored_reply(seen)
    moment = _Moment(session, service, person, pseudonyms, now)
    said = Said(clean_text(incoming.said.text), incoming.said.point)
    turn = respond(people.recall_state(person, now), said, _gather(moment))
    exchange = Exchange(
        account=incoming.account,
        message_id=incoming.message_id,
        person_id=person.id,
        received_at=now,
        said=said.text if incoming.channel is Channel.WEB and not _is_alarming(turn) else None,
        reply=clean_text(turn.text),
        options=[[option.code, option.label] for option in turn.options],
    )
    session.add(exchange)
    person.state, person.state_at = turn.state.to_json(), now
    session.flush()
    reply, exchange_id = _stored_reply(exchange), exchange.id
    for effect in turn.effects:
        _do(moment, effect)
    if any(isinstance(effect, Erase) for effect in turn.effects):
        # Erased with all the rest, but for these words, which are nobody's: a repeated delivery gets them again.
        exchange = session.get_one(Exchange, exchange_id)
        exchange.reply = reply.text
        session.flush()
    return reply


def _is_alarming(turn: Turn) -> bool:
    """Whether the message told of an emergency: it is counted, its words are not kept."""
    return any(isinstance(effect, AlertSeen) for effect in turn.effects)


def _gather(moment: _Moment) -> Known:
    """Everything the conversation may know of this moment and this person."""
    session, service, person, now = moment.session, moment.service, moment.person, moment.now
    opted_out = people.find_opt_out(session, moment.pseudonyms)
    return Known(
        mind=service.mind,
        now=now.astimezone(PARIS),
        channel=person.channel,
        fresh_code=contributions.draw_code(session),
        fresh_token=secrets.token_urlsafe(TOKEN_BYTES),
        contact=service.contact,
        notice_url=f"{service.public_base_url}/mentions-legales",
        data_url=f"{service.public_base_url}/mes-donnees/",
        provider_answers_stop=service.provider_answers_stop and person.channel is Channel.SMS,
        is_new=person.noticed_at is None,
        stopped=opted_out is not None and not opted_out.answers_only,
        home=service.mind.places.get(person.home_insee),
        find_case=lambda code: contributions.find_case(session, person, code, now),
        own_cases=lambda: contributions.own_cases(session, person),
    )


def _do(moment: _Moment, effect: Effect) -> None:
    session, person, now = moment.session, moment.person, moment.now
    match effect:
        case NewContribution():
            contributions.queue(session, moment.service.keyring, moment.service.mind.matcher, person, effect, now)
        case RememberPlace(insee=insee):
            person.home_insee = insee
        case NoticeGiven():
            person.noticed_at = now
        case AlertSeen(kind=kind):
            alerts.count_alert(session, kind, (person.home_insee or "")[:2], now)
        case OptOut(answers_only=answers_only):
            people.opt_out(session, moment.pseudonyms, now, answers_only=answers_only)
        case OptIn():
            people.opt_in(session, moment.pseudonyms)
        case OpenDataLink(token=token):
            my_data.open_link(session, person, token, now)
        case Erase(keep_ideas=keep_ideas):
            erasure.erase_person(session, person, keep_ideas=keep_ideas)
    session.flush()


def find_exchange(session: Session, account: str, message_id: str) -> Exchange | None:
    """What was made of that message before; None when it is new."""
    return session.scalar(select(Exchange).where(Exchange.account == account, Exchange.message_id == message_id))


def clean_text(text: str) -> str:
    """``text`` without what a database or an XML document cannot hold: NUL, controls, lone surrogates."""
    kept = (c if c.isprintable() or c in KEPT or category(c) == "Zs" else " " for c in text.replace("\r\n", "\n"))
    return "".join(kept).encode("utf-8", "ignore").decode().strip()


def _stored_reply(exchange: Exchange) -> Reply:
    return Reply(exchange.reply, tuple((code, label) for code, label in exchange.options))
