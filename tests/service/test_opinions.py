"""Members' opinions: who may give one, when, on what; what they see of the others', and what is counted."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.known import Mind
from service import decisions, meetings, opinions, publication, roster
from service.decisions import Decision
from service.errors import Forbidden, NotFound, Refused
from service.models import Contribution, Meeting, Opinion, Phase, Reviewer, Role, Status, Verdict
from service.opinions import Given, Progress, Result, Tally
from tests.council import LATER, NOW, idea, meeting
from tests.meanwhile import meanwhile
from tests.postgres import ON_POSTGRESQL

NewReviewer = Callable[..., Reviewer]
CLOSED = "Les avis sur cette idée ne sont pas ouverts."


@pytest.fixture
def members(new_reviewer: NewReviewer) -> list[Reviewer]:
    """Three members of two colleges."""
    colleges = ("users", "users", "professionals")
    return [new_reviewer("68", Role.MEMBER, college) for college in colleges]


@pytest.fixture
def debated(session: Session, new_reviewer: NewReviewer) -> Contribution:
    """An idea whose opinions are open, among others."""
    found, noise = idea(session, "K7Q2MX"), idea(session, "CCCCC2")
    meeting(session, new_reviewer("68"), found, noise)
    return found


def give(session: Session, member: Reviewer, given: Given, code: str = "K7Q2MX") -> None:
    opinions.give_opinion(session, member, code, given, NOW)
    session.commit()


def read_results(session: Session, reviewer: Reviewer, debated: Contribution) -> dict[int, Result]:
    """Of the meeting on whose agenda it is."""
    return opinions.read_results(session, reviewer, session.get_one(Meeting, debated.meeting_id), [debated])


def test_an_opinion_is_kept_and_may_be_changed_until_closed(
    session: Session, members: list[Reviewer], debated: Contribution
) -> None:
    version = debated.version
    give(session, members[0], Given(Verdict.RESERVED, (1, None, 3, 4), " à voir "))
    opinions.give_opinion(session, members[0], "K7Q2MX", Given(Verdict.FAVOURABLE, (2, None, 3, 4), "vu"), LATER)
    session.commit()
    own = opinions.find_own(session, members[0], debated)
    assert own is not None
    assert (own.verdict, own.at, own.comment) == (Verdict.FAVOURABLE, LATER, "vu")
    assert (own.innovative, own.sustainable, own.assessable, own.reproducible) == (2, None, 3, 4)
    assert session.scalars(select(Opinion)).all() == [own]
    # It is no change of the case: nobody who works on it is outdated by it.
    assert (debated.opinion_count, debated.version) == (1, version)


def test_results_are_counted_by_college_and_leave_conflicts_out(
    session: Session, new_reviewer: NewReviewer, members: list[Reviewer], debated: Contribution
) -> None:
    give(session, members[0], Given(Verdict.FAVOURABLE, (4, 2, None, 1)))
    give(session, members[1], Given(Verdict.CONFLICT, comment="J'y travaille."))
    give(session, members[2], Given(Verdict.UNFAVOURABLE, (1, 2, None, 4)))
    result = read_results(session, new_reviewer("68"), debated)[debated.id]

    def verdicts(favourable: int, unfavourable: int) -> dict[Verdict, int]:
        none = dict.fromkeys(opinions.COUNTED, 0)
        return none | {Verdict.FAVOURABLE: favourable, Verdict.UNFAVOURABLE: unfavourable}

    assert result.overall == Tally(verdicts(1, 1), (2.5, 2.0, None, 2.5))
    assert result.by_college == {
        "users": Tally(verdicts(1, 0), (4.0, 2.0, None, 1.0)),
        "professionals": Tally(verdicts(0, 1), (1.0, 2.0, None, 4.0)),
    }
    assert (result.conflicts, result.overall.total, debated.opinion_count) == (1, 2, 3)
    assert [one.reviewer_id for one in result.opinions] == [member.id for member in members]


def test_a_record_does_not_change_with_the_members(
    session: Session, new_reviewer: NewReviewer, members: list[Reviewer], debated: Contribution
) -> None:
    give(session, members[0], Given(Verdict.FAVOURABLE))
    roster.assign(session, new_reviewer(None), members[0].id, Role.SECRETARY, "68", None)
    session.commit()
    assert list(read_results(session, members[0], debated)[debated.id].by_college) == ["users"]


def test_a_conflict_of_interest_takes_back_the_marks_and_refuses_new_ones(
    session: Session, members: list[Reviewer], debated: Contribution
) -> None:
    give(session, members[0], Given(Verdict.FAVOURABLE, (4, 4, 4, 4)))
    give(session, members[0], Given(Verdict.CONFLICT))
    own = opinions.find_own(session, members[0], debated)
    assert own is not None
    assert [getattr(own, name) for name in opinions.CRITERIA] == [None] * 4
    with pytest.raises(Refused):
        opinions.give_opinion(session, members[0], "K7Q2MX", Given(Verdict.CONFLICT, (1, None, None, None)), NOW)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(Given(Verdict.FAVOURABLE, (0, None, None, None)), id="mark 0"),
        pytest.param(Given(Verdict.FAVOURABLE, (None, None, None, 5)), id="mark 5"),
        pytest.param(Given(Verdict.FAVOURABLE, comment="x" * 1001), id="long comment"),
    ],
)
def test_what_no_form_offers_is_refused(
    session: Session, members: list[Reviewer], debated: Contribution, given: Given
) -> None:
    with pytest.raises(Refused):
        opinions.give_opinion(session, members[0], "K7Q2MX", given, NOW)
    assert session.scalars(select(Opinion)).all() == []


def test_the_others_are_hidden_until_ones_own_is_given(
    session: Session, new_reviewer: NewReviewer, members: list[Reviewer], debated: Contribution
) -> None:
    first, second, third = members
    give(session, first, Given(Verdict.FAVOURABLE))
    seen = {
        name: bool(read_results(session, reviewer, debated))
        for name, reviewer in {
            "who gave": first,
            "who did not": second,
            "secretary": new_reviewer("68"),
            "region": new_reviewer(None),
        }.items()
    }
    assert seen == {"who gave": True, "who did not": False, "secretary": True, "region": True}
    give(session, third, Given(Verdict.CONFLICT))  # given, though it counts in nothing
    assert set(read_results(session, third, debated)) == {debated.id}
    held = meetings.find_meeting(session, debated)
    assert held is not None
    meetings.move_phase(session, new_reviewer("68"), held.id, Phase.CLOSED, held.version)
    session.commit()
    assert set(read_results(session, second, debated)) == {debated.id}


@pytest.mark.parametrize("phase", [Phase.INSTRUCTION, Phase.CLOSED])
def test_a_phase_that_is_not_open_refuses(
    session: Session, new_reviewer: NewReviewer, members: list[Reviewer], phase: Phase
) -> None:
    meeting(session, new_reviewer("68"), idea(session, "K7Q2MX"), phase=phase)
    with pytest.raises(Refused) as refused:
        opinions.give_opinion(session, members[0], "K7Q2MX", Given(Verdict.FAVOURABLE), NOW)
    assert str(refused.value) == CLOSED


def test_what_is_on_no_agenda_or_merged_refuses(
    session: Session, members: list[Reviewer], debated: Contribution
) -> None:
    idea(session, "DDDDD2")
    debated.status = Status.MERGED
    session.commit()
    for code in ("DDDDD2", "K7Q2MX"):
        with pytest.raises(Refused) as refused:
            opinions.give_opinion(session, members[0], code, Given(Verdict.FAVOURABLE), NOW)
        assert str(refused.value) == CLOSED


def test_only_members_of_the_territory_give_one(
    session: Session, new_reviewer: NewReviewer, debated: Contribution
) -> None:
    for reviewer in (new_reviewer("68"), new_reviewer(None)):
        with pytest.raises(Forbidden):
            opinions.give_opinion(session, reviewer, "K7Q2MX", Given(Verdict.FAVOURABLE), NOW)
    with pytest.raises(NotFound):
        opinions.give_opinion(
            session, new_reviewer("51", Role.MEMBER, "users"), "K7Q2MX", Given(Verdict.FAVOURABLE), NOW
        )


def test_progress_is_told_by_college_and_next_comes_what_is_unread(
    session: Session, new_reviewer: NewReviewer, members: list[Reviewer]
) -> None:
    new_reviewer("51", Role.MEMBER, "users")
    debated = [idea(session, code) for code in ("AAAAA2", "CCCCC2", "DDDDD2")]
    held = meeting(session, new_reviewer("68"), *debated)
    member = members[0]
    give(session, member, Given(Verdict.FAVOURABLE), "AAAAA2")
    assert opinions.measure_progress(session, held) == {
        "users": Progress(members=2, given=1, expected=6),
        "professionals": Progress(members=1, given=0, expected=3),
    }
    assert opinions.find_next(session, member, held) == (debated[1], Progress(1, 1, 3))
    assert opinions.find_next(session, member, held, after="CCCCC2")[0] == debated[2]
    assert opinions.find_next(session, member, held, after="DDDDD2")[0] == debated[1]  # what was put off comes back
    for code in ("CCCCC2", "DDDDD2"):
        give(session, member, Given(Verdict.ABSTAIN), code)
    assert opinions.find_next(session, member, held) == (None, Progress(1, 3, 3))


# Two at once


def count_when_given_at_once(app: Flask, session: Session, members: list[Reviewer], debated: Contribution) -> int:
    second = members[1].id
    opinions.give_opinion(session, members[0], "K7Q2MX", Given(Verdict.ABSTAIN), NOW)  # not yet committed
    meanwhile(
        app,
        session,
        lambda other: opinions.give_opinion(
            other, other.get_one(Reviewer, second), "K7Q2MX", Given(Verdict.ABSTAIN), NOW
        ),
    )
    return debated.opinion_count


def test_opinions_given_at_once_are_both_counted(
    app: Flask, session: Session, members: list[Reviewer], debated: Contribution
) -> None:
    assert count_when_given_at_once(app, session, members, debated) == 2


@ON_POSTGRESQL
def test_without_the_lock_one_is_not_counted(
    app: Flask,
    session: Session,
    members: list[Reviewer],
    debated: Contribution,
    unlocked: None,
) -> None:
    """The twin; on SQLite the whole transaction is alone, with or without the row's lock."""
    assert count_when_given_at_once(app, session, members, debated) == 1


