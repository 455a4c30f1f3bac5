"""A crash at every statement and at every commit of every flow: all of a message's effects are kept, or none of them.

The connection is cut before a statement, before the commit, and between the commit and the answer: whatever the process
would still have done, nothing of it reaches the database. Then the provider delivers the same message again.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, event, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.effects import Effect
from bot.known import Mind
from cli_worker import Worker
from extensions import db
from service import decisions, effects, missed, people, publication, questions, sending, settling, talk
from service.delivery import advance
from service.models import Ban, Base, Contribution, Delivery, OutboxMessage, Phase, Reviewer, Status
from service.moment import Moment
from service.providers.provider import Arrival
from service.publication import Publication
from tests.council import NOW, idea, meeting
from tests.post_office import NUMBER, OTHER, Clock, add_person, owe, states
from tests.soak.soundness import Rows, count_rows, read_rows
from tests.telephone import Telephone, read_twiml
from tests.twilio_fake import Fake, Fault
from tests.visitor import sign_in

IDEA = "il faudrait plus de médecins de garde le dimanche à Colmar"
TOLD = ("nouvelle idée", IDEA, "1", "oui")
RANDOM = re.compile(r"\b(?=[A-X]*\d)[2-9A-X]{6}\b|mes-donnees/\S+")  # a follow-up code, a data link
pytestmark = pytest.mark.slow
MOST = 200  # statements of one message: more is a loop


class Crash(BaseException):
    """The process is gone: nothing in it takes that for an error to be dealt with."""


@contextmanager
def crash_at(number: int) -> Iterator[list[str]]:
    """Cut the connection at the step of that number: a statement, a commit, or the answer after it; yields those before."""
    passed: list[str] = []

    def step(connection: Connection, name: str) -> None:
        if len(passed) == number:
            connection.invalidate()
            raise Crash(name)
        passed.append(name)

    def before_statement(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        step(connection, statement)

    def before_commit(connection: Connection) -> None:
        step(connection, "COMMIT")

    def after_commit(session: Session) -> None:
        if len(passed) == number:
            raise Crash("answer")
        passed.append("answer")

    listened = (
        (db.engine, "before_cursor_execute", before_statement),
        (db.engine, "commit", before_commit),
        (db.session.session_factory, "after_commit", after_commit),
    )
    for target, name, listener in listened:
        event.listen(target, name, listener)
    try:
        yield passed
    finally:
        for target, name, listener in listened:
            event.remove(target, name, listener)


@dataclass
class Survival:
    """What came of a message that was cut off at each of its steps in turn, and delivered again each time."""

    answer: str
    left: list[Rows]  # by each crash


def survive(act: Callable[[], str]) -> Survival:
    """``act`` again and again, cut off one step later each time, until nothing cuts it off."""
    left = []
    for number in range(MOST):
        with crash_at(number):
            try:
                return Survival(act(), left)
            except Crash:
                pass
            finally:
                db.session.close()
        left.append(read_rows(db.engine))
    raise AssertionError("it never ends")


Step = str | Callable[[Flask, Reviewer], None]


@dataclass(frozen=True)
class Case:
    """A message, and what was said and done before it."""

    said: str
    before: tuple[Step, ...] = ()


def tell(app: Flask, number: str, *messages: str) -> str:
    """The whole reply to the last message; each comes in a context of its own, as a server has it."""
    for message in messages:
        phone = Telephone(app, number)
        response = Context().run(phone.post, phone.form(message))
        assert response.status_code == 200
    return read_twiml(response.data)


def find_idea(app: Flask, number: str = NUMBER) -> Contribution:
    pseudonyms = app.extensions["voix"].first_service.keyring.make_pseudonyms(number)
    person = people.find_person(db.session(), pseudonyms)
    assert person is not None
    return db.session.scalars(select(Contribution).where(Contribution.person_id == person.id)).one()


def put_question(app: Flask, reviewer: Reviewer) -> None:
    """A reviewer's question on their idea is on the phone."""
    knowledge, idea = app.extensions["voix"].mind.knowledge, find_idea(app)
    question = questions.ask(db.session(), knowledge, reviewer, idea.code, "Combien de médecins ?", NOW)
    assert question.message is not None
    question.message.delivery, question.message.tried_at = Delivery.SENT, NOW
    db.session.commit()


def ban(app: Flask, reviewer: Reviewer) -> None:
    pseudonym = app.extensions["voix"].first_service.keyring.make_pseudonyms(NUMBER)[0]
    db.session.add(Ban(pseudonym=pseudonym, departement="68", reviewer_id=reviewer.id, since=NOW, reason="Abus."))
    db.session.commit()


