"""What reviewers tell each other of an idea."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import abort, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from extensions import db
from inbox.blueprint import inbox
from inbox.case import panel, show_case
from inbox.desk import needs, read_reviewer, read_text
from service import cases
from service.errors import NotFound, Refused
from service.models import Contribution, Reviewer
from service.rights import Right


@inbox.post("/contributions/<code>/notes")
@needs(Right.INSTRUCT)
def add_note(code: str) -> Response | tuple[str, int]:
    """A note more."""
    try:
        cases.add_note(db.session(), read_reviewer(), code, read_text("note"), dt.datetime.now(dt.UTC))
        db.session.commit()
    except NotFound:
        abort(404)
    except Refused as error:
        db.session.rollback()
        return show_case(code, problem=str(error), field="note", at="notes"), 422
    return redirect(url_for("inbox.case", code=code, _anchor="notes"))


@panel("notes", place=70)
def _read_notes(session: Session, reviewer: Reviewer, found: Contribution, now: dt.datetime) -> dict[str, Any]:
    return {"notes": cases.list_notes(session, found), "longest": cases.LONGEST_NOTE}
