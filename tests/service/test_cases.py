"""One contribution on a reviewer's desk: who may, what a classification does, notes, and two who save at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from extensions import db
from service import bulk, cases
from service.bulk import Chosen
from service.errors import Forbidden, NotFound, Outdated, Refused
from service.models import Change, Contribution, Note, PhraseProposal, Reviewer, Role, Status
from service.status import CHANGED_MEANWHILE, DECISIONS
from tests.council import LATER, NOW, idea

NewReviewer = Callable[..., Reviewer]


@pytest.fixture
def secretary(new_reviewer: NewReviewer) -> Reviewer:
    return new_reviewer("68")


@pytest.fixture
def found(session: Session) -> Contribution:
    """The idea on the desk, as it was received; another beside it."""
    idea(session, "CCCCC2", status=Status.RECEIVED)
    return idea(session, "K7Q2MX", status=Status.RECEIVED, solution=None)


def instruct(
    session: Session,
    reviewer: Reviewer,
    solution: str | None = "A4.2",
    *,
    reason: str = "",
    told_by: tuple[str, ...] = (),
    version: int = 1,
    code: str = "K7Q2MX",
) -> Contribution:
    made = cases.instruct(session, reviewer, code, solution, reason=reason, told_by=told_by, version=version, now=LATER)
    session.commit()
    return made


def history(session: Session, code: str = "K7Q2MX") -> list[tuple[Status, str | None, str]]:
    """State, classification and reason of each line."""
    lines = session.scalars(select(Change).join(Contribution).where(Contribution.code == code).order_by(Change.id))
    return [(line.to_status, line.to_solution, line.reason) for line in lines]


# Who may


@pytest.mark.parametrize("code", ["NACDE2", "ZZZZZZ", "\0", "k7q2mx"])
@pytest.mark.parametrize(
    "act",
    [
        pytest.param(cases.read_case, id="read"),
        pytest.param(lambda s, r, code: instruct(s, r, code=code), id="instruct"),
        pytest.param(lambda s, r, code: cases.add_note(s, r, code, "Vu.", NOW), id="note"),
    ],
)
def test_another_territorys_contribution_is_as_good_as_none(
    session: Session, secretary: Reviewer, act: Callable[[Session, Reviewer, str], object], code: str
) -> None:
    idea(session, "NACDE2", departement="51", status=Status.RECEIVED)
    with pytest.raises(NotFound) as refused:
        act(session, secretary, code)
    assert str(refused.value) == "Cette idée n'existe pas, ou n'est pas de votre territoire."
    assert (history(session, "NACDE2"), session.scalars(select(Note)).all()) == ([], [])


def test_a_member_reads_and_changes_nothing(session: Session, new_reviewer: NewReviewer, found: Contribution) -> None:
    member = new_reviewer("68", Role.MEMBER)
    assert cases.read_case(session, member, "K7Q2MX") is found
    with pytest.raises(Forbidden):
        instruct(session, member)
    with pytest.raises(Forbidden):
        cases.add_note(session, member, "K7Q2MX", "Vu.", NOW)
    assert (found.version, history(session)) == (1, [])


def test_the_region_instructs_everywhere(session: Session, new_reviewer: NewReviewer) -> None:
    idea(session, "NACDE2", departement="51", status=Status.RECEIVED)
    assert instruct(session, new_reviewer(None), code="NACDE2").status is Status.INSTRUCTED


# What it does


@pytest.mark.parametrize(
    ("solution", "expected"),
    [
        pytest.param("A4.2", (Status.INSTRUCTED, "A4", "A4.2"), id="a solution"),
        pytest.param("A4", (Status.INSTRUCTED, "A4", None), id="an axis alone"),
        pytest.param(None, (Status.TO_CLASSIFY, None, None), id="none yet"),
    ],
)
def test_what_is_classified_is_ready_for_the_council(
    session: Session, secretary: Reviewer, found: Contribution, solution: str | None, expected: tuple[object, ...]
) -> None:
    made = instruct(session, secretary, solution, reason=" Réaliste. ")
    assert (made.status, made.axis, made.solution) == expected
    assert history(session) == [(expected[0], solution, "Réaliste.")]
    assert history(session, "CCCCC2") == []


@pytest.mark.parametrize("decided", DECISIONS)
def test_one_that_is_decided_stays_so_with_its_answer(
    session: Session, secretary: Reviewer, found: Contribution, decided: Status
) -> None:
    found.status, found.answer, found.answer_sms, found.linked_project = decided, "Merci.", "Merci", "bus"
    session.commit()
    made = instruct(session, secretary, "A2.1", version=found.version)
    assert (made.status, made.solution) == (decided, "A2.1")
    assert (made.answer, made.answer_sms, made.linked_project) == ("Merci.", "Merci", "bus")


def test_words_and_what_the_citizen_chose_are_never_changed(
    session: Session, secretary: Reviewer, found: Contribution
) -> None:
    found.chosen_by_citizen = "A2.2"
    session.commit()
    made = instruct(session, secretary, version=found.version)
    assert (made.words, made.chosen_by_citizen) == ("un bus dentaire, dit K7Q2MX", "A2.2")


def test_a_merged_idea_is_not_classified(session: Session, secretary: Reviewer, found: Contribution) -> None:
    found.status = Status.MERGED
    session.commit()
    with pytest.raises(Refused) as refused:
        instruct(session, secretary, version=found.version)
    assert str(refused.value) == "Cette idée est regroupée avec une autre : séparez-les d'abord."


def test_a_double_click_classifies_once(session: Session, secretary: Reviewer, found: Contribution) -> None:
    for _ in range(2):
        assert instruct(session, secretary, "A4.2", reason="Réaliste.").version == 2
    assert history(session) == [(Status.INSTRUCTED, "A4.2", "Réaliste.")]


def test_the_words_that_should_have_counted_go_with_the_correction(
    session: Session, secretary: Reviewer, found: Contribution
) -> None:
    found.words = "Un bus DENTAIRE pour les aînés, appelez le [téléphone] : le bus"
    session.commit()
    instruct(session, secretary, "A4.2", told_by=("aînés", "DENTAIRE", "téléphone", "rien", "le"), version=2)
    (made,) = session.scalars(select(PhraseProposal))
    assert (made.label, made.told_by) == ("A4.2", ["DENTAIRE", "aînés"])
    instruct(session, secretary, "A4.2", told_by=("bus",), version=3)  # the same again, with a word ticked
    assert made.told_by == ["bus"]


# Notes


def test_a_note_is_read_by_colleagues_in_order_and_changes_no_version(
    session: Session, new_reviewer: NewReviewer, secretary: Reviewer, found: Contribution
) -> None:
    cases.add_note(session, secretary, "K7Q2MX", " À voir avec l'ARS. ", NOW)
    cases.add_note(session, new_reviewer("68", name="Dominique"), "K7Q2MX", "Vu.", LATER)
    cases.add_note(session, secretary, "CCCCC2", "Autre chose.", NOW)
    session.commit()
    notes = cases.list_notes(session, found)
    assert [(one.reviewer.name, one.words, one.at) for one in notes] == [
        ("Camille", "À voir avec l'ARS.", NOW),
        ("Dominique", "Vu.", LATER),
    ]
    assert found.version == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(" \n", "Écrivez la note.", id="blank"),
        pytest.param("é" * 2001, "La note dépasse 2000 caractères : raccourcissez-la.", id="too long"),
    ],
)
@pytest.mark.usefixtures("found")
def test_a_note_that_says_nothing_or_too_much_is_refused(
    session: Session, secretary: Reviewer, words: str, sentence: str
) -> None:
    with pytest.raises(Refused) as refused:
        cases.add_note(session, secretary, "K7Q2MX", words, NOW)
    assert str(refused.value) == sentence


# Two at once


def test_a_save_on_what_somebody_else_changed_is_outdated_and_saves_nothing(
    session: Session, new_reviewer: NewReviewer, secretary: Reviewer, found: Contribution
) -> None:
    instruct(session, secretary, "A4.2")
    with pytest.raises(Outdated) as refused:
        instruct(session, new_reviewer("68"), "A2.1")
    assert str(refused.value) == CHANGED_MEANWHILE
    session.rollback()
    assert (found.solution, history(session)) == ("A4.2", [(Status.INSTRUCTED, "A4.2", "")])


Save = Callable[[Session, Reviewer], str]


def save_one(session: Session, reviewer: Reviewer) -> str:
    """How it ended."""
    try:
        cases.instruct(session, reviewer, "K7Q2MX", "A4.2", reason=reviewer.email, told_by=(), version=1, now=LATER)
        session.commit()
    except Outdated as error:
        session.rollback()
        return str(error)
    return "saved"


def save_in_bulk(session: Session, reviewer: Reviewer) -> str:
    """Both ideas, by whoever comes; how it ended for the one that others save too."""
    chosen = [Chosen("K7Q2MX", 1), Chosen("CCCCC2", 1)]
    outcome = bulk.classify(session, reviewer, chosen, "A2.1", reviewer.email, LATER)
    session.commit()
    problems = {one.code: one.problem for one in outcome.refused}
    return problems.get("K7Q2MX", "saved")


def save_at_once(app: Flask, savers: list[tuple[int, Save]]) -> Counter[str]:
    """Each saves in a thread and a transaction of their own, all let go together; how each ended."""
    start = threading.Barrier(len(savers))
    ends: Counter[str] = Counter()

    def run(reviewer_id: int, save: Save) -> None:
        with app.app_context():
            start.wait()
            own = db.session()
            ends[save(own, own.get_one(Reviewer, reviewer_id))] += 1

    threads = [threading.Thread(target=run, args=saver) for saver in savers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


@pytest.fixture
def six(session: Session, new_reviewer: NewReviewer, found: Contribution) -> list[int]:
    ids = [new_reviewer("68").id for _ in range(6)]
    session.commit()
    return ids


def mix(ids: list[int]) -> list[tuple[int, Save]]:
    """Half of them save the one idea on its page, half both ideas from the queue."""
    return [(one, save_in_bulk if place % 2 else save_one) for place, one in enumerate(ids)]


@pytest.mark.parametrize("bulk_too", [False, True], ids=["cases", "cases and bulk acts over them"])
def test_of_those_who_save_at_once_one_is_saved_and_the_others_are_told(
    app: Flask, session: Session, six: list[int], bulk_too: bool
) -> None:
    savers = mix(six) if bulk_too else [(one, save_one) for one in six]
    assert save_at_once(app, savers) == Counter({"saved": 1, CHANGED_MEANWHILE: 5})
    assert len(history(session)) == 1
    assert len(history(session, "CCCCC2")) == (1 if bulk_too else 0)  # one act over it is done, whole


@pytest.mark.parametrize("bulk_too", [False, True], ids=["cases", "cases and bulk acts over them"])
def test_without_the_version_check_they_silently_overwrite_each_other(
    app: Flask, session: Session, six: list[int], bulk_too: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: with neither the form's version nor the row's looked at."""
    mapper = Contribution.__mapper__
    monkeypatch.setattr(mapper, "version_id_col", None)
    monkeypatch.setattr(mapper, "_memoized_values", {})  # where its UPDATE is kept, version and all
    monkeypatch.setattr(cases, "check_version", lambda *_: None)
    savers = mix(six) if bulk_too else [(one, save_one) for one in six]
    assert save_at_once(app, savers) == Counter({"saved": 6})
    assert len(history(session)) == 6