def add_alike(app: Flask, reviewer: Reviewer) -> None:
    """Somebody else said the same."""
    tell(app, OTHER, *TOLD)


CASES = {
    "a first contact": Case("bonjour"),
    "finding": Case("medecin sans rdv a reims"),
    "an idea": Case(IDEA, ("nouvelle idée",)),
    "an idea, agreed to": Case("oui", TOLD[:-1]),
    "a support": Case("oui", (add_alike, "nouvelle idée", IDEA, "1")),
    "following up": Case("1", (*TOLD, "suivi")),
    "a wrong code": Case("suivi K7Q2MX", TOLD),
    "the answer to a question": Case("environ 200", (*TOLD, put_question)),
    "an appeal": Case("RECOURS je m'excuse", (*TOLD, ban)),
    "an emergency": Case("je veux mourir", ("nouvelle idée",)),
    "a refusal": Case("arret", TOLD),
    "a refusal of answers": Case("sans reponse", TOLD),
    "messages again": Case("oui", ("arret", "reprendre")),
    "one's data": Case("mes donnees", TOLD),
    "erasing all": Case("1", (*TOLD, "mes donnees", "effacer")),
    "erasing but the ideas": Case("2", (*TOLD, "effacer")),
}

OWED = ("a first contact", "an idea, agreed to", "an emergency", "erasing all")  # tried with their reply by REST too


@dataclass
class Trial:
    """How a case ended, undisturbed and with a crash at every step."""

    undisturbed: str
    added: dict[str, int]  # rows, by table
    survival: Survival
    before: Rows
    after: Rows

    @property
    def faults(self) -> list[str]:
        """How it differs from a message that came once: what a crash left that is neither nothing nor all of it, another
        reply in the end, other rows."""
        wholes = (self.before, self.after)
        torn = [f"torn at step {step}" for step, rows in enumerate(self.survival.left) if rows not in wholes]
        same_reply = RANDOM.sub("…", self.survival.answer) == RANDOM.sub("…", self.undisturbed)
        same_rows = count_rows(self.after) == self.added
        return torn + ["reply"] * (not same_reply) + ["rows"] * (not same_rows)


def try_case(app: Flask, new_reviewer: Callable[[str], Reviewer], case: Case) -> Trial:
    def begin() -> Rows:
        db.session.close()
        Base.metadata.drop_all(db.engine)
        Base.metadata.create_all(db.engine)
        reviewer = new_reviewer("68")
        for step in case.before:
            if callable(step):
                step(app, reviewer)
            else:
                tell(app, NUMBER, step)
        db.session.close()
        return read_rows(db.engine)

    begin()
    undisturbed = tell(app, NUMBER, case.said)
    counted = count_rows(read_rows(db.engine))
    before = begin()
    phone = Telephone(app, NUMBER)
    form = phone.form(case.said)
    survival = survive(lambda: read_twiml(Context().run(phone.post, form).data))
    return Trial(undisturbed, counted, survival, before, read_rows(db.engine))


