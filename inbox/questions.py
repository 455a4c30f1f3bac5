"""Asking the author of an idea something, reading the answer, and seeing what became of all that was written to them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import abort, current_app, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from extensions import db
from inbox.blueprint import inbox
from inbox.case import panel, show_case
from inbox.decisions import DELIVERY_LABELS
from inbox.desk import LARGEST_ID, needs, read_knowledge, read_reviewer, read_text
from service import cases, outbox, questions
from service.errors import NotFound, Refused
from service.keyring import SealError
from service.models import Contribution, Purpose, Reviewer
from service.rights import Right, may

PURPOSE_LABELS = {
    Purpose.SAFETY: "Urgence",
    Purpose.REPLY: "Réponse automatique",
    Purpose.QUESTION: "Question",
    Purpose.DECISION: "Réponse du conseil",
    Purpose.NEWS: "Nouvelle de l'idée",
}


@inbox.post("/contributions/<code>/question")
@needs(Right.INSTRUCT)
def ask_author(code: str) -> Response | tuple[str, int]:
    """A question leaves for the author."""
    words, is_sure = read_text("question_words"), "question_sure" in request.form
    now = dt.datetime.now(dt.UTC)
    try:
        questions.ask(db.session(), read_knowledge(), read_reviewer(), code, words, now, is_sure=is_sure)
        db.session.commit()
    except NotFound:
        abort(404)
    except Refused as error:
        db.session.rollback()
        return show_case(code, problem=str(error), field="question_words", at="question"), 422
    flash("Votre question part vers l'auteur de l'idée. Sa réponse s'affichera ici.")
    return redirect(url_for("inbox.case", code=code))


@inbox.post("/contributions/<code>/questions/<int:number>/original")
@needs(Right.INSTRUCT)
def open_answer(code: str, number: int) -> str | tuple[str, int]:
    """The author's answer as it came, before masking: for a reason, which is noted with the reader's name."""
    keyring, field = current_app.extensions["voix"].service.keyring, f"answer_reason_{number}"
    reason, now = read_text(field), dt.datetime.now(dt.UTC)
    try:
        answer = cases.open_answer(db.session(), keyring, read_reviewer(), code, min(number, LARGEST_ID), reason, now)
        db.session.commit()
    except NotFound:
        abort(404)
    except (Refused, SealError) as error:
        db.session.rollback()
        return show_case(code, problem=str(error), field=field, at="answer"), 422
    return show_case(code, original=answer, original_of=number)


@panel("question", place=30)
def _read_questions(
    session: Session, reviewer: Reviewer, found: Contribution, now: dt.datetime
) -> dict[str, Any] | None:
    asked = questions.list_questions(session, found)
    may_ask = may(reviewer, Right.INSTRUCT) and found.person_id is not None
    if not asked and not may_ask:
        return None
    return {
        "asked": asked,
        "may_ask": may_ask and all(one.closed_at for one in asked),
        "longest": questions.LONGEST_QUESTION,
        "days": (questions.REMIND_AFTER.days, questions.CLOSE_AFTER.days),
        "deliveries": DELIVERY_LABELS,
    }


@panel("messages", place=80)
def _read_messages(
    session: Session, reviewer: Reviewer, found: Contribution, now: dt.datetime
) -> dict[str, Any] | None:
    messages = outbox.list_messages(session, found)
    return {"messages": messages, "purposes": PURPOSE_LABELS, "deliveries": DELIVERY_LABELS} if messages else None
