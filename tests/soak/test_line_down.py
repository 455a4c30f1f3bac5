"""The provider down, too busy, or silent after it took a message; the service down for an hour: nothing is lost or doubled."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.sms import to_gsm7
from cli_worker import Worker
from extensions import db
from service.models import Delivery, Exchange, OutboxMessage
from service.providers import twilio
from tests.post_office import Clock, new_worker
from tests.soak.crowd import make_ideas
from tests.telephone import Telephone, read_twiml
from tests.twilio_fake import Fake, Fault

pytestmark = pytest.mark.slow
PEOPLE = tuple(f"+336399810{place:02}" for place in range(12))
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def clock(clock: Clock) -> Clock:
    """Telephones reach the real door, which has the real time."""
    clock.now = dt.datetime.now(dt.UTC)
    return clock


@pytest.fixture
def by_rest(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    voix = app.extensions["voix"]
    monkeypatch.setitem(app.extensions, "voix", replace(voix, settings=replace(voix.settings, reply_by="rest")))


def write(app: Flask, fake: Fake) -> None:
    """Everybody tells an idea, up to its agreement; each message is acknowledged, and its reply owed."""
    ideas = make_ideas()
    for number in PEOPLE:
        phone = Telephone(app, number)
        for text in ("nouvelle idée", next(ideas), "1", "oui"):
            form = phone.form(text, fake.receive(number, text)["sid"])
            assert read_twiml(phone.post(form).data) == ""
    db.session.rollback()


def read_owed(session: Session) -> dict[str, list[str]]:
    """By person, the replies that the conversation gave, as they are to be sent."""
    session.rollback()
    owed: dict[str, list[str]] = {}
    for person, reply in session.execute(select(Exchange.person_id, Exchange.reply).order_by(Exchange.id)):
        owed.setdefault(str(person), []).append(to_gsm7(reply))
    session.rollback()
    return owed


def work(worker: Worker, clock: Clock, minutes: int) -> None:
    for _ in range(minutes * 2):
        worker.sweep()
        while worker.send_due():
            pass
        clock.pass_time(seconds=30)


def test_through_a_bad_day_of_the_provider_each_reply_arrives_once_and_in_order(
    app: Flask, session: Session, fake: Fake, clock: Clock, by_rest: None
) -> None:
    """Down, then a storm of 429, then one message in twenty taken without an answer, or cut off after it was taken."""
    write(app, fake)
    clock.now = dt.datetime.now(dt.UTC)  # else nothing is due yet
    worker = new_worker(app, fake, clock)
    fake.is_down = True
    worker.sweep()
    worker.send_due(2)
    clock.pass_time(minutes=2)
    fake.is_down = False
    fake.faults = [Fault.TOO_MANY] * 15
    work(worker, clock, 5)
    fake.chances = {
        Fault.RESET_AFTER: 0.04,
        Fault.SILENT_AFTER: 0.04,
        Fault.UNAVAILABLE_AFTER: 0.04,
        Fault.TOO_MANY: 0.05,
    }
    write(app, fake)
    work(worker, clock, 15)
    assert fake.drawn.keys() == {Fault.SILENT_BEFORE, *fake.chances}
    assert fake.drawn[Fault.TOO_MANY] > 15  # those of the storm
    owed = read_owed(session)
    assert sorted(fake.texts(number) for number in PEOPLE) == sorted(owed.values())
    assert sum(map(len, owed.values())) == 8 * len(PEOPLE)
    assert session.scalars(select(OutboxMessage.delivery).distinct()).all() == [Delivery.SENT]
    session.rollback()


def test_when_silence_is_taken_for_a_refusal_replies_arrive_twice(
    app: Flask, session: Session, fake: Fake, clock: Clock, by_rest: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: the provider is not asked what it took."""
    write(app, fake)
    worker = new_worker(app, fake, clock)
    monkeypatch.setattr(worker.provider, "find", lambda address: [])
    fake.chances = {Fault.RESET_AFTER: 0.05}
    work(worker, clock, 10)
    assert fake.drawn[Fault.RESET_AFTER] > 0
    assert max(Counter(fake.ledger).values()) > 1


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider answers; however busy this machine is, it is waited for."""
    monkeypatch.setattr(twilio, "TIMEOUT", 10)


def miss_an_hour(fake: Fake, clock: Clock) -> None:
    """People write all through an hour in which nobody is there to take it in."""
    ideas = make_ideas()
    ends = clock.now
    for place, number in enumerate(PEOPLE * 2):
        clock.now = ends - HOUR + place * HOUR / (2 * len(PEOPLE))
        fake.receive(number, next(ideas))
    clock.now = ends


def test_what_an_hour_of_outage_missed_is_all_there_two_minutes_later(
    session: Session, worker: Worker, fake: Fake, clock: Clock, patient: None
) -> None:
    clock.now -= HOUR
    worker.sweep()
    clock.now += HOUR
    miss_an_hour(fake, clock)
    clock.pass_time(seconds=45)  # the last of them are young until then
    work(worker, clock, 1)
    assert Counter(number for number, _ in fake.ledger) == dict.fromkeys(PEOPLE, 2)
    assert session.scalar(select(func.count()).select_from(Exchange)) == 2 * len(PEOPLE)
    session.rollback()


def test_without_the_sweep_an_hour_of_messages_is_lost(
    session: Session, worker: Worker, fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: nobody reads the provider's list."""
    monkeypatch.setattr(worker, "take_in_missed", lambda: 0)
    miss_an_hour(fake, clock)
    work(worker, clock, 2)
    assert session.scalar(select(func.count()).select_from(Exchange)) == 0
    session.rollback()


def test_the_list_is_read_from_the_last_message_of_a_copy_that_never_read_it(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    """Without a worker before, or before a restoration; an hour back is not enough then."""
    Telephone(app, PEOPLE[0]).text("bonjour")
    last = clock.now
    session.rollback()
    clock.pass_time(hours=1)
    fake.receive(PEOPLE[1], "bonjour")
    clock.pass_time(hours=7)
    fake.receive(PEOPLE[2], "bonjour")
    clock.pass_time(minutes=1)
    assert (worker.take_in_missed(), clock.now - last > 8 * HOUR) == (2, True)
