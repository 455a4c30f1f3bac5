"""Open sessions: found by their token, touched, listed, ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import sign_ins
from service.erasure import purge
from service.models import Reviewer, SignIn
from service.retention import read_retention

NewReviewer = Callable[..., Reviewer]
NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def reviewer(new_reviewer: NewReviewer) -> Reviewer:
    return new_reviewer("68")


def test_a_token_opens_its_own_session_and_is_not_kept(session: Session, new_reviewer: NewReviewer) -> None:
    noise, reviewer = new_reviewer("68"), new_reviewer("68")
    tokens = {one.id: sign_ins.open_session(session, one, "Firefox, Linux", NOW) for one in (noise, reviewer)}
    found = sign_ins.find(session, tokens[reviewer.id], NOW)
    assert found is not None
    assert (found.reviewer, found.device) == (reviewer, "Firefox, Linux")
    assert tokens[reviewer.id] not in session.scalars(select(SignIn.token_hash)).all()
    assert len(tokens[reviewer.id]) == 43
    assert [sign_ins.find(session, token, NOW) for token in ("", "x", found.token_hash)] == [None] * 3


@pytest.mark.parametrize(
    ("used_every", "until", "is_open"),
    [
        pytest.param(None, 11 * HOUR, True, id="left for less than 12 hours"),
        pytest.param(None, 12 * HOUR, False, id="left for 12 hours"),
        pytest.param(8 * HOUR, 29 * DAY, True, id="used every day of a month"),
        pytest.param(8 * HOUR, 30 * DAY, False, id="used every day, for 30 days"),
    ],
)
def test_a_session_ends_by_itself(
    session: Session, reviewer: Reviewer, used_every: dt.timedelta | None, until: dt.timedelta, is_open: bool
) -> None:
    token = sign_ins.open_session(session, reviewer, "x", NOW)
    at = NOW
    while used_every and at + used_every < NOW + until:
        at += used_every
        found = sign_ins.find(session, token, at)
        assert found is not None
        sign_ins.touch(session, found, at)
    assert (sign_ins.find(session, token, NOW + until) is not None) is is_open


def test_a_page_a_second_is_a_write_a_minute(session: Session, reviewer: Reviewer) -> None:
    token = sign_ins.open_session(session, reviewer, "x", NOW)
    writes = 0
    for second in range(180):
        now = NOW + dt.timedelta(seconds=second)
        found = sign_ins.find(session, token, now)
        assert found is not None
        writes += sign_ins.touch(session, found, now)
    assert writes == 2


def test_a_closed_account_has_no_open_session(session: Session, reviewer: Reviewer) -> None:
    token = sign_ins.open_session(session, reviewer, "x", NOW)
    reviewer.closed_at = NOW
    session.flush()
    assert sign_ins.find(session, token, NOW) is None


def test_ones_sessions_are_listed_the_last_used_first_without_the_expired(
    session: Session, new_reviewer: NewReviewer
) -> None:
    noise, reviewer = new_reviewer("68"), new_reviewer("68")
    sign_ins.open_session(session, noise, "noise", NOW)
    for hours, name in ((-13, "expired"), (-2, "second"), (-1, "first"), (-3, "third")):
        sign_ins.open_session(session, reviewer, name, NOW + hours * HOUR)
    assert [one.device for one in sign_ins.list_open(session, reviewer, NOW)] == ["first", "second", "third"]


def test_one_ends_ones_own_sessions_and_nobody_elses(session: Session, new_reviewer: NewReviewer) -> None:
    noise, reviewer = new_reviewer("68"), new_reviewer("68")
    foreign = sign_ins.find(session, sign_ins.open_session(session, noise, "noise", NOW), NOW)
    tokens = [sign_ins.open_session(session, reviewer, str(number), NOW) for number in range(3)]
    found = [sign_ins.find(session, token, NOW) for token in tokens]
    assert foreign is not None and found[0] is not None and found[2] is not None
    assert [sign_ins.end(session, reviewer, number) for number in (foreign.id, found[0].id, 999)] == [
        False,
        True,
        False,
    ]
    sign_ins.end_all(session, reviewer, but=found[2].id)
    assert [one.device for one in sign_ins.list_open(session, reviewer, NOW)] == ["2"]
    sign_ins.end_all(session, reviewer)
    assert sign_ins.list_open(session, reviewer, NOW) == []
    assert len(sign_ins.list_open(session, noise, NOW)) == 1


def test_opening_a_session_clears_the_expired_ones_away(session: Session, reviewer: Reviewer) -> None:
    sign_ins.open_session(session, reviewer, "old", NOW)
    sign_ins.open_session(session, reviewer, "new", NOW + 13 * HOUR)
    assert session.scalars(select(SignIn.device)).all() == ["new"]


def test_the_purge_takes_the_expired_sessions(session: Session, reviewer: Reviewer) -> None:
    for hours, name in ((-1, "open"), (-13, "expired")):
        sign_ins.open_session(session, reviewer, name, NOW + hours * HOUR)
    session.commit()
    assert purge(session, read_retention({}), NOW)["SIGN_INS"] == 1
    assert session.scalars(select(SignIn.device)).all() == ["open"]
