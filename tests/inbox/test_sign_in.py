"""In and out of the inbox: password, code, throttling, sessions."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from bot.known import Mind
from service import reviewers, second_factor, throttle, totp
from service.models import Reviewer, Role, SignIn, SignInFailure
from tests.visitor import PASSWORD, Page, Visitor, app_with, sign_in

NewReviewer = Callable[..., Reviewer]
WRONG = "Adresse électronique ou mot de passe incorrect."


@pytest.fixture
def reviewer(new_reviewer: NewReviewer) -> Reviewer:
    return new_reviewer("68")


def enter(visitor: Visitor, email: str, password: str = PASSWORD) -> TestResponse:
    return visitor.fill_in("/inbox/connexion", action="", email=email, password=password)


def protect(app: Flask, session: Session, reviewer: Reviewer) -> tuple[str, list[str]]:
    """The secret and the recovery codes of a second factor set up an hour ago."""
    secret, before = totp.make_secret(), dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    code = totp.make_code(secret, int(before.timestamp()) // totp.STEP_SECONDS)
    codes = second_factor.set_up(session, app.extensions["voix"].service.keyring, reviewer, secret, code, before)
    session.commit()
    return secret, codes


def code_now(secret: str) -> str:
    return totp.make_code(secret, int(dt.datetime.now(dt.UTC).timestamp()) // totp.STEP_SECONDS)


# Signed out


@pytest.mark.parametrize(
    ("path", "back"),
    [
        pytest.param("/inbox/", "/inbox/connexion?next=%2Finbox%2F", id="queue"),
        pytest.param(
            "/inbox/contributions/K7Q2MX", "/inbox/connexion?next=%2Finbox%2Fcontributions%2FK7Q2MX", id="contribution"
        ),
    ],
)
def test_nobody_reads_anything_before_signing_in(app: Flask, path: str, back: str) -> None:
    response = Visitor(app).get(path)
    assert (response.status_code, response.location) == (302, back)


def test_who_signs_in_is_greeted_by_name_and_may_sign_out(app: Flask, reviewer: Reviewer) -> None:
    visitor = sign_in(app, reviewer)
    assert "Camille" in visitor.read("/inbox/compte").words
    response = visitor.fill_in("/inbox/compte", action="/inbox/deconnexion")
    assert (response.status_code, response.location) == (302, "/inbox/connexion")
    assert visitor.get("/inbox/").status_code == 302


def test_signing_out_needs_the_form(app: Flask, reviewer: Reviewer) -> None:
    visitor = sign_in(app, reviewer)
    assert visitor.post("/inbox/deconnexion", {}).status_code == 400
    assert visitor.get("/inbox/compte").status_code == 200


def test_a_session_that_was_signed_out_is_over_for_a_copy_of_its_cookie(app: Flask, reviewer: Reviewer) -> None:
    visitor, thief = sign_in(app, reviewer), Visitor(app)
    thief.client.set_cookie("session", visitor.cookie("session") or "", domain="voix.example.fr")
    assert thief.get("/inbox/compte").status_code == 200
    visitor.fill_in("/inbox/compte", action="/inbox/deconnexion")
    assert thief.get("/inbox/compte").status_code == 302


# The password


def test_the_session_cookie_is_out_of_reach_of_scripts_and_of_other_sites(app: Flask, reviewer: Reviewer) -> None:
    response = enter(Visitor(app), reviewer.email)
    cookies = {value.split("=")[0]: set(value.split("; ")) for value in response.headers.getlist("Set-Cookie")}
    assert set(cookies) == {"session", "voix_appareil"}
    for flags in cookies.values():
        assert {"Secure", "HttpOnly", "SameSite=Lax"} <= flags


def test_a_wrong_password_an_unknown_and_a_closed_account_get_the_same_answer(
    app: Flask, session: Session, new_reviewer: NewReviewer
) -> None:
    def page(email: str, password: str) -> tuple[int, str]:
        response = enter(Visitor(app), email, password)
        html = re.sub(r'name="csrf_token" value="[^"]*"', "", response.get_data(as_text=True))
        return response.status_code, html.replace(email, "")

    open_one, closed = new_reviewer("68"), new_reviewer("68")
    closed.closed_at = dt.datetime.now(dt.UTC)
    session.commit()
    wrong = page(open_one.email, "un autre mot de passe")
    assert wrong == page("nobody@cts.example", PASSWORD) == page(closed.email, PASSWORD) == page("no address", "")
    assert (wrong[0], WRONG in wrong[1]) == (401, True)


def test_an_unknown_and_a_closed_account_cost_as_much_work_as_a_wrong_password(
    session: Session, new_reviewer: NewReviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One verification each, of hashes made with the same effort: nobody learns from the time who has an account."""
    monkeypatch.undo()
    known, closed = new_reviewer("68"), new_reviewer("68")
    closed.closed_at = dt.datetime.now(dt.UTC)
    session.flush()
    verified: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:
            verified.append(str(hash).rsplit("$", 2)[0])
            return super().verify(hash, password)

    monkeypatch.setattr(reviewers, "_hasher", Counting())
    for email in (known.email, closed.email, "nobody@cts.example"):
        assert reviewers.sign_in(session, email, "un autre mot de passe") is None
    assert verified == ["$argon2id$v=19$m=65536,t=3,p=4"] * 3


