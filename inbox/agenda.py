"""What a meeting debates: put on its agenda and taken off it, on its page and on that of an idea."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from extensions import db
from inbox.blueprint import inbox
from inbox.case import panel
from inbox.desk import needs, read_reviewer, read_text, read_version
from inbox.meetings import read_or_abort, refuse
from service import cases, meetings
from service.errors import NotFound, Outdated, Refused
from service.models import Contribution, Phase, Reviewer, Status
from service.rights import Right, may


@inbox.post("/seances/<int:number>/ordre-du-jour")
@needs(Right.DECIDE)
def change_agenda(number: int) -> Response | tuple[str, int]:
    """Put one idea on the agenda or all that wait, or take one off: the button says which."""
    session, reviewer, found = db.session(), read_reviewer(), read_or_abort(number)
    act, code = request.form.get("act", ""), read_text("code").upper()
    try:
        if act == "fill":
            added = meetings.fill_agenda(session, reviewer, found)
            said = f"{added} idée{'s' if added > 1 else ''} à l'ordre du jour."
        elif act == "take_off":
            meetings.take_off_agenda(session, reviewer, cases.read_case(session, reviewer, code), found, read_version())
            said = f"L'idée {code} n'est plus à l'ordre du jour."
        else:
            version = read_version() if "version" in request.form else None  # of a code typed by hand, nothing was read
            meetings.put_on_agenda(session, reviewer, cases.read_case(session, reviewer, code), found, version)
            said = f"L'idée {code} est à l'ordre du jour."
        session.commit()
    except NotFound as error:
        return refuse(number, Refused(str(error), "code"))  # typed by hand: not an address
    except (Outdated, Refused) as error:
        return refuse(number, error)
    flash(said)
    return redirect(url_for("inbox.meeting", number=number))


@panel("agenda", place=45, beside=True)
def _read_agenda(session: Session, reviewer: Reviewer, found: Contribution, now: dt.datetime) -> dict[str, Any] | None:
    if not may(reviewer, Right.DECIDE) or found.status is Status.MERGED:
        return None
    held = meetings.find_meeting(session, found)
    seen = meetings.list_meetings(session, reviewer)
    open_to_it = [one for one in seen if one.departement == found.departement and one.phase is not Phase.CLOSED]
    if held is None and (not open_to_it or found.status not in meetings.MAY_BE_DEBATED):
        return None
    return {
        "held": held,
        "former": meetings.list_former(session, found),
        "meetings": open_to_it,
        "is_closed": held is not None and held.phase is Phase.CLOSED,
    }
