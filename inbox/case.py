"""The page of one contribution: its words and its panels, each made by the module that knows its subject."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, current_app, render_template, request
from flask_login import login_required
from sqlalchemy.orm import Session

from extensions import db
from inbox.blueprint import inbox
from inbox.desk import name_things, needs, read_reviewer, read_text
from inbox.trail import find_trail
from service import cases
from service.errors import NotFound, Refused
from service.keyring import SealError
from service.models import Contribution, Reviewer
from service.rights import Right

LATER = 50  # the place from which on panels only tell what was
Reader = Callable[[Session, Reviewer, Contribution, dt.datetime], dict[str, Any] | None]


@dataclass(frozen=True)
class Panel:
    """A part of the page. ``read`` gives what its template calls ``it``; None: it is not shown to this reviewer."""

    name: str  # of its template, inbox/case/<name>.html, and of the part that a refused form points at
    place: int  # in the page, from the top
    beside: bool  # in the column of what is to be done, else under the words
    read: Reader

    @property
    def is_later(self) -> bool:
        """Whether it may be read after what is to be done has been: on a telephone it stands below that."""
        return self.place >= LATER


PANELS: list[Panel] = []


def panel(name: str, *, place: int, beside: bool = False) -> Callable[[Reader], Reader]:
    """Make a function the reader of a panel of the case page."""

    def register(read: Reader) -> Reader:
        PANELS.append(Panel(name, place, beside, read))
        PANELS.sort(key=lambda one: one.place)
        return read

    return register


def show_case(
    code: str,
    *,
    problem: str = "",
    field: str = "",
    at: str = "",
    original: str = "",
    original_of: int | None = None,
    typed: Mapping[str, str] | None = None,
) -> str:
    """The page. After a refusal: ``problem`` in words, the ``field`` it is about, and the panel ``at`` which it stands,
    which shows again what was typed, or ``typed`` in its place. ``original``: what was under seal, of the idea or of the
    answer to the question of the id ``original_of``. Aborts with 404 for another territory's contribution.
    """
    session, reviewer, now = db.session(), read_reviewer(), dt.datetime.now(dt.UTC)
    try:
        found = cases.read_case(session, reviewer, code)
    except NotFound:
        abort(404)
    read = [(one, one.read(session, reviewer, found, now)) for one in PANELS]
    return render_template(
        "inbox/case.html",
        contribution=found,
        panels=[(one, it) for one, it in read if it is not None],
        problem=problem,
        fault=field,
        fault_at=at,
        typed=request.form if typed is None else typed,
        original=original,
        original_of=original_of,
        trail=find_trail(session, reviewer, found, now),
        **name_things(),
    )


@inbox.get("/contributions/<code>")
@login_required
def case(code: str) -> str:
    """One contribution in full."""
    return show_case(code)


@inbox.post("/contributions/<code>/original")
@needs(Right.INSTRUCT)
def open_original(code: str) -> str | tuple[str, int]:
    """The words as they came, before masking: for a reason, which is noted with the reader's name."""
    keyring = current_app.extensions["voix"].service.keyring
    reason, now = read_text("opening_reason"), dt.datetime.now(dt.UTC)
    try:
        original = cases.open_original(db.session(), keyring, read_reviewer(), code, reason, now)
        db.session.commit()
    except NotFound:
        abort(404)
    except (Refused, SealError) as error:
        db.session.rollback()
        return show_case(code, problem=str(error), field="opening_reason", at="words"), 422
    return show_case(code, original=original)


@panel("suggestions", place=20)
def _read_suggestions(session: Session, reviewer: Reviewer, found: Contribution, now: dt.datetime) -> dict[str, Any]:
    return {"suggestions": found.suggestions}


@panel("history", place=90)
def _read_history(session: Session, reviewer: Reviewer, found: Contribution, now: dt.datetime) -> dict[str, Any]:
    return {"changes": found.history}
