"""Ideas that say the same: beside the case, in groups, side by side; merged and separated again."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.likeness import part_common
from extensions import db
from inbox.blueprint import inbox
from inbox.case import panel, show_case
from inbox.desk import LARGEST_ID, name_things, needs, read_knowledge, read_reviewer
from service import alike_groups, merging
from service.errors import NotFound, Outdated, Refused
from service.look_alikes import ALMOST_SAME, CLOSE, VERY_CLOSE, LookAlike, find_alike
from service.models import Contribution, Reviewer
from service.rights import Right

SHOWN = 6  # look-alikes beside a case


@inbox.get("/semblables")
@needs(Right.INSTRUCT)
def list_alike() -> str:
    """The groups of ideas of the territory that look alike."""
    departement = request.args.get("territoire")
    if departement not in {territory.departement for territory in read_knowledge().territories}:
        departement = None
    after = min(max(request.args.get("apres", 0, type=int), 0), LARGEST_ID)
    groups, more = alike_groups.list_groups(db.session(), read_reviewer(), departement, after)
    return render_template(
        "inbox/look_alikes.html",
        groups=[(group, [_show(one, group.first) for one in group.others]) for group in groups],
        more=more,
        departement=departement,
        **name_things(),
    )


@inbox.post("/semblables")
@needs(Right.INSTRUCT)
def tell_apart() -> Response:
    """A group of which somebody says that its ideas are different."""
    try:
        now = dt.datetime.now(dt.UTC)
        alike_groups.tell_apart(db.session(), read_reviewer(), request.form.getlist("idee"), now)
        db.session.commit()
    except NotFound:
        abort(404)
    except Refused:  # the form of no page of ours
        abort(400)
    flash("C'est noté : ces idées sont différentes. Elles ne seront plus proposées ensemble.")
    where, after = request.args.get("territoire"), request.args.get("apres")
    return redirect(url_for("inbox.list_alike", territoire=where, apres=after))


@inbox.get("/regrouper")
@needs(Right.INSTRUCT)
def compare() -> str | tuple[str, int]:
    """The ideas that were ticked, side by side, before they are merged."""
    return _show_comparison(request.args.getlist("idee"))


@inbox.post("/regrouper")
@needs(Right.INSTRUCT)
def merge() -> Response | str | tuple[str, int]:
    """Merge them into the one that was chosen."""
    codes, main = request.form.getlist("idee"), request.form.get("principale", "")
    versions = {code: request.form.get(f"version-{code}", type=int) or 0 for code in codes}
    try:
        merging.merge(db.session(), read_reviewer(), main, versions, dt.datetime.now(dt.UTC))
        db.session.commit()
    except NotFound:
        abort(404)
    except (Refused, Outdated) as error:
        db.session.rollback()
        return _show_comparison(codes, error, main)
    flash(
        f"Les idées sont regroupées sous {main}. Les auteurs des autres en sont avertis ; celui de {main} ne l'est pas, "
        "puisque son idée reste ce qu'elle est."
    )
    return redirect(url_for("inbox.case", code=main))


@inbox.post("/contributions/<code>/separation")
@needs(Right.INSTRUCT)
def separate(code: str) -> Response | tuple[str, int]:
    """Undo the merging of one idea."""
    version = request.form.get("version", type=int) or 0
    try:
        merging.separate(db.session(), read_reviewer(), code, version, dt.datetime.now(dt.UTC))
        db.session.commit()
    except NotFound:
        abort(404)
    except Outdated as error:
        db.session.rollback()
        return show_case(code, problem=str(error), at="alike"), 409
    flash(f"L'idée {code} est de nouveau suivie à part. Son auteur en est averti.")
    return redirect(url_for("inbox.case", code=code))


def _show_comparison(
    codes: list[str], problem: Refused | Outdated | None = None, main: str = ""
) -> str | tuple[str, int]:
    try:
        group = merging.read_group(db.session(), read_reviewer(), codes)
    except NotFound:
        abort(404)
    except Refused as error:
        group, problem = [], error
    usual = max(group, key=lambda one: (one.support_count, -one.id), default=None)
    page = render_template(
        "inbox/comparison.html",
        group=[(one, part_common(one.words, *(other.words for other in group if other is not one))) for one in group],
        main=main or (usual.code if usual else ""),
        problem=str(problem or ""),
        fault=problem.field if isinstance(problem, Refused) else "",
        **name_things(),
    )
    return page if problem is None else (page, 409 if isinstance(problem, Outdated) else 422)


@panel("alike", place=10)
def _read_alike(session: Session, reviewer: Reviewer, found: Contribution, now: dt.datetime) -> dict[str, Any] | None:
    alike = find_alike(session, found.departement, found.words, least=CLOSE, limit=SHOWN, but=found)
    merged = merging.list_merged(session, found)
    if not (alike or merged or found.merged_into):
        return None
    return {"alike": [_show(one, found) for one in alike], "merged": merged, "main": found.merged_into}


def _show(one: LookAlike, beside: Contribution) -> dict[str, Any]:
    """A look-alike for the page: its words in pieces, those in common told apart, and how alike it is."""
    return {
        "contribution": one.contribution,
        "parts": part_common(one.contribution.words, beside.words),
        "likeness": _name_likeness(one.likeness),
    }


def _name_likeness(likeness: float) -> str:
    if likeness >= ALMOST_SAME:
        return "Presque identique"
    return "Très proche" if likeness >= VERY_CLOSE else "Proche"
