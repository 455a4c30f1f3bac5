"""The sweep: what the provider took and never told us is taken in, once, in order, and answered."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from bot.conversation import State
from bot.known import Mind
from bot.sms import to_gsm7
from cli_worker import Worker
from extensions import db
from service import addresses, missed, people, questions, sending, talk
from service.models import Base, Contribution, Delivery, Exchange, OutboxMessage, Person, Purpose, Question, Reviewer
from tests.post_office import NUMBER, OTHER, Clock, add_person, new_worker, owe, work
from tests.telephone import NOTICE, Telephone, read_twiml
from tests.twilio_fake import Fake, Fault

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


def set_reply_by(app: Flask, monkeypatch: pytest.MonkeyPatch, reply_by: str) -> None:
    voix = app.extensions["voix"]
    monkeypatch.setitem(app.extensions, "voix", replace(voix, settings=replace(voix.settings, reply_by=reply_by)))


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


def deliver(app: Flask, worker: Worker, fake: Fake) -> None:
    """What is owed is sent, and reaches its phone."""
    db.session.rollback()
    for _ in range(worker.send_due()):
        one = next(one for one in fake.messages if one["callback"] and one["status"] == "queued")
        assert fake.call_back(app, one, "delivered") == 204


def lose_a_conversation(app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock) -> str:
    """An idea is told and transmitted, each reply being read; then nothing is left of it. The code that it had."""
    clock.now -= dt.timedelta(minutes=30)
    for text in ("nouvelle idée", IDEA, "1", "oui"):
        fake.tell_inbound(app, fake.receive(NUMBER, text))
        real = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)  # the door's clock, by which replies are due
        worker.clock = lambda real=real: real
        deliver(app, worker, fake)
        clock.pass_time(seconds=20)
    worker.clock = clock
    session.rollback()
    lost = session.scalars(select(Contribution.code)).one()
    session.rollback()
    Base.metadata.drop_all(db.engine)
    Base.metadata.create_all(db.engine)
    clock.now += dt.timedelta(minutes=30)
    return lost


@pytest.mark.parametrize("reply_by", ["twiml", "rest"])
def test_a_conversation_lost_by_a_restoration_is_replayed_and_nobody_hears_again_what_they_heard(
    app: Flask,
    session: Session,
    worker: Worker,
    fake: Fake,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    reply_by: str,
) -> None:
    """Twilio's list shows that each was answered, and how. But the code of the idea is new, and told."""
    set_reply_by(app, monkeypatch, reply_by)
    lost = lose_a_conversation(app, session, worker, fake, clock)
    heard = fake.texts(NUMBER)
    work(worker, clock)
    kept = session.scalars(select(Contribution)).one()
    assert (kept.words, kept.code == lost) == (IDEA, False)
    (told,) = fake.texts(NUMBER)[len(heard) :]
    assert told.endswith(f"SUIVI {kept.code}")


