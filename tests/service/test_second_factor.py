"""A second factor: codes good once, recovery codes, who must have one."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Update, update
from sqlalchemy.orm import Session

from extensions import db
from service import second_factor, totp
from service.errors import Refused
from service.keyring import Keyring, SealError
from service.models import Reviewer, Role

NewReviewer = Callable[..., Reviewer]
NOW = dt.datetime(2026, 11, 20, 9, 0, 10, tzinfo=dt.UTC)
STEP = int(NOW.timestamp()) // 30
KEYRING = Keyring(("a pepper for the tests",))
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def reviewer(new_reviewer: NewReviewer) -> Reviewer:
    return new_reviewer("68")


def protect(session: Session, reviewer: Reviewer) -> tuple[str, list[str]]:
    """The secret and the recovery codes of a reviewer whose second factor was set up at NOW."""
    secret = totp.make_secret()
    codes = second_factor.set_up(session, KEYRING, reviewer, secret, totp.make_code(secret, STEP), NOW)
    return secret, codes


def is_right(session: Session, reviewer: Reviewer, code: str, now: dt.datetime = NOW + MINUTE) -> bool:
    return second_factor.check(session, KEYRING, reviewer, code, now)


def test_the_secret_is_kept_under_seal_for_that_account_alone(
    session: Session, reviewer: Reviewer, new_reviewer: NewReviewer
) -> None:
    secret, _ = protect(session, reviewer)
    sealed = reviewer.sealed_totp_secret
    assert sealed is not None
    assert secret.encode() not in sealed
    other = new_reviewer("51")
    other.sealed_totp_secret = sealed
    with pytest.raises(SealError):
        is_right(session, other, totp.make_code(secret, STEP + 2))


def test_a_wrong_code_sets_nothing_up(session: Session, reviewer: Reviewer) -> None:
    secret = totp.make_secret()
    with pytest.raises(Refused):
        second_factor.set_up(session, KEYRING, reviewer, secret, totp.make_code(secret, STEP + 5), NOW)
    assert not second_factor.has_one(reviewer)
    assert second_factor.count_recovery_codes(session, reviewer) == 0


def test_a_code_is_good_once(session: Session, reviewer: Reviewer) -> None:
    secret, _ = protect(session, reviewer)
    code = totp.make_code(secret, STEP + 2)
    assert [is_right(session, reviewer, code) for _ in range(2)] == [True, False]
    assert is_right(session, reviewer, totp.make_code(secret, STEP + 1)) is False, "older than one that was used"
    assert is_right(session, reviewer, totp.make_code(secret, STEP + 3)) is True


def test_the_code_of_the_set_up_does_not_open_the_account_too(session: Session, reviewer: Reviewer) -> None:
    secret, _ = protect(session, reviewer)
    assert is_right(session, reviewer, totp.make_code(secret, STEP), NOW) is False


def test_ten_recovery_codes_each_good_once_however_they_are_typed(session: Session, reviewer: Reviewer) -> None:
    _, codes = protect(session, reviewer)
    assert (len(set(codes)), {len(code) for code in codes}) == (10, {19})
    typed = f" {codes[0].replace('-', ' ').upper()} "
    assert [is_right(session, reviewer, typed) for _ in range(2)] == [True, False]
    assert is_right(session, reviewer, codes[1]) is True
    assert second_factor.count_recovery_codes(session, reviewer) == 8


def test_anothers_recovery_code_is_worth_nothing(
    session: Session, reviewer: Reviewer, new_reviewer: NewReviewer
) -> None:
    protect(session, reviewer)
    _, codes = protect(session, new_reviewer("68"))
    assert is_right(session, reviewer, codes[0]) is False


def test_new_recovery_codes_replace_the_old(session: Session, reviewer: Reviewer) -> None:
    _, old = protect(session, reviewer)
    new = second_factor.renew_recovery_codes(session, reviewer)
    assert (is_right(session, reviewer, old[0]), is_right(session, reviewer, new[0])) == (False, True)


def test_once_removed_nothing_is_asked_and_no_code_is_right(session: Session, reviewer: Reviewer) -> None:
    secret, codes = protect(session, reviewer)
    second_factor.remove(session, reviewer)
    assert not second_factor.has_one(reviewer)
    assert [is_right(session, reviewer, code) for code in (totp.make_code(secret, STEP + 2), codes[0])] == [False] * 2


@pytest.mark.parametrize(
    ("role", "departement", "is_due"),
    [(Role.MEMBER, "68", False), (Role.SECRETARY, "68", True), (Role.REGION, None, True)],
)
def test_secretaries_and_the_region_have_a_fortnight(
    session: Session, new_reviewer: NewReviewer, role: Role, departement: str | None, is_due: bool
) -> None:
    reviewer = new_reviewer(departement, role)
    assert second_factor.due(reviewer) == (reviewer.created_at + dt.timedelta(days=14) if is_due else None)
    protect(session, reviewer)
    assert second_factor.due(reviewer) is None


def count_entries(app: Flask, session: Session, reviewer: Reviewer) -> int:
    """How many of two browsers get in that hold the same code at the same time."""
    secret, _ = protect(session, reviewer)
    number, code = reviewer.id, totp.make_code(secret, STEP + 2)
    session.commit()
    both_read, entered = threading.Barrier(2, timeout=20), []

    def enter() -> None:
        with app.app_context(), Session(db.engine) as own:
            found = own.get(Reviewer, number)
            assert found is not None
            if db.engine.dialect.name == "postgresql":
                both_read.wait()  # SQLite lets one in after the other
            entered.append(second_factor.check(own, KEYRING, found, code, NOW + MINUTE))
            own.commit()

    threads = [threading.Thread(target=enter) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(entered)


def test_of_two_browsers_with_the_same_code_one_gets_in(app: Flask, session: Session, reviewer: Reviewer) -> None:
    assert count_entries(app, session, reviewer) == 1


def test_without_the_step_kept_both_get_in(
    app: Flask, session: Session, reviewer: Reviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: the same code again, were the last step not compared."""
    kind: type[Update] = type(update(Reviewer))
    where = kind.where
    monkeypatch.setattr(kind, "where", lambda self, *conditions: where(self, conditions[0]))
    assert count_entries(app, session, reviewer) == 2
