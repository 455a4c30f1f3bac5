"""Who works on a case: said, renewed while they type, taken over, given up."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import abort, flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from extensions import db
from inbox.blueprint import inbox
from inbox.case import panel, show_case
from inbox.desk import needs, read_number, read_reviewer
from inbox.trail import address_queue, read_asked
from service import claims
from service.errors import NotFound, Refused
from service.models import Contribution, Reviewer
from service.rights import Right, may


@inbox.post("/contributions/<code>/en-charge")
@needs(Right.INSTRUCT)
def claim(code: str) -> Response | tuple[str, int]:
    """Take a case, from whom is named in the form if somebody has it."""
    try:
        _claim(code, read_number("instead_of"))
    except Refused as error:
        return show_case(code, problem=str(error), at="claim"), 409
    return redirect(url_for("inbox.case", code=code))


@inbox.post("/contributions/<code>/en-charge/suite")
@needs(Right.INSTRUCT)
def renew_claim(code: str) -> tuple[str, int]:
    """The same without a page, for the script that does it while one types: 409 and why, when somebody else has it."""
    try:
        _claim(code)
    except Refused as error:
        return str(error), 409
    return "", 204


@inbox.post("/contributions/<code>/en-charge/fin")
@needs(Right.INSTRUCT)
def release_claim(code: str) -> Response:
    """Give up a case, and leave it for the queue it was opened from: its page would be worked on again by being open."""
    try:
        claims.give_up(db.session(), read_reviewer(), code)
        db.session.commit()
    except NotFound:
        abort(404)
    flash(f"Vous ne travaillez plus sur l'idée {code}.")
    return redirect(address_queue(read_asked()))


def _claim(code: str, instead_of: int = 0) -> None:
    """Aborts with 404 for another territory's case; raises Refused."""
    try:
        claims.claim(db.session(), read_reviewer(), code, dt.datetime.now(dt.UTC), instead_of)
        db.session.commit()
    except NotFound:
        abort(404)
    except Refused:
        db.session.rollback()
        raise


@panel("claim", place=5, beside=True)
def _read_claim(session: Session, reviewer: Reviewer, found: Contribution, now: dt.datetime) -> dict[str, Any] | None:
    if not may(reviewer, Right.INSTRUCT):
        return None
    return {"claim": claims.read_claims(session, [found], now).get(found.id), "reviewer": reviewer}
