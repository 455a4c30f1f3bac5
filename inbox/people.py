"""Who has an account: the people of a territory, their invitations, and what the region changes of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import groupby
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from extensions import db
from inbox.blueprint import inbox
from inbox.desk import LARGEST_ID, ROLE_LABELS, name_things, needs, read_knowledge, read_reviewer, read_text
from service import invitations, roster
from service.errors import Forbidden, NotFound, Refused
from service.models import Reviewer, Role
from service.rights import Right, may


@inbox.get("/personnes")
@needs(Right.INVITE)
def people() -> str:
    """The accounts that the reviewer may see, and the invitations that wait."""
    return _show()


@inbox.post("/personnes")
@needs(Right.INVITE)
def invite() -> str | tuple[str, int]:
    """Invite somebody; their link is shown, this once."""
    try:
        role, departement, college = _read_post()
        email, name, now = read_text("email"), read_text("name"), dt.datetime.now(dt.UTC)
        made, token = invitations.invite(db.session(), read_reviewer(), email, name, role, departement, college, now)
        db.session.commit()
    except NotFound:
        abort(404)
    except Forbidden:
        abort(403)
    except Refused as error:
        db.session.rollback()
        return _show(str(error), error.field), 422
    base = current_app.extensions["voix"].settings.public_base_url
    link = base + url_for("inbox.invitation", token=token)
    return render_template("inbox/invited.html", invitation=made, link=link, **name_things())


@inbox.post("/personnes/invitations/<int:number>/retirer")
@needs(Right.INVITE)
def revoke_invitation(number: int) -> Response | tuple[str, int]:
    """End an invitation that was not used."""
    try:
        invitations.revoke(db.session(), read_reviewer(), min(number, LARGEST_ID))
        db.session.commit()
    except NotFound:
        abort(404)
    except Forbidden:
        abort(403)
    except Refused as error:
        db.session.rollback()
        return _show(str(error)), 422
    flash("L'invitation est retirée : son lien n'ouvre plus rien.")
    return redirect(url_for("inbox.people"))


@inbox.get("/personnes/<int:number>")
@needs(Right.GOVERN)
def person(number: int) -> str:
    """One account, and what the region may change of it."""
    return _show_person(number)


@inbox.post("/personnes/<int:number>")
@needs(Right.GOVERN)
def assign(number: int) -> Response | tuple[str, int]:
    """Give an account another role, territory or college; its sessions end."""
    role, departement, college = _read_post()
    said = "Le rôle est changé ; la personne doit se connecter de nouveau."
    return _change(
        number, said, lambda: roster.assign(db.session(), read_reviewer(), number, role, departement, college)
    )


@inbox.post("/personnes/<int:number>/fermer")
@needs(Right.GOVERN)
def close_account(number: int) -> Response | tuple[str, int]:
    """Close an account: it opens no more."""
    now = dt.datetime.now(dt.UTC)
    return _change(number, "Le compte est fermé.", lambda: roster.close(db.session(), read_reviewer(), number, now))


@inbox.post("/personnes/<int:number>/rouvrir")
@needs(Right.GOVERN)
def reopen_account(number: int) -> Response | tuple[str, int]:
    """Open a closed account again."""
    return _change(number, "Le compte est rouvert.", lambda: roster.reopen(db.session(), read_reviewer(), number))


def _change(number: int, said: str, act: Callable[[], Reviewer]) -> Response | tuple[str, int]:
    if number > LARGEST_ID:
        abort(404)
    try:
        act()
        db.session.commit()
    except NotFound:
        abort(404)
    except Refused as error:
        db.session.rollback()
        return _show_person(number, str(error), error.field), 422
    flash(said)
    return redirect(url_for("inbox.person", number=number))


def _read_post() -> tuple[Role, str | None, str | None]:
    """The role, territory and college chosen in a form. Aborts with 400 when there is no such one."""
    role = request.form.get("role", Role.MEMBER)
    departement, college = request.form.get("departement") or None, request.form.get("college") or None
    territories = {territory.departement for territory in read_knowledge().territories}
    colleges = {one.id for one in read_knowledge().colleges}
    if role not in set(Role) or not {departement} <= {None, *territories} or not {college} <= {None, *colleges}:
        abort(400)
    return Role(role), departement, college


def _show(problem: str = "", field: str = "") -> str:
    session, reviewer = db.session(), read_reviewer()
    found = roster.list_people(session, reviewer)
    is_region = may(reviewer, Right.GOVERN)
    return render_template(
        "inbox/people.html",
        groups=[(where, list(them)) for where, them in groupby(found, _group)],
        count=sum(one.closed_at is None for one in found),
        invitations=invitations.list_waiting(session, reviewer, dt.datetime.now(dt.UTC)),
        is_region=is_region,
        problem=problem,
        fault=field,
        typed=request.form,
        **_name_choices(tuple(Role) if is_region else (Role.MEMBER,)),
    )


def _show_person(number: int, problem: str = "", field: str = "") -> str:
    try:
        found = roster.read_person(db.session(), read_reviewer(), min(number, LARGEST_ID))
    except NotFound:
        abort(404)
    typed = request.form if problem and "role" in request.form else None
    return render_template(
        "inbox/person.html", person=found, problem=problem, fault=field, typed=typed, **_name_choices(tuple(Role))
    )


def _group(one: Reviewer) -> str:
    """Under which title a person stands."""
    if one.closed_at is not None:
        return "Comptes fermés"
    return read_knowledge().territory(one.departement).name if one.departement else "Région"


def _name_choices(roles: tuple[Role, ...]) -> dict[str, Any]:
    """What the fields of a post offer, as (value, words) pairs."""
    known = read_knowledge()
    options = {
        "roles": [(role.value, ROLE_LABELS[role]) for role in roles],
        "territories": [(one.departement, f"{one.name} ({one.departement})") for one in known.territories],
        "colleges": [(one.id, one.short) for one in known.colleges],
    }
    return {**name_things(), "Role": Role, "options": options}
