"""Whoever guesses passwords is slowed down; whose account it is, on their own device, is not."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from extensions import db
from service import throttle
from service.keyring import Keyring
from service.models import SignInFailure
from tests.postgres import ON_POSTGRESQL

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
KEYRING = Keyring(("a pepper for the tests",))
SECOND = dt.timedelta(seconds=1)
VICTIM, HOME, ELSEWHERE = "camille@cts.example", "192.0.2.1", "203.0.113.9"


def who(email: str = VICTIM, address: str = ELSEWHERE, device: str | None = None) -> throttle.Attempt:
    return throttle.identify(KEYRING, email, address, device)


def pause_of(session: Session, attempt: throttle.Attempt, now: dt.datetime = NOW) -> int:
    """How many seconds the attempt must wait; 0 when it was heard, and counted."""
    try:
        throttle.count_attempt(session, attempt, now)
    except throttle.TooMany as error:
        return int(error.pause.total_seconds())
    return 0


def fail(session: Session, times: int, attempt: throttle.Attempt, now: dt.datetime = NOW) -> dt.datetime:
    """``times`` wrong passwords, each as soon as it is heard; the time of the last."""
    for _ in range(times):
        if pause := pause_of(session, attempt, now):
            now += pause * SECOND
            throttle.count_attempt(session, attempt, now)
    return now


def test_five_mistakes_are_free_then_each_costs_twice_the_wait(session: Session) -> None:
    now, waits = NOW, []
    for _ in range(12):
        throttle.count_attempt(session, who(), now)
        row = session.scalars(select(SignInFailure).where(SignInFailure.subject == who().by)).one()
        waits.append(int((row.until - now).total_seconds()))
        now = row.until
    assert waits == [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]


def test_the_wait_is_told_in_minutes(session: Session) -> None:
    fail(session, 4, who())
    throttle.count_attempt(session, who(), NOW)
    with pytest.raises(throttle.TooMany) as refused:
        throttle.count_attempt(session, who(), NOW)
    assert str(refused.value) == "Trop d'essais : réessayez dans 1 minute."
    assert str(throttle.TooMany(dt.timedelta(seconds=61))) == "Trop d'essais : réessayez dans 2 minutes."


def test_asking_again_while_waiting_makes_the_wait_no_longer(session: Session) -> None:
    fail(session, 5, who())
    assert [pause_of(session, who(), NOW + second * SECOND) for second in (0, 10, 29, 30)] == [30, 20, 1, 0]


def test_at_most_a_hundred_tries_a_day_are_heard_on_an_account(session: Session) -> None:
    """From addresses without number: a botnet's."""
    now, heard = NOW, 0
    while now < NOW + dt.timedelta(days=1):
        pause = pause_of(session, who(address=f"2001:db8:{heard:x}::1"), now)
        heard += not pause
        now += max(pause, 1) * SECOND
    assert heard == 104  # 5 free, 5 within half an hour, then 4 an hour


def test_an_attacker_elsewhere_does_not_hold_up_the_owner_on_their_device(session: Session) -> None:
    fail(session, 5, who())
    assert pause_of(session, who(address=HOME)) == 30, "a device that is not known waits with the others"
    assert pause_of(session, who(address=HOME, device="the owner's")) == 0
    assert pause_of(session, who(address=ELSEWHERE, device="the owner's")) == 0, "not even from the same network"


def test_a_known_device_is_counted_too(session: Session) -> None:
    fail(session, 5, who(device="stolen"))
    assert pause_of(session, who(device="stolen")) == 30
    assert pause_of(session, who()) == 0, "the account's other tries are not used up"


def test_an_account_that_does_not_exist_is_slowed_down_alike(session: Session) -> None:
    fail(session, 5, who("nobody@cts.example"))
    assert pause_of(session, who("nobody@cts.example")) == 30


def test_an_address_may_miss_thirty_times_over_all_accounts(session: Session) -> None:
    waits = [pause_of(session, who(f"{number}@cts.example")) for number in range(32)]
    assert waits == [0] * 30 + [30] * 2
    assert pause_of(session, who("30@cts.example", address=HOME)) == 0


def test_one_ipv6_network_is_one_address(session: Session) -> None:
    waits = [pause_of(session, who(f"{number}@cts.example", f"2001:db8::{number:x}")) for number in range(31)]
    assert waits == [0] * 30 + [30]
    assert pause_of(session, who("x@cts.example", "2001:db8:0:1::1")) == 0


def test_a_right_password_is_no_failure_of_its_address_and_forgets_those_of_the_account(session: Session) -> None:
    for _ in range(40):
        throttle.count_attempt(session, who(), NOW)
        throttle.was_right(session, who(), NOW, is_in=True)
    assert [row.count for row in session.scalars(select(SignInFailure))] == [0]


def test_ones_own_account_does_not_wash_an_address_clean(session: Session) -> None:
    """An attacker who has an account signs in between two guesses."""
    waits = []
    for number in range(31):
        waits.append(pause_of(session, who(f"victim{number}@cts.example")))
        if number < 29:  # the thirtieth miss stops them too
            throttle.count_attempt(session, who("own@cts.example"), NOW)
            throttle.was_right(session, who("own@cts.example"), NOW, is_in=True)
    assert waits == [0] * 30 + [30]


def test_a_right_password_does_not_give_back_the_guesses_of_the_second_factor(session: Session) -> None:
    """Whoever has the password types it again between two codes: both are counted until a code is right."""
    heard = 0
    for _ in range(10):
        if pause_of(session, who()):
            break
        throttle.was_right(session, who(), NOW, is_in=False)
        heard += 1
    assert heard == 5


def test_failures_are_forgotten_after_a_day(session: Session) -> None:
    last = fail(session, 8, who())
    assert pause_of(session, who(), last + dt.timedelta(days=1)) == 0
    assert session.scalars(select(SignInFailure.count).where(SignInFailure.subject == who().by)).one() == 1


def test_nothing_that_was_typed_and_no_address_is_kept(session: Session) -> None:
    throttle.count_attempt(session, who(), NOW)
    throttle.count_attempt(session, who(device="a device"), NOW)
    kept = " ".join(session.scalars(select(SignInFailure.subject)))
    assert [word for word in (VICTIM, ELSEWHERE, "a device") if word in kept] == []
    assert len(kept.split()) == 3


def count_heard(app: Flask, at_once: int) -> int:
    """How many of so many attempts made at once are heard."""
    heard: list[bool] = []
    start = threading.Barrier(at_once, timeout=20)

    def attempt() -> None:
        with app.app_context(), Session(db.engine) as own:
            start.wait()
            heard.append(pause_of(own, who()) == 0)
            own.commit()

    threads = [threading.Thread(target=attempt) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(heard)


def test_attempts_made_at_once_are_no_quicker(app: Flask) -> None:
    assert count_heard(app, 12) == 5


@ON_POSTGRESQL
def test_without_the_row_held_more_are_heard(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin, on PostgreSQL: rows read without being held. On SQLite the whole transaction is alone."""
    all_read = threading.Barrier(12, timeout=20)

    def read_only(session: Session, subject: str, now: dt.datetime) -> SignInFailure:
        found = session.get(SignInFailure, subject)
        if subject == who().by:
            all_read.wait()
        return found or SignInFailure(subject=subject, count=0, last=now, until=now)

    monkeypatch.setattr(throttle, "_hold", read_only)
    assert count_heard(app, 12) == 12
