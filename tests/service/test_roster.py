"""Who has an account: listed, given another post, closed and opened again."""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from extensions import db
from service import roster, sign_ins
from service.errors import Forbidden, NotFound, Refused
from service.models import Reviewer, Role
from tests.postgres import ON_POSTGRESQL

NewReviewer = Callable[..., Reviewer]
NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)


def test_people_are_listed_by_territory_and_name_the_closed_last(session: Session, new_reviewer: NewReviewer) -> None:
    region = new_reviewer(None, name="Zoé")
    marne = new_reviewer("51", name="Lou")
    noa, alex = new_reviewer("68", Role.MEMBER, name="Noa"), new_reviewer("68", name="Alex")
    gone = new_reviewer("51", name="Alix")
    gone.closed_at = NOW
    session.flush()
    assert roster.list_people(session, region) == [region, marne, alex, noa, gone]
    assert roster.list_people(session, marne) == [marne, gone]
    with pytest.raises(Forbidden):
        roster.list_people(session, noa)


def test_a_new_post_signs_its_owner_out(session: Session, new_reviewer: NewReviewer) -> None:
    region, noise, reviewer = new_reviewer(None), new_reviewer("68"), new_reviewer("68")
    tokens = [sign_ins.open_session(session, one, "x", NOW) for one in (noise, reviewer)]
    roster.assign(session, region, reviewer.id, Role.MEMBER, "51", "users")
    assert (reviewer.role, reviewer.departement, reviewer.college) == (Role.MEMBER, "51", "users")
    assert [sign_ins.find(session, token, NOW) is not None for token in tokens] == [True, False]


def test_the_same_post_again_changes_nothing(session: Session, new_reviewer: NewReviewer) -> None:
    region, reviewer = new_reviewer(None), new_reviewer("68")
    token = sign_ins.open_session(session, reviewer, "x", NOW)
    roster.assign(session, region, reviewer.id, Role.SECRETARY, "68", None)
    assert sign_ins.find(session, token, NOW) is not None


def test_a_closed_account_is_signed_out_and_opens_again(session: Session, new_reviewer: NewReviewer) -> None:
    region, reviewer = new_reviewer(None), new_reviewer("68")
    token = sign_ins.open_session(session, reviewer, "x", NOW)
    roster.close(session, region, reviewer.id, NOW)
    roster.close(session, region, reviewer.id, NOW + dt.timedelta(days=1))
    assert (reviewer.closed_at, sign_ins.find(session, token, NOW)) == (NOW, None)
    roster.reopen(session, region, reviewer.id)
    assert (reviewer.closed_at, sign_ins.find(session, token, NOW)) == (None, None)


@pytest.mark.parametrize("role", [Role.MEMBER, Role.SECRETARY])
def test_only_the_region_changes_accounts(session: Session, new_reviewer: NewReviewer, role: Role) -> None:
    by, person = new_reviewer("68", role), new_reviewer("68")
    for act in (
        lambda: roster.read_person(session, by, person.id),
        lambda: roster.assign(session, by, person.id, Role.REGION, None, None),
        lambda: roster.close(session, by, person.id, NOW),
        lambda: roster.reopen(session, by, person.id),
    ):
        with pytest.raises(Forbidden):
            act()
    assert (person.role, person.closed_at) == (Role.SECRETARY, None)


def test_nobody_is_not_found(session: Session, new_reviewer: NewReviewer) -> None:
    with pytest.raises(NotFound):
        roster.close(session, new_reviewer(None), 999, NOW)


def test_the_last_account_of_the_region_stays(session: Session, new_reviewer: NewReviewer) -> None:
    last, gone = new_reviewer(None), new_reviewer(None)
    new_reviewer("68")
    roster.close(session, last, gone.id, NOW)
    for act in (
        lambda: roster.close(session, last, last.id, NOW),
        lambda: roster.assign(session, last, last.id, Role.SECRETARY, "68", None),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert str(refused.value) == roster.LAST_OF_REGION
    roster.reopen(session, last, gone.id)
    roster.assign(session, gone, last.id, Role.SECRETARY, "68", None)
    assert (last.role, gone.closed_at) == (Role.SECRETARY, None)


def count_left(app: Flask, session: Session, two: list[int]) -> int:
    """How many region accounts are open after the two there were closed each other at once."""
    together = threading.Barrier(2, timeout=20)

    def close(number: int) -> None:
        with app.app_context(), Session(db.engine) as own:
            other = next(one for one in two if one != number)
            if db.engine.dialect.name == "postgresql":
                own.get(Reviewer, number)
                together.wait()  # SQLite lets one in after the other
            try:
                by = own.get(Reviewer, number)
                assert by is not None
                roster.close(own, by, other, NOW)
                own.commit()
            except Refused:
                own.rollback()

    threads = [threading.Thread(target=close, args=[number]) for number in two]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = select(func.count()).where(Reviewer.role == Role.REGION, Reviewer.closed_at.is_(None))
    return session.scalar(left) or 0


def test_two_of_the_region_who_close_each_other_at_once_do_not_both(
    app: Flask, session: Session, new_reviewer: NewReviewer
) -> None:
    two = [new_reviewer(None).id for _ in range(2)]
    session.commit()
    assert count_left(app, session, two) == 1


@ON_POSTGRESQL
def test_without_the_rows_held_both_do(
    app: Flask, session: Session, new_reviewer: NewReviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin, on PostgreSQL: both have counted before either closes. On SQLite a transaction is alone."""
    both_counted = threading.Barrier(2, timeout=20)

    def keep_the_region(own: Session, person: Reviewer) -> None:
        region = select(Reviewer.id).where(Reviewer.role == Role.REGION, Reviewer.closed_at.is_(None))
        assert len(own.scalars(region).all()) == 2
        both_counted.wait()

    monkeypatch.setattr(roster, "_keep_the_region", keep_the_region)
    two = [new_reviewer(None).id for _ in range(2)]
    session.commit()
    assert count_left(app, session, two) == 0


def test_each_change_is_a_line_of_the_log_that_names_numbers_alone(
    session: Session, new_reviewer: NewReviewer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="voix.people")
    region, reviewer = new_reviewer(None), new_reviewer("68")
    roster.assign(session, region, reviewer.id, Role.MEMBER, "68", "users")
    roster.close(session, region, reviewer.id, NOW)
    roster.reopen(session, region, reviewer.id)
    lines = [record.fields for record in caplog.records if record.name == "voix.people"]  # type: ignore[attr-defined]
    who = {"account": reviewer.id, "by": region.id}
    assert lines == [
        {"did": "assigned", **who, "role": "member", "departement": "68", "college": "users"},
        {"did": "closed", **who},
        {"did": "reopened", **who},
    ]
    assert "cts.example" not in json.dumps(lines)
