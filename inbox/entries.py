"""Entering an idea for somebody who called, filled in a paper form or spoke at a meeting."""

from __future__ import annotations

import datetime as dt
import uuid

from flask import abort, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from extensions import db
from inbox.blueprint import inbox
from inbox.desk import SOURCE_LABELS, name_things, needs, read_classification, read_reviewer, read_text
from service import cases, entries
from service.entries import Entry, Reading
from service.errors import NotFound, Refused
from service.models import Source
from service.rights import Right


@inbox.get("/nouvelle-idee")
@needs(Right.INSTRUCT)
def new_entry() -> str:
    """The empty form."""
    return _show(_read_form(), None)


@inbox.post("/nouvelle-idee")
@needs(Right.INSTRUCT)
def enter_idea() -> Response | str | tuple[str, int]:
    """First what the form says is read and shown, with the solutions that are near; then the idea is kept."""
    voix, entry, reading = current_app.extensions["voix"], _read_form(), None
    try:
        reading = entries.read_entry(voix.mind, read_reviewer(), entry)
        if request.form.get("act") != "enter":
            return _show(entry, reading)
        keyring, now = voix.service.keyring, dt.datetime.now(dt.UTC)
        made = entries.enter_idea(db.session(), keyring, voix.mind, read_reviewer(), entry, now)
        db.session.commit()
    except Refused as error:
        db.session.rollback()
        return _show(entry, reading, error), 422
    return redirect(url_for("inbox.show_entered", code=made.code))


@inbox.get("/nouvelle-idee/<code>")
@needs(Right.INSTRUCT)
def show_entered(code: str) -> str:
    """The code of the idea just entered, to be given to the person."""
    try:
        found = cases.read_case(db.session(), read_reviewer(), code)
    except NotFound:
        abort(404)
    return render_template("inbox/entered.html", contribution=found, **name_things())


def _read_form() -> Entry:
    source = request.form.get("source", "")
    return Entry(
        key=read_text("key") or str(uuid.uuid4()),
        words=read_text("words"),
        source=Source(source) if source in set(entries.REASONS) else None,
        place=read_text("place"),
        insee=read_text("insee"),
        solution=read_classification(),
        phone=read_text("phone"),
        agreed="agreed" in request.form,
    )


def _show(entry: Entry, reading: Reading | None, problem: Refused | None = None) -> str:
    return render_template(
        "inbox/entry.html",
        entry=entry,
        reading=reading,
        kinds={source: SOURCE_LABELS[source] for source in entries.REASONS},
        problem=str(problem or ""),
        fault=problem.field if problem else "",
        **name_things(),
    )
