"""The only door to a contribution's status: what may follow what, and what is written down."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import Refused
from service.models import Change, Contribution, Reviewer, Status
from service.status import Move, move
from tests.council import LATER, idea

NewReviewer = Callable[..., Reviewer]
MAY_FOLLOW = {before: [one for one in Status if one is not Status.RECEIVED] for before in Status}
MAY_FOLLOW[Status.MERGED].append(Status.RECEIVED)


def history(session: Session, contribution: Contribution) -> list[Change]:
    return list(session.scalars(select(Change).where(Change.contribution_id == contribution.id).order_by(Change.id)))


def test_a_decision_may_be_revised_a_merge_undone_and_nothing_else_is_received_again(session: Session) -> None:
    made = idea(session, "K7Q2MX")
    for before, after in product(Status, Status):
        made.status = before
        session.commit()
        lines = len(history(session, made))
        if after in MAY_FOLLOW[before]:
            move(session, made, Move(after, "A4.2", "motif", "réponse"), None, LATER)
            line = history(session, made)[-1]
            assert (made.status, line.from_status, line.to_status) == (after, before, after)
        else:
            with pytest.raises(Refused) as refused:
                move(session, made, Move(after, "A4.2"), None, LATER)
            assert str(refused.value) == "Ce changement d'état n'est pas possible."
            assert (made.status, len(history(session, made))) == (before, lines)


def test_a_move_changes_the_contribution_and_adds_a_line_to_its_history(
    session: Session, new_reviewer: NewReviewer
) -> None:
    noise, made, reviewer = idea(session, "NACDE2"), idea(session, "K7Q2MX"), new_reviewer("68")
    to = Move(Status.ATTACHED, "A2.1", " Déjà fait. ", "Un bus existe.", "Un bus.", "bus-dentaire")
    move(session, made, to, reviewer, LATER)
    session.commit()
    assert (made.status, made.axis, made.solution, made.version) == (Status.ATTACHED, "A2", "A2.1", 2)
    assert (made.answer, made.answer_sms, made.linked_project) == ("Un bus existe.", "Un bus.", "bus-dentaire")
    (line,) = history(session, made)
    assert (line.reviewer_id, line.at, line.reason, line.answer) == (
        reviewer.id,
        LATER,
        "Déjà fait.",
        "Un bus existe.",
    )
    assert (line.from_solution, line.to_solution) == ("A4.2", "A2.1")
    assert (noise.status, noise.version, history(session, noise)) == (Status.INSTRUCTED, 1, [])


def test_a_move_without_an_answer_leaves_the_one_that_was_published(session: Session) -> None:
    made = idea(session, "K7Q2MX")
    given = ("Un bus existe.", "Un bus.", "bus-dentaire")
    move(session, made, Move(Status.ATTACHED, "A2.1", "", *given), None, LATER)
    move(session, made, Move(Status.ATTACHED, "A4.2", "Mieux classée ainsi."), None, LATER)
    assert (made.solution, made.answer, made.answer_sms, made.linked_project) == ("A4.2", *given)
    assert [line.answer for line in history(session, made)] == ["Un bus existe.", None]


@pytest.mark.parametrize(
    ("given", "axis", "solution"), [("A2.1", "A2", "A2.1"), ("A2", "A2", None), (None, None, None)]
)
def test_an_axis_may_stand_without_a_solution(
    session: Session, given: str | None, axis: str | None, solution: str | None
) -> None:
    made = idea(session, "K7Q2MX")
    move(session, made, Move(Status.INSTRUCTED, given), None, LATER)
    assert (made.axis, made.solution) == (axis, solution)
