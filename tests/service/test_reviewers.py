"""Reviewers' accounts."""

from __future__ import annotations

import datetime as dt

import pytest
from argon2 import PasswordHasher, Type
from sqlalchemy.orm import Session

from service import reviewers
from service.errors import Refused
from service.models import Reviewer

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
QUICK = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1)
PASSWORD = "un mot de passe assez long"


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed with little effort, but for the first test."""
    monkeypatch.setattr(reviewers, "_hasher", QUICK)


def test_passwords_are_hashed_with_the_effort_that_rfc_9106_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    hasher = reviewers._hasher
    assert (hasher.type, hasher.time_cost, hasher.memory_cost, hasher.parallelism) == (Type.ID, 3, 64 * 1024, 4)


def add(
    session: Session, email: str = "Camille@CTS.example ", password: str = PASSWORD, **more: str | None
) -> Reviewer:
    return reviewers.add_reviewer(
        session, email, more.get("name", "Camille") or "", password, more.get("departement", "68"), NOW
    )


def test_an_account_keeps_no_password_and_its_address_in_small_letters(session: Session) -> None:
    reviewer = add(session)
    assert (reviewer.email, reviewer.name, reviewer.departement) == ("camille@cts.example", "Camille", "68")
    assert reviewer.created_at == NOW
    assert reviewer.password_hash.startswith("$argon2id$")
    assert PASSWORD not in reviewer.password_hash


def test_without_a_name_colleagues_read_the_address(session: Session) -> None:
    assert add(session, name="  ").name == "camille@cts.example"


@pytest.mark.parametrize(
    ("email", "password", "sentence"),
    [
        pytest.param("camille", PASSWORD, "« camille » n'est pas une adresse électronique.", id="no address"),
        pytest.param("", PASSWORD, "«  » n'est pas une adresse électronique.", id="nothing"),
        pytest.param("a@b.fr", "onze carac.", "Le mot de passe doit avoir au moins 12 caractères.", id="11 characters"),
        pytest.param("TAKEN@cts.example", PASSWORD, "Un compte existe déjà pour taken@cts.example.", id="taken"),
    ],
)
def test_an_account_that_cannot_be_is_refused_in_a_sentence(
    session: Session, email: str, password: str, sentence: str
) -> None:
    add(session, "taken@cts.example")
    with pytest.raises(Refused) as refused:
        add(session, email, password)
    assert str(refused.value) == sentence
    assert reviewers.count(session) == 1


def test_twelve_characters_are_enough(session: Session) -> None:
    assert add(session, password="douze caract").id is not None


@pytest.mark.parametrize("email", ["camille@cts.example", " CAMILLE@cts.EXAMPLE"])
def test_the_right_password_opens_the_account(session: Session, email: str) -> None:
    add(session, "noise@cts.example")
    reviewer = add(session)
    assert reviewers.sign_in(session, email, PASSWORD) is reviewer


@pytest.mark.parametrize(
    ("email", "password"),
    [
        pytest.param("camille@cts.example", "un autre mot de passe", id="wrong password"),
        pytest.param("camille@cts.example", PASSWORD.upper(), id="in capitals"),
        pytest.param("camille@cts.example", "", id="no password"),
        pytest.param("noise@cts.example", PASSWORD, id="another's password"),
        pytest.param("nobody@cts.example", PASSWORD, id="no such account"),
        pytest.param("", "", id="nothing"),
        pytest.param("\x00", "\x00", id="NUL"),
        pytest.param("camille@cts.example", "é" * 10_000, id="10 000 characters"),
    ],
)
def test_anything_else_opens_nothing(session: Session, email: str, password: str) -> None:
    add(session, "noise@cts.example", "le mot de passe du bruit")
    add(session)
    assert reviewers.sign_in(session, email, password) is None


def test_a_password_hashed_with_yesterdays_parameters_is_hashed_anew_when_it_is_used(session: Session) -> None:
    reviewer = add(session)
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    reviewer.password_hash = old
    assert reviewers.sign_in(session, "camille@cts.example", PASSWORD) is reviewer
    assert reviewer.password_hash != old
    assert reviewers.sign_in(session, "camille@cts.example", PASSWORD) is reviewer


def test_a_session_lasts_until_its_key_changes(session: Session) -> None:
    noise, reviewer = add(session, "noise@cts.example"), add(session)
    key = reviewer.session_key
    assert key != noise.session_key
    assert reviewers.find_by_session_key(session, key) is reviewer
    reviewer.session_key = "another"
    session.flush()
    assert reviewers.find_by_session_key(session, key) is None


def test_accounts_are_counted_and_found_by_territory(session: Session) -> None:
    assert (reviewers.count(session), reviewers.find_for_territory(session, "68")) == (0, None)
    add(session, "a@cts.example", departement="51")
    oldest = add(session, "b@cts.example")
    add(session, "c@cts.example")
    add(session, "d@cts.example", departement=None)
    assert (reviewers.count(session), reviewers.find_for_territory(session, "68")) == (4, oldest)
