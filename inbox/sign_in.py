"""Signing in, by a password and then by a code if the account asks for one; and out."""

from __future__ import annotations

import datetime as dt
import math

from flask import current_app, flash, make_response, redirect, render_template, request, session, url_for
from flask_login import UserMixin, current_user, login_user, logout_user
from werkzeug.wrappers import Response

from bot.known import PARIS
from extensions import db, login
from inbox import device
from inbox.blueprint import inbox
from service import reviewers, second_factor, sign_ins, throttle
from service.models import Reviewer

WRONG = "Adresse électronique ou mot de passe incorrect. Vérifiez les deux, puis recommencez."
HALF_WAY = "half_way"  # in the cookie: whose password was right, when, and where they wanted to go
CODE_WITHIN = dt.timedelta(minutes=10)  # time to find one's phone, or one's recovery codes
THE_PHONES = frozenset({"telephone", "number"})  # what the demonstration's simulated telephone keeps in the cookie
WRONG_CODE = "Ce code n'est pas le bon, ou il a déjà servi. Tapez celui que votre téléphone affiche maintenant."
# What a reviewer who owes us a second factor may still do.
WITHOUT_SECOND_FACTOR = frozenset({"inbox.second_factor_form", "inbox.set_up_second_factor", "inbox.sign_out"})

login.login_view = "inbox.sign_in"
login.login_message = "Connectez-vous pour lire les idées."


class SignedIn(UserMixin):
    """A reviewer, as Flask-Login wants them: known by the token of one session, which can be ended."""

    def __init__(self, reviewer: Reviewer, token: str, number: int | None = None) -> None:
        self.reviewer, self.token, self.number = reviewer, token, number

    def get_id(self) -> str:
        """What the session cookie holds."""
        return self.token

    @property
    def second_factor_due(self) -> dt.date | None:
        """The day by which this reviewer must have a second factor; None when nothing is owed."""
        if not current_app.extensions["voix"].settings.totp_required:
            return None
        due = second_factor.due(self.reviewer)
        return due.astimezone(PARIS).date() if due else None


@login.user_loader
def load(token: str) -> SignedIn | None:
    """Who is signed in, by the token of their cookie."""
    now = dt.datetime.now(dt.UTC)
    found = sign_ins.find(db.session(), token, now)
    if found is None:
        return None
    if sign_ins.touch(db.session(), found, now):
        db.session.commit()
    return SignedIn(found.reviewer, token, found.id)


@inbox.before_request
def ask_for_second_factor() -> Response | None:
    """Nothing else is opened to a reviewer whose time to set one up is over."""
    due = current_user.second_factor_due if current_user.is_authenticated else None
    if due is None or due > dt.datetime.now(PARIS).date() or request.endpoint in WITHOUT_SECOND_FACTOR:
        return None
    flash("Avant de continuer, protégez votre compte par une double authentification.")
    return redirect(url_for("inbox.second_factor_form"))


@inbox.get("/connexion")
def sign_in() -> str:
    """The sign-in form."""
    return _show_form()


@inbox.post("/connexion")
def do_sign_in() -> Response | tuple[str, int]:
    """Into the inbox or on to the code, or the form again with one message for every kind of mistake."""
    email, now = request.form.get("email", ""), dt.datetime.now(dt.UTC)
    attempt = identify(email)
    try:
        count(attempt, now)
    except throttle.TooMany as error:
        return _wait(error, _show_form(email, problem=str(error), is_throttled=True))
    reviewer = reviewers.sign_in(db.session(), email, request.form.get("password", ""))
    if reviewer is None:
        return _show_form(email, problem=WRONG), 401
    wanted = _safe_next() or url_for("inbox.queue")
    if not second_factor.has_one(reviewer):
        return enter(reviewer, attempt, wanted, now)
    throttle.was_right(db.session(), attempt, now, is_in=False)
    half_way = {"reviewer": reviewer.id, "at": now.timestamp(), "wanted": wanted}
    db.session.commit()
    _forget_cookie()
    session[HALF_WAY] = half_way
    return redirect(url_for("inbox.code_form"))


