"""Ready-made answers: read, written, deleted; the region's are everybody's, and the region's alone to change."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from extensions import db
from inbox.blueprint import inbox
from inbox.desk import LARGEST_ID, name_things, needs, read_reviewer, read_text, read_version
from service import answer_templates
from service.errors import Forbidden, NotFound, Outdated, Refused
from service.models import AnswerTemplate, Status
from service.rights import Right
from service.status import DECISIONS

DELETED_MEANWHILE = "Ce modèle n'existe plus. Vous pouvez enregistrer ce que vous avez écrit comme un nouveau modèle."


@inbox.get("/modeles")
@needs(Right.DECIDE)
def list_templates() -> str:
    """The templates, and a form for a new one."""
    return _show(None)


@inbox.post("/modeles")
@needs(Right.DECIDE)
def add_template() -> Response | tuple[str, int]:
    """A new template."""
    return _write(None)


@inbox.get("/modeles/<int:number>")
@needs(Right.DECIDE)
def edit_template(number: int) -> str:
    """The form of one template, or its words to be read when it is the region's."""
    return _show(_read(number))


@inbox.post("/modeles/<int:number>")
@needs(Right.DECIDE)
def write_template(number: int) -> Response | tuple[str, int]:
    """One template rewritten, or deleted: the button says which."""
    try:
        template = answer_templates.read_template(db.session(), read_reviewer(), min(number, LARGEST_ID))
    except NotFound:  # deleted meanwhile, say: what was typed may be kept as a new one
        return _show(None, DELETED_MEANWHILE), 404
    if request.form.get("act") != "delete":
        return _write(template)
    try:
        answer_templates.delete_template(db.session(), read_reviewer(), template.id)
        db.session.commit()
    except Forbidden:
        abort(403)
    flash("Le modèle est supprimé.")
    return redirect(url_for("inbox.list_templates"))


@inbox.post("/modeles/proposes")
@needs(Right.GOVERN)
def add_default_templates() -> Response:
    """The templates that the service proposes, for the whole region."""
    added = answer_templates.add_defaults(db.session())
    db.session.commit()
    flash(f"{added} modèle{'s ajoutés' if added > 1 else ' ajouté'}.")
    return redirect(url_for("inbox.list_templates"))


def _read(number: int) -> AnswerTemplate:
    """Aborts with 404 for another territory's template."""
    try:
        return answer_templates.read_template(db.session(), read_reviewer(), min(number, LARGEST_ID))
    except NotFound:
        abort(404)


def _write(template: AnswerTemplate | None) -> Response | tuple[str, int]:
    number = template.id if template else None
    status = request.form.get("template_status", "")
    try:
        if status not in set(Status):
            raise Refused("Choisissez la décision à laquelle répond ce modèle.", "status")
        answer_templates.write_template(
            db.session(),
            read_reviewer(),
            number,
            status=Status(status),
            name=read_text("template_name"),
            answer=read_text("template_answer"),
            answer_sms=read_text("template_answer_sms"),
            version=read_version(),
        )
        db.session.commit()
    except Forbidden:
        abort(403)
    except (Outdated, Refused) as error:
        db.session.rollback()
        again = _read(number) if number is not None else None
        if isinstance(error, Outdated):
            return _show(again, str(error)), 409
        return _show(again, str(error), f"template_{error.field}"), 422
    flash("Le modèle est enregistré.")
    return redirect(url_for("inbox.list_templates"))


def _show(chosen: AnswerTemplate | None, problem: str = "", field: str = "") -> str:
    session, reviewer = db.session(), read_reviewer()
    return render_template(
        "inbox/answer_templates.html",
        templates=answer_templates.list_templates(session, reviewer),
        chosen=chosen,
        may_edit=chosen is None or answer_templates.may_edit(reviewer, chosen),
        decisions=DECISIONS,
        fields=answer_templates.FIELDS,
        longest=answer_templates.LONGEST,
        longest_name=answer_templates.LONGEST_NAME,
        problem=problem,
        fault=field,
        typed=request.form,
        **name_things(),
    )
