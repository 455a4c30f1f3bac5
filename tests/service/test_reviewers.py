"""Reviewers' accounts."""

from __future__ import annotations

import datetime as dt

import pytest
from argon2 import PasswordHasher, Type
from sqlalchemy.orm import Session

from service import reviewers, sign_ins
from service.errors import Refused
from service.models import Reviewer, Role

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
QUICK = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1)
PASSWORD = "un mot de passe assez long"
COLLEGE = "Un membre du conseil a un collège ; les autres n'en ont pas."
TERRITORY = "La région n'a pas de territoire ; un membre ou un secrétariat en a un."


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
        pytest.param("a@b.fr", "x" * 1001, "Le mot de passe dépasse 1000 caractères : raccourcissez-le.", id="a book"),
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


def test_a_closed_account_opens_no_more(session: Session) -> None:
    reviewer = add(session)
    reviewer.closed_at = NOW
    session.flush()
    assert reviewers.sign_in(session, "camille@cts.example", PASSWORD) is None


@pytest.mark.parametrize(
    ("role", "departement", "college", "sentence"),
    [
        pytest.param(Role.MEMBER, "68", None, COLLEGE, id="member without college"),
        pytest.param(Role.SECRETARY, "68", "users", COLLEGE, id="secretary with college"),
        pytest.param(Role.REGION, None, "users", COLLEGE, id="region with college"),
        pytest.param(Role.MEMBER, None, "users", TERRITORY, id="member of nowhere"),
        pytest.param(Role.SECRETARY, None, None, TERRITORY, id="secretary of nowhere"),
        pytest.param(Role.REGION, "68", None, TERRITORY, id="region of a territory"),
    ],
)
def test_a_role_has_the_territory_and_college_that_are_its_own(
    session: Session, role: Role, departement: str | None, college: str | None, sentence: str
) -> None:
    with pytest.raises(Refused) as refused:
        reviewers.add_reviewer(session, "a@cts.example", "A", PASSWORD, departement, NOW, role, college)
    assert str(refused.value) == sentence


def test_a_new_password_ends_every_session_but_the_one_it_was_changed_in(session: Session) -> None:
    noise, reviewer = add(session, "noise@cts.example"), add(session)
    here, there, noisy = (sign_ins.open_session(session, one, "x", NOW) for one in (reviewer, reviewer, noise))
    kept = sign_ins.find(session, here, NOW)
    assert kept is not None
    reviewers.set_password(session, reviewer, "un autre mot de passe", but=kept.id)
    assert [sign_ins.find(session, token, NOW) is not None for token in (here, there, noisy)] == [True, False, True]
    assert reviewers.sign_in(session, reviewer.email, "un autre mot de passe") is reviewer
    assert reviewers.sign_in(session, reviewer.email, PASSWORD) is None


@pytest.mark.parametrize("name", ["", "  ", "n" * 121])
def test_a_name_is_neither_nothing_nor_a_page(session: Session, name: str) -> None:
    reviewer = add(session)
    with pytest.raises(Refused):
        reviewers.rename(session, reviewer, name)
    reviewers.rename(session, reviewer, " Dominique ")
    assert reviewer.name == "Dominique"


def test_accounts_are_counted_and_found_by_territory(session: Session) -> None:
    assert (reviewers.count(session), reviewers.find_for_territory(session, "68")) == (0, None)
    add(session, "a@cts.example", departement="51")
    oldest = add(session, "b@cts.example")
    add(session, "c@cts.example")
    add(session, "d@cts.example", departement=None)
    assert (reviewers.count(session), reviewers.find_for_territory(session, "68")) == (4, oldest)