def test_the_address_typed_is_kept_and_the_password_is_not(app: Flask, reviewer: Reviewer) -> None:
    page = Page(enter(Visitor(app), reviewer.email, "faux mot de passe"))
    assert (page.form("").fields["email"], page.form("").fields["password"]) == (reviewer.email, "")


@pytest.mark.parametrize("email", ["\x00", "a\x00@b.fr", "' OR 1=1 --", "é" * 10_000])
def test_any_address_typed_is_survived(app: Flask, email: str) -> None:
    assert enter(Visitor(app), email, "x").status_code == 401


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        pytest.param("/inbox/contributions/K7Q2MX", "/inbox/contributions/K7Q2MX", id="a page of the inbox"),
        pytest.param("/inbox/?etat=toutes", "/inbox/?etat=toutes", id="with its query"),
        pytest.param("https://evil.example/", "/inbox/", id="another site"),
        pytest.param("//evil.example/inbox/", "/inbox/", id="another site without scheme"),
        pytest.param("/\\evil.example", "/inbox/", id="another site with a backslash"),
        pytest.param("/inbox/\\..\\..", "/inbox/", id="a backslash inside"),
        pytest.param("javascript:alert(1)", "/inbox/", id="a script"),
        pytest.param("/chat", "/inbox/", id="a page of somebody else's"),
        pytest.param("", "/inbox/", id="nothing"),
    ],
)
@pytest.mark.parametrize("has_second_factor", [False, True])
def test_after_signing_in_one_goes_on_inside_the_inbox_only(
    app: Flask, session: Session, reviewer: Reviewer, wanted: str, place: str, has_second_factor: bool
) -> None:
    secret = protect(app, session, reviewer)[0] if has_second_factor else ""
    visitor = Visitor(app)
    path = f"/inbox/connexion?next={wanted.replace('?', '%3F').replace('&', '%26')}"
    fields = {**visitor.read(path).form("").fields, "email": reviewer.email, "password": PASSWORD}
    response = visitor.post(path, fields)
    if has_second_factor:
        response = visitor.fill_in(response.location, action="", code=code_now(secret))
    assert (response.status_code, response.location) == (302, place)


def test_a_line_end_in_the_way_back_is_survived(app: Flask, reviewer: Reviewer) -> None:
    visitor = Visitor(app)
    path = "/inbox/connexion?next=/inbox/%0d%0aSet-Cookie:%20a=b"
    fields = {**visitor.read(path).form("").fields, "email": reviewer.email, "password": PASSWORD}
    response = visitor.post(path, fields)
    assert response.status_code == 302
    assert visitor.cookie("a") is None


def test_what_was_planted_in_the_cookie_before_is_worth_nothing_after(app: Flask, reviewer: Reviewer) -> None:
    """An attacker who chose the victim's cookie holds neither their session nor a form of theirs."""
    attacker, victim = Visitor(app), Visitor(app)
    planted_token = attacker.read("/inbox/connexion").form("").fields["csrf_token"]
    planted = attacker.cookie("session") or ""
    victim.client.set_cookie("session", planted, domain="voix.example.fr")
    enter(victim, reviewer.email)
    assert victim.cookie("session") != planted
    assert attacker.get("/inbox/compte").status_code == 302
    forged = victim.post("/inbox/compte/nom", {"csrf_token": planted_token, "name": "Attacker"})
    assert forged.status_code == 400
    assert "Camille" in victim.read("/inbox/compte").words


def test_signing_in_again_ends_the_session_of_the_same_browser(
    app: Flask, session: Session, reviewer: Reviewer
) -> None:
    visitor = sign_in(app, reviewer)
    enter(visitor, reviewer.email)
    assert len(session.scalars(select(SignIn.id)).all()) == 1


