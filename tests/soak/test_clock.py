"""A clock that is a day ahead or behind and is then put right, and the two nights on which it changes."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cli_worker import Worker
from extensions import db
from service import line
from service.models import Contribution, Exchange
from tests.post_office import NUMBER, NUMBERS, OTHER, Clock, add_person, owe
from tests.telephone import Telephone
from tests.twilio_fake import Fake
from webhooks import sms

DAY = dt.timedelta(days=1)
IDEA = "il faudrait plus de médecins de garde le dimanche à Colmar"
NIGHTS = {
    "the hour that comes twice": dt.datetime(2026, 10, 25, 0, 20, tzinfo=dt.UTC),  # 2:20, in summer time
    "the hour that is not": dt.datetime(2027, 3, 28, 0, 50, tzinfo=dt.UTC),  # 1:50
}


@pytest.fixture
def door_clock(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The door's clock, which is the worker's: one machine."""
    monkeypatch.setattr(sms, "dt", SimpleNamespace(datetime=SimpleNamespace(now=lambda zone: clock()), UTC=dt.UTC))
    return clock


def work(worker: Worker, clock: Clock, rounds: int = 4) -> None:
    for _ in range(rounds):
        clock.pass_time(seconds=31)
        worker.sweep()
        while worker.send_due():
            pass


@pytest.mark.parametrize("off", [DAY, -DAY], ids=["ahead", "behind"])
def test_a_clock_that_is_put_right_in_the_midst_of_a_conversation_changes_nothing(
    app: Flask, session: Session, door_clock: Clock, off: dt.timedelta
) -> None:
    phone = Telephone(app)
    for text, jump in (("nouvelle idée", off), (IDEA, -off), ("1", off), ("oui", -off)):
        form = phone.form(text)
        first = phone.post(form).data
        door_clock.now += jump
        assert phone.post(form).data == first
    session.rollback()
    assert session.scalars(select(Contribution.words)).all() == [IDEA]
    assert session.scalar(select(func.count()).select_from(Exchange)) == 4
    session.rollback()


@pytest.mark.parametrize("off", [DAY, -DAY], ids=["ahead", "behind"])
def test_what_is_owed_and_what_was_missed_around_a_wrong_clock_arrives_once(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock, off: dt.timedelta
) -> None:
    """Twilio's clock is right. Owed and missed: before our clock goes wrong, meanwhile, and after it is put right."""
    fake.clock = lambda: true_clock()
    wrong = dt.timedelta(0)

    def true_clock() -> dt.datetime:
        return clock.now - wrong

    for number, change in zip(NUMBERS[:3], (off, -off, dt.timedelta(0)), strict=True):
        owe(session, add_person(session, app, number), "due", now=clock.now)
        fake.receive(number, "bonjour")
        work(worker, clock)
        clock.now += change
        wrong += change
    work(worker, clock)
    told = Counter(number for number, _ in fake.ledger)
    assert told == dict.fromkeys(NUMBERS[:3], 2)
    assert session.scalar(select(func.count()).select_from(Exchange)) == 3
    session.rollback()


def test_a_clock_put_back_by_a_day_stops_neither_sending_nor_sweeping(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    """A place at the line, a pause and a sweep that lie a day ahead are not waited for."""
    clock.now += DAY
    line.take_slot(session, worker.post.account, worker.post.rules, clock.now)
    line.pause(session, worker.post.account, clock.now, line.LONGEST_PAUSE, "provider error 20003")
    line.take_sweep(session, worker.post.account, clock.now)
    session.commit()
    clock.now -= DAY
    assert line.tell_alarm(session, worker.post.account, clock.now) is None
    assert line.take_slot(session, worker.post.account, worker.post.rules, clock.now) == clock.now
    assert line.take_sweep(session, worker.post.account, clock.now)
    session.rollback()


def test_when_what_lies_a_day_ahead_is_waited_for_nothing_is_sent(
    app: Flask, session: Session, worker: Worker, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin."""
    monkeypatch.setattr(line, "_is_ahead", lambda time, now, most: now < time)
    line.take_slot(session, worker.post.account, worker.post.rules, clock.now + DAY)
    session.commit()
    assert line.take_slot(session, worker.post.account, worker.post.rules, clock.now) > clock.now + DAY
    session.rollback()


@pytest.mark.slow
@pytest.mark.parametrize("starts", NIGHTS.values(), ids=NIGHTS)
def test_over_the_nights_on_which_the_clocks_change_each_message_is_dealt_with_once_and_answered(
    app: Flask, session: Session, worker: Worker, fake: Fake, door_clock: Clock, starts: dt.datetime
) -> None:
    """An idea told minute by minute through the change, and another person's messages that never arrived."""
    door_clock.now = starts
    phone, script = Telephone(app), ("nouvelle idée", IDEA, "1", "oui")
    for text in script:
        phone.text(text)
        fake.receive(OTHER, "bonjour")
        for _ in range(30):
            door_clock.pass_time(seconds=40)
            worker.sweep()
            worker.send_due()
    work(worker, door_clock)
    session.rollback()
    assert session.scalars(select(Contribution.words)).all() == [IDEA]
    assert (len(fake.texts(OTHER)), fake.texts(NUMBER)) == (4, [])
    db.session.rollback()
