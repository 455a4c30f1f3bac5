"""Abuse: an idea flagged, its author banned without being known, appeals read and answered, bans lifted."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from extensions import db
from inbox.blueprint import inbox
from inbox.case import panel, show_case
from inbox.desk import LARGEST_ID, name_things, needs, read_knowledge, read_reviewer, read_text
from service import abuse
from service.errors import NotFound, Outdated, Refused
from service.models import Contribution, Reviewer
from service.rights import Right, may


@inbox.get("/abus")
@needs(Right.INSTRUCT)
def list_bans() -> str:
    """The bans of the territory, and the appeals."""
    return _show_bans()


@inbox.post("/abus/<int:number>/levee")
@needs(Right.DECIDE)
def lift_ban(number: int) -> Response:
    """Take in the person's ideas again."""
    try:
        abuse.lift_ban(db.session(), read_reviewer(), min(number, LARGEST_ID), dt.datetime.now(dt.UTC))
        db.session.commit()
    except NotFound:
        abort(404)
    flash("Le blocage est levé.")
    return redirect(url_for("inbox.list_bans"))


@inbox.post("/abus/<int:number>/maintien")
@needs(Right.DECIDE)
def uphold_ban(number: int) -> Response | tuple[str, int]:
    """Answer an appeal: the ban stays."""
    reason, read = read_text("abuse_reason"), request.form.get("appealed_at", type=dt.datetime.fromisoformat)
    number, now = min(number, LARGEST_ID), dt.datetime.now(dt.UTC)
    try:
        is_told = abuse.uphold_ban(db.session(), read_reviewer(), read_knowledge(), number, reason, read, now)
        db.session.commit()
    except NotFound:
        abort(404)
    except Refused as error:
        db.session.rollback()
        return _show_bans(problem=str(error), at=number), 422
    if is_told:
        flash("Le blocage est maintenu, et la personne bloquée en sera avertie.")
    else:
        flash("Le blocage est maintenu. La personne bloquée n'en sera pas avertie : rien ne peut plus lui être envoyé.")
    return redirect(url_for("inbox.list_bans"))


@inbox.post("/contributions/<code>/abus")
@needs(Right.INSTRUCT)
def report_abuse(code: str) -> Response | tuple[str, int]:
    """Flag an idea, take the flag away, or ban its author: the button says which."""
    act = request.form.get("act")
    if act not in {"flag", "unflag", "ban"}:
        abort(400)
    reason, now = read_text("abuse_reason"), dt.datetime.now(dt.UTC)
    version = request.form.get("version", type=int) or 0
    try:
        if act == "ban":
            if not may(read_reviewer(), Right.DECIDE):
                abort(403)
            abuse.ban_author(db.session(), read_reviewer(), code, reason, now)
        else:
            abuse.flag(db.session(), read_reviewer(), code, reason, is_abuse=act == "flag", version=version, now=now)
        db.session.commit()
    except NotFound:
        abort(404)
    except Outdated as error:
        db.session.rollback()
        return show_case(code, problem=str(error), at="abuse"), 409
    except Refused as error:
        db.session.rollback()
        return show_case(code, problem=str(error), field=error.field, at="abuse"), 422
    done = {"flag": "L'idée est signalée.", "unflag": "Le signalement est retiré.", "ban": "L'auteur est bloqué."}
    flash(done[act])
    return redirect(url_for("inbox.case", code=code))


def _show_bans(*, problem: str = "", at: int | None = None) -> str:
    """``at``: the ban whose appeal could not be answered; what was typed is shown there."""
    return render_template(
        "inbox/abuse.html",
        bans=abuse.list_bans(db.session(), read_reviewer()),
        problem=problem,
        at=at,
        longest=abuse.LONGEST_REASON,
        **name_things(),
    )


@panel("abuse", place=95, beside=True)
def _read_abuse(session: Session, reviewer: Reviewer, found: Contribution, now: dt.datetime) -> dict[str, Any] | None:
    if not may(reviewer, Right.INSTRUCT):
        return None
    return {
        "ban": abuse.find_ban(session, found),
        "has_author": found.person_id is not None,
        "longest": abuse.LONGEST_REASON,
    }
