"""After an outage: everything is taken in before anything else is done, and one message that fails holds up no other."""

from __future__ import annotations

import datetime as dt
import threading
import time

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

import cli_worker
from cli_worker import MOST_IN_A_ROW, SENT_MEANWHILE, Worker
from service import sending, talk
from service.models import Delivery, Exchange, Line, OutboxMessage
from service.sending_rules import SendingRules
from tests.post_office import NUMBER, NUMBERS, OTHER, Clock, add_person, new_worker, owe, states
from tests.twilio_fake import Fake

POISON = "ce message fait tomber le service"
MINUTES = dt.timedelta(minutes=1)


def count_taken_in(session: Session) -> int:
    session.rollback()
    taken_in = session.scalar(select(func.count()).select_from(Exchange)) or 0
    session.rollback()
    return taken_in


# How long it takes


def receive(fake: Fake, people: int, emergency: int) -> None:
    """A message of each, one of which tells of an emergency."""
    for place in range(people):
        fake.receive(f"+3363998{place:04}", "je veux mourir" if place == emergency else "bonjour")


@pytest.fixture
def patient_clock(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Whoever sleeps moves it on."""
    monkeypatch.setattr(cli_worker.time, "sleep", lambda seconds: clock.pass_time(seconds=seconds))
    return clock


def new_usual_worker(app: Flask, fake: Fake, clock: Clock) -> Worker:
    """At the pace that a deployment has unless told."""
    return new_worker(app, fake, clock, per_second=SendingRules.per_second)


@pytest.mark.slow
def test_taking_in_hardly_waits_for_the_line_nor_sending_for_all_to_be_taken_in(
    app: Flask, session: Session, fake: Fake, patient_clock: Clock
) -> None:
    """After so many, the answer to an emergency is sent, and a few others."""
    worker = new_usual_worker(app, fake, patient_clock)
    receive(fake, 2 * MOST_IN_A_ROW + 20, emergency=7)
    patient_clock.pass_time(minutes=1)
    began = patient_clock.now
    assert worker.take_in_missed() == 2 * MOST_IN_A_ROW + 20
    assert (patient_clock.now - began).total_seconds() < 3
    numbers = [number for number, _ in fake.ledger]
    assert (len(numbers), numbers.index("+33639980007")) == (2 * SENT_MEANWHILE + 1, 0)
    while worker.send_due():
        pass
    assert len(fake.ledger) == 2 * MOST_IN_A_ROW + 20
    assert (patient_clock.now - began).total_seconds() > 11  # ten a second


@pytest.mark.slow
def test_when_all_is_sent_on_the_way_the_last_is_taken_in_at_the_pace_of_the_line(
    app: Flask, session: Session, fake: Fake, patient_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin."""
    worker = new_usual_worker(app, fake, patient_clock)
    send = worker.send_due
    monkeypatch.setattr(worker, "send_due", lambda most=0, *, only_safety=False: send())
    receive(fake, 2 * MOST_IN_A_ROW + 20, emergency=7)
    patient_clock.pass_time(minutes=1)
    began = patient_clock.now
    worker.take_in_missed()
    assert (patient_clock.now - began).total_seconds() > 9


@pytest.mark.soak
def test_two_thousand_messages_of_an_outage_are_taken_in_within_two_minutes(
    app: Flask, session: Session, fake: Fake
) -> None:
    """On a real clock; and the answer to the emergency leaves as soon as it is taken in, with its fifty."""
    sent_at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=30)
    fake.clock = lambda: sent_at
    receive(fake, 2000, emergency=1000)
    fake.clock = lambda: dt.datetime.now(dt.UTC)
    worker = new_usual_worker(app, fake, cli_worker.read_clock)  # type: ignore[arg-type]
    began = time.monotonic()
    worker.sweep()
    took = time.monotonic() - began
    print(f"2000 messages taken in within {took:.0f} s")
    assert count_taken_in(session) == 2000
    numbers = [number for number, _ in fake.ledger]
    sent_before = 1000 // MOST_IN_A_ROW * SENT_MEANWHILE
    assert (len(numbers), numbers.index("+33639981000")) == (2 * sent_before + 1, sent_before)
    assert took < 120


