"""What reviewers teach the matcher: their proposed phrases, and how often it and they agree."""

from __future__ import annotations

import datetime as dt

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import login_required
from werkzeug.wrappers import Response

from extensions import db
from inbox.blueprint import inbox
from inbox.desk import name_things, read_reviewer
from service import lexicon
from service.agreement import measure_agreement
from service.errors import NotFound, Refused
from service.models import ProposalState

STATE_LABELS = {
    ProposalState.PROPOSED: "À examiner",
    ProposalState.ACCEPTED: "Acceptée, à l'essai prochainement",
    ProposalState.REFUSED: "Refusée",
    ProposalState.LIVE: "Dans le lexique",
    ProposalState.HELD_BACK: "Écartée à l'essai",
}
DONE = tuple(state for state in ProposalState if state not in lexicon.WAITING)
LARGEST_ID = 2**31 - 1  # PostgreSQL's integer


@inbox.get("/lexique")
@login_required
def show_lexicon() -> str:
    """The proposed phrases and the agreement."""
    return _show()


@inbox.post("/lexique/<int:number>")
@login_required
def decide_phrase(number: int) -> Response | tuple[str, int]:
    """Accept or refuse one phrase."""
    act = {"accept": lexicon.accept, "refuse": lexicon.refuse}.get(request.form.get("decision", ""))
    if act is None:
        abort(400)
    try:
        proposal = act(db.session(), read_reviewer(), min(number, LARGEST_ID), dt.datetime.now(dt.UTC))
        said = STATE_LABELS[proposal.state].lower()
        db.session.commit()
    except NotFound:
        abort(404)
    except Refused as error:
        db.session.rollback()
        return _show(problem=str(error)), 403 if not lexicon.may_decide(read_reviewer()) else 409
    flash(f"Phrase {said}.")
    return redirect(url_for("inbox.show_lexicon"))


def _show(problem: str | None = None) -> str:
    session, reviewer = db.session(), read_reviewer()
    return render_template(
        "inbox/lexicon.html",
        problem=problem,
        waiting=lexicon.list_proposals(session, reviewer),
        done=lexicon.list_proposals(session, reviewer, DONE),
        counts=lexicon.count_by_state(session, reviewer),
        states=STATE_LABELS,
        State=ProposalState,
        may_decide=lexicon.may_decide(reviewer),
        agreement=measure_agreement(session, reviewer, dt.datetime.now(dt.UTC)),
        **name_things(),
    )
