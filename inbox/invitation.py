"""The page of an invitation: whoever holds the link makes their own account."""

from __future__ import annotations

import datetime as dt

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from extensions import db
from inbox.blueprint import inbox
from inbox.desk import ROLE_LABELS, read_knowledge, read_text
from inbox.sign_in import enter
from service import invitations, reviewers
from service.errors import NotFound, Refused


@inbox.get("/invitation/<token>")
def invitation(token: str) -> str | tuple[str, int]:
    """What one is invited to, and the password to choose."""
    return _show(token)


@inbox.post("/invitation/<token>")
def accept_invitation(token: str) -> Response | str | tuple[str, int]:
    """The account is made and opened."""
    now, password = dt.datetime.now(dt.UTC), request.form.get("password", "")
    try:
        if password != request.form.get("password_again"):
            raise Refused("Les deux mots de passe ne sont pas les mêmes.", "password_again")
        made = invitations.accept(db.session(), token, read_text("name"), password, now)
        return enter(made, None, url_for("inbox.queue"), now)
    except NotFound as error:
        return _gone(error)
    except Refused as error:
        db.session.rollback()
        return _show(token, str(error), error.field)


def _show(token: str, problem: str = "", field: str = "") -> str | tuple[str, int]:
    try:
        found = invitations.find(db.session(), token, dt.datetime.now(dt.UTC))
    except NotFound as error:
        return _gone(error)
    page = render_template(
        "inbox/invitation.html",
        invitation=found,
        name=request.form.get("name", found.name),
        problem=problem,
        fault=field,
        roles=ROLE_LABELS,
        knowledge=read_knowledge(),
        shortest=reviewers.SHORTEST_PASSWORD,
    )
    return (page, 422) if problem else page


def _gone(error: NotFound) -> tuple[str, int]:
    return render_template("error.html", title="Invitation expirée", text=str(error)), 404
