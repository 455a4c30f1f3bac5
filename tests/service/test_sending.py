"""Sending what is owed, through the real client and a stand-in for Twilio: nothing lost, nothing twice."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import GenerativeSelect

import cli_worker
from bot.known import PARIS
from cli_worker import Worker
from extensions import db
from service import people, sending, settling
from service.line import tell_alarm
from service.models import Delivery, OptOut, OutboxMessage, Purpose
from service.sending_rules import SendingRules, is_quiet, next_day
from tests.post_office import DAY, NUMBER, NUMBERS, OTHER, Clock, add_person, new_worker, owe, states, work
from tests.telephone import SETTINGS
from tests.twilio_fake import Fake, Fault

SILENCES = (Fault.SILENT_BEFORE, Fault.SILENT_AFTER, Fault.RESET_BEFORE, Fault.RESET_AFTER)


def test_what_is_owed_is_sent_and_its_delivery_told(app: Flask, session: Session, worker: Worker, fake: Fake) -> None:
    key = owe(session, add_person(session, app), "Bonjour, ça va ?")
    owe(session, add_person(session, app, OTHER), "bruit")
    assert worker.send_due() == 2
    assert fake.ledger == [(NUMBER, "Bonjour, ca va ?"), (OTHER, "bruit")]
    assert states(session) == {"Bonjour, ca va ?": Delivery.SENT, "bruit": Delivery.SENT}
    message = fake.messages[0]
    assert message["callback"] == f"https://voix.example.fr/webhooks/sms/status/{key}"
    assert fake.call_back(app, message, "delivered") == 204
    assert states(session) == {"Bonjour, ca va ?": Delivery.DELIVERED, "bruit": Delivery.SENT}


def test_each_person_gets_theirs_in_order_and_emergencies_go_first(
    app: Flask, session: Session, worker: Worker, fake: Fake
) -> None:
    one, other = add_person(session, app), add_person(session, app, OTHER)
    owe(session, one, "question", Purpose.QUESTION)
    owe(session, one, "décision", Purpose.DECISION)
    owe(session, one, "nouvelle", Purpose.NEWS)
    owe(session, one, "réponse 1")
    owe(session, other, "réponse")
    owe(session, one, "réponse 2")
    owe(session, other, "urgence", Purpose.SAFETY)
    worker.send_due()
    assert fake.ledger[0] == (OTHER, "urgence")
    assert fake.texts(NUMBER) == ["réponse 1", "réponse 2", "question", "décision", "nouvelle"]


def test_a_message_that_waits_for_a_retry_holds_back_those_after_it(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    one = add_person(session, app)
    owe(session, one, "premier")
    owe(session, one, "second")
    owe(session, add_person(session, app, OTHER), "autre")
    fake.faults = [Fault.UNHEARD_OF]
    worker.send_due()
    assert fake.ledger == [(OTHER, "autre")]
    clock.pass_time(minutes=1)
    worker.send_due()
    assert fake.texts(NUMBER) == ["premier", "second"]


# Errors, sorted


def test_a_stopped_number_opts_out_and_the_rest_is_unwanted(
    app: Flask, session: Session, worker: Worker, fake: Fake
) -> None:
    one = add_person(session, app)
    owe(session, one, "réponse")
    owe(session, one, "décision", Purpose.DECISION)
    fake.stopped = {NUMBER}
    worker.send_due()
    assert states(session) == {"réponse": Delivery.UNWANTED, "décision": Delivery.UNWANTED}
    assert session.scalars(select(OptOut.answers_only)).all() == [False]
    assert (fake.ledger, fake.requests["send"]) == ([], 1)


@pytest.mark.parametrize("fault", [Fault.INVALID_NUMBER, Fault.NOT_A_MOBILE])
def test_a_number_that_cannot_be_sent_to_is_tried_once(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock, fault: Fault
) -> None:
    owe(session, add_person(session, app), "réponse")
    fake.faults = [fault]
    work(worker, clock)
    assert states(session) == {"réponse": Delivery.FAILED}
    assert fake.requests["send"] == 1


@pytest.mark.parametrize("code", ["30003", "30004", "30005", "30006"])
def test_what_the_operator_could_not_deliver_is_never_sent_again(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock, code: str
) -> None:
    owe(session, add_person(session, app), "réponse")
    worker.send_due()
    fake.call_back(app, fake.messages[0], "undelivered", code)
    work(worker, clock)
    assert states(session) == {"réponse": Delivery.FAILED}
    assert session.scalars(select(OutboxMessage.error)).one() == f"L'opérateur n'a pas pu le remettre (erreur {code})."
    assert fake.requests["send"] == 1


def test_wrong_credentials_pause_everything_and_are_told_until_mended(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for number in NUMBERS[:3]:
        owe(session, add_person(session, app, number), "réponse")
    fake.token = "another"
    worker.send_due()
    assert (fake.requests["send"], set(states(session).values())) == (1, {Delivery.OWED})
    assert tell_alarm(session, worker.post.account, clock()) == "provider error 20003"
    session.rollback()
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "sending is paused until 2026-11-20T09:05:00+00:00: provider error 20003"
    ]
    fake.token = SETTINGS["TWILIO_AUTH_TOKEN"]
    clock.pass_time(minutes=5, seconds=1)
    worker.send_due()
    assert len(fake.ledger) == 3
    assert tell_alarm(session, worker.post.account, clock()) is None


@pytest.mark.slow
def test_an_account_that_is_not_found_kills_nothing_that_is_owed(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    """Or a proxy's 404: a fault that is mended in an hour."""
    for number in NUMBERS[:3]:
        owe(session, add_person(session, app, number), "réponse")
    fake.faults = [Fault.NOT_FOUND] * 10
    work(worker, clock, minutes=44)
    assert fake.ledger == []
    assert tell_alarm(session, worker.post.account, clock()) == "provider error 20404"
    work(worker, clock, minutes=15)
    assert Counter(fake.ledger) == {(number, "réponse"): 1 for number in NUMBERS[:3]}


