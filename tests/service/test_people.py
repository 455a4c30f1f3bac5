"""People: known by a pseudonym, made once, and where their conversation stands."""

from __future__ import annotations

import datetime as dt
import logging

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.conversation import State
from service import people
from service.models import OptOut, Person

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
ASKED = State("order", (("name", "Léa"),), "fruit", ("apple", "fig"))


def hold(session: Session, pseudonym: str = "1:a", channel: Channel = Channel.SMS, now: dt.datetime = NOW) -> Person:
    return people.hold_person(session, (pseudonym,), channel, now)


def test_a_new_pseudonym_is_a_new_person(session: Session) -> None:
    hold(session, "1:noise")
    person = hold(session)
    assert (person.pseudonym, person.channel, person.first_seen, person.last_seen) == ("1:a", Channel.SMS, NOW, NOW)
    assert (person.state, person.home_insee, person.wrong_codes) == (None, None, 0)


def test_a_known_pseudonym_is_the_same_person(session: Session) -> None:
    first = hold(session)
    hold(session, "1:noise")
    later = NOW + dt.timedelta(days=1)
    again = hold(session, now=later)
    assert (again.id, again.first_seen) == (first.id, NOW)
    assert session.scalar(select(func.count()).select_from(Person)) == 2


def test_where_the_conversation_stands_is_kept_with_when_they_last_wrote(session: Session) -> None:
    noise, person = hold(session, "1:noise"), hold(session)
    later = NOW + dt.timedelta(days=1)
    people.keep_state(session, person, ASKED, NOW, later)
    kept = (ASKED.to_json(), NOW, later)
    assert (person.state, person.state_at, person.last_seen) == kept
    session.expire_all()
    assert (person.state, person.state_at, person.last_seen) == kept
    assert (noise.state, noise.state_at, noise.last_seen) == (None, None, NOW)


def test_looking_for_somebody_does_not_make_them(session: Session) -> None:
    hold(session, "1:noise")
    assert people.find_person(session, ("1:a",)) is None
    assert session.scalar(select(func.count()).select_from(Person)) == 1
    person = hold(session)
    assert people.find_person(session, ("1:a",)) is person


def test_somebody_new_is_at_the_start(session: Session) -> None:
    assert people.recall_state(hold(session), NOW) == State()


@pytest.mark.parametrize(
    ("after", "state"),
    [
        pytest.param(dt.timedelta(), ASKED, id="at once"),
        pytest.param(dt.timedelta(hours=48), ASKED, id="48 hours"),
        pytest.param(dt.timedelta(hours=48, seconds=1), State(), id="a second more"),
    ],
)
def test_a_question_is_forgotten_after_48_hours(session: Session, after: dt.timedelta, state: State) -> None:
    person = hold(session)
    person.state, person.state_at, person.home_insee = ASKED.to_json(), NOW, "51454"
    assert people.recall_state(person, NOW + after) == state
    assert person.home_insee == "51454"


def test_a_state_that_cannot_be_read_is_logged_and_the_conversation_starts_afresh(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    person = hold(session)
    person.state, person.state_at = '{"flow": "menu"', NOW
    with caplog.at_level(logging.ERROR):
        assert people.recall_state(person, NOW) == State()
    messages = [record.getMessage() for record in caplog.records]
    assert messages == [f"person {person.id}: conversation state unreadable, conversation starts afresh"]


def test_somebody_known_under_an_older_key_is_known_under_the_one_in_use_from_now_on(session: Session) -> None:
    known = hold(session, "old:a")
    again = people.hold_person(session, ("new:a", "old:a"), Channel.WHATSAPP, NOW)
    assert (again.id, again.pseudonym, again.channel) == (known.id, "new:a", Channel.WHATSAPP)
    assert people.find_person(session, ("old:a",)) is None


# Refusals


def refusals(session: Session) -> list[tuple[str, bool]]:
    return [(refusal.pseudonym, refusal.answers_only) for refusal in session.scalars(select(OptOut))]


@pytest.mark.parametrize(
    ("wishes", "kept"),
    [
        pytest.param([True], [("1:a", True)], id="no answers"),
        pytest.param([False], [("1:a", False)], id="no messages at all"),
        pytest.param([True, False], [("1:a", False)], id="a refusal may be widened"),
        pytest.param([False, True], [("1:a", False)], id="and is never narrowed"),
    ],
)
def test_a_refusal_is_kept(session: Session, wishes: list[bool], kept: list[tuple[str, bool]]) -> None:
    for answers_only in wishes:
        people.opt_out(session, ("1:a",), NOW, answers_only=answers_only)
    assert refusals(session) == kept


def test_a_refusal_made_under_an_older_key_is_still_one(session: Session) -> None:
    people.opt_out(session, ("old:a",), NOW, answers_only=False)
    assert people.find_opt_out(session, ("new:a", "old:a")) is not None
    people.opt_out(session, ("new:a", "old:a"), NOW, answers_only=True)
    assert refusals(session) == [("new:a", False)]


def test_who_resumes_has_no_refusal_left_and_others_keep_theirs(session: Session) -> None:
    for name in ("1:a", "1:noise"):
        people.opt_out(session, (name,), NOW, answers_only=False)
    people.opt_in(session, ("1:a",))
    assert refusals(session) == [("1:noise", False)]
