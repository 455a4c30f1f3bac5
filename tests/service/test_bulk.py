"""The same done with several ideas: each on its own, what is refused told by its reason, and nothing half done."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import bulk, cases, claims
from service.bulk import Chosen
from service.errors import Forbidden
from service.models import Claim, Contribution, Phase, Reviewer, Role, Status
from service.status import CHANGED_MEANWHILE
from tests.council import LATER, NOW, idea, meeting

NewReviewer = Callable[..., Reviewer]
CODES = ("AAAAA2", "CCCCC2", "DDDDD2")
ALL = [Chosen(code, 1) for code in CODES]
NOT_FOUND = "Cette idée n'existe pas, ou n'est pas de votre territoire."


@pytest.fixture
def secretary(new_reviewer: NewReviewer) -> Reviewer:
    return new_reviewer("68")


@pytest.fixture
def three(session: Session) -> None:
    """Three ideas received, the last without a solution; and noise."""
    for code in CODES:
        idea(session, code, status=Status.RECEIVED, solution=None if code == "DDDDD2" else "A2.1")
    idea(session, "NACDE2", departement="51", status=Status.RECEIVED)
    idea(session, "EEEEE2", status=Status.RECEIVED)


def read(session: Session) -> list[tuple[str, Status, str | None]]:
    """Where each idea stands now."""
    session.commit()
    found = session.scalars(select(Contribution).order_by(Contribution.id))
    return [(one.code[0], one.status, one.solution or one.axis) for one in found]


def test_ideas_are_classified_together(session: Session, secretary: Reviewer, three: None) -> None:
    outcome = bulk.classify(session, secretary, ALL, "A4", "Même sujet.", LATER)
    assert (outcome.done, outcome.refused) == (CODES, ())
    assert read(session) == [
        *((code[0], Status.INSTRUCTED, "A4") for code in CODES),
        ("N", Status.RECEIVED, "A4.2"),
        ("E", Status.RECEIVED, "A4.2"),
    ]


def test_what_changed_meanwhile_is_left_alone_and_said_with_who_did_it(
    session: Session, new_reviewer: NewReviewer, secretary: Reviewer, three: None
) -> None:
    dominique = new_reviewer("68", name="Dominique")
    cases.instruct(session, dominique, "CCCCC2", "A3.1", reason="Vu.", told_by=(), version=1, now=NOW)
    session.commit()
    chosen = [*ALL, Chosen("NACDE2", 1), Chosen("\0", 1), Chosen("DDDDD2", 7)]
    outcome = bulk.classify(session, secretary, chosen, "A4.2", "", LATER)
    assert outcome.done == ("AAAAA2", "DDDDD2", "DDDDD2")  # said already: as good as done
    assert [(one.code, one.problem, one.last.reviewer.name if one.last and one.last.reviewer else None)
            for one in outcome.refused] == [
        ("\0", NOT_FOUND, None),
        ("CCCCC2", CHANGED_MEANWHILE, "Dominique"),
        ("NACDE2", NOT_FOUND, None),
    ]  # fmt: skip
    assert read(session)[1:4] == [
        ("C", Status.INSTRUCTED, "A3.1"),
        ("D", Status.INSTRUCTED, "A4.2"),
        ("N", Status.RECEIVED, "A4.2"),
    ]


def test_they_go_to_the_council_as_they_are_classified(session: Session, secretary: Reviewer, three: None) -> None:
    outcome = bulk.make_ready(session, secretary, ALL, LATER)
    assert outcome.done == ("AAAAA2", "CCCCC2")
    assert [(one.code, one.problem, one.last) for one in outcome.refused] == [
        ("DDDDD2", "Elle n'a ni axe ni solution : classez-la d'abord.", None)
    ]
    assert read(session)[:3] == [
        ("A", Status.INSTRUCTED, "A2.1"),
        ("C", Status.INSTRUCTED, "A2.1"),
        ("D", Status.RECEIVED, None),
    ]


def test_they_go_on_the_agenda_unless_they_changed_or_may_not(
    session: Session, secretary: Reviewer, three: None
) -> None:
    held = meeting(session, secretary, phase=Phase.INSTRUCTION)
    bulk.make_ready(session, secretary, ALL[:2], LATER)
    session.commit()
    chosen = [Chosen("AAAAA2", 2), Chosen("CCCCC2", 1), Chosen("DDDDD2", 1)]
    outcome = bulk.put_on_agenda(session, secretary, chosen, held)
    assert outcome.done == ("AAAAA2",)
    assert [(one.code, one.problem) for one in outcome.refused] == [
        ("CCCCC2", CHANGED_MEANWHILE),
        ("DDDDD2", "L'idée DDDDD2 n'est pas instruite : classez-la d'abord."),
    ]
    session.commit()
    assert session.scalars(select(Contribution.code).where(Contribution.meeting_id == held.id)).all() == ["AAAAA2"]


def test_ones_own_are_given_up_and_others_are_not(
    session: Session, new_reviewer: NewReviewer, secretary: Reviewer, three: None
) -> None:
    dominique = new_reviewer("68", name="Dominique")
    claims.claim(session, secretary, "AAAAA2", NOW)
    claims.claim(session, dominique, "CCCCC2", NOW)
    outcome = bulk.release(session, secretary, ALL, NOW)
    assert outcome.done == ("AAAAA2", "DDDDD2")
    assert [(one.code, one.problem) for one in outcome.refused] == [("CCCCC2", "Dominique y travaille.")]
    assert [one.reviewer_id for one in session.scalars(select(Claim))] == [dominique.id]


def test_a_member_does_none_of_it(session: Session, new_reviewer: NewReviewer, three: None) -> None:
    member = new_reviewer("68", Role.MEMBER)
    with pytest.raises(Forbidden):
        bulk.classify(session, member, ALL, "A4", "", LATER)
    with pytest.raises(Forbidden):
        bulk.release(session, member, ALL, LATER)
    assert {status for _, status, _ in read(session)} == {Status.RECEIVED}