def test_one_message_that_alone_is_refused_does_not_hold_up_the_others_for_ever(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    """A filter of a proxy's, that dislikes its words: nobody can tell it from one that refuses everything."""
    owe(session, add_person(session, app), "refusé")
    owe(session, add_person(session, app, OTHER), "autre")
    fake.faults = [Fault.NOT_FOUND]
    work(worker, clock, minutes=6)
    assert fake.ledger == [(OTHER, "autre"), (NUMBER, "refusé")]


@pytest.mark.parametrize(("code", "alarm"), [("30001", None), ("30002", "provider error 30002")])
def test_what_the_provider_took_and_did_not_send_is_sent_again_whatever_else_is_told_of_it(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock, code: str, alarm: str | None
) -> None:
    """Its queue overflowed, or the account was suspended; the callbacks of that try come late, and twice."""
    real_now = clock.now = dt.datetime.now(dt.UTC)  # the door has the real time
    owe(session, add_person(session, app), "réponse", now=real_now)
    worker.send_due()
    first = fake.messages[0]
    assert fake.call_back(app, first, "failed", code) == 204
    assert tell_alarm(session, worker.post.account, dt.datetime.now(dt.UTC)) == alarm
    assert states(session) == {"réponse": Delivery.OWED}
    told = [("failed", code), ("queued", ""), ("sent", "")]
    assert [fake.call_back(app, first, state, error) for state, error in told] == [404, 404, 404]
    first["status"], first["error_code"] = "failed", int(code)
    work(worker, clock, minutes=12)
    assert fake.texts(NUMBER) == ["réponse", "réponse"]  # the second of which arrives
    assert fake.call_back(app, first, "sent") == 404
    assert fake.call_back(app, fake.messages[1], "delivered") == 204
    assert states(session) == {"réponse": Delivery.DELIVERED}


def test_the_same_failure_is_found_when_no_callback_tells_of_it(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    owe(session, add_person(session, app), "réponse")
    worker.send_due()
    fake.messages[0]["status"], fake.messages[0]["error_code"] = "failed", 30001
    clock.pass_time(hours=1, seconds=1)
    worker.sweep()
    assert states(session) == {"réponse": Delivery.OWED}


def test_callbacks_of_messages_that_are_still_being_sent_leave_each_delivered_once(
    app: Flask, session: Session, fake: Fake
) -> None:
    """Twilio calls by itself, before it has answered or after, each state twice and in any order."""
    now = dt.datetime.now(dt.UTC)  # the door has the real time
    clock = Clock()
    clock.now = now
    fake.clock, fake.calls = clock, app
    for number in NUMBERS[:8]:
        owe(session, add_person(session, app, number), "réponse", now=now)
    fake.faults = [Fault.RESET_AFTER, Fault.UNAVAILABLE_AFTER]
    worker = new_worker(app, fake, clock)
    work(worker, clock, minutes=2)
    fake.wait_for_callers()
    assert Counter(fake.ledger) == {(number, "réponse"): 1 for number in NUMBERS[:8]}
    assert session.scalars(select(OutboxMessage.delivery)).all() == [Delivery.DELIVERED] * 8
    assert fake.drawn == {Fault.RESET_AFTER: 1, Fault.UNAVAILABLE_AFTER: 1}


@pytest.mark.slow
def test_after_a_storm_of_429_nothing_is_lost_or_doubled(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    for number in NUMBERS:
        owe(session, add_person(session, app, number), "réponse")
    fake.faults = [Fault.TOO_MANY] * 12
    work(worker, clock)
    assert Counter(fake.ledger) == {(number, "réponse"): 1 for number in NUMBERS}
    assert set(states(session).values()) == {Delivery.SENT}


# Unsure sends


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.UNAVAILABLE_AFTER, Fault.BROKEN, *SILENCES])
def test_whatever_happens_to_a_request_the_message_arrives_once(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock, fault: Fault
) -> None:
    one = add_person(session, app)
    owe(session, one, "premier")
    owe(session, one, "second")
    fake.faults = [fault]
    work(worker, clock)
    assert fake.texts(NUMBER) == ["premier", "second"]
    assert set(states(session).values()) == {Delivery.SENT}


def test_without_asking_the_provider_first_the_message_arrives_twice(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: an unsure send is simply sent again."""
    monkeypatch.setattr(worker.provider, "find", lambda address: [])
    owe(session, add_person(session, app), "réponse")
    fake.faults = [Fault.SILENT_AFTER]
    work(worker, clock)
    assert fake.texts(NUMBER) == ["réponse", "réponse"]


def test_the_same_words_owed_twice_to_one_person_arrive_twice(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    """A message is not taken for the one before it that says the same."""
    one = add_person(session, app)
    owe(session, one, "Je n'ai pas compris.")
    owe(session, one, "Je n'ai pas compris.")
    fake.faults = [Fault.SILENT_AFTER, Fault.SILENT_BEFORE]
    work(worker, clock)
    assert fake.texts(NUMBER) == ["Je n'ai pas compris."] * 2


@pytest.mark.slow
def test_while_the_provider_is_down_everything_waits_and_then_arrives_once(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    for number in NUMBERS[:4]:
        owe(session, add_person(session, app, number), "réponse")
    fake.is_down = True
    work(worker, clock, minutes=1)
    assert fake.ledger == []
    fake.is_down = False
    work(worker, clock, minutes=4)
    assert Counter(fake.ledger) == {(number, "réponse"): 1 for number in NUMBERS[:4]}


@pytest.mark.slow
def test_many_messages_over_a_bad_line_arrive_once_each_and_in_order(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    owed = {number: [f"message {place}" for place in range(5)] for number in NUMBERS[:10]}
    for number, texts in owed.items():
        person = add_person(session, app, number)
        for text in texts:
            owe(session, person, text)
    fake.chances = {
        Fault.RESET_AFTER: 0.1,
        Fault.RESET_BEFORE: 0.1,
        Fault.TOO_MANY: 0.05,
        Fault.UNAVAILABLE: 0.05,
        Fault.UNAVAILABLE_AFTER: 0.05,
    }
    work(worker, clock, minutes=20)
    assert {number: fake.texts(number) for number in owed} == owed
    assert fake.drawn.keys() == fake.chances.keys()


def test_after_a_crash_between_sending_and_noting_it_the_message_is_found_not_sent_again(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    owe(session, add_person(session, app), "réponse")
    with monkeypatch.context() as crash:
        crash.setattr(sending, "note_outcome", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            worker.send_due()
        session.rollback()
    assert states(session) == {"réponse": Delivery.SENDING}
    worker.sweep()
    worker.send_due()
    assert states(session) == {"réponse": Delivery.SENDING}  # the lease still runs
    work(worker, clock)
    assert (fake.texts(NUMBER), states(session)) == (["réponse"], {"réponse": Delivery.SENT})


def test_after_a_crash_between_taking_and_sending_the_message_is_sent(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    owe(session, add_person(session, app), "réponse")
    sending.take_next(session, worker.post, clock())
    session.commit()
    work(worker, clock)
    assert (fake.texts(NUMBER), states(session)) == (["réponse"], {"réponse": Delivery.SENT})


def test_a_callback_that_comes_before_the_outcome_is_noted_tells_what_became_of_it(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    owe(session, add_person(session, app), "réponse")
    fake.faults = [Fault.SILENT_AFTER]
    worker.send_due()
    fake.call_back(app, fake.messages[0], "sent")
    assert states(session) == {"réponse": Delivery.SENT}
    work(worker, clock)
    assert fake.texts(NUMBER) == ["réponse"]


def test_when_no_callback_comes_the_provider_is_asked(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    owe(session, add_person(session, app), "réponse")
    worker.send_due()
    fake.messages[0]["status"] = "delivered"
    clock.pass_time(hours=1, seconds=1)
    worker.sweep()
    assert states(session) == {"réponse": Delivery.DELIVERED}


def test_a_message_of_which_the_provider_never_tells_the_end_is_not_waited_for_for_ever(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    owe(session, add_person(session, app), "réponse")
    worker.send_due()
    clock.pass_time(days=2)
    worker.sweep()
    assert states(session) == {"réponse": Delivery.FAILED}
    assert session.scalars(select(OutboxMessage.error)).one() == settling.NO_NEWS


# Two workers


def send_at_once(app: Flask, workers: list[Worker]) -> None:
    """Each worker in a thread of its own, let go together."""
    start = threading.Barrier(len(workers))

    def send(worker: Worker) -> None:
        with app.app_context():
            start.wait()
            worker.send_due()
            db.session.remove()

    threads = [threading.Thread(target=send, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_workers_side_by_side_send_each_message_once_and_in_order(
    app: Flask, session: Session, fake: Fake, clock: Clock
) -> None:
    owed = {number: [f"message {place}" for place in range(4)] for number in NUMBERS[:10]}
    for number, texts in owed.items():
        person = add_person(session, app, number)
        for text in texts:
            owe(session, person, text)
    send_at_once(app, [new_worker(app, fake, clock) for _ in range(4)])
    send_at_once(app, [new_worker(app, fake, clock)])  # what was another's turn when the last looked
    assert {number: fake.texts(number) for number in owed} == owed


def test_without_lock_and_lease_two_workers_send_the_same_message(
    app: Flask, session: Session, fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: neither SKIP LOCKED nor a state that says that somebody has it in hand."""
    owe(session, add_person(session, app), "réponse")
    monkeypatch.setattr(GenerativeSelect, "with_for_update", lambda self, **_: self)
    workers = [new_worker(app, fake, clock) for _ in range(2)]
    both_have_it = threading.Barrier(2)
    take = sending.take_next

    def take_without_lease(*arguments: object, **more: object) -> object:
        taken = take(*arguments, **more)  # type: ignore[arg-type]
        db.session.rollback()  # what says that it is taken is not kept
        if taken is not None:
            try:
                both_have_it.wait(5)
            except threading.BrokenBarrierError:
                return None
        return taken

    monkeypatch.setattr(sending, "take_next", take_without_lease)
    threads = []
    for worker in workers:

        def send(worker: Worker = worker) -> None:
            with app.app_context():
                worker.send_due(1)
                db.session.remove()

        threads.append(threading.Thread(target=send))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fake.texts(NUMBER) == ["réponse", "réponse"]


def stall(
    app: Flask, session: Session, fake: Fake, clock: Clock, seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker whose machine stands still between the taking and the sending of a message, while another works."""
    stalled, other = (new_worker(app, fake, clock) for _ in range(2))

    def stand_still(_seconds: float) -> None:
        monkeypatch.setattr(cli_worker.time, "sleep", lambda _: None)
        clock.pass_time(seconds=seconds)
        other.sweep()
        other.send_due()

    owe(session, add_person(session, app), "réponse")
    monkeypatch.setattr(cli_worker.time, "sleep", stand_still)
    stalled.send_due()
    work(other, clock, minutes=3)


@pytest.mark.parametrize("seconds", [61, 75, 89, 91, 600])
def test_a_worker_that_stood_still_does_not_send_what_another_may_have_sent(
    app: Flask, session: Session, fake: Fake, clock: Clock, seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    stall(app, session, fake, clock, seconds, monkeypatch)
    assert (fake.texts(NUMBER), states(session)) == (["réponse"], {"réponse": Delivery.SENT})


def test_when_it_does_the_message_arrives_twice(
    app: Flask, session: Session, fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: its lease is not looked at."""
    monkeypatch.setattr(sending, "LONGEST_SEND", -dt.timedelta(days=1))
    stall(app, session, fake, clock, 91, monkeypatch)
    assert fake.texts(NUMBER) == ["réponse", "réponse"]


def test_a_worker_that_stood_still_while_it_asked_does_not_act_on_an_old_answer(
    app: Flask, session: Session, fake: Fake, clock: Clock
) -> None:
    """The other has asked too, and is sending the message."""
    stalled, other = (new_worker(app, fake, clock) for _ in range(2))
    owe(session, add_person(session, app), "réponse")
    sending.take_next(session, other.post, clock())
    session.commit()
    clock.pass_time(seconds=91)
    doubt = settling.take_doubt(session, stalled.post, clock())
    session.commit()
    assert doubt is not None
    clock.pass_time(seconds=91)
    assert other.settle_doubts() == 1
    sending.take_next(session, other.post, clock())
    session.commit()
    settling.settle(session, stalled.post.account, doubt, [], clock())
    session.commit()
    assert states(session) == {"réponse": Delivery.SENDING}


# How fast, how often, when


def test_a_line_goes_no_faster_than_allowed_whichever_worker_sends(
    app: Flask, session: Session, fake: Fake, clock: Clock
) -> None:
    workers = [new_worker(app, fake, clock, per_second=2) for _ in range(2)]
    for number in NUMBERS[:4]:
        owe(session, add_person(session, app, number), "réponse")
    slots = []
    for worker in itertools.islice(itertools.cycle(workers), 4):
        taken = sending.take_next(session, worker.post, clock())
        session.commit()
        assert taken is not None
        slots.append((taken.at - DAY).total_seconds())
    assert slots == [0.0, 0.5, 1.0, 1.5]


def test_a_person_gets_no_more_than_so_many_a_day_but_emergencies(
    app: Flask, session: Session, fake: Fake, clock: Clock
) -> None:
    worker = new_worker(app, fake, clock, most_a_day_each=2)
    one = add_person(session, app)
    for place in range(4):
        owe(session, one, f"réponse {place}")
    owe(session, one, "urgence", Purpose.SAFETY)
    owe(session, add_person(session, app, OTHER), "autre")
    worker.send_due()
    assert (fake.texts(NUMBER), fake.texts(OTHER)) == (["urgence", "réponse 0"], ["autre"])
    clock.now = next_day(clock.now)
    assert clock.now == dt.datetime(2026, 11, 21, tzinfo=PARIS)
    worker.sweep()
    worker.send_due()
    assert fake.texts(NUMBER)[2:] == []  # twelve hours old by then: stale
    assert states(session)["réponse 1"] is Delivery.EXPIRED


def test_a_day_has_a_limit_in_all_but_for_emergencies(app: Flask, session: Session, fake: Fake, clock: Clock) -> None:
    worker = new_worker(app, fake, clock, most_a_day=3)
    for number in NUMBERS[:5]:
        owe(session, add_person(session, app, number), "nouvelle", Purpose.NEWS)
    worker.send_due()
    assert len(fake.ledger) == 3
    owe(session, add_person(session, app), "urgence", Purpose.SAFETY)
    worker.send_due()
    assert fake.ledger[3:] == [(NUMBER, "urgence")]
    clock.pass_time(days=3)  # a Monday
    worker.send_due()
    assert len(fake.ledger) == 6


@pytest.mark.parametrize(
    ("here", "quiet"),
    [
        pytest.param(dt.datetime(2026, 11, 20, 7, 59, 59), True, id="Friday before eight"),
        pytest.param(dt.datetime(2026, 11, 20, 8, 0), False, id="Friday at eight"),
        pytest.param(dt.datetime(2026, 11, 20, 19, 59, 59), False, id="Friday before twenty"),
        pytest.param(dt.datetime(2026, 11, 20, 20, 0), True, id="Friday at twenty"),
        pytest.param(dt.datetime(2026, 11, 21, 12, 0), False, id="Saturday noon"),
        pytest.param(dt.datetime(2026, 11, 22, 12, 0), True, id="Sunday noon"),
        pytest.param(dt.datetime(2026, 12, 25, 12, 0), True, id="Christmas"),
        pytest.param(dt.datetime(2026, 12, 26, 12, 0), True, id="Saint Stephen's in Alsace-Moselle"),
        pytest.param(dt.datetime(2027, 3, 26, 12, 0), True, id="Good Friday in Alsace-Moselle"),
        pytest.param(dt.datetime(2027, 5, 6, 12, 0), True, id="Ascension"),
        pytest.param(dt.datetime(2026, 10, 24, 19, 59), False, id="the evening before winter time"),
        pytest.param(dt.datetime(2026, 10, 25, 2, 30), True, id="the hour that comes twice"),
        pytest.param(dt.datetime(2026, 10, 25, 2, 30, fold=1), True, id="the hour that comes twice, again"),
        pytest.param(dt.datetime(2026, 10, 26, 7, 59), True, id="the first morning of winter time, too early"),
        pytest.param(dt.datetime(2026, 10, 26, 8, 0), False, id="the first morning of winter time"),
        pytest.param(dt.datetime(2027, 3, 27, 20, 0), True, id="the evening before summer time"),
        pytest.param(dt.datetime(2027, 3, 28, 3, 30), True, id="after the hour that is not"),
        pytest.param(dt.datetime(2027, 3, 30, 7, 59), True, id="the first morning of summer time, too early"),
        pytest.param(dt.datetime(2027, 3, 30, 8, 0), False, id="the first morning of summer time, after Easter"),
    ],
)
def test_people_are_left_alone_at_night_on_sundays_and_on_holidays(here: dt.datetime, quiet: bool) -> None:
    assert is_quiet(SendingRules(), here.replace(tzinfo=PARIS).astimezone(dt.UTC)) is quiet


@pytest.mark.parametrize(
    ("evening", "first"),
    [
        pytest.param("2026-10-24T18:00:00+00:00", "2026-10-26T07:00:00+00:00", id="winter time"),
        pytest.param("2027-03-27T19:00:00+00:00", "2027-03-30T06:00:00+00:00", id="summer time, and Easter Monday"),
    ],
)
def test_what_we_start_waits_over_the_nights_of_the_clocks_and_answers_do_not(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock, evening: str, first: str
) -> None:
    clock.now = dt.datetime.fromisoformat(evening)
    one = add_person(session, app)
    for purpose in Purpose:
        owe(session, one, purpose.value, purpose, clock.now)
    while len(fake.ledger) < len(Purpose):
        worker.send_due()
        sent_at = clock.now
        clock.pass_time(minutes=30)
    assert fake.texts(NUMBER) == ["safety", "reply", "question", "decision", "news"]
    assert [one["at"] for one in fake.messages[:2]] == [dt.datetime.fromisoformat(evening)] * 2
    assert sent_at == dt.datetime.fromisoformat(first)


def test_a_stale_message_dies(app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock) -> None:
    owe(session, add_person(session, app), "réponse")
    clock.pass_time(hours=12)
    worker.sweep()
    worker.send_due()
    assert (fake.ledger, states(session)) == ([], {"réponse": Delivery.EXPIRED})


def test_a_refusal_that_comes_before_the_sending_is_respected(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    one = add_person(session, app)
    owe(session, one, "décision", Purpose.DECISION)
    owe(session, one, "réponse")
    people.opt_out(session, (one.pseudonym,), DAY, answers_only=True)
    session.commit()
    worker.send_due()
    assert states(session) == {"décision": Delivery.UNWANTED, "réponse": Delivery.SENT}


def test_after_a_restoration_what_was_sent_meanwhile_is_not_sent_again(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    one = add_person(session, app)
    owe(session, one, "envoyé depuis la copie")
    owe(session, one, "pas encore envoyé")
    fake.take("outbound-api", body="envoyé depuis la copie", from_="38063", to=NUMBER)
    settling.doubt_everything(session, clock())
    session.commit()
    work(worker, clock)
    assert fake.texts(NUMBER) == ["envoyé depuis la copie", "pas encore envoyé"]
    assert session.scalar(select(func.count()).where(OutboxMessage.delivery != Delivery.SENT)) == 0
