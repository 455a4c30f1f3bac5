"""Meetings of a council: held, with an agenda, moved from phase to phase."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.known import Mind
from service import decisions, meetings, opinions, publication
from service.decisions import Decision
from service.errors import Forbidden, NotFound, Outdated, Refused
from service.models import Change, Contribution, Meeting, Opinion, PastItem, Phase, Reviewer, Role, Status, Verdict
from service.opinions import Given, Progress
from service.status import CHANGED_MEANWHILE
from tests.council import LATER, NOW, idea, meeting

NewReviewer = Callable[..., Reviewer]
DAY = dt.date(2026, 12, 4)


def test_a_council_sees_its_own_meetings_and_the_region_all(session: Session, new_reviewer: NewReviewer) -> None:
    own, other, region = new_reviewer("68"), new_reviewer("51"), new_reviewer(None)
    first = meetings.hold_meeting(session, own, "68", " Plénière ", DAY)
    second = meetings.hold_meeting(session, region, "51", "Bureau", DAY + dt.timedelta(days=1))
    session.commit()
    assert (first.title, first.phase) == ("Plénière", Phase.INSTRUCTION)
    assert meetings.list_meetings(session, own) == [first]
    assert meetings.list_meetings(session, other) == [second]
    assert meetings.list_meetings(session, region) == [second, first]
    assert meetings.read_meeting(session, own, first.id) is first
    for number in (second.id, 999):
        with pytest.raises(NotFound):
            meetings.read_meeting(session, own, number)


@pytest.mark.parametrize(
    ("title", "sentence"),
    [
        pytest.param(" ", "Donnez un titre à la séance.", id="blank"),
        pytest.param("x" * 121, "Le titre dépasse 120 caractères : raccourcissez-le.", id="too long"),
    ],
)
def test_a_meeting_has_a_title(session: Session, new_reviewer: NewReviewer, title: str, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        meetings.hold_meeting(session, new_reviewer("68"), "68", title, DAY)
    assert (str(refused.value), refused.value.field) == (sentence, "title")


def test_another_territorys_meeting_cannot_be_held(session: Session, new_reviewer: NewReviewer) -> None:
    with pytest.raises(NotFound):
        meetings.hold_meeting(session, new_reviewer("68"), "51", "Plénière", DAY)


def test_a_member_holds_and_moves_nothing(session: Session, new_reviewer: NewReviewer) -> None:
    member, secretary = new_reviewer("68", Role.MEMBER, "users"), new_reviewer("68")
    debated = idea(session, "K7Q2MX")
    held = meeting(session, secretary, debated)
    for act in (
        lambda: meetings.hold_meeting(session, member, "68", "Plénière", DAY),
        lambda: meetings.move_phase(session, member, held.id, Phase.CLOSED, held.version),
        lambda: meetings.put_on_agenda(session, member, debated, held),
        lambda: meetings.take_off_agenda(session, member, debated, held, debated.version),
    ):
        with pytest.raises(Forbidden):
            act()
    assert (held.phase, debated.meeting_id) == (Phase.OPINIONS, held.id)


def test_the_agenda_holds_what_was_put_on_it_by_solution_then_age(session: Session, new_reviewer: NewReviewer) -> None:
    secretary = new_reviewer("68")
    codes = {"AAAAA2": "A4.2", "CCCCC2": "A1.1", "DDDDD2": "A4.2"}
    debated = [idea(session, code, solution=solution) for code, solution in codes.items()]
    noise = idea(session, "EEEEE2")
    held = meeting(session, secretary, *debated)
    other = meeting(session, secretary, noise)
    assert [one.code for one in meetings.list_agenda(session, held)] == ["CCCCC2", "AAAAA2", "DDDDD2"]
    assert meetings.count_agenda(session, held) == 3
    assert meetings.find_meeting(session, noise) is other
    meetings.put_on_agenda(session, secretary, debated[0], other)  # put off to the next meeting
    assert [one.code for one in meetings.list_agenda(session, held)] == ["CCCCC2", "DDDDD2"]
    meetings.take_off_agenda(session, secretary, debated[0], other, debated[0].version)
    assert [one.code for one in meetings.list_agenda(session, other)] == ["EEEEE2"]
    debated[2].status = Status.MERGED
    session.commit()
    assert [one.code for one in meetings.list_agenda(session, held)] == ["CCCCC2"]


@pytest.mark.parametrize("status", [Status.RECEIVED, Status.TO_CLASSIFY, Status.MERGED])
def test_what_is_not_instructed_is_not_debated(session: Session, new_reviewer: NewReviewer, status: Status) -> None:
    secretary = new_reviewer("68")
    held = meeting(session, secretary, phase=Phase.INSTRUCTION)
    with pytest.raises(Refused) as refused:
        meetings.put_on_agenda(session, secretary, idea(session, "K7Q2MX", status=status), held)
    assert str(refused.value) == "L'idée K7Q2MX n'est pas instruite : classez-la d'abord."


def test_an_idea_is_debated_in_its_own_territory(session: Session, new_reviewer: NewReviewer) -> None:
    held = meeting(session, new_reviewer("68"), phase=Phase.INSTRUCTION)
    with pytest.raises(Refused):
        meetings.put_on_agenda(session, new_reviewer(None), idea(session, "K7Q2MX", "51"), held)


def test_a_closed_agenda_does_not_change(session: Session, new_reviewer: NewReviewer) -> None:
    secretary, debated, late = new_reviewer("68"), idea(session, "AAAAA2"), idea(session, "CCCCC2")
    held = meeting(session, secretary, debated, phase=Phase.CLOSED)
    with pytest.raises(Refused):
        meetings.put_on_agenda(session, secretary, late, held)
    with pytest.raises(Refused):
        meetings.take_off_agenda(session, secretary, debated, held, debated.version)
    assert meetings.list_agenda(session, held) == [debated]


def test_all_that_waits_is_put_on_the_agenda_at_once(session: Session, new_reviewer: NewReviewer) -> None:
    secretary = new_reviewer("68")
    elsewhere = meeting(session, secretary, idea(session, "AAAAA2"))
    idea(session, "CCCCC2", "51")
    idea(session, "DDDDD2", status=Status.RECEIVED)
    idea(session, "EEEEE2", status=Status.RETAINED)
    waiting = [idea(session, "FFFFF2"), idea(session, "GGGGG2")]
    held = meeting(session, secretary, phase=Phase.INSTRUCTION)
    assert meetings.count_waiting(session, held) == 2
    assert meetings.fill_agenda(session, secretary, held) == 2
    assert meetings.list_agenda(session, held) == waiting
    assert (meetings.count_waiting(session, held), meetings.count_agenda(session, elsewhere)) == (0, 1)


def test_phases_go_on_and_back_and_a_double_click_is_harmless(session: Session, new_reviewer: NewReviewer) -> None:
    secretary = new_reviewer("68")
    held = meeting(session, secretary, idea(session, "K7Q2MX"), phase=Phase.INSTRUCTION)
    for phase in (Phase.OPINIONS, Phase.CLOSED, Phase.OPINIONS, Phase.INSTRUCTION):
        version = held.version
        meetings.move_phase(session, secretary, held.id, phase, version)
        session.commit()
        assert held.phase is phase
        assert meetings.move_phase(session, secretary, held.id, phase, version) is held  # the same form again


def test_opinions_are_not_opened_on_an_empty_agenda(session: Session, new_reviewer: NewReviewer) -> None:
    secretary = new_reviewer("68")
    held = meeting(session, secretary, phase=Phase.INSTRUCTION)
    with pytest.raises(Refused) as refused:
        meetings.move_phase(session, secretary, held.id, Phase.OPINIONS, held.version)
    assert str(refused.value) == "L'ordre du jour est vide : mettez-y des idées avant d'ouvrir les avis."


def test_of_two_who_move_a_meeting_the_second_is_told(session: Session, new_reviewer: NewReviewer) -> None:
    secretary = new_reviewer("68")
    held = meeting(session, secretary, idea(session, "K7Q2MX"))
    read = held.version
    meetings.move_phase(session, secretary, held.id, Phase.CLOSED, read)
    session.commit()
    with pytest.raises(Outdated) as outdated:
        meetings.move_phase(session, secretary, held.id, Phase.INSTRUCTION, read)
    assert str(outdated.value) == meetings.MOVED_MEANWHILE
    assert session.get_one(Meeting, held.id).phase is Phase.CLOSED


# Debated in a second meeting


def give(session: Session, member: Reviewer, verdict: Verdict) -> None:
    opinions.give_opinion(session, member, "K7Q2MX", Given(verdict), NOW)
    session.commit()


def tell(session: Session, reviewer: Reviewer, held: Meeting) -> list[tuple[str, list[Verdict] | None]]:
    """The agenda of a meeting, and what was said there of each; None: not told yet."""
    agenda = meetings.list_agenda(session, held)
    results = opinions.read_results(session, reviewer, held, agenda)
    said = {number: [one.verdict for one in result.opinions] for number, result in results.items()}
    return [(one.code, said.get(one.id)) for one in agenda]


def postpone(session: Session, secretary: Reviewer, members: list[Reviewer]) -> tuple[Contribution, Meeting, Meeting]:
    """An idea of which a closed meeting thought well, put on the agenda of the next one, which is open; noise on both."""
    debated = idea(session, "K7Q2MX")
    first = meeting(session, secretary, debated, idea(session, "AAAAA2"))
    for member in members:
        give(session, member, Verdict.FAVOURABLE)
    meetings.move_phase(session, secretary, first.id, Phase.CLOSED, first.version)
    second = meeting(session, secretary, debated, idea(session, "CCCCC2"))
    return debated, first, second


@pytest.fixture
def members(new_reviewer: NewReviewer) -> list[Reviewer]:
    return [new_reviewer("68", Role.MEMBER, "users") for _ in range(2)]


def test_an_idea_put_off_stays_in_the_record_of_the_closed_meeting_with_its_opinions(
    session: Session, new_reviewer: NewReviewer, members: list[Reviewer]
) -> None:
    secretary = new_reviewer("68")
    debated, first, second = postpone(session, secretary, members)
    whole = [("AAAAA2", []), ("K7Q2MX", [Verdict.FAVOURABLE] * 2)]
    assert sorted(tell(session, members[0], first)) == whole
    assert opinions.measure_progress(session, first) == {"users": Progress(members=2, given=2, expected=4)}
    # In the second everybody begins anew, and nobody reads the others' before theirs is given.
    assert debated.opinion_count == 0
    assert opinions.find_own(session, members[0], debated) is None
    assert opinions.measure_progress(session, second) == {"users": Progress(members=2, given=0, expected=4)}
    give(session, members[0], Verdict.UNFAVOURABLE)
    assert sorted(tell(session, members[0], second)) == [("CCCCC2", None), ("K7Q2MX", [Verdict.UNFAVOURABLE])]
    assert sorted(tell(session, members[1], second)) == [("CCCCC2", None), ("K7Q2MX", None)]
    assert debated.opinion_count == 1
    debated.status = Status.MERGED  # whatever becomes of it
    session.commit()
    assert sorted(tell(session, members[1], first)) == whole
    assert opinions.measure_progress(session, first) == {"users": Progress(members=2, given=2, expected=4)}


def test_without_its_past_item_the_record_is_rewritten(
    session: Session, new_reviewer: NewReviewer, members: list[Reviewer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin."""
    monkeypatch.setattr(meetings, "_leave", lambda *_: None)
    _debated, first, second = postpone(session, new_reviewer("68"), members)
    assert tell(session, members[0], first) == [("AAAAA2", [])]
    assert sorted(tell(session, members[0], second)) == [("CCCCC2", None), ("K7Q2MX", [Verdict.FAVOURABLE] * 2)]


