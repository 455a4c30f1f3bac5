"""Members' opinions: given on the case page, or on a phone, one idea after the other (« À lire pour la séance »)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from extensions import db
from inbox.blueprint import inbox
from inbox.case import panel, show_case
from inbox.desk import LARGEST_ID, name_things, needs, read_knowledge, read_reviewer, read_text
from service import meetings, opinions
from service.errors import NotFound, Refused
from service.models import Contribution, Phase, Reviewer, Verdict
from service.rights import Right, may


@inbox.post("/contributions/<code>/avis")
@needs(Right.OPINE)
def give_opinion(code: str) -> Response | tuple[str, int]:
    """An opinion given on the case page."""
    try:
        _give(code)
    except Refused as error:
        db.session.rollback()
        return show_case(code, problem=str(error), field=_name_field(error), at="opinion"), 422
    flash(f"Votre avis sur l'idée {code} est enregistré.")
    return redirect(url_for("inbox.case", code=code))


@inbox.get("/seances/<int:number>/avis")
@needs(Right.OPINE)
def read_for_meeting(number: int) -> str:
    """The next idea of the agenda that this member has not read yet."""
    return _show_next(number, request.args.get("apres"))


@inbox.post("/seances/<int:number>/avis")
@needs(Right.OPINE)
def give_and_go_on(number: int) -> Response | tuple[str, int]:
    """An opinion given, and the next idea."""
    code = read_text("code")
    try:
        _give(code)
    except Refused as error:
        db.session.rollback()
        return _show_next(number, read_text("before") or None, problem=str(error), field=_name_field(error)), 422
    return redirect(url_for("inbox.read_for_meeting", number=number, apres=code))


def _give(code: str) -> None:
    """Raises Refused; aborts with 404 for another territory's idea."""
    if request.form.get("opinion_verdict", "") not in set(Verdict):
        raise Refused("Choisissez votre avis.", "verdict")
    marks = (request.form.get(f"opinion_{name}") or None for name in opinions.CRITERIA)
    try:
        given = opinions.Given(
            Verdict(request.form["opinion_verdict"]),
            tuple(None if mark is None else int(mark) for mark in marks),
            read_text("opinion_comment"),
        )
        opinions.give_opinion(db.session(), read_reviewer(), code, given, dt.datetime.now(dt.UTC))
        db.session.commit()
    except NotFound:
        abort(404)
    except ValueError:  # no radio button says that
        abort(400)


def _name_field(error: Refused) -> str:
    return f"opinion_{error.field}" if error.field else ""


def _show_next(number: int, after: str | None, problem: str = "", field: str = "") -> str:
    session, reviewer = db.session(), read_reviewer()
    try:
        meeting = meetings.read_meeting(session, reviewer, min(number, LARGEST_ID))
    except NotFound:
        abort(404)
    found, progress = opinions.find_next(session, reviewer, meeting, after)
    is_open = meeting.phase is Phase.OPINIONS
    is_there = is_open and found is not None and request.form.get("code") == found.code
    return render_template(
        "inbox/reading.html",
        meeting=meeting,
        contribution=found,
        progress=progress,
        after=after or "",
        is_open=is_open,
        it={"own": None, "criteria": name_criteria()},
        problem=problem,
        fault=field,
        fault_at="opinion",
        typed=request.form if is_there else {},
        lost=None if is_there else request.form.get("opinion_comment"),  # the idea is no longer there to be written on
        **name_things(),
    )


def name_criteria() -> list[tuple[str, str]]:
    """The four criteria: field and French name, as the seed documents write it."""
    return list(zip(opinions.CRITERIA, read_knowledge().story.criteria, strict=True))


def list_in_order(colleges: Collection[str | None]) -> list[str | None]:
    """Those of the colleges, as the knowledge orders them; members without a college last."""
    known: list[str | None] = [college.id for college in read_knowledge().colleges]
    return [college for college in (*known, None) if college in colleges]


@panel("opinion", place=40, beside=True)
def _read_opinions(
    session: Session, reviewer: Reviewer, found: Contribution, now: dt.datetime
) -> dict[str, Any] | None:
    meeting = meetings.find_meeting(session, found)
    result = opinions.read_results(session, reviewer, meeting, [found]).get(found.id) if meeting else None
    is_open = meeting is not None and meeting.phase is Phase.OPINIONS and may(reviewer, Right.OPINE)
    told = is_open or (result is not None and result.opinions)
    if not told and not request.form.get("opinion_comment"):  # what was typed too late is not lost
        return None
    return {
        "meeting": meeting,
        "is_open": is_open,
        "own": opinions.find_own(session, reviewer, found),
        "result": result,
        "criteria": name_criteria(),
        "in_order": list_in_order,
    }