def test_when_only_replies_by_twiml_count_what_was_answered_by_rest_is_lost(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: what we sent by the API is not looked at."""
    set_reply_by(app, monkeypatch, "rest")
    lose_a_conversation(app, session, worker, fake, clock)
    monkeypatch.setattr(missed, "_find_answer", lambda *asked: asked[-1].answered_at)
    work(worker, clock)
    assert session.scalars(select(Contribution.words)).all() == []
    assert max(Counter(fake.texts(NUMBER)).values()) == 2


def miss_between_news(app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock) -> None:
    """None of somebody's messages reaches us; the council's news reach them meanwhile."""
    person = add_person(session, app)
    for number, text in enumerate((IDEA, "1", "oui")):
        fake.receive(NUMBER, text)
        clock.pass_time(seconds=5)
        owe(session, person, f"nouvelle {number}", Purpose.NEWS, clock.now)
        deliver(app, worker, fake)
        clock.pass_time(seconds=5)
    sweep(worker, clock)


@pytest.fixture
def by_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """News may go, whatever the hour of this test."""
    monkeypatch.setattr(sending, "is_quiet", lambda *_: False)


def test_what_was_not_asked_for_is_no_answer(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock, by_day: None
) -> None:
    miss_between_news(app, session, worker, fake, clock)
    assert (count(session), session.scalars(select(Contribution.words)).all()) == (3, [])


def test_when_whatever_was_sent_is_an_answer_a_question_never_shown_is_agreed_to(
    app: Flask,
    session: Session,
    worker: Worker,
    fake: Fake,
    clock: Clock,
    by_day: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The twin: it does not matter that we know what else it was."""
    monkeypatch.setattr(missed, "_find_answer", lambda *asked: asked[-1].followed_by[0][1])
    miss_between_news(app, session, worker, fake, clock)
    assert session.scalars(select(Contribution.words)).all() == [IDEA]


def leave_unread(app: Flask, fake: Fake, text: str = "bonjour") -> str:
    """Our answer to the provider's call, cut off on its way back; it is committed."""
    message = fake.receive(NUMBER, text)
    phone = Telephone(app, NUMBER)
    told = read_twiml(phone.post(phone.form(text, message["sid"])).data)
    db.session.rollback()
    return told


@pytest.mark.parametrize(
    ("text", "purpose"), [("bonjour", Purpose.REPLY), ("je veux mourir", Purpose.SAFETY)], ids=["any", "emergency"]
)
def test_a_reply_that_the_provider_never_read_is_owed(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock, text: str, purpose: Purpose
) -> None:
    unread = leave_unread(app, fake, text)
    fake.tell_inbound(app, fake.receive(OTHER, "bonjour"))
    work(worker, clock)
    assert fake.ledger == [(NUMBER, to_gsm7(unread))]
    owed = session.scalars(select(OutboxMessage)).one()
    assert (owed.purpose, owed.owed_at) == (purpose, session.scalars(select(Exchange.received_at)).first())
    assert count(session) == 2


def test_without_the_sweep_s_look_at_replies_nothing_is_said(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: what was dealt with counts as answered."""
    leave_unread(app, fake)
    monkeypatch.setattr(missed, "_is_owed", true)
    work(worker, clock)
    assert fake.ledger == []


def test_a_reply_that_the_list_shows_too_late_is_not_said_again(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was read; the list by dates lags. The one by person shows it."""
    fake.tell_inbound(app, fake.receive(NUMBER, "bonjour"))
    listed = worker.provider.list_arrivals
    monkeypatch.setattr(
        worker.provider, "list_arrivals", lambda since: [replace(one, answered_at=None) for one in listed(since)]
    )
    assert sweep(worker, clock) == 1
    work(worker, clock)
    assert fake.ledger == []
    assert session.scalars(select(OutboxMessage.delivery)).all() == [Delivery.DELIVERED]


def test_nobody_who_was_erased_is_owed_what_they_did_not_read(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    for text in ("bonjour", "effacer", "oui"):
        leave_unread(app, fake, text)
    work(worker, clock)
    assert (fake.ledger, session.scalars(select(Person.id)).all()) == ([], [])


def test_who_cannot_be_answered_is_left_out_here_as_at_the_door(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    for sender in ("AMAZON", "rcs:+33639980009", "+33639980009"):
        fake.receive(sender, "bonjour")
    phone = Telephone(app, "AMAZON")
    assert phone.post(phone.form("bonjour")).status_code == 400
    assert sweep(worker, clock) == 1
    worker.send_due()
    assert [number for number, _ in fake.ledger] == ["+33639980009"]


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


@dataclass
class Hand:
    """Somebody's telephone, of which some messages never reach us."""

    app: Flask
    session: Session
    worker: Worker
    fake: Fake
    clock: Clock

    def tell(self, *texts: str) -> None:
        for text in texts:
            self.fake.tell_inbound(self.app, self.fake.receive(NUMBER, text))
            self.clock.now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
            deliver(self.app, self.worker, self.fake)

    def lose(self, text: str) -> None:
        self.clock.pass_time(seconds=4)
        self.fake.receive(NUMBER, text)


@pytest.fixture
def hand(app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock, by_day: None) -> Hand:
    return Hand(app, session, worker, fake, clock)


def leave_the_question_unread(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    hand.clock.now -= dt.timedelta(minutes=2)  # no other reply is near, and could be that one
    for text in ("nouvelle idée", IDEA):
        hand.fake.tell_inbound(hand.app, hand.fake.receive(NUMBER, text))
    hand.clock.now = dt.datetime.now(dt.UTC)
    leave_unread(hand.app, hand.fake, "1")


def owe_the_question(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    set_reply_by(hand.app, monkeypatch, "rest")
    hand.tell("nouvelle idée", IDEA)
    hand.fake.tell_inbound(hand.app, hand.fake.receive(NUMBER, "1"))


def cut_the_answer_before_off(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    set_reply_by(hand.app, monkeypatch, "rest")
    hand.tell("nouvelle idée")
    hand.fake.tell_inbound(hand.app, hand.fake.receive(NUMBER, IDEA))
    hand.lose("1")
    hand.fake.faults.append(Fault.RESET_AFTER)
    hand.worker.send_due()


def fail_to_send_news(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    hand.tell("nouvelle idée", IDEA)
    hand.lose("1")
    person = hand.session.scalars(select(Person)).one()
    addresses.keep_address(hand.app.extensions["voix"].first_service.keyring, person, NUMBER)
    owe(hand.session, person, "une nouvelle", Purpose.NEWS, hand.clock.now)
    hand.worker.send_due()
    assert hand.fake.call_back(hand.app, hand.fake.messages[-1], "failed", "30001") == 204


UNSHOWN = [leave_the_question_unread, owe_the_question, cut_the_answer_before_off, fail_to_send_news]
unshown = pytest.mark.parametrize("happen", UNSHOWN, ids=[one.__name__ for one in UNSHOWN])


@unshown
def test_a_lost_yes_agrees_to_no_question_that_was_not_shown(
    hand: Hand, happen: Callable[[Hand, pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(hand, monkeypatch)
    hand.lose("oui")
    sweep(hand.worker, hand.clock)
    assert hand.session.scalars(select(Contribution.words)).all() == []


@unshown
def test_where_any_question_counts_as_shown_it_does(
    hand: Hand, happen: Callable[[Hand, pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin."""
    happen(hand, monkeypatch)
    hand.lose("oui")
    monkeypatch.setattr(
        talk, "_recall_state", lambda _session, person, _incoming, now: people.recall_state(person, now)
    )
    sweep(hand.worker, hand.clock)
    assert hand.session.scalars(select(Contribution.words)).all() == [IDEA]


@pytest.mark.parametrize(
    ("seconds", "answer"), [(-5, None), (5, "une vingtaine de personnes")], ids=["after", "before"]
)
def test_lost_words_answer_a_reviewer_s_question_that_reached_the_person_before_them(
    hand: Hand, new_reviewer: Callable[[str], Reviewer], mind: Mind, seconds: int, answer: str | None
) -> None:
    hand.tell("nouvelle idée", IDEA, "1", "oui")
    session = hand.session
    code, person = session.scalars(select(Contribution.code)).one(), session.scalars(select(Person)).one()
    addresses.keep_address(hand.app.extensions["voix"].first_service.keyring, person, NUMBER)
    hand.clock.pass_time(seconds=10)
    questions.ask(session, mind.knowledge, new_reviewer("68"), code, "Combien de personnes ?", hand.clock.now)
    session.commit()
    deliver(hand.app, hand.worker, hand.fake)
    hand.clock.pass_time(seconds=seconds)
    hand.fake.receive(NUMBER, "une vingtaine de personnes")
    hand.clock.pass_time(minutes=1)
    sweep(hand.worker, hand.clock)
    assert session.scalars(select(Question.answer)).all() == [answer]


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
    set_reply_by(app, monkeypatch, "rest")
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
