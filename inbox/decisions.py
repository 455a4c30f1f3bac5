"""The council's decision on one idea: drafted, published alone, and what became of the messages that tell it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from flask import abort, current_app, flash, jsonify, redirect, request, url_for
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot import sms
from bot.known import Mind
from extensions import db
from inbox.blueprint import inbox
from inbox.case import panel, show_case
from inbox.desk import STATUS_LABELS, needs, read_number, read_reviewer, read_text, read_version
from service import answer_templates, cases, decisions, publication
from service.decisions import Decision
from service.errors import NotFound, Outdated, Refused
from service.models import Contribution, Delivery, Draft, Reviewer, Status
from service.rights import Right, may
from service.status import DECISIONS

FIELDS = ("status", "reason", "forwarded_to", "project", "answer", "answer_sms")
DELIVERY_LABELS = {
    Delivery.OWED: "à envoyer",
    Delivery.SENDING: "en cours d'envoi",
    Delivery.SENT: "envoyé, réception non confirmée",
    Delivery.DELIVERED: "reçu",
    Delivery.FAILED: "non remis",
    Delivery.EXPIRED: "abandonné, trop ancien",
    Delivery.UNWANTED: "non envoyé, la personne ne veut plus de messages",
}


@inbox.post("/contributions/<code>/decision")
@needs(Right.DECIDE)
def draft_decision(code: str) -> Response | str | tuple[str, int]:
    """Draft a decision, take up a template for it, or forget the draft: the button says which."""
    acts: dict[str, Callable[[str], Response | str]] = {"template": _take_up_template, "discard": _discard}
    act = acts.get(request.form.get("act", ""), _draft)
    try:
        return act(code)
    except NotFound:
        abort(404)
    except Outdated as error:
        db.session.rollback()
        return show_case(code, problem=str(error), field="decision", at="decision"), 409
    except Refused as error:
        db.session.rollback()
        return show_case(
            code, problem=str(error), field=f"decision_{error.field}" if error.field else "", at="decision"
        ), 422


@inbox.post("/contributions/<code>/publication")
@needs(Right.DECIDE)
def publish_one(code: str) -> Response | tuple[str, int]:
    """Publish the decision on one idea now."""
    try:
        chosen = {code: read_version()}
        done = publication.publish(db.session(), read_reviewer(), chosen, dt.datetime.now(dt.UTC))
        db.session.commit()
    except NotFound:
        abort(404)
    if done.refused:
        return show_case(
            code, problem=done.refused[code], field="decision", at="publication"
        ), 409  # the draft still stands
    flash(f"La réponse à l'idée {code} est publiée.")
    return redirect(url_for("inbox.case", code=code))


@inbox.get("/alphabet-sms.json")
@login_required
def show_sms_alphabet() -> Response:
    """The alphabet of an SMS, for the live count of segments: ``bot.sms`` is the one place that knows it."""
    table = {
        "basic": "".join(sorted(sms.BASIC)),
        "extension": "".join(sorted(sms.EXTENSION)),
        "writtenOtherwise": sms.WRITTEN_OTHERWISE,
        "guillemets": sms.GUILLEMETS.pattern,
        "apart": sms.APART.pattern,
        "single": sms.SINGLE,
        "part": sms.PART,
    }
    answer = jsonify(table)
    answer.cache_control.max_age = 3600
    return answer


def _draft(code: str) -> Response:
    status = request.form.get("decision_status", "")
    if status not in set(Status):
        raise Refused("Choisissez une décision.", "status")
    decision = Decision(
        status=Status(status),
        reason=read_text("decision_reason"),
        answer=read_text("decision_answer"),
        answer_sms=read_text("decision_answer_sms"),
        forwarded_to=read_text("decision_forwarded_to"),
        project=read_text("decision_project") or None,
    )
    now = dt.datetime.now(dt.UTC)
    decisions.draft_decision(
        db.session(), _read_mind(), read_reviewer(), code, decision, version=read_version(), now=now
    )
    db.session.commit()
    flash(f"La décision sur l'idée {code} est préparée. Elle n'est pas encore publiée.")
    return redirect(url_for("inbox.case", code=code))


def _discard(code: str) -> Response:
    decisions.discard_draft(db.session(), read_reviewer(), code, read_version())
    db.session.commit()
    flash(f"La décision préparée sur l'idée {code} est abandonnée.")
    return redirect(url_for("inbox.case", code=code))


def _take_up_template(code: str) -> str:
    """The page with the answers of a template in the form; nothing is saved."""
    session, reviewer = db.session(), read_reviewer()
    number = read_number("template")
    if not number:
        raise Refused("Choisissez un modèle.", "template")
    template = answer_templates.read_template(session, reviewer, number)
    contribution = cases.read_case(session, reviewer, code)
    project = read_text("decision_project")
    known = {one.id for one in _read_mind().knowledge.projects}
    fields = answer_templates.name_fields(
        _read_mind(), contribution, project if project in known else None, read_text("decision_forwarded_to")
    )
    filled = {
        "decision_status": template.status.value,
        "decision_answer": answer_templates.fill_in(template.answer, fields),
        "decision_answer_sms": answer_templates.fill_in(template.answer_sms, fields),
    }
    return show_case(code, at="decision", typed={**request.form, **filled})


def _read_mind() -> Mind:
    mind: Mind = current_app.extensions["voix"].mind
    return mind


@panel("decision", place=50, beside=True)
def _read_decision(
    session: Session, reviewer: Reviewer, found: Contribution, now: dt.datetime
) -> dict[str, Any] | None:
    if not may(reviewer, Right.DECIDE):
        return None
    if found.status is Status.MERGED:
        typed = _name_typed()
        return {"typed": typed} if typed else None  # what was typed too late is not lost
    draft = decisions.find_draft(session, found)
    openings = publication.count_sms_openings(publication.find_audience(session, found))
    return {
        "draft": draft,
        "kept": _list_kept(found, draft),
        "is_outdated": request.method == "POST" and read_version() != found.version,
        "decisions": DECISIONS,
        "around": {status: publication.write_answer("", status, "") for status in DECISIONS},
        "openings": list(openings.items()) or [(publication.open_for_author(found.code), 0)],
        "sms_readers": openings.total(),
        "sms_price": current_app.extensions["voix"].settings.sms_price,
        "segments": _count_segments(openings, draft) if draft else 0,
        "templates": answer_templates.list_templates(session, reviewer, found.departement),
        "longest": answer_templates.LONGEST,
        "deliveries": publication.count_deliveries(session, [found]).get(found.id, {}),
        "delivery_labels": DELIVERY_LABELS,
    }


def _count_segments(openings: Counter[str], draft: Draft) -> int:
    """Of all the messages that will tell a decision: whose idea was merged reads more than the author of the main one."""
    return sum(
        readers * sms.count_segments(sms.to_gsm7(publication.write_answer(opening, draft.status, draft.answer_sms)))
        for opening, readers in openings.items()
    )


def _name_typed() -> dict[str, str]:
    """What the form says, in words, by the names of its fields."""
    status, project = request.form.get("decision_status", ""), request.form.get("decision_project", "")
    said = {
        "Décision": STATUS_LABELS[Status(status)] if status in set(Status) else "",
        "Transmise à": read_text("decision_forwarded_to"),
        "Projet": next((one.name for one in _read_mind().knowledge.projects if one.id == project), ""),
        "Motif": read_text("decision_reason"),
        "Sur le site": read_text("decision_answer"),
        "Par SMS": read_text("decision_answer_sms"),
    }
    return {name: text for name, text in said.items() if text}


def _list_kept(found: Contribution, draft: Draft | None) -> Mapping[str, str]:
    """What the form holds when nothing was typed: the draft, or the answer that a revision begins from."""
    if draft is not None:
        return {f"decision_{name}": getattr(draft, name) or "" for name in FIELDS}
    if found.status not in DECISIONS:
        return {}
    published = decisions.list_published(db.session(), [found]).get(found.id)
    return {
        "decision_status": found.status.value,
        "decision_forwarded_to": (published and published.forwarded_to) or "",
        "decision_reason": published.reason if published else "",
        "decision_project": found.linked_project or "",
        "decision_answer": found.answer or "",
        "decision_answer_sms": found.answer_sms or "",
    }
