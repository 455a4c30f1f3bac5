"""A reviewer's own account."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import reviewers, second_factor, totp
from service.models import Reviewer, Role, SignIn
from tests.visitor import PASSWORD, Page, Visitor, sign_in

NewReviewer = Callable[..., Reviewer]
ACCOUNT, FACTOR = "/inbox/compte", "/inbox/compte/second-facteur"
ANOTHER = "une phrase que je choisis"


@pytest.fixture
def member(new_reviewer: NewReviewer) -> Reviewer:
    return new_reviewer("68", Role.MEMBER)


@pytest.fixture
def visitor(app: Flask, member: Reviewer) -> Visitor:
    return sign_in(app, member)


def code_of(secret: str, ahead: int = 0) -> str:
    return totp.make_code(secret, int(dt.datetime.now(dt.UTC).timestamp()) // totp.STEP_SECONDS + ahead)


def protect(visitor: Visitor) -> tuple[str, list[str]]:
    """The secret and the recovery codes of a second factor set up on the page, with the code of a moment ago."""
    fields = visitor.read(FACTOR).form("").fields
    typed = {**fields, "code": code_of(fields["secret"], -1), "current_password": PASSWORD}
    page = Page(visitor.post(FACTOR, typed))
    return fields["secret"], re.findall(r"<li>([a-z2-7-]{19})</li>", page.html)


def test_it_tells_who_one_is(visitor: Visitor, member: Reviewer) -> None:
    words = visitor.read(ACCOUNT).words
    for fact in (member.email, "Membre du conseil, CTS du Haut-Rhin", "Usagers", "Non activée", "Cette session"):
        assert fact in words


def test_one_changes_ones_name(visitor: Visitor) -> None:
    response = visitor.fill_in(ACCOUNT, action=f"{ACCOUNT}/nom", name=" Dominique\x00 ")
    assert (response.status_code, response.location) == (302, ACCOUNT)
    page = visitor.read(ACCOUNT)
    assert ("Votre nom est changé." in page.words, page.form(f"{ACCOUNT}/nom").fields["name"]) == (True, "Dominique")


@pytest.mark.parametrize("name", ["", " ", "n" * 121])
def test_a_name_that_is_none_is_kept_in_the_form(visitor: Visitor, name: str) -> None:
    response = visitor.fill_in(ACCOUNT, action=f"{ACCOUNT}/nom", name=name)
    assert response.status_code == 422
    assert Page(response).form(f"{ACCOUNT}/nom").fields["name"] == name


def change(visitor: Visitor, **typed: str) -> tuple[int, Page]:
    given = {"current_password": PASSWORD, "password": ANOTHER, "password_again": ANOTHER, **typed}
    response = visitor.fill_in(ACCOUNT, action=f"{ACCOUNT}/mot-de-passe", **given)
    return response.status_code, Page(response)


def test_a_new_password_ends_ones_other_sessions(
    app: Flask, session: Session, visitor: Visitor, member: Reviewer
) -> None:
    elsewhere = sign_in(app, member)
    assert change(visitor)[0] == 302
    assert [one.get(ACCOUNT).status_code for one in (visitor, elsewhere)] == [200, 302]
    assert reviewers.sign_in(session, member.email, ANOTHER) is not None
    assert reviewers.sign_in(session, member.email, PASSWORD) is None


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("current_password", ANOTHER, "Ce n'est pas votre mot de passe actuel."),
        ("password_again", PASSWORD, "Les deux nouveaux mots de passe ne sont pas les mêmes."),
    ],
)
def test_a_password_is_not_changed_by_mistake(
    session: Session, visitor: Visitor, member: Reviewer, field: str, typed: str, sentence: str
) -> None:
    status, page = change(visitor, **{field: typed})
    assert (status, sentence in page.words) == (422, True)
    assert ("input", field) in [(tag, given.get("id")) for tag, given in page.tags if "aria-invalid" in given]
    assert reviewers.sign_in(session, member.email, PASSWORD) is not None


def test_a_short_password_is_refused(visitor: Visitor) -> None:
    status, page = change(visitor, password="court", password_again="court")
    assert (status, "Le mot de passe doit avoir au moins 12 caractères." in page.words) == (422, True)


def test_no_typed_password_comes_back(visitor: Visitor) -> None:
    _, page = change(visitor, password_again="autre chose encore")
    assert [word for word in (PASSWORD, ANOTHER, "autre chose encore") if word in page.html] == []


def test_whoever_finds_a_screen_open_does_not_guess_its_password(visitor: Visitor) -> None:
    statuses = [change(visitor, current_password="un autre mot de passe")[0] for _ in range(6)]
    assert statuses == [422] * 5 + [429]
    assert change(visitor)[0] == 429


# The second factor


def test_the_set_up_shows_the_secret_as_a_picture_in_groups_and_as_an_address(
    visitor: Visitor, member: Reviewer
) -> None:
    page = visitor.read(FACTOR)
    secret = page.form("").fields["secret"]
    assert " ".join(secret[start : start + 4] for start in range(0, 32, 4)) in page.words
    assert totp.make_uri(secret, member.email) in page.words
    assert [given["class"] for tag, given in page.tags if tag == "svg" and "viewbox" in given][-1] == "qr"
    assert "style=" not in page.html, "the content security policy would stop it"
    assert visitor.read(FACTOR).form("").fields["secret"] != secret


def test_a_second_factor_is_set_up_and_ten_codes_are_shown_once(
    session: Session, visitor: Visitor, member: Reviewer
) -> None:
    _, codes = protect(visitor)
    assert len(codes) == 10
    page = visitor.read(ACCOUNT)
    assert "10 codes de secours" in page.words
    assert [code for code in codes if code in page.html] == []
    session.refresh(member)
    assert second_factor.has_one(member)


@pytest.mark.parametrize(
    ("field", "typed"), [("code", "000000"), ("code", ""), ("code", "\x00"), ("current_password", "un autre mot")]
)
def test_a_mistake_keeps_the_same_secret_to_try_again(
    session: Session, visitor: Visitor, member: Reviewer, field: str, typed: str
) -> None:
    fields = visitor.read(FACTOR).form("").fields
    given = {**fields, "code": code_of(fields["secret"]), "current_password": PASSWORD, field: typed}
    response = visitor.post(FACTOR, given)
    page = Page(response)
    assert (response.status_code, page.form("").fields["secret"]) == (422, fields["secret"])
    assert [given.get("id") for _, given in page.tags if "aria-invalid" in given] == [field]
    session.refresh(member)
    assert not second_factor.has_one(member)


@pytest.mark.parametrize("secret", ["", "AAAA", "é", "x" * 100_000])
def test_a_secret_of_another_making_is_refused(visitor: Visitor, secret: str) -> None:
    fields = visitor.read(FACTOR).form("").fields
    assert visitor.post(FACTOR, {**fields, "secret": secret, "code": "1"}).status_code == 400


def test_new_recovery_codes_need_the_password(visitor: Visitor) -> None:
    _, old = protect(visitor)
    wrong = visitor.fill_in(ACCOUNT, action=f"{ACCOUNT}/codes", codes_password="faux")
    assert wrong.status_code == 422
    page = Page(visitor.fill_in(ACCOUNT, action=f"{ACCOUNT}/codes", codes_password=PASSWORD))
    new = re.findall(r"<li>([a-z2-7-]{19})</li>", page.html)
    assert (len(new), set(new) & set(old)) == (10, set())


def test_there_are_no_recovery_codes_without_a_second_factor(visitor: Visitor) -> None:
    token = visitor.read(ACCOUNT).form(f"{ACCOUNT}/nom").fields["csrf_token"]
    assert visitor.post(f"{ACCOUNT}/codes", {"csrf_token": token, "codes_password": PASSWORD}).status_code == 422


def test_a_member_may_do_without_again(session: Session, visitor: Visitor, member: Reviewer) -> None:
    protect(visitor)
    path = f"{FACTOR}/retirer"
    assert visitor.fill_in(ACCOUNT, action=path, removal_password="faux").status_code == 422
    assert visitor.fill_in(ACCOUNT, action=path, removal_password=PASSWORD).status_code == 302
    session.refresh(member)
    assert not second_factor.has_one(member)


def test_a_secretary_may_replace_it_but_not_do_without(app: Flask, new_reviewer: NewReviewer) -> None:
    visitor = sign_in(app, new_reviewer("68"))
    first, _ = protect(visitor)
    assert visitor.fill_in(ACCOUNT, action=f"{FACTOR}/retirer", removal_password=PASSWORD).status_code == 422
    second, codes = protect(visitor)
    assert (first != second, len(codes)) == (True, 10)


# Sessions


def test_sessions_are_listed_with_their_device_and_ended_one_by_one(
    app: Flask, session: Session, visitor: Visitor, member: Reviewer
) -> None:
    phone = Visitor(app)
    phone.client.environ_base["HTTP_USER_AGENT"] = (
        "Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
    )
    phone.fill_in("/inbox/connexion", action="", email=member.email, password=PASSWORD)
    page = visitor.read(ACCOUNT)
    assert "Firefox, Android" in page.words
    (path,) = re.findall(rf'action="({ACCOUNT}/sessions/\d+/fermer)"', page.html)
    assert visitor.fill_in(ACCOUNT, action=path).status_code == 302
    assert [one.get(ACCOUNT).status_code for one in (visitor, phone)] == [200, 302]


def test_all_others_are_ended_at_once(app: Flask, session: Session, visitor: Visitor, member: Reviewer) -> None:
    others = [sign_in(app, member) for _ in range(2)]
    visitor.fill_in(ACCOUNT, action=f"{ACCOUNT}/sessions/fermer-les-autres")
    assert [one.get(ACCOUNT).status_code for one in (visitor, *others)] == [200, 302, 302]


@pytest.mark.parametrize("number", [0, 10**30])
def test_a_session_that_is_not_there_is_not_found(visitor: Visitor, number: int) -> None:
    token = visitor.read(ACCOUNT).form(f"{ACCOUNT}/nom").fields["csrf_token"]
    assert visitor.post(f"{ACCOUNT}/sessions/{number}/fermer", {"csrf_token": token}).status_code == 404


def test_anothers_session_is_not_ended(
    app: Flask, session: Session, visitor: Visitor, new_reviewer: NewReviewer
) -> None:
    other = new_reviewer("68")
    theirs = sign_in(app, other)
    number = session.scalars(select(SignIn.id).where(SignIn.reviewer_id == other.id)).one()
    token = visitor.read(ACCOUNT).form(f"{ACCOUNT}/nom").fields["csrf_token"]
    assert visitor.post(f"{ACCOUNT}/sessions/{number}/fermer", {"csrf_token": token}).status_code == 404
    assert theirs.get(ACCOUNT).status_code == 200


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", "Samsung Internet, Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Mac"),
        ("curl/8.0", "Appareil inconnu"),
        ("", "Appareil inconnu"),
        ("Firefox " * 1000, "Firefox"),
    ],
)  # fmt: skip
def test_a_device_is_called_what_its_owner_calls_it(
    app: Flask, session: Session, member: Reviewer, agent: str, name: str
) -> None:
    visitor = Visitor(app)
    visitor.client.environ_base["HTTP_USER_AGENT"] = agent
    visitor.fill_in("/inbox/connexion", action="", email=member.email, password=PASSWORD)
    assert session.scalars(select(SignIn.device)).one() == name
