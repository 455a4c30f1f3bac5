"""The council's meetings: their list, the page of one, its phases, its publication, its printed papers."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import login_required
from werkzeug.wrappers import Response

from bot.known import PARIS
from extensions import db
from inbox.blueprint import inbox
from inbox.decisions import DELIVERY_LABELS
from inbox.desk import (
    LARGEST_ID,
    name_things,
    needs,
    read_knowledge,
    read_reviewer,
    read_text,
    read_ticked,
    read_version,
)
from inbox.opinions import list_in_order, name_criteria
from service import decisions, meetings, opinions, publication
from service.errors import NotFound, Outdated, Refused, ServiceError
from service.models import Meeting, Phase
from service.rights import Right, may
from service.status import DECISIONS

PHASE_LABELS = {
    Phase.INSTRUCTION: "Ordre du jour en préparation",
    Phase.OPINIONS: "Avis ouverts",
    Phase.CLOSED: "Avis clos",
}
STATUS_CODES = {Outdated: 409, Refused: 422}


@inbox.get("/seances")
@login_required
def list_meetings() -> str:
    """The meetings, and a form for a new one."""
    return _show_list()


@inbox.post("/seances")
@needs(Right.DECIDE)
def hold_meeting() -> Response | tuple[str, int]:
    """A new meeting."""
    reviewer = read_reviewer()
    departement = reviewer.departement or request.form.get("meeting_territory", "")
    if departement not in {territory.departement for territory in read_knowledge().territories}:
        return _show_list("Choisissez le territoire.", "meeting_territory"), 422
    try:
        held_on = dt.date.fromisoformat(request.form.get("meeting_held_on", ""))
    except ValueError:
        return _show_list("Donnez la date de la séance, par exemple 2026-12-15.", "meeting_held_on"), 422
    try:
        held = meetings.hold_meeting(db.session(), reviewer, departement, read_text("meeting_title"), held_on)
        number = held.id
        db.session.commit()
    except Refused as error:
        db.session.rollback()
        return _show_list(str(error), "meeting_title"), 422
    return redirect(url_for("inbox.meeting", number=number))


def _show_list(problem: str = "", field: str = "") -> str:
    return render_template(
        "inbox/meetings.html",
        meetings=meetings.list_meetings(db.session(), read_reviewer()),
        phases=PHASE_LABELS,
        longest_title=meetings.LONGEST_TITLE,
        problem=problem,
        fault=field,
        typed=request.form,
        **name_things(),
    )


@inbox.get("/seances/<int:number>")
@login_required
def meeting(number: int) -> str:
    """One meeting: its agenda, how far the colleges are, what is decided, what is missing."""
    return _show(read_or_abort(number))


@inbox.post("/seances/<int:number>/phase")
@needs(Right.DECIDE)
def move_phase(number: int) -> Response | tuple[str, int]:
    """Open or close the opinions, or go back to the agenda."""
    phase, version = request.form.get("phase", ""), read_version()
    if phase not in set(Phase):
        abort(400)
    found = read_or_abort(number)
    try:
        meetings.move_phase(db.session(), read_reviewer(), found.id, Phase(phase), version)
        db.session.commit()
    except (Outdated, Refused) as error:
        return refuse(number, error)
    flash(f"Séance : {PHASE_LABELS[Phase(phase)].lower()}.")
    return redirect(url_for("inbox.meeting", number=number))


@inbox.post("/seances/<int:number>/publication")
@needs(Right.DECIDE)
def publish_meeting(number: int) -> Response | tuple[str, int]:
    """Publish the decisions that are ticked, in one batch."""
    found, chosen = read_or_abort(number), dict(read_ticked("draft"))
    try:
        now = dt.datetime.now(dt.UTC)
        done = publication.publish_meeting(db.session(), read_reviewer(), found, chosen, now)
        db.session.commit()
    except NotFound:
        abort(404)
    except Refused as error:
        return refuse(number, error)
    if done.published:
        flash(f"{len(done.published)} réponse{'s publiées' if len(done.published) > 1 else ' publiée'}.")
    for code, reason in done.refused.items():
        flash(f"{code} n'est pas publiée : {reason}")
    return redirect(url_for("inbox.meeting", number=number))


@inbox.get("/seances/<int:number>/ordre-du-jour")
@login_required
def print_agenda(number: int) -> str:
    """The agenda, to be printed."""
    return _print("inbox/print_agenda.html", read_or_abort(number))


@inbox.get("/seances/<int:number>/compte-rendu")
@login_required
def print_record(number: int) -> str:
    """What was thought and decided, to be printed."""
    return _print("inbox/print_record.html", read_or_abort(number))


def read_or_abort(number: int) -> Meeting:
    """The meeting of that number. Aborts with 404 for another territory's."""
    try:
        return meetings.read_meeting(db.session(), read_reviewer(), min(number, LARGEST_ID))
    except NotFound:
        abort(404)


def refuse(number: int, error: ServiceError) -> tuple[str, int]:
    """The page again, nothing of it saved, with what the service refused."""
    db.session.rollback()
    field = error.field if isinstance(error, Refused) else ""
    return _show(read_or_abort(number), str(error), field), STATUS_CODES[type(error)]


def _show(found: Meeting, problem: str = "", field: str = "") -> str:
    session, reviewer = db.session(), read_reviewer()
    _, own_progress = opinions.find_next(session, reviewer, found)
    return render_template(
        "inbox/meeting.html",
        waiting=meetings.count_waiting(session, found),
        own_progress=own_progress,
        problem=problem,
        fault=field,
        typed=request.form,
        **_gather(found),
    )


def _print(template: str, found: Meeting) -> str:
    return render_template(template, printed_at=dt.datetime.now(PARIS), **_gather(found))


def _gather(found: Meeting) -> dict[str, Any]:
    """What the page of a meeting and its printed papers tell; decisions not yet published, to those who decide."""
    session, reviewer = db.session(), read_reviewer()
    agenda, past = meetings.list_agenda(session, found), meetings.list_past(session, found)
    present = [one for one in agenda if one.id not in past]
    drafts = publication.list_drafts(session, present) if may(reviewer, Right.DECIDE) else {}
    published = decisions.list_published(session, present)
    return {
        "meeting": found,
        "agenda": agenda,
        "past": past,
        "known_results": opinions.read_results(session, reviewer, found, agenda),
        "progress": opinions.measure_progress(session, found),
        "drafts": drafts,
        "published": {**published, **{number: item.decision for number, item in past.items()}},
        "deliveries": publication.count_deliveries(session, present),
        "undecided": [one for one in present if one.id not in drafts and one.status not in DECISIONS],
        "criteria": name_criteria(),
        "in_order": list_in_order,
        "phases": PHASE_LABELS,
        "Phase": Phase,
        "decisions": DECISIONS,
        "delivery_labels": DELIVERY_LABELS,
        **name_things(),
    }
