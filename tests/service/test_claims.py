"""Claims: seen by colleagues, for ten minutes, never stuck; of two who claim at once one has it."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from extensions import db
from service import cases, claims, database
from service.claims import LEASE
from service.errors import Forbidden, NotFound, Refused
from service.models import Claim, Contribution, Reviewer, Role
from tests.council import NOW, idea

NewReviewer = Callable[..., Reviewer]
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def camille(new_reviewer: NewReviewer) -> Reviewer:
    return new_reviewer("68", name="Camille")


@pytest.fixture
def dominique(new_reviewer: NewReviewer) -> Reviewer:
    return new_reviewer("68", name="Dominique")


@pytest.fixture
def found(session: Session) -> Contribution:
    """The idea that is claimed; another beside it."""
    idea(session, "CCCCC2")
    return idea(session, "K7Q2MX")


def holder(session: Session, now: dt.datetime) -> list[tuple[str, str, dt.datetime]]:
    """Which idea is whose until when, of all."""
    session.commit()
    contributions = session.scalars(select(Contribution).order_by(Contribution.id)).all()
    held = claims.read_claims(session, contributions, now)
    return [(one.code, held[one.id].reviewer.name, held[one.id].until) for one in contributions if one.id in held]


def test_a_claim_is_seen_and_expires_by_itself(session: Session, camille: Reviewer, found: Contribution) -> None:
    claims.claim(session, camille, found.code, NOW)
    assert holder(session, NOW) == [("K7Q2MX", "Camille", NOW + LEASE)]
    assert holder(session, NOW + LEASE - SECOND) == [("K7Q2MX", "Camille", NOW + LEASE)]
    assert holder(session, NOW + LEASE) == []


def test_nobody_else_claims_it_meanwhile_and_anybody_afterwards(
    session: Session, camille: Reviewer, dominique: Reviewer, found: Contribution
) -> None:
    claims.claim(session, camille, found.code, NOW)
    with pytest.raises(Refused) as refused:
        claims.claim(session, dominique, found.code, NOW + LEASE - SECOND)
    assert str(refused.value) == "Quelqu'un d'autre travaille sur cette idée."
    claims.claim(session, dominique, found.code, NOW + LEASE)
    assert holder(session, NOW + LEASE) == [("K7Q2MX", "Dominique", NOW + 2 * LEASE)]


def test_its_holder_renews_it(session: Session, camille: Reviewer, found: Contribution) -> None:
    claims.claim(session, camille, found.code, NOW)
    later = NOW + LEASE / 2
    claims.claim(session, camille, found.code, later)
    assert holder(session, later) == [("K7Q2MX", "Camille", later + LEASE)]


def test_it_may_be_taken_over_from_who_was_seen_to_have_it(
    session: Session, camille: Reviewer, dominique: Reviewer, new_reviewer: NewReviewer, found: Contribution
) -> None:
    claims.claim(session, camille, found.code, NOW)
    claims.claim(session, dominique, found.code, NOW, instead_of=camille.id)
    assert holder(session, NOW) == [("K7Q2MX", "Dominique", NOW + LEASE)]
    with pytest.raises(Refused):  # it is no longer Camille's
        claims.claim(session, new_reviewer("68"), found.code, NOW, instead_of=camille.id)
    assert holder(session, NOW) == [("K7Q2MX", "Dominique", NOW + LEASE)]


def test_it_is_given_up_by_its_holder_only(
    session: Session, camille: Reviewer, dominique: Reviewer, found: Contribution
) -> None:
    claims.claim(session, camille, found.code, NOW)
    claims.give_up(session, dominique, found.code)
    assert holder(session, NOW) == [("K7Q2MX", "Camille", NOW + LEASE)]
    claims.give_up(session, camille, found.code)
    assert holder(session, NOW) == []


def test_a_save_renews_ones_own_and_touches_no_others(
    session: Session, camille: Reviewer, dominique: Reviewer, found: Contribution
) -> None:
    claims.claim(session, camille, found.code, NOW)
    later = NOW + LEASE / 2
    for reviewer, until in ((dominique, NOW + LEASE), (camille, later + LEASE)):
        version = session.get_one(Contribution, found.id).version
        cases.instruct(session, reviewer, "K7Q2MX", "A2", reason="", told_by=(), version=version, now=later)
        assert holder(session, NOW) == [("K7Q2MX", "Camille", until)]


def test_a_claim_changes_no_version(session: Session, camille: Reviewer, found: Contribution) -> None:
    before = found.version
    claims.claim(session, camille, found.code, NOW)
    session.commit()
    assert found.version == before


def test_who_may_not_instruct_here_claims_nothing(
    session: Session, new_reviewer: NewReviewer, found: Contribution
) -> None:
    with pytest.raises(Forbidden):
        claims.claim(session, new_reviewer("68", Role.MEMBER), found.code, NOW)
    for code in ("K7Q2MX", "ZZZZZZ", "\0"):
        with pytest.raises(NotFound):
            claims.claim(session, new_reviewer("51"), code, NOW)
        with pytest.raises(NotFound):
            claims.give_up(session, new_reviewer("51"), code)
    assert holder(session, NOW) == []


def claim_at_once(app: Flask, reviewers: list[int]) -> Counter[str]:
    """Each claims in a thread and a transaction of their own, all let go together; how each ended."""
    start = threading.Barrier(len(reviewers))
    ends: Counter[str] = Counter()

    def run(reviewer_id: int) -> None:
        with app.app_context():
            start.wait()
            own = db.session()
            try:
                claims.claim(own, own.get_one(Reviewer, reviewer_id), "K7Q2MX", NOW)
                own.commit()
                ends["has it"] += 1
            except Refused:
                own.rollback()
                ends["refused"] += 1

    threads = [threading.Thread(target=run, args=(reviewer_id,)) for reviewer_id in reviewers]
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


def test_of_six_who_claim_at_once_one_has_it(app: Flask, session: Session, six: list[int]) -> None:
    assert claim_at_once(app, six) == Counter({"has it": 1, "refused": 5})
    assert session.scalars(select(Claim)).one().reviewer_id in six


def test_without_the_condition_each_believes_to_have_it(
    app: Flask, session: Session, six: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: the same statement, that does not look at who holds the row."""
    monkeypatch.setattr(claims, "insert", lambda *given: Careless(database.insert(*given)))
    assert claim_at_once(app, six) == Counter({"has it": 6})


class Careless:
    """An INSERT whose ON CONFLICT asks nothing."""

    def __init__(self, statement: object) -> None:
        self.statement = statement

    def values(self, **values: object) -> Careless:
        return Careless(self.statement.values(**values))  # type: ignore[attr-defined]

    def on_conflict_do_update(self, **how: object) -> object:
        return self.statement.on_conflict_do_update(**{**how, "where": None})  # type: ignore[attr-defined]
