"""Whole conversations, made up by Hypothesis: every promise of ``tests.soak.conversations`` holds at every step."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import create_engine, delete, update
from sqlalchemy.exc import IntegrityError

from bot import conversation
from bot.conversation import State
from bot.known import Mind
from service import database, outbox, sending, talk
from service.models import Base, Change, Contribution, Person
from tests.soak.citizens import World
from tests.soak.conversations import Conversations
from tests.soak.sayings import SURE_IDEAS

pytestmark = pytest.mark.slow
STEPS = 50
SHORT = settings(
    max_examples=25,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

ON_POSTGRESQL = settings(SHORT, max_examples=4)
LONG = settings(SHORT, max_examples=2000, derandomize=False, print_blob=True, phases=[Phase.generate, Phase.shrink])


@pytest.fixture
def world(database_url: str, mind: Mind) -> Iterator[World]:
    engine = create_engine(database_url)
    database.prepare(engine)
    Base.metadata.create_all(engine)
    yield World(engine, mind)
    engine.dispose()


def play(world: World, size: settings) -> None:
    """Whole conversations, and what happened in them."""
    machine = type("Conversations", (Conversations,), {"world": world})
    run_state_machine_as_test(machine, settings=size)
    print(f"on {world.engine.dialect.name}:", ", ".join(f"{count} {what}" for what, count in world.done.items()))


def test_what_is_promised_holds_in_any_conversation(world: World) -> None:
    play(world, SHORT if world.engine.dialect.name == "sqlite" else ON_POSTGRESQL)
    assert {
        what for what in ("ideas", "erasures", "refusals", "emergencies", "repeats", "reviews") if not world.done[what]
    } == set()


@pytest.mark.soak
def test_what_is_promised_holds_in_thousands_of_conversations(world: World) -> None:
    play(world, LONG)
    assert world.done["runs"] >= LONG.max_examples
    assert world.done["messages"] > 10 * world.done["runs"]


@pytest.mark.parametrize("yes", ["1", "1.", "oui", "OUI", "d'accord", "yes"])
def test_an_idea_is_queued_by_whichever_yes(world: World, yes: str) -> None:
    """The last is what the chat's button sends."""
    new_machine(world).say_an_idea("by SMS", SURE_IDEAS[0], "Thann", yes)
    assert world.done["ideas"] == 1


# Twins: the same promises, with their defence taken away.


def new_machine(world: World) -> Conversations:
    return type("Conversations", (Conversations,), {"world": world})()


def test_a_message_done_twice_would_be_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = new_machine(world)
    machine.say("by SMS", "bonjour")
    machine.a_repeated_message_gets_the_same_reply_and_changes_nothing(0, None)
    monkeypatch.setattr(talk, "find_exchange", lambda *_: None)
    with pytest.raises(IntegrityError):
        machine.a_repeated_message_gets_the_same_reply_and_changes_nothing(0, None)


def test_an_idea_queued_without_a_yes_would_be_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = new_machine(world)
    machine.say_an_idea("by SMS", SURE_IDEAS[0], "Thann", "oui")
    assert world.done["ideas"] == 1
    read_answer = conversation.read_answer
    monkeypatch.setattr(conversation, "read_answer", lambda *asked: read_answer(*asked) or "yes")
    with pytest.raises(AssertionError, match="je ne sais pas"):
        machine.say_an_idea("by SMS", SURE_IDEAS[1], "Thann", "je ne sais pas")


def test_a_message_to_who_refused_would_be_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = new_machine(world)
    machine.say_an_idea("by SMS", SURE_IDEAS[0], "Thann", "oui")
    machine.say("by SMS", "ARRET")
    machine.now += dt.timedelta(minutes=1)
    monkeypatch.setattr(outbox, "is_unwanted", lambda *_: False)
    monkeypatch.setattr(sending, "is_unwanted", lambda *_: False)
    machine.review("decide", 0)
    with pytest.raises(AssertionError):
        machine.nothing_is_owed_to_who_refused()
    with pytest.raises(AssertionError):
        machine.nothing_that_we_start_leaves_for_who_refused()


def test_a_person_who_is_not_wholly_erased_would_be_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = new_machine(world)
    machine.say_an_idea("by SMS", SURE_IDEAS[0], "Thann", "oui")
    machine.review("classify", 0)
    monkeypatch.setattr(outbox, "forget_person", lambda *_: None)
    machine.review("decide", 0)
    with pytest.raises((AssertionError, IntegrityError)):
        machine.say_a_duty_word_and_answer("by SMS", "EFFACER", "1")


def test_a_count_that_is_wrong_would_be_seen(world: World) -> None:
    machine = new_machine(world)
    machine.say_an_idea("by SMS", SURE_IDEAS[0], "Thann", "oui")
    machine.the_counts_are_what_they_count()
    with world.transaction() as session:
        session.execute(update(Contribution).values(support_count=Contribution.support_count + 1))
    with pytest.raises(AssertionError):
        machine.the_counts_are_what_they_count()


def test_a_history_that_shrinks_would_be_seen(world: World) -> None:
    machine = new_machine(world)
    machine.say_an_idea("by SMS", SURE_IDEAS[0], "Thann", "oui")
    machine.review("classify", 0)
    machine.history_only_grows()
    with world.transaction() as session:
        session.execute(delete(Change).where(Change.from_status.is_not(None)))
    with pytest.raises(AssertionError):
        machine.history_only_grows()


def test_a_number_in_a_table_would_be_seen(world: World) -> None:
    machine = new_machine(world)
    machine.say("by SMS", "bonjour")
    machine.teardown()
    with world.transaction() as session:
        session.execute(update(Person).values(state="rappeler le 06 39 98 00 01"))
    with pytest.raises(AssertionError, match="a number in person"):
        machine.teardown()


def test_an_emergency_that_moves_the_conversation_would_be_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = new_machine(world)
    machine.say("by SMS", "nouvelle idée")
    machine.an_emergency_is_answered_and_the_question_on_the_table_stays("by SMS", "je veux en finir")
    respond = talk.respond
    monkeypatch.setattr(talk, "respond", lambda *known: replace(respond(*known), state=State()))
    with pytest.raises(AssertionError):
        machine.an_emergency_is_answered_and_the_question_on_the_table_stays("by SMS", "je veux en finir")
