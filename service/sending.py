"""Sending what is owed, in three steps with a commit after each: take the next message, send it, note what came of it.

A worker that dies between two steps leaves a message in SENDING under a lease; ``service.settling`` deals with it.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, aliased

from bot.channel import Channel
from service import addresses, line, people
from service.delivery import UNFINISHED, advance
from service.keyring import Keyring, SealError
from service.models import Delivery, OutboxMessage, Person, Purpose
from service.outbox import NO_ADDRESS, REFUSED, STARTED, is_unwanted
from service.providers.provider import TIMEOUT, Parcel, Problem, Receipt, Sort
from service.sending_rules import SendingRules, is_quiet, next_day, start_of_day

# Emergencies before all, then what answers people, then what we start. Within each, a person gets theirs in order.
RANKS = ((Purpose.SAFETY,), (Purpose.REPLY,), STARTED)
LONGEST_SEND = dt.timedelta(seconds=2 * TIMEOUT)  # to be connected, then answered
LEASE = line.LONGEST_QUEUE + LONGEST_SEND + dt.timedelta(seconds=10)  # the last to spare, for what else takes time
UNSURE_FOR = dt.timedelta(seconds=20)  # until the provider's list surely holds what it took
FIRST_RETRY, LAST_RETRY = dt.timedelta(seconds=5), dt.timedelta(minutes=10)
PAUSE_AFTER_TOO_MANY = dt.timedelta(seconds=5)
PAUSE_AFTER_ALARM = line.LONGEST_PAUSE  # then tried again: what was mended is found out by itself
PROVIDER_REFUSED = "L'opérateur n'a pas pu le remettre"
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Post:
    """What sending needs and no message changes."""

    keyring: Keyring
    rules: SendingRules
    account: str  # the provider's
    callbacks: str  # the address of the status callbacks, less their last part


@dataclass(frozen=True)
class Taken:
    """A message in the worker's hand, not to be sent before ``at``, nor after ``until``: another may have it then."""

    parcel: Parcel
    at: dt.datetime
    until: dt.datetime


def take_next(session: Session, post: Post, now: dt.datetime, *, only_safety: bool = False) -> Taken | None:
    """The next message to be sent, under a lease from now on; None when nothing may be sent just now.

    To be committed before it is sent. ``only_safety``: the answer to an emergency, or nothing.
    """
    if line.is_paused(session, post.account, now):
        return None
    is_spent = line.count_sent_today(session, post.account, now) >= post.rules.most_a_day
    ranks = RANKS[:1] if only_safety or is_spent else RANKS
    for purposes in ranks:
        if purposes is STARTED and is_quiet(post.rules, now):
            continue
        while message := _pick(session, purposes, now):
            address = _check(session, post, message, now)
            if address is None:
                continue
            message.delivery = Delivery.SENDING
            message.tries += 1
            message.tried_at, message.leased_until = now, now + LEASE
            slot = line.take_slot(session, post.account, post.rules, now)
            valid = int((message.expires_at - now).total_seconds())
            session.flush()
            callback = f"{post.callbacks}/{message.key}"
            parcel = Parcel(message.key, address, message.text, callback, valid)
            return Taken(parcel, slot, now + LEASE - LONGEST_SEND)
    return None


def note_outcome(session: Session, post: Post, key: str, outcome: Receipt | Problem, now: dt.datetime) -> None:
    """Note what the provider made of the message ``key``, unless a callback or another worker told more already."""
    message = hold_message(session, key)
    if message is None:
        return
    if isinstance(outcome, Receipt):
        accept(session, post.account, message, outcome, now)
    elif message.delivery is Delivery.SENDING:
        _note_problem(session, post, message, outcome, now)
    session.flush()


def expire(session: Session, now: dt.datetime) -> None:
    """What was not sent in time dies: nobody wants a stale answer."""
    stale = update(OutboxMessage).where(OutboxMessage.delivery == Delivery.OWED, OutboxMessage.expires_at <= now)
    session.execute(stale.values(delivery=Delivery.EXPIRED), execution_options={"synchronize_session": False})


def hold_message(session: Session, key: str) -> OutboxMessage | None:
    """The message named ``key``, locked until the transaction ends."""
    held = select(OutboxMessage).where(OutboxMessage.key == key).with_for_update()
    return session.scalar(held.execution_options(populate_existing=True))


def accept(session: Session, account: str, message: OutboxMessage, receipt: Receipt, now: dt.datetime) -> None:
    """The provider has the message."""
    message.provider_id = message.provider_id or receipt.provider_id
    if receipt.delivery is Delivery.FAILED:
        note_failure(session, account, message, Problem(receipt.sort, receipt.error or ""), now)
    else:
        advance(message, receipt.delivery, now)


