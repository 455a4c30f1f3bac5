"""The sweep: what the provider took and never told us is taken in, once, in order, and answered."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.conversation import State
from cli_worker import Worker
from extensions import db
from service import missed
from service.models import Base, Contribution, Delivery, Exchange, OutboxMessage, Person, Purpose
from tests.post_office import NUMBER, OTHER, Clock, new_worker, work
from tests.telephone import NOTICE, Telephone, read_twiml
from tests.twilio_fake import Fake

IDEA = "il faudrait plus de médecins de garde le dimanche à Colmar"


@pytest.fixture
def clock(clock: Clock) -> Clock:
    """Telephones reach the real door, which has the real time."""
    clock.now = dt.datetime.now(dt.UTC)
    return clock


def sweep(worker: Worker, clock: Clock) -> int:
    clock.pass_time(minutes=1)
    return worker.take_in_missed()


def count(session: Session, *where: object) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Exchange).where(*where)) or 0  # type: ignore[arg-type]


def test_a_message_that_never_arrived_is_taken_in_and_answered_once(
    session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    fake.receive(NUMBER, "medecin sans rdv a reims")
    work(worker, clock)
    (told,) = fake.texts(NUMBER)
    assert told.splitlines()[0] == "CMSI de Louvois, 51 rue de Louvois, 51100 Reims."
    assert (count(session), session.scalars(select(OutboxMessage.purpose)).one()) == (1, Purpose.REPLY)


def test_the_answer_to_an_emergency_goes_as_one(session: Session, worker: Worker, fake: Fake, clock: Clock) -> None:
    fake.receive(NUMBER, "je veux mourir")
    sweep(worker, clock)
    assert session.scalars(select(OutboxMessage.purpose)).one() is Purpose.SAFETY


def test_what_arrived_by_the_door_is_left_alone(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    fake.tell_inbound(app, fake.receive(NUMBER, "bonjour"))
    fake.receive(OTHER, "bonjour")
    assert (sweep(worker, clock), sweep(worker, clock)) == (1, 0)
    assert (count(session), [number for number, _ in fake.ledger]) == (2, [])
    worker.send_due()
    assert [number for number, _ in fake.ledger] == [OTHER]


def test_a_message_still_at_the_door_is_not_answered_twice(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    fresh = fake.receive(NUMBER, "bonjour")
    clock.pass_time(seconds=15)  # as long as Twilio tries
    assert worker.take_in_missed() == 0
    assert fake.tell_inbound(app, fresh).startswith("Bonjour, ici Voix Santé")
    assert sweep(worker, clock) == 0


def test_a_message_that_comes_by_the_door_after_the_sweep_is_not_acted_on_again(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    late = fake.receive(NUMBER, "nouvelle idée")
    sweep(worker, clock)
    fake.tell_inbound(app, late)
    assert (count(session), session.scalar(select(func.count()).select_from(OutboxMessage))) == (1, 1)


def test_a_conversation_that_never_arrived_is_answered_message_by_message_and_agrees_to_nothing(
    session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    """None of its questions was shown to who wrote « 1 » and « oui »."""
    for text in ("nouvelle idée", IDEA, "1", "oui"):
        fake.receive(NUMBER, text)
        fake.receive(OTHER, "bonjour")
        clock.pass_time(seconds=5)
    work(worker, clock)
    assert Counter(number for number, _ in fake.ledger) == {NUMBER: 4, OTHER: 4}
    assert session.scalars(select(Contribution.words)).all() == []


def test_a_conversation_lost_by_a_restoration_is_replayed_and_nobody_hears_again_what_they_heard(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    """Twilio's list shows that each was answered, and how. But the code of the idea is new, and told."""
    clock.now -= dt.timedelta(minutes=30)
    for text in ("nouvelle idée", IDEA, "1", "oui"):
        message = fake.receive(NUMBER, text)
        fake.reply(NUMBER, app_reply(app, message))
        clock.pass_time(seconds=20)
    session.rollback()
    lost = session.scalars(select(Contribution.code)).one()
    session.rollback()
    Base.metadata.drop_all(db.engine)
    Base.metadata.create_all(db.engine)
    clock.now += dt.timedelta(minutes=30)
    work(worker, clock)
    kept = session.scalars(select(Contribution)).one()
    assert (kept.words, kept.code == lost) == (IDEA, False)
    (told,) = fake.texts(NUMBER)
    assert told.endswith(f"SUIVI {kept.code}")


