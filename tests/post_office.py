"""What tests of owed messages share: a clock that is moved by hand, a worker before a stand-in for Twilio, people owed to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channel import Channel
from cli_worker import Worker, make_worker
from service import addresses, outbox, people, sending
from service.models import Delivery, OutboxMessage, Person, Purpose
from service.providers import twilio
from service.sending_rules import SendingRules
from tests.telephone import SETTINGS
from tests.twilio_fake import Fake

DAY = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)  # a Friday, 10 o'clock in Paris
NUMBERS = tuple(f"+336399800{number:02}" for number in range(1, 21))
NUMBER, OTHER = NUMBERS[:2]


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = DAY

    def __call__(self) -> dt.datetime:
        return self.now

    def pass_time(self, **span: float) -> None:
        self.now += dt.timedelta(**span)


def new_worker(app: Flask, fake: Fake, clock: Callable[[], dt.datetime], **rules: int) -> Worker:
    made = make_worker(app)
    made.provider = twilio.TwilioProvider(made.post.account, SETTINGS["TWILIO_AUTH_TOKEN"], "38063", fake.base_url)
    made.post = sending.Post(
        made.post.keyring, SendingRules(**{"per_second": 10_000, **rules}), made.post.account, made.post.callbacks
    )
    made.clock = clock
    return made


def add_person(session: Session, app: Flask, number: str = NUMBER, channel: Channel = Channel.SMS) -> Person:
    keyring = app.extensions["voix"].first_service.keyring
    person = people.hold_person(session, keyring.make_pseudonyms(number), channel, DAY)
    addresses.keep_address(keyring, person, number)
    session.commit()
    return person


def owe(session: Session, person: Person, text: str, purpose: Purpose = Purpose.REPLY, now: dt.datetime = DAY) -> str:
    key = outbox.owe(session, person, text, purpose, now).key
    session.commit()
    return key


def states(session: Session) -> dict[str, Delivery]:
    """By text: where each message stands."""
    session.rollback()
    session.expire_all()
    found = {one.text: one.delivery for one in session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))}
    session.rollback()
    return found


def work(worker: Worker, clock: Clock, minutes: int = 5) -> None:
    """A worker at work for some minutes, looking every 10 seconds."""
    for _ in range(minutes * 6):
        worker.sweep()
        worker.send_due()
        clock.pass_time(seconds=10)