def note_failure(session: Session, account: str, message: OutboxMessage, problem: Problem, now: dt.datetime) -> None:
    """The provider took the message, and tells that it did not send it.

    What is to be tried again becomes another message to the provider, under a new key: whatever else is told of this
    one, late or twice, is then nobody's. It waits long enough never to be taken for this one (settling.CLOCKS_APART).
    """
    match problem.sort:
        case Sort.RETRY | Sort.ALARM if message.delivery in UNFINISHED:
            message.key, message.provider_id = str(uuid.uuid4()), None
            put_back(message, now + LAST_RETRY)
            if problem.sort is Sort.ALARM:
                sound_alarm(session, account, problem, now)
        case Sort.OPTED_OUT:
            refuse(session, message, now)
        case _:
            advance(message, Delivery.FAILED, now, say_error(problem.code))


def put_back(message: OutboxMessage, due_at: dt.datetime) -> None:
    """The one step backwards: the message surely was not taken, and is owed again."""
    message.delivery, message.due_at, message.leased_until = Delivery.OWED, due_at, None


def refuse(session: Session, message: OutboxMessage, now: dt.datetime) -> None:
    """The person told the provider to stop: we stop as well."""
    advance(message, Delivery.UNWANTED, now, REFUSED)
    person = session.get(Person, message.person_id) if message.person_id else None
    if person is not None:
        people.opt_out(session, (person.pseudonym,), now, answers_only=False)


def sound_alarm(session: Session, account: str, problem: Problem, now: dt.datetime) -> None:
    """Send nothing for a while, and tell the administrator why."""
    line.pause(session, account, now, PAUSE_AFTER_ALARM, f"provider error {problem.code}")


def say_error(code: str) -> str:
    """An error for reviewers."""
    return f"{PROVIDER_REFUSED} (erreur {code})." if code else f"{PROVIDER_REFUSED}."


def _pick(session: Session, purposes: tuple[Purpose, ...], now: dt.datetime) -> OutboxMessage | None:
    """The message that is due first, locked; those that another worker holds are passed over."""
    before = aliased(OutboxMessage)
    unfinished_before = (
        select(before.id)
        .where(
            before.person_id == OutboxMessage.person_id,
            before.id < OutboxMessage.id,
            before.purpose.in_(purposes),
            before.delivery.in_((Delivery.OWED, Delivery.SENDING)),
        )
        .exists()
    )
    due = (
        select(OutboxMessage)
        .join(Person, OutboxMessage.person_id == Person.id)
        .where(
            OutboxMessage.delivery == Delivery.OWED,
            OutboxMessage.due_at <= now,
            OutboxMessage.expires_at > now,
            OutboxMessage.purpose.in_(purposes),
            Person.channel != Channel.WEB,
            ~unfinished_before,
        )
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(1)
        .with_for_update(of=OutboxMessage, skip_locked=True)
    )
    return session.scalar(due.execution_options(populate_existing=True))


def _check(session: Session, post: Post, message: OutboxMessage, now: dt.datetime) -> str | None:
    """Where to send the message; None when it may not go, and then it is noted why."""
    person = session.get_one(Person, message.person_id)
    if is_unwanted(session, person, message.purpose):
        advance(message, Delivery.UNWANTED, now, REFUSED)
    elif message.purpose is not Purpose.SAFETY and _is_capped(session, post.rules, person, now):
        message.due_at = next_day(now)
    else:
        try:
            if address := addresses.open_address(post.keyring, person):
                return address
        except SealError:
            logger.exception("the address of person %d cannot be opened", person.id)
        advance(message, Delivery.FAILED, now, NO_ADDRESS)
    session.flush()
    return None


def _is_capped(session: Session, rules: SendingRules, person: Person, now: dt.datetime) -> bool:
    sent = select(func.count()).where(OutboxMessage.person_id == person.id, OutboxMessage.tried_at >= start_of_day(now))
    return (session.scalar(sent) or 0) >= rules.most_a_day_each


def _note_problem(session: Session, post: Post, message: OutboxMessage, problem: Problem, now: dt.datetime) -> None:
    later = now + min(FIRST_RETRY * 2 ** min(message.tries - 1, 10), LAST_RETRY)
    match problem.sort:
        case Sort.RETRY:
            put_back(message, later)
        case Sort.WAIT:
            put_back(message, now)
            line.pause(session, post.account, now, PAUSE_AFTER_TOO_MANY)
        case Sort.ALARM:
            put_back(message, later)  # behind the others: it may be this one alone that is refused
            sound_alarm(session, post.account, problem, now)
        case Sort.OPTED_OUT:
            refuse(session, message, now)
        case Sort.NEVER:
            advance(message, Delivery.FAILED, now, say_error(problem.code))
        case Sort.UNSURE:
            message.leased_until = now + UNSURE_FOR
