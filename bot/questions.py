"""A reviewer's question to the author of an idea: how it is put, and when a message is its answer."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import Said, State, advance, is_choice
from bot.effects import AnswerQuestion
from bot.flows import FLOWS
from bot.known import Known, OpenQuestion
from knowledge.schema import Territory


def write_question(territory: Territory, code: str, words: str) -> str:
    """The message that asks it."""
    return f"Question du CTS {territory.of_name} sur votre idée {code} : {words}\nRépondez par un message."


def write_reminder(territory: Territory, code: str, words: str) -> str:
    """The message that asks it once more."""
    return f"Le CTS {territory.of_name} attend toujours votre réponse sur votre idée {code} : {words}"


def write_closing(territory: Territory, code: str) -> str:
    """The message that no longer asks it."""
    return (
        f"Sans réponse de votre part, le CTS {territory.of_name} poursuit l'étude de votre idée {code} telle qu'elle est. "
        f"Merci ! SUIVI {code} dit où elle en est."
    )


def read_question_answer(state: State, said: Said, known: Known) -> tuple[str, AnswerQuestion] | None:
    """Our thanks and what is to be done, when ``said`` answers the oldest open question; None when it does not.

    The conversation under way has a word first: an option that it shows, or, where it asked after the reviewer did,
    whatever it understands.
    """
    questions = known.questions()
    if not questions or not said.text.strip() or _is_for_the_flow(state, said, known, questions[0]):
        return None
    answered, *others = questions
    thanks = f"Merci ! Votre réponse est transmise au CTS {_territory(known, answered).of_name}."
    if others:
        following = others[0]
        thanks += f"\n{write_question(_territory(known, following), following.code, following.words)}"
    return thanks, AnswerQuestion(answered.number, said.text.strip())


def _is_for_the_flow(state: State, said: Said, known: Known, question: OpenQuestion) -> bool:
    if state.flow not in FLOWS or state.asked is None:
        return False
    if is_choice(state, said, known, FLOWS):
        return True
    asked_since = known.shown_at is not None and known.shown_at > question.since
    return asked_since and advance(replace(state, misses=0), said, known, FLOWS).state.misses == 0


def _territory(known: Known, question: OpenQuestion) -> Territory:
    return known.mind.knowledge.territory(question.departement)
