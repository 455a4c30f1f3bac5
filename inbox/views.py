"""The queue, one contribution, a decision."""

from __future__ import annotations

import datetime as dt

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import login_required
from werkzeug.wrappers import Response

from bot.known import PARIS
from extensions import db
from inbox.blueprint import inbox
from inbox.desk import name_things, read_knowledge, read_reviewer
from service import alerts, review
from service.errors import NotFound, Outdated, Refused
from service.keyring import SealError
from service.models import Status
from service.talk import clean_text

ALERTS_SHOWN = dt.timedelta(days=30)
ALERT_LABELS = {
    "vital_emergency": "urgence vitale",
    "suicide": "suicide",
    "violence": "violences",
    "poison": "intoxication",
}
LARGEST_ID = 2**31 - 1  # PostgreSQL's integer
FILTERS = {"a-instruire": review.OPEN, **{status.value: (status,) for status in Status}, "toutes": tuple(Status)}


@inbox.get("/")
@login_required
def queue() -> str:
    """The queue of the reviewer's territory, oldest first."""
    chosen = request.args.get("etat", "a-instruire")
    departement = request.args.get("territoire")
    if departement not in {territory.departement for territory in read_knowledge().territories}:
        departement = None
    found = review.list_queue(
        db.session(),
        read_reviewer(),
        FILTERS.get(chosen, review.OPEN),
        departement,
        _read_id("apres"),
    )
    return render_template(
        "inbox/queue.html",
        contributions=found[: review.PAGE],
        more=found[review.PAGE - 1].id if len(found) > review.PAGE else None,
        chosen=chosen if chosen in FILTERS else "a-instruire",
        departement=departement,
        counts=review.count_by_status(db.session(), read_reviewer(), departement),
        alerts=alerts.count_by_kind(db.session(), read_reviewer(), dt.datetime.now(PARIS).date() - ALERTS_SHOWN),
        alert_labels=ALERT_LABELS,
        **name_things(),
    )


@inbox.get("/contributions/<code>")
@login_required
def contribution(code: str) -> str:
    """One contribution in full."""
    return _show(code)


@inbox.post("/contributions/<code>")
@login_required
def decide(code: str) -> Response | tuple[str, int]:
    """Save a decision, then show the next contribution to deal with; on a refusal the form again, nothing lost."""
    form = request.form
    if form.get("solution") and form["solution"] not in {solution.id for solution in read_knowledge().solutions}:
        abort(400)
    try:
        decision = review.Decision(
            status=Status(form.get("status", "")),
            solution=form.get("solution") or None,
            reason=_read_text("reason"),
            answer=_read_text("answer"),
            version=form.get("version", type=int) or 0,
        )
    except ValueError:
        return _show(code, problem="Choisissez une décision.", field="status"), 422
    try:
        review.decide(db.session(), read_reviewer(), code, decision, dt.datetime.now(dt.UTC))
        db.session.commit()
    except NotFound:
        abort(404)
    except (Outdated, Refused) as error:
        db.session.rollback()
        if isinstance(error, Outdated):
            return _show(code, problem=str(error)), 409
        return _show(code, problem=str(error), field=_find_field_at_fault(decision)), 422
    flash(f"Décision enregistrée pour l'idée {code}.")
    following = review.next_open(db.session(), read_reviewer(), code)
    return redirect(url_for("inbox.contribution", code=following) if following else url_for("inbox.queue"))


@inbox.post("/contributions/<code>/original")
@login_required
def open_original(code: str) -> str | tuple[str, int]:
    """The words as they came, before masking: for a reason, which is noted with the reader's name."""
    keyring = current_app.extensions["voix"].service.keyring
    try:
        original = review.open_original(
            db.session(), keyring, read_reviewer(), code, _read_text("opening_reason"), dt.datetime.now(dt.UTC)
        )
        db.session.commit()
    except NotFound:
        abort(404)
    except (Refused, SealError) as error:
        db.session.rollback()
        return _show(code, problem=str(error), field="opening_reason"), 422
    return _show(code, original=original)


def _find_field_at_fault(decision: review.Decision) -> str:
    """The field that a refusal is about, so that the form can point at it."""
    if decision.status in review.NEEDS_REASON and not decision.reason.strip():
        return "reason"
    return "answer"


def _read_id(name: str) -> int | None:
    """The id in the address, within what a database holds; None when there is none."""
    number = request.args.get(name, type=int)
    return None if number is None else min(max(number, 0), LARGEST_ID)


def _read_text(field: str) -> str:
    """What was typed, as the database can hold it."""
    return clean_text(request.form.get(field, ""))


def _show(code: str, problem: str | None = None, field: str | None = None, original: str | None = None) -> str:
    try:
        found = review.read_contribution(db.session(), read_reviewer(), code)
    except NotFound:
        abort(404)
    return render_template(
        "inbox/contribution.html", contribution=found, problem=problem, original=original, fault=field, form=request.form,
        next=review.NEXT[found.status], longest_answer=review.LONGEST_ANSWER, **name_things(),
    )  # fmt: skip