def test_a_meeting_reopened_debates_what_left_it_no_more_until_it_comes_back_with_its_opinions(
    session: Session, new_reviewer: NewReviewer, members: list[Reviewer]
) -> None:
    secretary = new_reviewer("68")
    debated, first, second = postpone(session, secretary, members)
    give(session, members[0], Verdict.ABSTAIN)
    meetings.move_phase(session, secretary, first.id, Phase.OPINIONS, first.version)
    session.commit()
    assert tell(session, members[0], first) == [("AAAAA2", None)]
    assert opinions.measure_progress(session, first) == {"users": Progress(members=2, given=0, expected=2)}
    assert opinions.find_next(session, members[0], first)[1] == Progress(members=1, given=0, expected=1)
    meetings.put_on_agenda(session, secretary, debated, first)
    session.commit()
    assert sorted(tell(session, secretary, first)) == [("AAAAA2", []), ("K7Q2MX", [Verdict.FAVOURABLE] * 2)]
    assert tell(session, secretary, second) == [("CCCCC2", [])]
    assert debated.opinion_count == 2
    meetings.put_on_agenda(session, secretary, debated, second)
    session.commit()
    assert sorted(tell(session, secretary, second)) == [("CCCCC2", []), ("K7Q2MX", [Verdict.ABSTAIN])]


