"""Ideas merged and separated: nothing lost, nobody counted twice, no chain, no cycle, everyone told."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Select, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.known import Mind
from extensions import db
from service import abuse, contributions, erasure, merging, people, supports
from service.errors import Forbidden, NotFound, Outdated, Refused
from service.models import Change, Contribution, OutboxMessage, Person, Purpose, Reviewer, Role, Status
from service.status import Move, move
from tests.council import LATER, NOW, citizen
from tests.postgres import ON_POSTGRESQL
from tests.saying import BUS, OTHER, SAME_BUS, say

NewReviewer = Callable[..., Reviewer]


@pytest.fixture
def secretary(new_reviewer: NewReviewer) -> Reviewer:
    return new_reviewer("68")


@pytest.fixture
def ideas(session: Session, mind: Mind) -> list[Contribution]:
    """Three that say the same, and one beside them."""
    say(session, mind, "CCCCC2", OTHER)
    return [
        say(session, mind, "AAAAA2"),
        say(session, mind, "AAAAA3", SAME_BUS, solution=None),
        say(session, mind, "AAAAA4"),
    ]


def merge(session: Session, reviewer: Reviewer, main: str, ideas: list[Contribution]) -> Contribution:
    made = merging.merge(session, reviewer, main, {one.code: one.version for one in ideas}, LATER)
    session.commit()
    return made


def separate(session: Session, reviewer: Reviewer, one: Contribution) -> None:
    merging.separate(session, reviewer, one.code, one.version, LATER)
    session.commit()


def told(session: Session) -> list[tuple[str, str]]:
    rows = select(Person.pseudonym, OutboxMessage.text).join(Person, Person.id == OutboxMessage.person_id)
    return [
        (name, text)
        for name, text in session.execute(rows.where(OutboxMessage.purpose == Purpose.NEWS).order_by(OutboxMessage.id))
    ]


# Merged


def test_every_original_is_kept_and_every_author_told(
    session: Session, secretary: Reviewer, ideas: list[Contribution]
) -> None:
    main, second, third = ideas
    assert merge(session, secretary, "AAAAA2", ideas) is main
    assert [(one.words, one.status, one.merged_into_id) for one in ideas] == [
        (BUS, Status.RECEIVED, None),
        (SAME_BUS, Status.MERGED, main.id),
        (BUS, Status.MERGED, main.id),
    ]
    assert merging.list_merged(session, main) == [second, third]
    news = "rejoint une idée semblable, AAAAA2. Nous vous tiendrons au courant."
    assert told(session) == [
        ("author of AAAAA3", f"Votre idée AAAAA3 {news}"),
        ("author of AAAAA4", f"Votre idée AAAAA4 {news}"),
    ]
    assert (main.support_count, main.alike) == (2, False)
    lines = session.scalars(select(Change.reason).where(Change.reviewer_id == secretary.id).order_by(Change.id))
    assert list(lines) == [
        "Regroupée avec l'idée AAAAA2.",
        "Regroupée avec l'idée AAAAA2.",
        "Réunit désormais aussi : AAAAA3, AAAAA4.",
    ]


def test_supporters_of_all_are_counted_once_each(
    session: Session, mind: Mind, secretary: Reviewer, ideas: list[Contribution]
) -> None:
    main, second, third = ideas
    for name, code in (
        ("somebody", "AAAAA2"),
        ("somebody", "AAAAA3"),
        ("somebody else", "AAAAA4"),
        ("author of AAAAA3", "AAAAA2"),
        ("author of AAAAA2", "AAAAA3"),
    ):
        supports.support(session, citizen(session, name), code, NOW)
    twice = say(session, mind, "AAAAA5", author="author of AAAAA2")
    session.commit()
    assert (main.support_count, second.support_count, third.support_count) == (2, 2, 1)
    merge(session, secretary, "AAAAA2", [*ideas, twice])
    # somebody, somebody else, and the authors of AAAAA3 and AAAAA4; its own author is no supporter
    assert main.support_count == 4


def test_who_is_in_the_group_cannot_support_it(
    session: Session, secretary: Reviewer, ideas: list[Contribution]
) -> None:
    merge(session, secretary, "AAAAA2", ideas)
    assert not supports.support(session, citizen(session, "author of AAAAA4"), "AAAAA3", NOW)
    assert supports.support(session, citizen(session, "somebody"), "AAAAA3", NOW)  # counts for the main
    session.commit()
    assert [one.support_count for one in ideas] == [3, 0, 0]


def test_whoever_follows_a_merged_idea_reads_what_becomes_of_the_main(
    session: Session, secretary: Reviewer, ideas: list[Contribution]
) -> None:
    main = merge(session, secretary, "AAAAA2", ideas)
    move(session, main, Move(Status.RETAINED, "A4.2", "", "Réponse.", "Réponse."), secretary, LATER)
    case = contributions.find_case(session, citizen(session, "author of AAAAA3"), "AAAAA3", LATER)
    assert case is not None
    assert (case.status, case.answer, case.words) == (
        "regroupée avec une idée qui dit la même chose, retenue par le CTS",
        "Réponse.",
        SAME_BUS,
    )


def test_a_second_click_changes_nothing(session: Session, secretary: Reviewer, ideas: list[Contribution]) -> None:
    before = {one.code: one.version for one in ideas}
    merge(session, secretary, "AAAAA2", ideas)
    merging.merge(session, secretary, "AAAAA2", before, LATER)
    session.commit()
    assert len(told(session)) == 2


def test_merged_into_an_answered_idea_they_are_told_the_answer(
    session: Session, secretary: Reviewer, ideas: list[Contribution]
) -> None:
    main, *_ = ideas
    for name, code in (("somebody", "AAAAA3"), ("author of AAAAA4", "AAAAA2")):
        supports.support(session, citizen(session, name), code, NOW)
    move(session, main, Move(Status.RETAINED, "A4.2", "", "Sur le site.", "Par SMS."), secretary, NOW)
    session.commit()
    merge(session, secretary, "AAAAA2", ideas)
    rows = select(Person.pseudonym, OutboxMessage.text).join(Person, Person.id == OutboxMessage.person_id)
    decisions = session.execute(rows.where(OutboxMessage.purpose == Purpose.DECISION).order_by(OutboxMessage.id))
    answer = "regroupée avec AAAAA2 : retenue par le CTS.\nRéponse du CTS : Par SMS."
    # Not the author of AAAAA4: they support AAAAA2, and were told when its answer was published.
    assert [tuple(row) for row in decisions] == [
        ("author of AAAAA3", f"Voix Santé, votre idée AAAAA3, {answer}"),
        ("somebody", f"Voix Santé, l'idée AAAAA3 que vous soutenez, {answer}"),
    ]
    assert told(session) == []


# Separated


def test_separating_restores_everything_and_the_history_keeps_both(
    session: Session, secretary: Reviewer, ideas: list[Contribution]
) -> None:
    main, second, third = ideas
    supports.support(session, citizen(session, "somebody"), "AAAAA3", NOW)
    move(session, third, Move(Status.INSTRUCTED, "A2"), secretary, NOW)
    session.commit()
    kept = [(one.status, one.axis, one.solution, one.support_count, one.alike, one.merged_into_id) for one in ideas]
    merge(session, secretary, "AAAAA2", ideas)
    separate(session, secretary, second)
    assert (main.support_count, main.alike) == (1, True)
    separate(session, secretary, third)
    session.expire_all()
    assert [
        (one.status, one.axis, one.solution, one.support_count, one.alike, one.merged_into_id) for one in ideas
    ] == kept
    lines = [(line.from_status, line.to_status, line.reason) for line in third.history[-2:]]
    assert lines == [
        (Status.INSTRUCTED, Status.MERGED, "Regroupée avec l'idée AAAAA2."),
        (Status.MERGED, Status.INSTRUCTED, "Séparée de l'idée AAAAA2."),
    ]
    assert told(session)[-1] == (
        "author of AAAAA4",
        "Votre idée AAAAA4 est de nouveau suivie à part, sous son propre code.",
    )


def test_what_was_noted_of_it_while_it_was_merged_is_no_obstacle(
    session: Session, secretary: Reviewer, ideas: list[Contribution]
) -> None:
    merge(session, secretary, "AAAAA2", ideas)
    abuse.flag(session, secretary, "AAAAA4", "insultes", is_abuse=True, version=ideas[2].version, now=LATER)
    session.commit()
    separate(session, secretary, ideas[2])
    assert (ideas[2].status, ideas[2].solution, ideas[2].flagged) == (Status.RECEIVED, "A4.2", True)


def test_separating_what_stands_alone_changes_nothing(
    session: Session, secretary: Reviewer, ideas: list[Contribution]
) -> None:
    separate(session, secretary, ideas[0])
    assert (ideas[0].version, told(session)) == (1, [])


def test_separating_what_somebody_changed_meanwhile_is_refused(
    session: Session, secretary: Reviewer, ideas: list[Contribution]
) -> None:
    merge(session, secretary, "AAAAA2", ideas)
    with pytest.raises(Outdated):
        merging.separate(session, secretary, "AAAAA3", 1, LATER)


# Refused


def test_one_that_was_changed_meanwhile_holds_up_all(
    session: Session, secretary: Reviewer, ideas: list[Contribution]
) -> None:
    versions = {one.code: one.version for one in ideas}
    move(session, ideas[2], Move(Status.INSTRUCTED, "A2"), secretary, NOW)
    session.commit()
    with pytest.raises(Outdated):
        merging.merge(session, secretary, "AAAAA2", versions, LATER)
    session.rollback()
    assert [one.merged_into_id for one in ideas] == [None, None, None]


def test_there_are_no_chains_and_no_cycles(
    session: Session, mind: Mind, secretary: Reviewer, ideas: list[Contribution]
) -> None:
    main, second, third = ideas
    fourth = say(session, mind, "AAAAA5")
    merge(session, secretary, "AAAAA2", [main, second])
    with pytest.raises(
        Refused, match=r"^AAAAA3 est elle-même regroupée avec AAAAA2 : choisissez une autre idée principale\.$"
    ):
        merge(session, secretary, "AAAAA3", [main, second])
    with pytest.raises(Refused, match=r"^AAAAA3 est déjà regroupée avec une autre idée : séparez-les d'abord\.$"):
        merge(session, secretary, "AAAAA4", [second, third])
    with pytest.raises(Refused, match=r"^AAAAA2 réunit déjà d'autres idées : choisissez-la comme idée principale\.$"):
        merge(session, secretary, "AAAAA5", [main, fourth])


def test_what_is_decided_can_only_be_the_main(session: Session, secretary: Reviewer, ideas: list[Contribution]) -> None:
    main, second, third = ideas
    move(session, second, Move(Status.RETAINED, "A4.2", "", "Oui.", "Oui."), secretary, NOW)
    third.drafted_status = Status.RETAINED
    session.commit()
    with pytest.raises(Refused, match="AAAAA3 a déjà sa décision"):
        merge(session, secretary, "AAAAA2", [main, second])
    with pytest.raises(Refused, match="Une décision sur AAAAA4 attend d'être publiée"):
        merge(session, secretary, "AAAAA2", [main, third])
    assert merge(session, secretary, "AAAAA3", [main, second]) is second


def test_rights_and_territories(
    session: Session, mind: Mind, secretary: Reviewer, new_reviewer: NewReviewer, ideas: list[Contribution]
) -> None:
    foreign = say(session, mind, "AAAAA6", departement="67")
    member, neighbour, region = new_reviewer("68", Role.MEMBER), new_reviewer("67"), new_reviewer(None)
    with pytest.raises(Forbidden):
        merge(session, member, "AAAAA2", ideas)
    with pytest.raises(NotFound):
        merge(session, neighbour, "AAAAA2", ideas)
    with pytest.raises(NotFound):
        merge(session, secretary, "AAAAA2", [ideas[0], foreign])
    with pytest.raises(NotFound):
        separate(session, neighbour, ideas[1])
    with pytest.raises(Refused, match="AAAAA6 et AAAAA2 ne sont pas du même territoire"):
        merge(session, region, "AAAAA2", [ideas[0], foreign])
    with pytest.raises(Refused, match="Cochez au moins deux idées"):
        merge(session, secretary, "AAAAA2", [ideas[0]])
    with pytest.raises(Refused, match="Choisissez l'idée principale"):
        merge(session, secretary, "CCCCC2", ideas)


# Erased


def test_when_the_main_is_erased_the_others_stand_again(
    session: Session, secretary: Reviewer, ideas: list[Contribution]
) -> None:
    merge(session, secretary, "AAAAA2", ideas)
    erasure.erase_person(session, citizen(session, "author of AAAAA2"), LATER, keep_ideas=False)
    session.commit()
    left = session.scalars(select(Contribution).where(Contribution.code.startswith("AAAAA")).order_by(Contribution.id))
    assert [(one.code, one.status, one.solution, one.merged_into_id, one.history[-1].reason) for one in left] == [
        ("AAAAA3", Status.TO_CLASSIFY, None, None, merging.MAIN_ERASED),
        ("AAAAA4", Status.RECEIVED, "A4.2", None, merging.MAIN_ERASED),
    ]


def test_when_an_answered_main_is_erased_its_answer_stays_theirs(
    session: Session, secretary: Reviewer, ideas: list[Contribution]
) -> None:
    main = merge(session, secretary, "AAAAA2", ideas)
    move(session, main, Move(Status.RETAINED, "A4.2", "", "Réponse.", "Réponse."), secretary, LATER)
    session.commit()
    before = told(session)
    erasure.erase_person(session, citizen(session, "author of AAAAA2"), LATER, keep_ideas=False)
    session.commit()
    third = session.scalars(select(Contribution).where(Contribution.code == "AAAAA4")).one()
    assert (third.status, third.answer, third.answer_sms) == (Status.RETAINED, "Réponse.", "Réponse.")
    assert (third.answered_at, third.answered_after, third.merged_into_id) == (LATER, None, None)
    assert told(session) == before


def test_when_the_only_look_alike_is_erased_nothing_is_alike_any_more(
    session: Session, ideas: list[Contribution]
) -> None:
    for name in ("author of AAAAA2", "author of AAAAA3"):
        assert ideas[2].alike
        erasure.erase_person(session, citizen(session, name), LATER, keep_ideas=False)
        session.commit()
    assert not ideas[2].alike


def test_when_a_merged_one_is_erased_it_is_no_longer_counted(
    session: Session, secretary: Reviewer, ideas: list[Contribution]
) -> None:
    main = merge(session, secretary, "AAAAA2", ideas)
    erasure.erase_person(session, citizen(session, "author of AAAAA3"), LATER, keep_ideas=False)
    session.commit()
    assert (main.support_count, [one.code for one in merging.list_merged(session, main)]) == (1, ["AAAAA4"])


def test_whose_author_is_forgotten_stays_counted(
    session: Session, secretary: Reviewer, ideas: list[Contribution]
) -> None:
    main = merge(session, secretary, "AAAAA2", ideas)
    erasure.erase_person(session, citizen(session, "author of AAAAA3"), LATER, keep_ideas=True)
    supports.support(session, citizen(session, "somebody"), "AAAAA2", NOW)
    session.commit()
    erasure.erase_person(session, citizen(session, "somebody"), LATER, keep_ideas=True)
    session.commit()
    assert (main.support_count, supports.count_supporters(session, main)) == (3, 3)


# At once


def merge_crosswise(app: Flask, secretary: Reviewer, ideas: list[Contribution]) -> list[str]:
    """Two secretaries at once: one merges the first into the second, the other the second into the third."""
    codes = [one.code for one in ideas]
    versions = {one.code: one.version for one in ideas}
    number = secretary.id
    db.session.rollback()
    ready = threading.Barrier(2)
    outcomes: list[str] = []

    def merge_two(main: str, other: str) -> None:
        with app.app_context(), Session(db.engine) as session:
            reviewer = session.get_one(Reviewer, number)
            if session.get_bind().dialect.name == "sqlite":
                session.rollback()  # there a transaction is alone from its start
            ready.wait()
            try:
                merging.merge(session, reviewer, main, {main: versions[main], other: versions[other]}, LATER)
                meet()
                session.commit()
                outcomes.append("merged")
            except (Refused, Outdated) as error:
                outcomes.append(type(error).__name__)

    def meet() -> None:
        """Give the other the time to read the same rows, if nothing holds it back."""
        threading.Event().wait(0.3)

    threads = [threading.Thread(target=merge_two, args=args) for args in ((codes[1], codes[0]), (codes[2], codes[1]))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def has_a_chain(session: Session) -> bool:
    session.expire_all()
    merged = session.scalars(select(Contribution).where(Contribution.merged_into_id.is_not(None)))
    return any(one.merged_into and one.merged_into.merged_into_id for one in merged)


def test_of_two_mergings_that_would_make_a_chain_one_is_refused(
    app: Flask, session: Session, secretary: Reviewer, ideas: list[Contribution]
) -> None:
    outcomes = merge_crosswise(app, secretary, ideas)
    assert outcomes[1] == "merged"
    assert outcomes[0] in {"Refused", "Outdated"}
    assert not has_a_chain(session)


@ON_POSTGRESQL
def test_without_the_lock_there_would_be_a_chain(
    app: Flask, session: Session, secretary: Reviewer, ideas: list[Contribution], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin, on PostgreSQL: on SQLite the whole transaction is alone, with or without the rows' locks."""
    monkeypatch.setattr(merging, "hold", lambda session, condition: ideas)
    assert merge_crosswise(app, secretary, ideas) == ["merged", "merged"]
    assert has_a_chain(session)