def reply_by_rest(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    voix = app.extensions["voix"]
    monkeypatch.setitem(app.extensions, "voix", replace(voix, settings=replace(voix.settings, reply_by="rest")))


@pytest.mark.parametrize(
    ("case", "reply_by"),
    [
        *(pytest.param(case, "twiml", id=name) for name, case in CASES.items()),
        *(pytest.param(CASES[name], "rest", id=f"{name}, its reply owed") for name in OWED),
    ],
)
def test_whichever_step_is_the_last_all_of_a_message_is_kept_or_nothing(
    app: Flask, new_reviewer: Callable[[str], Reviewer], monkeypatch: pytest.MonkeyPatch, case: Case, reply_by: str
) -> None:
    if reply_by == "rest":
        reply_by_rest(app, monkeypatch)
    trial = try_case(app, new_reviewer, case)
    assert trial.faults == []
    assert trial.survival.left.count(trial.before) >= 5  # it was cut off in its midst, and often
    assert trial.survival.left[-1] == trial.after  # kept, but not answered: then delivered again, to no effect


def test_when_each_effect_is_kept_by_itself_a_crash_leaves_a_part_of_them(
    app: Flask, new_reviewer: Callable[[str], Reviewer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: no one transaction."""
    reply_by_rest(app, monkeypatch)

    def carry_out_and_keep(moment: Moment, effect: Effect) -> None:
        effects.carry_out(moment, effect)
        moment.session.commit()

    monkeypatch.setattr(talk, "carry_out", carry_out_and_keep)
    assert try_case(app, new_reviewer, CASES["an idea, agreed to"]).faults != []


def test_when_a_message_is_not_known_again_its_second_delivery_acts_again(
    app: Flask, new_reviewer: Callable[[str], Reviewer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other twin: kept, not answered, delivered again; without what refuses it, to some effect."""
    monkeypatch.setattr(talk, "find_exchange", lambda *_: None)
    with pytest.raises(IntegrityError):  # the database refuses what the code lets through
        try_case(app, new_reviewer, CASES["an idea, agreed to"])


# The worker


def send_cut_off_at(number: int, session: Session, worker: Worker, clock: Clock) -> bool:
    """Whether the worker was cut off; then another takes over."""
    with crash_at(number):
        try:
            worker.send_due()
            cut = False
        except Crash:
            cut = True
        finally:
            db.session.close()
    for _ in range(2):
        clock.pass_time(minutes=1, seconds=1)
        worker.sweep()
        worker.send_due()
    db.session.close()
    return cut


def test_whichever_step_of_the_worker_is_the_last_the_message_arrives_once(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    owed = []
    for number in range(MOST):
        owed.append(f"réponse {number}")
        owe(session, add_person(session, app), owed[-1], now=clock.now)
        db.session.close()
        if not send_cut_off_at(number, session, worker, clock):
            break
    assert fake.texts(NUMBER) == owed
    assert len(owed) > 10


def test_when_what_is_in_doubt_is_sent_again_unasked_it_arrives_twice(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: the provider is not asked."""
    monkeypatch.setattr(worker.provider, "find", lambda address: [])
    for number in range(MOST):
        owe(session, add_person(session, app), f"réponse {number}", now=clock.now)
        db.session.close()
        assert send_cut_off_at(number, session, worker, clock), "it never arrives twice"
        if len(fake.texts(NUMBER)) > number + 1:
            break


def test_whichever_step_of_the_sweep_is_the_last_a_missed_message_is_taken_in_once(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    fake.receive(NUMBER, "nouvelle idée")
    clock.pass_time(minutes=1)
    survival = survive(lambda: str(worker.take_in_missed()))
    assert len(survival.left) > 15
    worker.send_due()
    assert len(fake.texts(NUMBER)) == 1
    kept = count_rows(read_rows(db.engine))
    assert {name: kept.get(name) for name in ("exchange", "outbox", "person")} == dict.fromkeys(
        ("exchange", "outbox", "person"), 1
    )


def test_when_the_list_is_noted_as_read_before_all_is_taken_in_a_crash_loses_a_message(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: of workers that are started long after each other."""
    choose_missed = missed.choose_missed

    def note_and_choose(session: Session, account: str, arrivals: Iterable[Arrival], now: dt.datetime) -> list[Arrival]:
        missed.note_read(session, account, now)
        return choose_missed(session, account, arrivals, now)

    monkeypatch.setattr(missed, "choose_missed", note_and_choose)
    fake.receive(NUMBER, "nouvelle idée")

    def sweep() -> str:
        clock.pass_time(minutes=15)
        return str(worker.take_in_missed())

    survive(sweep)
    assert "exchange" not in count_rows(read_rows(db.engine))


# What became of what was sent


def settle_late(worker: Worker, clock: Clock) -> str:
    """A worker that was started once nobody else has the message in hand asks the provider what became of it."""
    clock.pass_time(minutes=2)
    return str(worker.settle_doubts())


@pytest.mark.parametrize("fault", [Fault.RESET_BEFORE, Fault.RESET_AFTER], ids=["not taken", "taken"])
def test_whichever_step_of_settling_a_doubt_is_the_last_the_message_arrives_once(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock, fault: Fault
) -> None:
    fake.faults.append(fault)
    owe(session, add_person(session, app), "réponse", now=clock.now)
    worker.send_due()
    assert states(session) == {"réponse": Delivery.SENDING}
    survival = survive(lambda: settle_late(worker, clock))
    assert len(survival.left) > 8
    clock.pass_time(minutes=2)
    worker.send_due()
    assert (fake.texts(NUMBER), states(session)) == (["réponse"], {"réponse": Delivery.SENT})


def test_when_a_doubtful_message_is_not_known_again_it_arrives_twice(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin."""
    monkeypatch.setattr(settling, "_recognise", lambda *_: None)
    fake.faults.append(Fault.RESET_AFTER)
    owe(session, add_person(session, app), "réponse", now=clock.now)
    worker.send_due()
    survive(lambda: settle_late(worker, clock))
    clock.pass_time(minutes=2)
    worker.send_due()
    assert fake.texts(NUMBER) == ["réponse"] * 2


def call_back_cut_off(app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock) -> tuple[Survival, Rows]:
    """The provider tells, again and again, that somebody stopped it; and what there was before."""
    owe(session, add_person(session, app), "réponse", now=clock.now)
    worker.send_due()
    db.session.close()
    before, [message] = read_rows(db.engine), fake.messages
    told = survive(lambda: str(Context().run(fake.call_back, app, message, "failed", "21610")))
    return told, before


def test_whichever_step_of_a_status_callback_is_the_last_all_of_it_is_kept_or_nothing(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock
) -> None:
    told, before = call_back_cut_off(app, session, worker, fake, clock)
    after = read_rows(db.engine)
    assert told.answer == "204"
    assert (states(session), count_rows(after)["opt_out"]) == ({"réponse": Delivery.UNWANTED}, 1)
    assert [rows for rows in told.left if rows not in (before, after)] == []
    assert told.left.count(before) >= 5
    assert told.left[-1] == after


def test_when_what_a_callback_tells_is_kept_bit_by_bit_a_crash_leaves_a_part_of_it(
    app: Flask, session: Session, worker: Worker, fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin."""

    def advance_and_keep(message: OutboxMessage, *rest: Any) -> None:
        advance(message, *rest)
        db.session.commit()

    monkeypatch.setattr(sending, "advance", advance_and_keep)
    told, before = call_back_cut_off(app, session, worker, fake, clock)
    after = read_rows(db.engine)
    assert [rows for rows in told.left if rows not in (before, after)] != []


# The council


def publish_cut_off(
    app: Flask, session: Session, mind: Mind, new_reviewer: Callable[[str], Reviewer]
) -> tuple[Survival, Rows]:
    """The answers to two ideas that were debated are published by the page, again and again; and what there was before."""
    secretary = new_reviewer("68")
    debated = [idea(session, code) for code in ("AAAAA2", "CCCCC2")]
    held = meeting(session, secretary, *debated, phase=Phase.CLOSED)
    decision = decisions.Decision(
        Status.RETAINED, "Réaliste.", "Le conseil retient votre idée.", "Idée retenue, merci !"
    )
    for one in debated:
        decisions.draft_decision(session, mind, secretary, one.code, decision, version=one.version, now=NOW)
    session.commit()
    visitor, ticked = sign_in(app, secretary), [f"{one.code}.{one.version}" for one in debated]
    address = f"/inbox/seances/{held.id}"
    fields = visitor.read(address).form(f"{address}/publication").fields
    db.session.close()
    before = read_rows(db.engine)
    posted = {**fields, "draft": ticked}
    return survive(lambda: str(visitor.post(f"{address}/publication", posted).status_code)), before


def test_whichever_step_of_publishing_is_the_last_all_answers_of_a_meeting_are_published_or_none(
    app: Flask, session: Session, mind: Mind, new_reviewer: Callable[[str], Reviewer]
) -> None:
    done, before = publish_cut_off(app, session, mind, new_reviewer)
    after = read_rows(db.engine)
    assert done.answer == "302"
    assert session.scalars(select(Contribution.status)).all() == [Status.RETAINED] * 2
    assert count_rows(after)["outbox"] == 2
    assert [rows for rows in done.left if rows not in (before, after)] == []
    assert done.left.count(before) >= 20
    assert done.left[-1] == after


def test_when_answers_are_published_one_by_one_a_crash_leaves_a_part_of_them(
    app: Flask,
    session: Session,
    mind: Mind,
    new_reviewer: Callable[[str], Reviewer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The twin."""
    publish = publication.publish

    def publish_and_keep(
        session: Session, reviewer: Reviewer, chosen: Mapping[str, int], now: dt.datetime, **of: Any
    ) -> Publication:
        for code, version in chosen.items():
            done = publish(session, reviewer, {code: version}, now, **of)
            session.commit()
        return done

    monkeypatch.setattr(publication, "publish", publish_and_keep)
    done, before = publish_cut_off(app, session, mind, new_reviewer)
    after = read_rows(db.engine)
    assert [rows for rows in done.left if rows not in (before, after)] != []
