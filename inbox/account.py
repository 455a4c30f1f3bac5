"""Signing in and out."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_login import UserMixin, login_user, logout_user
from werkzeug.wrappers import Response

from extensions import db, limiter, login
from inbox.blueprint import inbox
from service import reviewers
from service.models import Reviewer

login.login_view = "inbox.sign_in"
login.login_message = "Connectez-vous pour lire les contributions."


class SignedIn(UserMixin):
    """A reviewer, as Flask-Login wants them: known by a key that can be changed, not by a number that cannot."""

    def __init__(self, reviewer: Reviewer) -> None:
        self.reviewer = reviewer

    def get_id(self) -> str:
        """What the session cookie holds."""
        return self.reviewer.session_key


@login.user_loader
def load(session_key: str) -> SignedIn | None:
    """The reviewer of a session cookie."""
    reviewer = reviewers.find_by_session_key(db.session(), session_key)
    return SignedIn(reviewer) if reviewer else None


@inbox.get("/connexion")
def sign_in() -> str:
    """The sign-in form."""
    return render_template("inbox/sign_in.html", email="", wrong=False)


@inbox.post("/connexion")
@limiter.limit("10 per minute")
def do_sign_in() -> Response | tuple[str, int]:
    """Into the inbox, or the form again with one message for every kind of mistake."""
    email = request.form.get("email", "")
    reviewer = reviewers.sign_in(db.session(), email, request.form.get("password", ""))
    db.session.commit()
    if reviewer is None:
        return render_template("inbox/sign_in.html", email=email, wrong=True), 401
    login_user(SignedIn(reviewer))
    return redirect(_safe_next() or url_for("inbox.queue"))


@inbox.post("/deconnexion")
def sign_out() -> Response:
    """Out of this session."""
    logout_user()
    return redirect(url_for("inbox.sign_in"))


def _safe_next() -> str | None:
    """Where the person wanted to go, if it is a page of the inbox: never another site."""
    wanted = request.args.get("next", "")
    return wanted if wanted.startswith("/inbox/") and wanted.isprintable() and "\\" not in wanted else None