def closes_while_given(app: Flask, session: Session, member: Reviewer, debated: Contribution) -> bool:
    """Whether the opinions could be closed while one was being given."""
    held = session.get_one(Meeting, debated.meeting_id)
    number, version = held.id, held.version
    secretary = session.scalars(select(Reviewer.id).where(Reviewer.role == Role.SECRETARY)).one()
    opinions.give_opinion(session, member, "K7Q2MX", Given(Verdict.FAVOURABLE), NOW)  # not yet committed
    return meanwhile(
        app,
        session,
        lambda other: meetings.move_phase(other, other.get_one(Reviewer, secretary), number, Phase.CLOSED, version),
    )


def test_opinions_are_not_closed_while_one_is_being_given(
    app: Flask, session: Session, members: list[Reviewer], debated: Contribution
) -> None:
    assert not closes_while_given(app, session, members[0], debated)


@ON_POSTGRESQL
def test_without_the_lock_they_are(
    app: Flask,
    session: Session,
    members: list[Reviewer],
    debated: Contribution,
    unlocked: None,
) -> None:
    """The twin."""
    assert closes_while_given(app, session, members[0], debated)


def count_after_moving_while_given(app: Flask, session: Session, member: Reviewer, debated: Contribution) -> int:
    """How many opinions the next meeting has of an idea that was moved to it while one was being given in the first."""
    secretary = session.scalars(select(Reviewer).where(Reviewer.role == Role.SECRETARY)).one()
    number, by = meeting(session, secretary, phase=Phase.INSTRUCTION).id, secretary.id
    opinions.give_opinion(session, member, "K7Q2MX", Given(Verdict.FAVOURABLE), NOW)  # not yet committed

    def move(other: Session) -> None:
        found = other.scalars(select(Contribution).where(Contribution.code == "K7Q2MX")).one()
        meetings.put_on_agenda(other, other.get_one(Reviewer, by), found, other.get_one(Meeting, number))

    meanwhile(app, session, move)
    return len(session.scalars(select(Opinion).where(Opinion.contribution_id == debated.id)).all())


