"""Meetings of a council: held, with an agenda, moved from phase to phase."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from service import meetings
from service.errors import Forbidden, NotFound, Outdated, Refused
from service.models import Meeting, Phase, Reviewer, Role, Status
from tests.council import idea, meeting

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
        lambda: meetings.take_off_agenda(session, member, debated),
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
    meetings.take_off_agenda(session, secretary, debated[0])
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
        meetings.take_off_agenda(session, secretary, debated)
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