def app_reply(app: Flask, message: dict[str, Any]) -> str:
    """The whole reply, its notice too, as it reaches the phone."""
    phone = Telephone(app, message["from"])
    return read_twiml(phone.post(phone.form(message["body"], message["sid"])).data)


@pytest.mark.slow
def test_an_hour_of_outage_is_made_up_for_within_two_minutes(
    session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    work(worker, clock, minutes=1)
    senders = [f"+3363998{number:04}" for number in range(120)]
    for sender in senders:
        fake.receive(sender, "bonjour")
        clock.pass_time(seconds=30)
    back_at = clock.now
    for _ in range(12):
        worker.sweep()
        worker.send_due()
        clock.pass_time(seconds=10)
    assert clock.now - back_at == dt.timedelta(minutes=2)
    assert Counter(number for number, _ in fake.ledger) == dict.fromkeys(senders, 1)


def test_late_words_never_answer_a_question_that_was_shown_after_them(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    """A « oui » that was lost on the way does not agree to anything."""
    clock.now -= dt.timedelta(minutes=10)
    fake.receive(NUMBER, "oui")
    clock.now += dt.timedelta(minutes=10)
    for text in ("nouvelle idée", IDEA):
        asked = fake.tell_inbound(app, fake.receive(NUMBER, text))
    assert asked.splitlines()[-1].startswith(("2", "3", "4"))
    session.rollback()
    before = session.scalars(select(Person.state)).one()
    assert State.from_json(before or "").flow == "contribute"
    session.rollback()
    assert sweep(worker, clock) == 1
    assert session.scalars(select(Contribution.id)).all() == []


def test_in_time_the_same_words_answer_it(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    """The twin: nothing was shown after them."""
    for text in ("nouvelle idée", IDEA, "1"):
        fake.tell_inbound(app, fake.receive(NUMBER, text))
    clock.now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2)  # Twilio's times have whole seconds
    fake.receive(NUMBER, "oui")
    assert sweep(worker, clock) == 1
    assert session.scalars(select(Contribution.words)).all() == [IDEA]


def test_other_numbers_of_the_account_are_not_ours(session: Session, worker: Worker, fake: Fake, clock: Clock) -> None:
    fake.receive(NUMBER, "bonjour")["to"] = "38999"
    fake.receive(OTHER, "bonjour")
    assert sweep(worker, clock) == 1


def test_more_than_a_page_is_read(session: Session, worker: Worker, fake: Fake, clock: Clock) -> None:
    for number in range(1005):
        fake.receive(f"+3363998{number:04}", "bonjour")
    clock.pass_time(minutes=1)
    since = missed.find_start(session, worker.post.account, clock())
    session.rollback()
    assert len(list(worker.provider.list_arrivals(since))) == 1005
    assert fake.requests["list"] == 2


def test_the_list_is_read_from_where_it_was_read_up_to(
    session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    began = clock.now
    assert missed.find_start(session, worker.post.account, began) == began - dt.timedelta(hours=1, minutes=10)
    session.rollback()
    worker.take_in_missed()
    since = missed.find_start(session, worker.post.account, began + dt.timedelta(days=3))
    assert since == began - missed.YOUNGEST - missed.OVERLAP


def test_while_the_provider_is_down_nothing_counts_as_read(
    session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    fake.receive(NUMBER, "bonjour")
    fake.is_down = True
    clock.pass_time(minutes=1)
    worker.sweep()
    fake.is_down = False
    clock.pass_time(hours=2)
    worker.sweep()
    assert count(session) == 1


def test_replies_by_rest_are_owed_and_the_call_gets_none(
    app: Flask, session: Session, fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = app.extensions["voix"].settings
    monkeypatch.setitem(
        app.extensions, "voix", type(app.extensions["voix"])(**{**vars(app.extensions["voix"]), "settings": type(settings)(**{**vars(settings), "reply_by": "rest"})})
    )  # fmt: skip
    worker = new_worker(app, fake, clock)
    message = fake.receive(NUMBER, "bonjour")
    assert [fake.tell_inbound(app, message) for _ in range(2)] == ["", ""]
    clock.pass_time(seconds=5)
    assert worker.send_due() == 1
    assert NOTICE.sub("", fake.texts(NUMBER)[0]).startswith("Bonjour, ici Voix Santé")
    for text in ("effacer", "oui"):
        last = fake.tell_inbound(app, fake.receive(NUMBER, text))
    assert last == "C'est effacé. Merci, et au revoir."  # no address is left to owe it to
    session.rollback()
    assert session.scalars(select(OutboxMessage.delivery)).all() == [Delivery.SENT, Delivery.UNWANTED]
