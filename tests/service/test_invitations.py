"""Invitations: who may invite whom, and a link that makes one account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import invitations, reviewers
from service.erasure import purge
from service.errors import Forbidden, NotFound, Refused, ServiceError
from service.models import Invitation, Reviewer, Role
from service.retention import read_retention

NewReviewer = Callable[..., Reviewer]
NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
PASSWORD = "une phrase que je choisis"


def invite(
    session: Session,
    by: Reviewer,
    email: str = "Noa@CTS.example",
    role: Role = Role.MEMBER,
    departement: str | None = "68",
    college: str | None = "users",
    now: dt.datetime = NOW,
) -> str:
    return invitations.invite(session, by, email, "Noa", role, departement, college, now)[1]


def waiting(session: Session, reviewer: Reviewer, now: dt.datetime = NOW) -> list[str]:
    return [one.email for one in invitations.list_waiting(session, reviewer, now)]


def test_the_link_makes_the_account_it_was_for(session: Session, new_reviewer: NewReviewer) -> None:
    token = invite(session, new_reviewer("68"))
    made = invitations.accept(session, token, "", PASSWORD, NOW + 6 * DAY)
    assert (made.email, made.name, made.role, made.departement, made.college) == (
        "noa@cts.example",
        "Noa",
        Role.MEMBER,
        "68",
        "users",
    )
    assert made.created_at == NOW + 6 * DAY
    assert reviewers.sign_in(session, "noa@cts.example", PASSWORD) is made


def test_the_link_is_not_kept(session: Session, new_reviewer: NewReviewer) -> None:
    token = invite(session, new_reviewer("68"))
    assert len(token) == 43
    assert token not in session.scalars(select(Invitation.token_hash)).all()


@pytest.mark.parametrize(
    ("why", "later"), [("used", 0 * DAY), ("expired", 7 * DAY), ("revoked", 0 * DAY), ("invited again", 0 * DAY)]
)
def test_a_link_ends(session: Session, new_reviewer: NewReviewer, why: str, later: dt.timedelta) -> None:
    secretary = new_reviewer("68")
    token = invite(session, secretary)
    if why == "used":
        invitations.accept(session, token, "", PASSWORD, NOW)
    elif why == "revoked":
        invitations.revoke(session, secretary, invitations.find(session, token, NOW).id)
    elif why == "invited again":
        invite(session, secretary)
    with pytest.raises(NotFound) as refused:
        invitations.accept(session, token, "", PASSWORD, NOW + later)
    assert str(refused.value) == invitations.NO_MORE


def test_any_other_link_opens_nothing(session: Session, new_reviewer: NewReviewer) -> None:
    token = invite(session, new_reviewer("68"))
    for wrong in ("", "x", token[:-1], token.swapcase(), "\x00", "é" * 1000):
        with pytest.raises(NotFound):
            invitations.find(session, wrong, NOW)


def test_a_short_password_makes_no_account(session: Session, new_reviewer: NewReviewer) -> None:
    token = invite(session, new_reviewer("68"))
    session.commit()
    with pytest.raises(Refused):
        invitations.accept(session, token, "", "onze carac.", NOW)
    session.rollback()
    assert invitations.accept(session, token, "", PASSWORD, NOW).id is not None


@pytest.mark.parametrize(
    ("by", "role", "departement", "college", "error"),
    [
        pytest.param("secretary", Role.MEMBER, "68", "users", None, id="a secretary, a member of theirs"),
        pytest.param("secretary", Role.MEMBER, "51", "users", NotFound, id="a secretary, a member elsewhere"),
        pytest.param("secretary", Role.MEMBER, None, "users", NotFound, id="a secretary, a member of nowhere"),
        pytest.param("secretary", Role.SECRETARY, "68", None, Forbidden, id="a secretary, a colleague"),
        pytest.param("secretary", Role.REGION, None, None, Forbidden, id="a secretary, the region"),
        pytest.param("secretary", Role.MEMBER, "68", None, Refused, id="a secretary, a member without college"),
        pytest.param("member", Role.MEMBER, "68", "users", Forbidden, id="a member, another"),
        pytest.param("region", Role.MEMBER, "51", "users", None, id="the region, a member"),
        pytest.param("region", Role.SECRETARY, "51", None, None, id="the region, a secretary"),
        pytest.param("region", Role.REGION, None, None, None, id="the region, the region"),
        pytest.param("region", Role.REGION, "51", None, Refused, id="the region, one of a territory"),
    ],
)
def test_who_may_invite_whom(
    session: Session,
    new_reviewer: NewReviewer,
    by: str,
    role: Role,
    departement: str | None,
    college: str | None,
    error: type[ServiceError] | None,
) -> None:
    inviting = new_reviewer(None if by == "region" else "68", Role(by))
    if error is None:
        made = invitations.accept(
            session, invite(session, inviting, role=role, departement=departement, college=college), "", PASSWORD, NOW
        )
        assert (made.role, made.departement, made.college) == (role, departement, college)
        return
    with pytest.raises(error):
        invite(session, inviting, role=role, departement=departement, college=college)
    assert session.scalars(select(Invitation)).all() == []


def test_an_address_that_has_an_account_is_not_invited(session: Session, new_reviewer: NewReviewer) -> None:
    secretary, other = new_reviewer("68"), new_reviewer("68")
    with pytest.raises(Refused):
        invite(session, secretary, other.email)


def test_invitations_waiting_are_those_of_ones_territory(session: Session, new_reviewer: NewReviewer) -> None:
    haut_rhin, marne, region = new_reviewer("68"), new_reviewer("51"), new_reviewer(None)
    invite(session, haut_rhin, "old@cts.example", now=NOW - 8 * DAY)
    invite(session, haut_rhin, "a@cts.example")
    invite(session, marne, "b@cts.example", departement="51")
    invite(session, region, "c@cts.example", Role.REGION, None, None)
    assert waiting(session, haut_rhin) == ["a@cts.example"]
    assert waiting(session, marne) == ["b@cts.example"]
    assert waiting(session, region) == ["c@cts.example", "b@cts.example", "a@cts.example"]


def test_one_revokes_what_one_may_invite(session: Session, new_reviewer: NewReviewer) -> None:
    haut_rhin, marne, region = new_reviewer("68"), new_reviewer("51"), new_reviewer(None)
    member, secretary = (
        invitations.find(session, token, NOW).id
        for token in (
            invite(session, haut_rhin, "a@cts.example"),
            invite(session, region, "b@cts.example", Role.SECRETARY, "68", None),
        )
    )
    with pytest.raises(NotFound):
        invitations.revoke(session, marne, member)
    with pytest.raises(Forbidden):
        invitations.revoke(session, haut_rhin, secretary)
    with pytest.raises(NotFound):
        invitations.revoke(session, region, 999)
    invitations.revoke(session, haut_rhin, member)
    invitations.revoke(session, region, secretary)
    assert waiting(session, region) == []


def test_a_used_invitation_is_not_revoked(session: Session, new_reviewer: NewReviewer) -> None:
    secretary = new_reviewer("68")
    token = invite(session, secretary)
    number = invitations.find(session, token, NOW).id
    invitations.accept(session, token, "", PASSWORD, NOW)
    with pytest.raises(Refused):
        invitations.revoke(session, secretary, number)


def test_the_purge_takes_the_invitations_past_their_time_used_or_not(
    session: Session, new_reviewer: NewReviewer
) -> None:
    secretary = new_reviewer("68")
    invitations.accept(session, invite(session, secretary, "used@cts.example"), "", PASSWORD, NOW)
    invite(session, secretary, "old@cts.example")
    invite(session, secretary, "new@cts.example", now=NOW + DAY)
    session.commit()
    assert purge(session, read_retention({}), NOW + 7 * DAY + dt.timedelta(seconds=1))["INVITATIONS"] == 2
    assert session.scalars(select(Invitation.email)).all() == ["new@cts.example"]