# Too many tries


def miss(visitor: Visitor, email: str, times: int) -> list[int]:
    return [enter(visitor, email, "un autre mot de passe").status_code for _ in range(times)]


def test_after_five_mistakes_one_is_asked_to_wait_and_told_how_long(app: Flask, reviewer: Reviewer) -> None:
    visitor = Visitor(app)
    assert miss(visitor, reviewer.email, 6) == [401] * 5 + [429]
    response = enter(visitor, reviewer.email)
    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 30
    page = Page(response)
    assert "Trop d'essais : réessayez dans 1 minute." in page.words
    assert page.form("").fields["email"] == reviewer.email


def test_an_unknown_account_is_slowed_down_alike(app: Flask, reviewer: Reviewer) -> None:
    assert miss(Visitor(app), "nobody@cts.example", 6) == [401] * 5 + [429]


def test_an_attacker_locks_the_owner_out_of_no_device_they_used_before(app: Flask, reviewer: Reviewer) -> None:
    owner = sign_in(app, reviewer)
    owner.fill_in("/inbox/compte", action="/inbox/deconnexion")
    assert miss(Visitor(app), reviewer.email, 7)[-1] == 429
    assert enter(owner, reviewer.email).status_code == 302
    assert enter(Visitor(app), reviewer.email).status_code == 429, "the twin: a device without the cookie waits"


@pytest.mark.parametrize("forged", ["x", "W10.x.x", ""])
def test_a_cookie_of_their_own_making_makes_no_device_known(app: Flask, reviewer: Reviewer, forged: str) -> None:
    visitor = Visitor(app)
    visitor.client.set_cookie("voix_appareil", forged, domain="voix.example.fr", path="/inbox/")
    assert miss(visitor, reviewer.email, 6)[-1] == 429


def test_the_known_device_of_another_account_is_not_this_ones(app: Flask, new_reviewer: NewReviewer) -> None:
    insider, victim = new_reviewer("51"), new_reviewer("68")
    visitor = sign_in(app, insider)
    assert miss(visitor, victim.email, 6)[-1] == 429


def test_a_device_shared_by_colleagues_is_known_for_each(app: Flask, new_reviewer: NewReviewer) -> None:
    both = [new_reviewer("68"), new_reviewer("68")]
    shared = Visitor(app)
    for one in both:
        assert enter(shared, one.email).status_code == 302
    for one in both:
        assert miss(Visitor(app), one.email, 6)[-1] == 429
    assert [enter(shared, one.email).status_code for one in both] == [302, 302]


# The code


def test_an_account_with_a_second_factor_asks_for_its_code(app: Flask, session: Session, reviewer: Reviewer) -> None:
    secret, _ = protect(app, session, reviewer)
    visitor = Visitor(app)
    response = enter(visitor, reviewer.email)
    assert (response.status_code, response.location) == (302, "/inbox/connexion/code")
    assert visitor.get("/inbox/compte").status_code == 302, "half-way in opens nothing"
    code = code_now(secret)
    wrong = visitor.fill_in("/inbox/connexion/code", action="", code="000000" if code != "000000" else "111111")
    assert (wrong.status_code, "Ce code n'est pas le bon" in Page(wrong).words) == (401, True)
    response = visitor.fill_in("/inbox/connexion/code", action="", code=code)
    assert (response.status_code, response.location) == (302, "/inbox/")
    assert visitor.get("/inbox/compte").status_code == 200
    again = Visitor(app)
    enter(again, reviewer.email)
    assert again.fill_in("/inbox/connexion/code", action="", code=code).status_code == 401, "seen over a shoulder"


def test_a_recovery_code_opens_it_too(app: Flask, session: Session, reviewer: Reviewer) -> None:
    _, codes = protect(app, session, reviewer)
    visitor = Visitor(app)
    enter(visitor, reviewer.email)
    assert visitor.fill_in("/inbox/connexion/code", action="", code=codes[3]).status_code == 302
    assert "9 codes de secours" in visitor.read("/inbox/compte").words


@pytest.mark.parametrize("method", ["get", "post"])
def test_there_is_no_code_without_a_password(app: Flask, session: Session, reviewer: Reviewer, method: str) -> None:
    secret, _ = protect(app, session, reviewer)
    visitor = Visitor(app)
    token = visitor.read("/inbox/connexion").form("").fields["csrf_token"]
    path = "/inbox/connexion/code"
    response = (
        visitor.get(path) if method == "get" else visitor.post(path, {"csrf_token": token, "code": code_now(secret)})
    )
    assert (response.status_code, response.location) == (302, "/inbox/connexion")


