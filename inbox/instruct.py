"""Classifying an idea on its page: the suggestion accepted in one gesture, or corrected."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import abort, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from extensions import db
from inbox.blueprint import inbox
from inbox.case import panel, show_case
from inbox.desk import (
    STATUS_LABELS,
    needs,
    read_classification,
    read_knowledge,
    read_reviewer,
    read_text,
    read_version,
)
from inbox.trail import address_queue, read_asked
from service import cases, queue
from service.corrections import list_telling_words
from service.errors import NotFound, Outdated, Refused
from service.models import Contribution, Reviewer, Status
from service.rights import Right, may


@inbox.post("/contributions/<code>/instruction")
@needs(Right.INSTRUCT)
def instruct(code: str) -> Response | tuple[str, int]:
    """Classify an idea; then the next of the queue it was opened from, or the same again: the button says which."""
    session, reviewer, now = db.session(), read_reviewer(), dt.datetime.now(dt.UTC)
    try:
        made = cases.instruct(
            session,
            reviewer,
            code,
            read_classification(),
            reason=read_text("reason"),
            told_by=tuple(request.form.getlist("told_by")),
            version=read_version(),
            now=now,
        )
        is_next = request.form.get("then") == "next"
        following = queue.pass_on(session, reviewer, read_asked(), made, now) if is_next else code
        said = f"Idée {code} : {STATUS_LABELS[made.status].lower()}."
        session.commit()
    except NotFound:
        abort(404)
    except (Outdated, Refused) as error:
        session.rollback()
        return show_case(code, problem=str(error), at="instruct"), 409 if isinstance(error, Outdated) else 422
    flash(said if following else f"{said} C'était la dernière de cette liste.")
    return redirect(url_for("inbox.case", code=following) if following else address_queue(read_asked()))


@panel("instruct", place=10, beside=True)
def _read_instruct(
    session: Session, reviewer: Reviewer, found: Contribution, now: dt.datetime
) -> dict[str, Any] | None:
    if not may(reviewer, Right.INSTRUCT):
        return None
    if found.status is Status.MERGED:
        typed = _name_typed()
        return {"typed": typed} if typed else None  # what was typed too late is not lost
    return {
        "offered": found.solution or found.axis or found.suggested,
        "telling_words": list_telling_words(found.words),
        "chosen_words": request.form.getlist("told_by"),
        "is_outdated": request.method == "POST" and read_version() != found.version,
        "last": found.history[-1] if found.history else None,
    }


def _name_typed() -> dict[str, str]:
    """What the form says, in words, by the names of its fields."""
    solution = read_classification()
    said = {
        "Axe ou solution": read_knowledge().name_classification(solution) if solution else "",
        "Motif": read_text("reason"),
        "Les mots qui auraient dû compter": ", ".join(request.form.getlist("told_by")),
    }
    return {name: text for name, text in said.items() if text}
