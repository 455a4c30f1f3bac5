"""What an export reads: everything the filter lets through, with what stands about it elsewhere, and nothing of others."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from bot.known import Mind
from service import cases, exports, meetings, merging, opinions, publication
from service.decisions import Decision, draft_decision
from service.errors import Forbidden
from service.exports import Exported
from service.filters import Filter, Order
from service.models import Contribution, Delivery, Opening, Phase, Question, Reviewer, Role, Status, Verdict
from service.queue import count as count_queue
from tests.council import LATER, NOW, idea, meeting

NewReviewer = Callable[..., Reviewer]


def export(session: Session, reviewer: Reviewer, asked: Filter) -> list[Exported]:
    """Everything, in batches of two."""
    ids = exports.list_ids(session, reviewer, asked, NOW)
    assert len(ids) == exports.count(session, reviewer, asked, NOW)
    return [
        one for start in range(0, len(ids), 2) for one in exports.read_batch(session, ids[start : start + 2], start + 1)
    ]


def test_an_export_holds_what_the_queue_holds(session: Session, new_reviewer: NewReviewer) -> None:
    for number, code in enumerate(("AAAAA2", "BBBBB2", "CCCCC2", "DDDDD2", "EEEEE2")):
        idea(session, code, "51" if number == 2 else "68", Status.RECEIVED if number == 3 else Status.INSTRUCTED)
    camille, region = new_reviewer("68"), new_reviewer(None)
    everything = Filter("toutes", order=Order.NEWEST)
    assert [one.row.code for one in export(session, camille, everything)] == ["AAAAA2", "BBBBB2", "DDDDD2", "EEEEE2"]
    assert [one.row.code for one in export(session, region, everything)][2] == "CCCCC2"
    assert [one.row.code for one in export(session, camille, Filter())] == ["DDDDD2"]
    assert [one.place for one in export(session, region, everything)] == [1, 2, 3, 4, 5]
    assert count_queue(session, camille, everything, NOW) == 4


def test_only_those_who_instruct_export(session: Session, new_reviewer: NewReviewer) -> None:
    member = new_reviewer("68", Role.MEMBER)
    for read in (exports.list_ids, exports.count):
        with pytest.raises(Forbidden):
            read(session, member, Filter(), NOW)


def test_an_idea_is_told_with_what_stands_about_it(session: Session, mind: Mind, new_reviewer: NewReviewer) -> None:
    secretary = new_reviewer("68")
    people = {"Lou": "users", "Noa": "professionals"}
    members = [new_reviewer("68", Role.MEMBER, college, name) for name, college in people.items()]
    main, other, noise = idea(session, "AAAAA2"), idea(session, "BBBBB2"), idea(session, "CCCCC2")
    merging.merge(session, secretary, "AAAAA2", {one.code: one.version for one in (main, other)}, NOW)
    cases.add_note(session, secretary, "AAAAA2", "à voir", NOW)
    session.add(
        Question(contribution_id=main.id, reviewer_id=secretary.id, words="Où ?", asked_at=NOW, answer="À Thann")
    )
    session.add(Opening(contribution_id=main.id, reviewer_id=secretary.id, at=NOW, reason="relire"))
    held = meeting(session, secretary, main)
    opinions.give_opinion(
        session, members[0], "AAAAA2", opinions.Given(Verdict.FAVOURABLE, (4, 3, 2, None), "Oui."), NOW
    )
    opinions.give_opinion(session, members[1], "AAAAA2", opinions.Given(Verdict.RESERVED, (3, 3, None, None)), NOW)
    decision = Decision(Status.RETAINED, "Réaliste.", "Merci.", "Merci.")
    draft_decision(session, mind, secretary, "AAAAA2", decision, version=main.version, now=NOW)
    session.commit()
    drafted, merged, bare = export(session, secretary, Filter("toutes"))
    assert (drafted.row.merged_into, merged.row.merged_into, drafted.gathered) == (None, "AAAAA2", ("BBBBB2",))
    assert [(one.name, one.words) for one in drafted.notes] == [("Camille", "à voir")]
    assert [(one.words, one.answer) for one in drafted.questions] == [("Où ?", "À Thann")]
    assert [(one.question_id, one.name, one.reason) for one in drafted.openings] == [(None, "Camille", "relire")]
    assert (drafted.row.meeting_title, drafted.row.meeting_phase) == (held.title, Phase.OPINIONS)
    assert drafted.opinions is not None
    assert drafted.opinions.verdicts == {Verdict.FAVOURABLE: 1, Verdict.RESERVED: 1}
    assert [drafted.opinions.mean(place) for place in range(4)] == [3.5, 3.0, 2.0, None]
    assert {college: one.verdicts for college, one in drafted.by_college.items()} == {
        "users": {Verdict.FAVOURABLE: 1},
        "professionals": {Verdict.RESERVED: 1},
    }
    assert [(one.name, one.college, one.comment) for one in drafted.given] == [
        ("Lou", "users", "Oui."),
        ("Noa", "professionals", ""),
    ]
    assert [(one.name, one.reason, one.answer) for one in drafted.drafts] == [("Camille", "Réaliste.", "Merci.")]
    assert drafted.row.drafted_status is Status.RETAINED
    assert [one.text for one in merged.own_messages] == [
        "Votre idée BBBBB2 rejoint une idée semblable, AAAAA2. Nous vous tiendrons au courant."
    ]
    assert (bare.row.code, bare.notes, bare.opinions, bare.drafts, bare.messages) == (noise.code, (), None, (), ())

    meetings.move_phase(session, secretary, held.id, Phase.CLOSED, held.version)
    session.refresh(main)
    publication.publish(session, secretary, {"AAAAA2": main.version}, LATER)
    session.commit()
    published = export(session, secretary, Filter("decidees"))[0]
    assert (published.row.answer, published.decision.reason, published.drafts) == ("Merci.", "Réaliste.", ())
    assert [one.delivery for one in published.messages] == [Delivery.OWED] * 2  # to both authors
    assert [one.text for one in published.own_messages] == [
        "Voix Santé, votre idée AAAAA2 : retenue par le CTS.\nRéponse du CTS : Merci."
    ]
    assert (published.row.decided_at, published.row.answered_at, published.row.answered_after) == (NOW, LATER, 14)
    assert [(one.at, one.name, one.from_status, one.to_status, one.reason) for one in published.changes] == [
        (NOW, "Camille", Status.INSTRUCTED, Status.INSTRUCTED, "Réunit désormais aussi : BBBBB2."),
        (LATER, "Camille", Status.INSTRUCTED, Status.RETAINED, "Réaliste."),
    ]


def test_the_reason_is_that_of_the_decision_not_of_a_classification_after_it(
    session: Session, mind: Mind, new_reviewer: NewReviewer
) -> None:
    secretary, made = new_reviewer("68"), idea(session, "AAAAA2")
    for reason, solution, classified in (
        ("Trop cher.", "A2.1", "Mieux classée ainsi."),
        ("Encore trop cher.", "A2", ""),
    ):
        refused = Decision(Status.NOT_RETAINED, reason, "Non.", "Non.")  # the second time in the same words
        draft_decision(session, mind, secretary, "AAAAA2", refused, version=made.version, now=NOW)
        publication.publish(session, secretary, {"AAAAA2": made.version}, NOW)
        for _ in range(2):
            cases.instruct(
                session, secretary, "AAAAA2", solution, reason=classified, told_by=(), version=made.version, now=LATER
            )
            classified += " Relue."
        session.commit()
        (told,) = export(session, secretary, Filter("toutes"))
        assert (told.decision.reason, told.row.answer, told.row.solution or told.row.axis) == (reason, "Non.", solution)


def test_ids_far_apart_are_read_as_well_as_a_row_of_them(session: Session, new_reviewer: NewReviewer) -> None:
    for number in (1, 2, 3, 900, 901):
        found = idea(session, f"CODE{number % 89:02}")
        session.execute(Contribution.__table__.update().where(Contribution.id == found.id).values(id=number))  # type: ignore[attr-defined]
    session.commit()
    region = new_reviewer(None)
    cases.add_note(session, region, "CODE10", "lointaine", NOW)  # 900
    ids = exports.list_ids(session, region, Filter("toutes"), NOW)
    assert list(ids) == [1, 2, 3, 900, 901]
    assert [one.row.id for one in exports.read_batch(session, ids, 1)] == [1, 2, 3, 900, 901]
    sparse = exports.read_batch(session, [1, 900], 1)
    assert [(one.row.id, len(one.notes)) for one in sparse] == [(1, 0), (900, 1)]
    assert [one.row.id for one in exports.read_batch(session, [1, 3], 1)] == [1, 3]  # dense, and 2 is not asked for


def test_an_idea_erased_meanwhile_leaves_its_place_empty(session: Session, new_reviewer: NewReviewer) -> None:
    region = new_reviewer(None)
    for code in ("AAAAA2", "BBBBB2", "CCCCC2"):
        idea(session, code)
    ids = exports.list_ids(session, region, Filter("toutes"), NOW)
    session.delete(session.scalars(select(Contribution).where(Contribution.code == "BBBBB2")).one())
    session.commit()
    assert [(one.place, one.row.code) for one in exports.read_batch(session, ids, 1)] == [(1, "AAAAA2"), (3, "CCCCC2")]


def test_a_batch_costs_the_same_number_of_queries_however_many_ideas(
    session: Session, new_reviewer: NewReviewer
) -> None:
    region = new_reviewer(None)
    for number in range(12):
        idea(session, f"AAAA{number:02}")
    ids = exports.list_ids(session, region, Filter("toutes"), NOW)
    counted: list[int] = []
    for size in (1, 12):
        statements: list[object] = []
        bind = session.get_bind()
        listener = lambda *told, statements=statements: statements.append(told)  # noqa: E731
        event.listen(bind, "before_cursor_execute", listener)
        exports.read_batch(session, ids[:size], 1)
        event.remove(bind, "before_cursor_execute", listener)
        counted.append(len(statements))
    assert counted[0] == counted[1]
