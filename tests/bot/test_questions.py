"""When a message is the answer to a reviewer's question, and when it is the conversation's."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from bot.channel import Channel
from bot.conversation import Said, State, Turn
from bot.dialogue import respond
from bot.effects import AnswerQuestion
from bot.known import PARIS, Known, Mind, OpenQuestion

NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=PARIS)
FIRST = OpenQuestion(7, "K7Q2MX", "68", "Combien de personnes ?", NOON)
SECOND = OpenQuestion(9, "M4R7TX", "51", "Et où ?", NOON)
BEFORE, AFTER = NOON - dt.timedelta(minutes=1), NOON + dt.timedelta(minutes=1)


@pytest.fixture
def known(mind: Mind) -> Known:
    return Known(mind, NOON, Channel.WEB, "A4B6C7", questions=lambda: (FIRST,))


def through_json(turn: Turn) -> State:
    return State.from_json(turn.state.to_json())


def answer_in(turn: Turn) -> AnswerQuestion | None:
    return next((effect for effect in turn.effects if isinstance(effect, AnswerQuestion)), None)


def test_with_nothing_on_the_table_any_words_are_the_answer(known: Known) -> None:
    turn = respond(State(), Said("  médecin à Reims  "), known)
    assert (turn.text, turn.state, turn.effects) == (
        "Merci ! Votre réponse est transmise au CTS du Haut-Rhin.",
        State(),
        (AnswerQuestion(7, "médecin à Reims"),),
    )


def test_without_a_question_words_are_what_they_always_were(known: Known) -> None:
    alone = replace(known, questions=tuple)
    assert answer_in(respond(State(), Said("médecin à Reims"), alone)) is None


def test_the_next_question_follows(known: Known) -> None:
    turn = respond(State(), Said("deux cents"), replace(known, questions=lambda: (FIRST, SECOND)))
    assert turn.text == (
        "Merci ! Votre réponse est transmise au CTS du Haut-Rhin.\n"
        "Question du CTS de la Marne sur votre idée M4R7TX : Et où ?\nRépondez par un message."
    )


@pytest.mark.parametrize(
    ("said", "shown_at", "answered"),
    [
        pytest.param("2", BEFORE, False, id="a number shown"),
        pytest.param("2", AFTER, False, id="a number shown since"),
        pytest.param("Donner mon idée", BEFORE, False, id="a label shown"),
        pytest.param("7", BEFORE, True, id="a number that is not shown"),
        pytest.param("deux cents personnes", BEFORE, True, id="other words"),
        pytest.param("deux cents personnes", AFTER, True, id="other words, though the menu came since"),
        pytest.param("deux cents personnes", None, True, id="nobody knows since when"),
    ],
)
def test_an_option_on_the_table_is_chosen_and_the_rest_is_the_answer(
    known: Known, said: str, shown_at: dt.datetime | None, answered: bool
) -> None:
    menu = through_json(respond(State(), Said("menu"), replace(known, questions=tuple)))
    turn = respond(menu, Said(said), replace(known, shown_at=shown_at))
    assert (answer_in(turn) is not None) is answered
    assert (turn.state.flow == "menu") is answered  # back where they were


@pytest.mark.parametrize(
    ("shown_at", "answered"),
    [
        pytest.param(BEFORE, True, id="the reviewer asked last"),
        pytest.param(AFTER, False, id="the conversation asked last"),
    ],
)
def test_words_go_to_the_open_question_that_was_asked_last(known: Known, shown_at: dt.datetime, answered: bool) -> None:
    asked = through_json(respond(State(), Said("nouvelle idée"), replace(known, questions=tuple)))
    turn = respond(asked, Said("il faudrait un bus dentaire à Thann"), replace(known, shown_at=shown_at))
    assert (answer_in(turn) is not None) is answered
    assert (turn.state.answers == ()) is answered


@pytest.mark.parametrize(
    "said", ["MENU", "retour", "SUIVI K7Q2MX", "K7Q2MX", "CONTACT", "AIDE", "ARRET", "EFFACER", "", "   "]
)
def test_words_that_always_work_are_no_answer(known: Known, said: str) -> None:
    assert answer_in(respond(State(), Said(said), known)) is None


def test_a_place_without_words_is_no_answer(known: Known) -> None:
    assert answer_in(respond(State(), Said("", (48.08, 7.36)), known)) is None


def test_who_stopped_our_messages_answers_nothing(known: Known) -> None:
    assert answer_in(respond(State(), Said("deux cents"), replace(known, stopped=True))) is None


def test_a_misunderstanding_is_not_counted_by_an_answer(known: Known) -> None:
    menu = through_json(respond(State(), Said("menu"), replace(known, questions=tuple)))
    missed = replace(menu, misses=2)
    assert respond(missed, Said("deux cents personnes"), known).state.misses == 2
