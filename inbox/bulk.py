"""Acting on several ideas of the queue at once."""

from __future__ import annotations

import datetime as dt

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from extensions import db
from inbox.blueprint import inbox
from inbox.desk import needs, read_classification, read_number, read_reviewer, read_text, read_ticked
from inbox.queue import show_queue
from service import bulk, meetings
from service.bulk import Chosen, Outcome
from service.errors import NotFound, Refused
from service.queue import PAGE
from service.rights import Right

DONE = {
    "classify": ("idée classée", "idées classées"),
    "make_ready": ("idée rendue instruite", "idées rendues instruites"),
    "put_on_agenda": ("idée mise à l'ordre du jour", "idées mises à l'ordre du jour"),
    "release": ("idée relâchée", "idées relâchées"),
}


@inbox.post("/lot")
@needs(Right.INSTRUCT)
def act_on_several() -> Response | tuple[str, int]:
    """Do the same with every idea that is ticked. Of those that changed meanwhile nothing is touched: the page says which."""
    session, act = db.session(), request.form.get("act", "")
    if act not in DONE:
        abort(400)
    try:
        outcome = _act(act, [Chosen(*ticked) for ticked in read_ticked("chosen")[:PAGE]])
        session.commit()
    except NotFound:
        abort(404)
    except Refused as error:
        session.rollback()
        return show_queue(problem=str(error)), 422
    if outcome.done:
        one, many = DONE[act]
        flash(f"{len(outcome.done)} {one if len(outcome.done) == 1 else many}.")
    if outcome.refused:
        return show_queue(outcome=outcome), 409
    here = request.query_string.decode("utf-8", "replace")
    return redirect(url_for("inbox.queue") + (f"?{here}" if here else ""))


def _act(act: str, chosen: list[Chosen]) -> Outcome:
    session, reviewer, now = db.session(), read_reviewer(), dt.datetime.now(dt.UTC)
    if not chosen:
        raise Refused("Cochez d'abord des idées.")
    match act:
        case "classify":
            solution = read_classification()
            if solution is None:
                raise Refused("Choisissez l'axe ou la solution.")
            return bulk.classify(session, reviewer, chosen, solution, read_text("reason"), now)
        case "make_ready":
            return bulk.make_ready(session, reviewer, chosen, now)
        case "put_on_agenda":
            number = read_number("meeting")
            if not number:
                raise Refused("Choisissez la séance.")
            meeting = meetings.read_meeting(session, reviewer, number)
            return bulk.put_on_agenda(session, reviewer, chosen, meeting)
        case _:
            return bulk.release(session, reviewer, chosen, now)