@inbox.get("/connexion/code")
def code_form() -> str | Response:
    """The form for the code of one's phone, after the password."""
    if _read_half_way(dt.datetime.now(dt.UTC)) is None:
        return redirect(url_for("inbox.sign_in"))
    return render_template("inbox/sign_in_code.html", problem="")


@inbox.post("/connexion/code")
def do_code() -> Response | tuple[str, int]:
    """Into the inbox by a code of the phone or a recovery code, or the form again."""
    now = dt.datetime.now(dt.UTC)
    reviewer = _read_half_way(now)
    if reviewer is None:
        flash("Trop de temps a passé depuis votre mot de passe : recommencez.")
        return redirect(url_for("inbox.sign_in"))
    attempt, wanted = identify(reviewer.email), str(session[HALF_WAY]["wanted"])
    try:
        count(attempt, now)
    except throttle.TooMany as error:
        return _wait(error, render_template("inbox/sign_in_code.html", problem=str(error)))
    keyring = current_app.extensions["voix"].service.keyring
    if not second_factor.check(db.session(), keyring, reviewer, request.form.get("code", ""), now):
        return render_template("inbox/sign_in_code.html", problem=WRONG_CODE), 401
    return enter(reviewer, attempt, wanted, now)


@inbox.post("/deconnexion")
def sign_out() -> Response:
    """Out of this session."""
    if current_user.is_authenticated:
        sign_ins.end(db.session(), current_user.reviewer, current_user.number)
        db.session.commit()
        logout_user()
    _forget_cookie()
    return redirect(url_for("inbox.sign_in"))


def identify(email: str) -> throttle.Attempt:
    """Who tries to open the account of ``email``, from this address and device."""
    account, keyring = reviewers.normalise(email), current_app.extensions["voix"].service.keyring
    return throttle.identify(keyring, account, request.remote_addr or "", device.known_as(account))


def count(attempt: throttle.Attempt, now: dt.datetime) -> None:
    """Count the attempt, and keep the count whatever comes of it. Raises TooMany."""
    try:
        throttle.count_attempt(db.session(), attempt, now)
    finally:
        db.session.commit()


def enter(reviewer: Reviewer, attempt: throttle.Attempt | None, wanted: str, now: dt.datetime) -> Response:
    """Into the inbox: a new session under a new token. What the cookie held before is gone: nobody planted it."""
    if attempt is not None:
        throttle.was_right(db.session(), attempt, now, is_in=True)
    if current_user.is_authenticated:
        sign_ins.end(db.session(), current_user.reviewer, current_user.number)
    token, email = sign_ins.open_session(db.session(), reviewer, device.name_device(), now), reviewer.email
    db.session.commit()
    _forget_cookie()
    login_user(SignedIn(reviewer, token))
    response = redirect(wanted)
    device.remember(response, email)
    return response


def _show_form(email: str = "", problem: str = "", *, is_throttled: bool = False) -> str:
    return render_template("inbox/sign_in.html", email=email, problem=problem, is_throttled=is_throttled)


def _wait(error: throttle.TooMany, page: str) -> Response:
    response = make_response(page, 429)
    response.headers["Retry-After"] = str(math.ceil(error.pause.total_seconds()))
    return response


def _read_half_way(now: dt.datetime) -> Reviewer | None:
    """Whose password was right a moment ago, on this browser."""
    half_way = session.get(HALF_WAY)
    if half_way is None or now.timestamp() - half_way["at"] > CODE_WITHIN.total_seconds():
        return None
    reviewer = db.session.get(Reviewer, half_way["reviewer"])
    return reviewer if reviewer is not None and reviewer.closed_at is None else None


def _forget_cookie() -> None:
    for key in [key for key in session if key not in THE_PHONES]:
        session.pop(key)


def _safe_next() -> str | None:
    """Where the person wanted to go, if it is a page of the inbox: never another site."""
    wanted = request.args.get("next", "")
    return wanted if wanted.startswith("/inbox/") and wanted.isprintable() and "\\" not in wanted else None
