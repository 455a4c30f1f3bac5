"""The only door to a contribution's status: who may, what may follow what, what is written down."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.effects import NewContribution
from bot.matching import load_matcher
from extensions import db
from service import contributions, people, review
from service.errors import NotFound, Outdated, Refused
from service.keyring import Keyring
from service.models import Change, Contribution, Reviewer, Status
from service.review import Decision

KEYRING = Keyring(("a pepper for the tests",))
MATCHER = load_matcher()
NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=1)
NewReviewer = Callable[[str | None], Reviewer]
RETAINED = Decision(Status.RETAINED, "A4.2", "Réaliste.", "Merci, le CTS retient votre idée.", 1)
OUTDATED = "Cette contribution a été modifiée pendant que vous l'instruisiez : relisez-la."
NOT_FOUND = "Cette contribution n'existe pas, ou n'est pas de votre territoire."


def queue(
    session: Session, code: str = "K7Q2MX", departement: str = "68", solution: str | None = "A2.1"
) -> Contribution:
    author = people.hold_person(session, ("1:author",), Channel.SMS, NOW)
    new = NewContribution(code, "un bus dentaire", departement, None, solution and solution[:2], solution, ())
    made = contributions.queue(session, KEYRING, MATCHER, author, new, NOW)
    session.commit()
    return made


def decide(session: Session, reviewer: Reviewer, decision: Decision = RETAINED, code: str = "K7Q2MX") -> Contribution:
    return review.decide(session, reviewer, code, decision, LATER)


def history(session: Session, contribution: Contribution) -> list[Change]:
    return list(session.scalars(select(Change).where(Change.contribution_id == contribution.id).order_by(Change.id)))


# Who may


@pytest.fixture
def three_territories(session: Session) -> None:
    for code, departement in (("AAAAAA", "68"), ("CCCCCC", "51"), ("DDDDDD", "68"), ("EEEEEE", "67")):
        queue(session, code, departement)


@pytest.mark.parametrize(
    ("departement", "codes"),
    [
        pytest.param("68", ["AAAAAA", "DDDDDD"], id="Haut-Rhin"),
        pytest.param("51", ["CCCCCC"], id="Marne"),
        pytest.param("88", [], id="Vosges"),
        pytest.param(None, ["AAAAAA", "CCCCCC", "DDDDDD", "EEEEEE"], id="region"),
    ],
)
@pytest.mark.usefixtures("three_territories")
def test_a_reviewer_sees_their_territory_and_the_region_sees_all(
    session: Session, new_reviewer: NewReviewer, departement: str | None, codes: list[str]
) -> None:
    reviewer = new_reviewer(departement)
    assert [found.code for found in review.list_queue(session, reviewer, review.OPEN)] == codes
    assert review.count_by_status(session, reviewer)[Status.RECEIVED] == len(codes)


@pytest.mark.usefixtures("three_territories")
def test_the_region_may_look_at_one_territory_and_a_territory_at_no_other(
    session: Session, new_reviewer: NewReviewer
) -> None:
    region, marne = new_reviewer(None), new_reviewer("51")
    assert [found.code for found in review.list_queue(session, region, review.OPEN, "68")] == ["AAAAAA", "DDDDDD"]
    assert review.count_by_status(session, region, "68")[Status.RECEIVED] == 2
    assert review.list_queue(session, marne, review.OPEN, "68") == []
    assert review.count_by_status(session, marne, "68") == dict.fromkeys(Status, 0)


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda s, r, code: review.read_contribution(s, r, code), id="read"),
        pytest.param(lambda s, r, code: decide(s, r, RETAINED, code), id="decide"),
    ],
)
@pytest.mark.parametrize("code", ["CCCCCC", "ZZZZZZ"], ids=["another territory's", "nobody's"])
@pytest.mark.usefixtures("three_territories")
def test_another_territorys_contribution_is_as_good_as_none(
    session: Session, new_reviewer: NewReviewer, act: Callable[[Session, Reviewer, str], object], code: str
) -> None:
    with pytest.raises(NotFound) as refused:
        act(session, new_reviewer("68"), code)
    assert str(refused.value) == NOT_FOUND
    assert session.scalars(select(Contribution.status).distinct()).all() == [Status.RECEIVED]


def test_the_region_may_decide_everywhere(session: Session, new_reviewer: NewReviewer) -> None:
    queue(session, departement="51")
    assert decide(session, new_reviewer(None)).status is Status.RETAINED


# What may follow what

LEGAL = [(before, after) for before in Status for after in Status if after is not Status.RECEIVED]


@pytest.mark.parametrize(("before", "after"), LEGAL, ids=[f"{before} to {after}" for before, after in LEGAL])
def test_any_decision_may_follow_any_state(
    session: Session, new_reviewer: NewReviewer, before: Status, after: Status
) -> None:
    queue(session).status = before
    session.commit()
    version = session.scalars(select(Contribution.version)).one()
    made = decide(session, new_reviewer("68"), Decision(after, "A4.2", "motif", "réponse", version))
    assert (made.status, made.answer) == (after, "réponse")
    line = history(session, made)[-1]
    assert (line.from_status, line.to_status) == (before, after)


@pytest.mark.parametrize("before", Status)
def test_nothing_returns_to_received(session: Session, new_reviewer: NewReviewer, before: Status) -> None:
    queue(session).status = before
    session.commit()
    version = session.scalars(select(Contribution.version)).one()
    with pytest.raises(Refused) as refused:
        decide(session, new_reviewer("68"), Decision(Status.RECEIVED, None, "motif", "réponse", version))
    assert str(refused.value) == "Ce changement d'état n'est pas possible."


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param({"status": Status.NOT_RETAINED, "reason": ""}, "Indiquez pourquoi l'idée n'est pas retenue.", id="no reason"),
        pytest.param({"status": Status.NOT_RETAINED, "reason": " \n"}, "Indiquez pourquoi l'idée n'est pas retenue.", id="a blank reason"),
        pytest.param({"status": Status.NOT_RETAINED, "answer": ""}, "Écrivez la réponse que la personne recevra.", id="not retained, no answer"),
        pytest.param({"status": Status.RETAINED, "answer": " "}, "Écrivez la réponse que la personne recevra.", id="retained, a blank answer"),
        pytest.param({"status": Status.BECAME_PROJECT, "answer": ""}, "Écrivez la réponse que la personne recevra.", id="a project, no answer"),
        pytest.param({"answer": "é" * 1001}, "La réponse dépasse 1000 caractères : raccourcissez-la.", id="1001 characters"),
    ],
)  # fmt: skip
def test_a_decision_that_breaks_a_rule_is_refused_and_changes_nothing(
    session: Session, new_reviewer: NewReviewer, changes: dict[str, object], sentence: str
) -> None:
    made = queue(session)
    with pytest.raises(Refused) as refused:
        decide(session, new_reviewer("68"), replace(RETAINED, **changes))  # type: ignore[arg-type]
    assert str(refused.value) == sentence
    session.rollback()
    assert (made.status, made.answer, made.version, len(history(session, made))) == (Status.RECEIVED, None, 1, 1)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"status": Status.RETAINED, "reason": ""}, id="retained without a reason"),
        pytest.param({"status": Status.TO_CLASSIFY, "reason": "", "answer": ""}, id="to classify without a word"),
        pytest.param({"answer": "é" * 1000}, id="an answer of 1000 characters"),
    ],
)
def test_a_decision_that_keeps_the_rules_is_carried_out(
    session: Session, new_reviewer: NewReviewer, changes: dict[str, object]
) -> None:
    queue(session)
    decision = replace(RETAINED, **changes)  # type: ignore[arg-type]
    assert decide(session, new_reviewer("68"), decision).status is decision.status


# What is written down


def test_a_decision_changes_the_contribution_and_adds_a_line_to_its_history(
    session: Session, new_reviewer: NewReviewer
) -> None:
    noise, made, reviewer = queue(session, "NACDEF"), queue(session), new_reviewer("68")
    decide(session, reviewer, Decision(Status.NOT_RETAINED, "A4.2", " Déjà fait. ", " Un bus existe déjà. ", 1))
    session.commit()
    assert (made.status, made.solution, made.axis) == (Status.NOT_RETAINED, "A4.2", "A4")
    assert (made.answer, made.version) == ("Un bus existe déjà.", 2)
    line = history(session, made)[-1]
    assert (line.reviewer_id, line.at, line.reason, line.answer) == (
        reviewer.id,
        LATER,
        "Déjà fait.",
        "Un bus existe déjà.",
    )
    assert (line.from_status, line.to_status) == (Status.RECEIVED, Status.NOT_RETAINED)
    assert (line.from_solution, line.to_solution) == ("A2.1", "A4.2")
    assert (noise.status, noise.version, len(history(session, noise))) == (Status.RECEIVED, 1, 1)


def test_words_and_what_the_citizen_chose_are_never_changed(session: Session, new_reviewer: NewReviewer) -> None:
    made = queue(session)
    decide(session, new_reviewer("68"))
    session.commit()
    assert (made.words, made.chosen_by_citizen) == ("un bus dentaire", "A2.1")


def test_a_decision_may_be_revised_and_both_are_in_the_history(session: Session, new_reviewer: NewReviewer) -> None:
    made, first, second = queue(session), new_reviewer("68"), new_reviewer(None)
    decide(session, first)
    session.commit()
    decide(session, second, Decision(Status.BECAME_PROJECT, "A4.2", "", "C'est fait.", 2))
    session.commit()
    assert [(line.reviewer_id, line.from_status, line.to_status) for line in history(session, made)] == [
        (None, None, Status.RECEIVED),
        (first.id, Status.RECEIVED, Status.RETAINED),
        (second.id, Status.RETAINED, Status.BECAME_PROJECT),
    ]


def test_every_state_is_counted_even_those_with_none(session: Session, new_reviewer: NewReviewer) -> None:
    queue(session, "AAAAAA", "51")
    queue(session, "CCCCCC")
    queue(session, "DDDDDD", solution=None)
    queue(session, "EEEEEE", solution=None)
    assert review.count_by_status(session, new_reviewer("68")) == {
        Status.RECEIVED: 1,
        Status.TO_CLASSIFY: 2,
        Status.RETAINED: 0,
        Status.NOT_RETAINED: 0,
        Status.BECAME_PROJECT: 0,
    }


# Order


def test_the_queue_is_read_in_pages_oldest_first(session: Session, new_reviewer: NewReviewer) -> None:
    letters = "ACDEFGHJ"
    codes = [f"AAAA{a}{b}" for a in letters for b in letters][: review.PAGE + 2]
    for code in codes:
        queue(session, code)
    queue(session, "NACDEF", "51")
    reviewer = new_reviewer("68")
    first = review.list_queue(session, reviewer, review.OPEN)
    assert [found.code for found in first] == codes[: review.PAGE + 1]
    last_shown = first[review.PAGE - 1]
    rest = review.list_queue(session, reviewer, review.OPEN, after=last_shown.id)
    assert [found.code for found in rest] == codes[review.PAGE :]


def test_only_the_states_asked_for_are_listed(session: Session, new_reviewer: NewReviewer) -> None:
    queue(session, "AAAAAA")
    queue(session, "CCCCCC").status = Status.RETAINED
    session.commit()
    reviewer = new_reviewer("68")
    assert [found.code for found in review.list_queue(session, reviewer, (Status.RETAINED,))] == ["CCCCCC"]
    assert [found.code for found in review.list_queue(session, reviewer, tuple(Status))] == ["AAAAAA", "CCCCCC"]


@pytest.mark.parametrize(
    ("here", "following"),
    [
        pytest.param("AAAAAA", "DDDDDD", id="the next one after it"),
        pytest.param("EEEEEE", "AAAAAA", id="else the oldest before it"),
        pytest.param("CCCCCC", "DDDDDD", id="from one of another territory"),
    ],
)
def test_the_next_one_to_deal_with_is_the_oldest_after_this_one(
    session: Session, new_reviewer: NewReviewer, here: str, following: str
) -> None:
    queue(session, "AAAAAA")
    queue(session, "CCCCCC", "51")
    queue(session, "DDDDDD", solution=None)
    queue(session, "EEEEEE")
    queue(session, "FFFFFF").status = Status.RETAINED
    session.commit()
    assert review.next_open(session, new_reviewer("68"), here) == following


def test_when_all_is_done_there_is_no_next_one(session: Session, new_reviewer: NewReviewer) -> None:
    queue(session, "CCCCCC", "51")
    queue(session)
    assert review.next_open(session, new_reviewer("68"), "K7Q2MX") is None


# Two at once


def test_a_decision_on_what_somebody_else_changed_is_outdated_and_saves_nothing(
    session: Session, new_reviewer: NewReviewer
) -> None:
    made = queue(session)
    decide(session, new_reviewer("68"))
    session.commit()
    with pytest.raises(Outdated) as refused:
        decide(session, new_reviewer("68"), Decision(Status.NOT_RETAINED, None, "Trop cher.", "Non.", 1))
    assert str(refused.value) == OUTDATED
    session.rollback()
    assert (made.status, made.answer, len(history(session, made))) == (Status.RETAINED, RETAINED.answer, 2)


def decide_at_once(app: Flask, deciders: list[int], decision: Decision) -> Counter[str]:
    """Each reviewer decides in a thread and a transaction of their own, all let go together; how each ended."""
    start = threading.Barrier(len(deciders))
    ends: Counter[str] = Counter()

    def run(reviewer_id: int) -> None:
        with app.app_context():
            start.wait()
            own = db.session()
            try:
                reviewer = own.get_one(Reviewer, reviewer_id)
                review.decide(own, reviewer, "K7Q2MX", decision, LATER)
                own.commit()
                ends["saved"] += 1
            except Outdated as error:
                own.rollback()
                ends[str(error)] += 1

    threads = [threading.Thread(target=run, args=(reviewer_id,)) for reviewer_id in deciders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def ids_of_reviewers(session: Session, new_reviewer: NewReviewer, number: int) -> list[int]:
    ids = [new_reviewer("68").id for _ in range(number)]
    session.commit()
    return ids


def test_of_reviewers_who_decide_at_once_one_is_saved_and_the_others_are_told(
    app: Flask, session: Session, new_reviewer: NewReviewer
) -> None:
    made = queue(session)
    made_id = made.id
    deciders = ids_of_reviewers(session, new_reviewer, 6)
    assert decide_at_once(app, deciders, RETAINED) == Counter({"saved": 1, OUTDATED: 5})
    session.expire_all()
    assert len(history(session, session.get_one(Contribution, made_id))) == 2


def test_without_the_version_check_the_last_of_them_silently_wins(
    app: Flask, session: Session, new_reviewer: NewReviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: with neither the form's version nor the row's looked at, all are saved over one another."""

    class AnyVersion(int):
        def __ne__(self, other: object) -> bool:
            return False

        __hash__ = int.__hash__

    made = queue(session)
    made_id = made.id
    deciders = ids_of_reviewers(session, new_reviewer, 6)
    mapper = Contribution.__mapper__
    monkeypatch.setattr(mapper, "version_id_col", None)
    monkeypatch.setattr(mapper, "_memoized_values", {})  # where its UPDATE is kept, version and all
    assert decide_at_once(app, deciders, replace(RETAINED, version=AnyVersion(1))) == Counter({"saved": 6})
    session.expire_all()
    assert len(history(session, session.get_one(Contribution, made_id))) == 7