def test_the_password_is_forgotten_after_ten_minutes(
    app: Flask, session: Session, reviewer: Reviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, _ = protect(app, session, reviewer)
    visitor = Visitor(app)
    enter(visitor, reviewer.email)
    token = visitor.read("/inbox/connexion/code").form("").fields["csrf_token"]
    monkeypatch.setattr("inbox.sign_in.CODE_WITHIN", dt.timedelta(0))
    response = visitor.post("/inbox/connexion/code", {"csrf_token": token, "code": code_now(secret)})
    assert (response.status_code, response.location) == (302, "/inbox/connexion")


def test_codes_are_not_guessed(app: Flask, session: Session, reviewer: Reviewer) -> None:
    """With the password, typed again whenever that may help."""
    protect(app, session, reviewer)
    visitor, statuses = Visitor(app), []
    for _ in range(4):
        statuses.append(enter(visitor, reviewer.email).status_code)
        if statuses[-1] == 302:
            statuses.append(visitor.fill_in("/inbox/connexion/code", action="", code="000000").status_code)
    assert statuses == [302, 401, 302, 401, 302, 429, 429]


# Obliged to a second factor


@pytest.fixture
def strict(app: Flask, session: Session) -> Iterator[Callable[[Reviewer], None]]:
    def age(reviewer: Reviewer) -> None:
        """Make the account as old as the days of grace."""
        made = dt.datetime.now(dt.UTC) - second_factor.GRACE - dt.timedelta(days=1)
        session.execute(update(Reviewer).where(Reviewer.id == reviewer.id).values(created_at=made))
        session.commit()

    yield age


def test_after_a_fortnight_a_secretary_sets_one_up_before_anything_else(
    app: Flask, reviewer: Reviewer, strict: Callable[[Reviewer], None]
) -> None:
    visitor = sign_in(app, reviewer)
    assert "à protéger" in visitor.read("/inbox/compte").words
    strict(reviewer)
    for path in ("/inbox/", "/inbox/compte", "/inbox/personnes"):
        response = visitor.get(path)
        assert (response.status_code, response.location) == (302, "/inbox/compte/second-facteur")
    page = visitor.read("/inbox/compte/second-facteur")
    secret = page.form("").fields["secret"]
    done = visitor.fill_in("/inbox/compte/second-facteur", action="", code="000000", current_password=PASSWORD)
    assert done.status_code == 422
    form = {**page.form("").fields, "code": code_now(secret), "current_password": PASSWORD}
    assert visitor.post("/inbox/compte/second-facteur", form).status_code == 200
    assert "à protéger" not in visitor.read("/inbox/compte").words


def test_a_member_is_free_to(app: Flask, new_reviewer: NewReviewer, strict: Callable[[Reviewer], None]) -> None:
    member = new_reviewer("68", Role.MEMBER)
    strict(member)
    assert sign_in(app, member).get("/inbox/compte").status_code == 200


def test_an_administrator_may_do_without(database_url: str, mind: Mind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsgi.load_mind", lambda: mind)
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=100)
    with app_with(DATABASE_URL=database_url, VOIX_TOTP_REQUIRED="0") as app:
        from extensions import db  # noqa: PLC0415 -- the session of this application

        made = reviewers.add_reviewer(db.session(), "a@cts.example", "A", PASSWORD, "68", long_ago)
        db.session.commit()
        assert sign_in(app, made).get("/inbox/compte").status_code == 200


# What is left in the database


def test_failures_are_kept_hidden_and_purged(app: Flask, session: Session, reviewer: Reviewer) -> None:
    miss(Visitor(app), reviewer.email, 2)
    rows = session.scalars(select(SignInFailure)).all()
    assert sorted(row.count for row in rows) == [2, 2]
    assert all(re.fullmatch(r"[0-9a-f]{8}:[0-9a-f]{64}", row.subject) for row in rows)
    long_ago = dt.datetime.now(dt.UTC) - throttle.FORGOTTEN_AFTER
    session.execute(update(SignInFailure).values(last=long_ago))
    session.commit()
    result = app.test_cli_runner().invoke(args=["purge"])
    assert result.exit_code == 0, result.output
    assert session.scalars(select(SignInFailure)).all() == []