def test_a_meeting_of_which_all_was_put_off_has_nothing_to_open(session: Session, new_reviewer: NewReviewer) -> None:
    secretary, debated = new_reviewer("68"), idea(session, "K7Q2MX")
    first = meeting(session, secretary, debated, phase=Phase.CLOSED)
    meeting(session, secretary, debated)
    with pytest.raises(Refused):
        meetings.move_phase(session, secretary, first.id, Phase.OPINIONS, first.version)
    assert tell(session, secretary, first) == [("K7Q2MX", [])]


def test_an_idea_taken_off_by_mistake_comes_back_with_its_opinions(
    session: Session, new_reviewer: NewReviewer, members: list[Reviewer]
) -> None:
    secretary, debated = new_reviewer("68"), idea(session, "K7Q2MX")
    held = meeting(session, secretary, debated)
    give(session, members[0], Verdict.FAVOURABLE)
    session.refresh(debated)
    meetings.take_off_agenda(session, secretary, debated, held, debated.version)
    session.commit()
    assert (tell(session, secretary, held), debated.opinion_count) == ([], 0)
    meetings.put_on_agenda(session, secretary, debated, held)
    session.commit()
    assert (tell(session, secretary, held), debated.opinion_count) == ([("K7Q2MX", [Verdict.FAVOURABLE])], 1)
    assert session.scalars(select(PastItem)).all() == []