def test_an_opinion_stays_in_the_meeting_in_which_it_is_being_given(
    app: Flask, session: Session, members: list[Reviewer], debated: Contribution
) -> None:
    assert count_after_moving_while_given(app, session, members[0], debated) == 0


@ON_POSTGRESQL
def test_without_the_lock_it_goes_to_the_next_one(
    app: Flask,
    session: Session,
    members: list[Reviewer],
    debated: Contribution,
    unlocked: None,
) -> None:
    """The twin."""
    assert count_after_moving_while_given(app, session, members[0], debated) == 1


def reopens_while_published(app: Flask, session: Session, mind: Mind, debated: Contribution) -> bool:
    """Whether opinions could be opened again while the answers of their meeting were being published."""
    secretary = session.scalars(select(Reviewer).where(Reviewer.role == Role.SECRETARY)).one()
    held, by = session.get_one(Meeting, debated.meeting_id), secretary.id
    meetings.move_phase(session, secretary, held.id, Phase.CLOSED, held.version)
    retained = Decision(Status.RETAINED, "Réaliste.", "Oui.", "Oui.")
    decisions.draft_decision(session, mind, secretary, "K7Q2MX", retained, version=debated.version, now=NOW)
    session.commit()
    number, version = held.id, held.version
    publication.publish_meeting(session, secretary, held, {"K7Q2MX": debated.version}, NOW)  # not yet committed

    def reopen(other: Session) -> None:
        with suppress(Refused):
            meetings.move_phase(other, other.get_one(Reviewer, by), number, Phase.OPINIONS, version)

    meanwhile(app, session, reopen)
    session.expire_all()
    assert held.published_at == NOW
    return held.phase is Phase.OPINIONS


def test_opinions_are_not_reopened_while_answers_are_being_published(
    app: Flask, session: Session, mind: Mind, members: list[Reviewer], debated: Contribution
) -> None:
    assert not reopens_while_published(app, session, mind, debated)


@ON_POSTGRESQL
def test_without_the_lock_they_are_reopened(
    app: Flask,
    session: Session,
    mind: Mind,
    members: list[Reviewer],
    debated: Contribution,
    unlocked: None,
) -> None:
    """The twin."""
    assert reopens_while_published(app, session, mind, debated)