def test_two_rows_of_one_person_become_one_supporter(session: Session, ideas: list[Contribution]) -> None:
    """After a change of the pepper somebody is known twice, until they write."""
    for name, code in (("old:1", "AAAAA2"), ("new:1", "AAAAA2"), ("old:1", "AAAAA3")):
        supports.support(session, citizen(session, name), code, NOW)
    one = people.hold_person(session, ("new:1", "old:1"), citizen(session, "new:1").channel, NOW)
    session.commit()
    assert [supports.is_among(session, idea, one) for idea in ideas] == [True, True, False]


def support_while_merged(app: Flask, secretary: Reviewer, ideas: list[Contribution], held: Select[Person]) -> list[str]:
    """The author of an idea supports another one, at the moment when a secretary merges the first into it.

    ``held``: how the author's message holds them.
    """
    main, other = ideas[:2]
    versions, number = {one.code: one.version for one in (main, other)}, secretary.id
    db.session.rollback()
    is_held, outcomes = threading.Event(), []

    def write() -> None:
        with app.app_context(), Session(db.engine) as session:
            person = session.scalars(held).one()
            is_held.set()
            threading.Event().wait(0.3)  # for the secretary to hold the ideas
            try:
                outcomes.append(f"supported: {supports.support(session, person, 'AAAAA2', LATER)}")
                session.commit()
            except OperationalError:
                outcomes.append("deadlock")

    def gather() -> None:
        with app.app_context(), Session(db.engine) as session:
            is_held.wait()
            try:
                merging.merge(session, session.get_one(Reviewer, number), "AAAAA2", versions, LATER)
                session.commit()
                outcomes.append("merged")
            except OperationalError:
                outcomes.append("deadlock")

    threads = [threading.Thread(target=act) for act in (write, gather)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


AUTHOR = select(Person).where(Person.pseudonym == "author of AAAAA3")


def test_who_supports_an_idea_while_theirs_is_merged_into_it_waits_for_nobody_crosswise(
    app: Flask, session: Session, secretary: Reviewer, ideas: list[Contribution]
) -> None:
    outcomes = support_while_merged(app, secretary, ideas, AUTHOR.with_for_update(key_share=True))
    assert outcomes[0] == "merged"
    session.expire_all()
    main = session.scalars(select(Contribution).where(Contribution.code == "AAAAA2")).one()
    assert (main.support_count, supports.count_supporters(session, main)) == (1, 1)


@ON_POSTGRESQL
def test_held_against_what_is_owed_to_them_they_would(
    app: Flask, session: Session, secretary: Reviewer, ideas: list[Contribution]
) -> None:
    """The twin, on PostgreSQL: on SQLite the whole transaction is alone."""
    assert "deadlock" in support_while_merged(app, secretary, ideas, AUTHOR.with_for_update())