def test_a_record_keeps_the_decision_of_its_meeting_when_another_revises_it(
    session: Session, mind: Mind, new_reviewer: NewReviewer
) -> None:
    secretary, debated = new_reviewer("68"), idea(session, "K7Q2MX")

    def decide(status: Status, forwarded_to: str = "") -> None:
        decision = Decision(status, "Réaliste.", "Oui.", "Oui.", forwarded_to)
        decisions.draft_decision(session, mind, secretary, "K7Q2MX", decision, version=debated.version, now=NOW)
        publication.publish(session, secretary, {"K7Q2MX": debated.version}, LATER)

    first = meeting(session, secretary, debated, phase=Phase.CLOSED)
    decide(Status.FORWARDED, "la mairie")
    second = meeting(session, secretary, debated, phase=Phase.CLOSED)
    decide(Status.RETAINED)
    session.commit()
    (item,) = meetings.list_past(session, first).values()
    now = decisions.list_published(session, [debated])[debated.id]
    assert item.decision is not None
    assert (item.decision.to_status, item.decision.forwarded_to) == (Status.FORWARDED, "la mairie")
    assert (now.to_status, now.forwarded_to, meetings.list_past(session, second)) == (Status.RETAINED, None, {})


def test_what_is_erased_leaves_the_records_too(
    session: Session, mind: Mind, new_reviewer: NewReviewer, members: list[Reviewer]
) -> None:
    debated, first, _second = postpone(session, new_reviewer("68"), members)
    session.execute(delete(Change).where(Change.contribution_id == debated.id))
    session.execute(delete(Contribution).where(Contribution.id == debated.id))
    session.commit()
    session.expire_all()
    assert session.scalars(select(PastItem)).all() == []
    assert session.scalars(select(Opinion)).all() == []
    assert tell(session, members[0], first) == [("AAAAA2", [])]


# Stale pages


def test_an_idea_is_taken_off_its_own_meeting_and_no_other(session: Session, new_reviewer: NewReviewer) -> None:
    secretary, debated = new_reviewer("68"), idea(session, "K7Q2MX")
    stale, held = (meeting(session, secretary, one) for one in (idea(session, "AAAAA2"), debated))
    with pytest.raises(Refused) as refused:
        meetings.take_off_agenda(session, secretary, debated, stale, debated.version)
    assert str(refused.value) == "L'idée K7Q2MX est à l'ordre du jour d'une autre séance : rien n'est retiré."
    assert debated.meeting_id == held.id


def test_of_two_who_change_an_agenda_the_second_is_told_and_a_double_click_is_harmless(
    session: Session, new_reviewer: NewReviewer
) -> None:
    secretary, debated = new_reviewer("68"), idea(session, "K7Q2MX")
    held, other = (meeting(session, secretary, phase=Phase.INSTRUCTION) for _ in range(2))
    read = debated.version
    for _ in range(2):
        meetings.put_on_agenda(session, secretary, debated, held, read)
        session.commit()
    assert debated.version == read + 1
    for act in (
        lambda: meetings.put_on_agenda(session, secretary, debated, other, read),
        lambda: meetings.take_off_agenda(session, secretary, debated, held, read),
    ):
        with pytest.raises(Outdated) as outdated:
            act()
        assert str(outdated.value) == CHANGED_MEANWHILE
    assert debated.meeting_id == held.id
    read = debated.version
    for _ in range(2):
        meetings.take_off_agenda(session, secretary, debated, held, read)
        session.commit()
    assert (debated.meeting_id, debated.version) == (None, read + 1)


# Published


def test_opinions_do_not_reopen_once_answers_are_published(session: Session, new_reviewer: NewReviewer) -> None:
    secretary = new_reviewer("68")
    held = meeting(session, secretary, idea(session, "K7Q2MX"), phase=Phase.CLOSED)
    held.published_at = LATER
    session.commit()
    for phase in (Phase.OPINIONS, Phase.INSTRUCTION):
        with pytest.raises(Refused) as refused:
            meetings.move_phase(session, secretary, held.id, phase, held.version)
        assert str(refused.value) == meetings.PUBLISHED
    assert meetings.move_phase(session, secretary, held.id, Phase.CLOSED, held.version).phase is Phase.CLOSED