@pytest.mark.slow
def test_what_the_provider_is_asked_of_before_what_never_arrived_is_bounded(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    """An hour without callbacks, and then all of it to be asked at once."""
    numbers = [f"+336399801{place:02}" for place in range(MOST_IN_A_ROW + 5)]
    for number in numbers:
        owe(session, add_person(session, app, number), "réponse")
    while worker.send_due():
        pass
    for message in fake.messages:
        message["status"] = "delivered"
    fake.receive(NUMBER, "bonjour")
    clock.pass_time(hours=1, seconds=1)
    asked: list[str] = []
    find, list_arrivals = worker.provider.find, worker.provider.list_arrivals
    worker.provider.find = lambda address: (asked.append("state"), find(address))[1]  # type: ignore[method-assign]
    worker.provider.list_arrivals = lambda since: (asked.append("arrivals"), list_arrivals(since))[1]  # type: ignore[method-assign]
    worker.sweep()
    assert asked == [*["state"] * MOST_IN_A_ROW, "arrivals"]
    clock.pass_time(seconds=31)
    worker.sweep()
    assert set(states(session).values()) - {Delivery.OWED} == {Delivery.DELIVERED}
    assert asked.count("state") == MOST_IN_A_ROW + 5


# What fails


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A fault of ours that one message brings out; mended, once the list is emptied."""
    bad, answer = [POISON], talk.answer

    def fail(session: Session, service: object, incoming: talk.Incoming, *more: object, **named: object) -> object:
        if incoming.said.text in bad:
            session.execute(select(Exchange.id))
            raise RuntimeError(f"cannot read {incoming.said.text}")
        return answer(session, service, incoming, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(talk, "answer", fail)
    return bad


def test_a_message_that_fails_stops_neither_the_others_nor_what_is_owed_and_is_tried_again(
    app: Flask,
    session: Session,
    worker: Worker,
    fake: Fake,
    clock: Clock,
    poison: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    for number, text in ((NUMBER, POISON), (OTHER, "bonjour")):
        fake.receive(number, text)
    owe(session, add_person(session, app, NUMBERS[3]), "dû")
    for _ in range(40):  # longer than what is read again of the list
        clock.pass_time(minutes=1)
        worker.sweep()
        worker.send_due()
    assert (count_taken_in(session), sorted(number for number, _ in fake.ledger)) == (1, [OTHER, NUMBERS[3]])
    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    sid = fake.messages[0]["sid"]
    assert told[0].startswith(f"message {sid} cannot be taken in: RuntimeError\n")
    assert told[1] == "1 message(s) of 2 could not be taken in, and will be tried again"
    assert POISON not in caplog.text
    behind = clock.now - session.scalars(select(Line.read_until)).one()
    assert behind > 40 * MINUTES  # as /readyz tells
    poison.clear()
    clock.pass_time(minutes=1)
    worker.sweep()
    assert count_taken_in(session) == 2
    assert clock.now - session.scalars(select(Line.read_until)).one() == dt.timedelta(seconds=45)


def test_a_message_that_fails_for_a_day_is_given_up(
    session: Session, worker: Worker, fake: Fake, clock: Clock, poison: list[str]
) -> None:
    """Else the list would be read from ever longer ago."""
    fake.receive(NUMBER, POISON)
    for _ in range(26):
        clock.pass_time(hours=1)
        worker.sweep()
    assert clock.now - session.scalars(select(Line.read_until)).one() == dt.timedelta(seconds=45)


def test_a_database_that_fails_is_not_taken_for_a_message_that_does(
    session: Session, worker: Worker, fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.receive(NUMBER, "bonjour")
    clock.pass_time(minutes=1)

    def fail(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, Exception("database is locked"))

    with monkeypatch.context() as locked:
        locked.setattr(talk, "answer", fail)
        with pytest.raises(OperationalError):
            worker.take_in_missed()
    session.rollback()
    assert worker.take_in_missed() == 1


def test_no_fault_of_ours_ends_the_worker(
    app: Flask,
    session: Session,
    worker: Worker,
    fake: Fake,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It tells where, and not in words that may be a person's; and goes on by itself."""
    owe(session, add_person(session, app), "réponse")
    note = sending.note_outcome

    def fail(*_: object) -> None:
        monkeypatch.setattr(sending, "note_outcome", note)
        raise ValueError(f"who is {NUMBER}?")

    monkeypatch.setattr(sending, "note_outcome", fail)

    class Rounds:
        left = 3

        def is_set(self) -> bool:
            return self.left == 0

        def wait(self, _seconds: float) -> None:
            self.left -= 1
            clock.pass_time(minutes=2)

    stop: threading.Event = Rounds()  # type: ignore[assignment]
    worker.run(stop)
    assert (fake.texts(NUMBER), states(session)) == (["réponse"], {"réponse": Delivery.SENT})
    told = [
        record.getMessage() for record in caplog.records if record.name == "voix.worker" and record.levelname == "ERROR"
    ]
    assert [one.splitlines()[0] for one in told] == ["the worker goes on after ValueError"]
    assert "in send_due" in told[0]
    assert "63998" not in caplog.text
    assert session.scalars(select(OutboxMessage.tries)).one() == 1
