"""What every page of the inbox needs: who reads it, what is known, what things are called, what a form says."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from flask import abort, current_app, request
from flask_login import current_user, login_required

from bot.known import PARIS
from bot.places import Places
from inbox.sign_in import SignedIn
from knowledge.loader import Knowledge
from service.models import Reviewer, Role, Source, Status, Verdict
from service.rights import Right, may
from service.talk import clean_text

P = ParamSpec("P")
R = TypeVar("R")
LARGEST_ID = 2**31 - 1  # PostgreSQL's integer
_VERSION = re.compile(r"[0-9]{1,9}")
STATUS_LABELS = {
    Status.RECEIVED: "Reçue",
    Status.TO_CLASSIFY: "À classer",
    Status.INSTRUCTED: "Instruite",
    Status.RETAINED: "Retenue",
    Status.FORWARDED: "Transmise",
    Status.ATTACHED: "Rattachée à un projet",
    Status.NOT_RETAINED: "Non retenue",
    Status.BECAME_PROJECT: "Devenue un projet",
    Status.MERGED: "Regroupée",
}
SOURCE_LABELS = {
    Source.SMS: "SMS",
    Source.WHATSAPP: "WhatsApp",
    Source.WEB: "Site web",
    Source.PHONE: "Téléphone",
    Source.PAPER: "Papier",
    Source.MEETING: "Réunion",
}
ROLE_LABELS = {Role.MEMBER: "Membre du conseil", Role.SECRETARY: "Secrétariat", Role.REGION: "Région"}
VERDICT_LABELS = {
    Verdict.FAVOURABLE: "Favorable",
    Verdict.RESERVED: "Réservé",
    Verdict.UNFAVOURABLE: "Défavorable",
    Verdict.ABSTAIN: "Abstention",
    Verdict.CONFLICT: "Conflit d'intérêts",
}


def needs(right: Right) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A page for those whose role has ``right``: others get 403, and the signed-out are asked to sign in."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not may(read_reviewer(), right):
                abort(403)
            return view(*args, **kwargs)

        return cast(Callable[P, R], login_required(guarded))

    return decorate


def read_reviewer() -> Reviewer:
    """Who is signed in."""
    return cast(SignedIn, current_user).reviewer


def read_knowledge() -> Knowledge:
    """What is known."""
    return cast(Knowledge, current_app.extensions["voix"].mind.knowledge)


def read_places() -> Places:
    """The communes, by their names."""
    return cast(Places, current_app.extensions["voix"].mind.places)


def read_text(field: str) -> str:
    """What was typed, as the database can hold it."""
    return clean_text(request.form.get(field, ""))


def read_number(field: str) -> int:
    """The id chosen in a form, as a database can hold it; 0 when it says none."""
    return max(-1, min(request.form.get(field, 0, type=int), LARGEST_ID))


def read_ticked(field: str) -> list[tuple[str, int]]:
    """The ideas ticked in a form: each box holds a code, and the version of the case that was shown; 0 when it says none."""
    boxes = (box.partition(".") for box in request.form.getlist(field))
    return [(code, int(version) if _VERSION.fullmatch(version) else 0) for code, _, version in boxes]


def read_version() -> int:
    """The version of what a form was about; 0 when it says none."""
    return request.form.get("version", 0, type=int)


def read_classification() -> str | None:
    """The solution or axis chosen in a form; None for none. Aborts with 400 when there is no such one."""
    chosen = request.form.get("solution") or None
    known = {one.id for one in read_knowledge().solutions} | {axis.id for axis in read_knowledge().axes}
    if chosen is not None and chosen not in known:
        abort(400)
    return chosen


def name_things() -> dict[str, Any]:
    """What the templates call things."""
    mind = current_app.extensions["voix"].mind
    return {
        "labels": STATUS_LABELS,
        "sources": SOURCE_LABELS,
        "roles": ROLE_LABELS,
        "verdicts": VERDICT_LABELS,
        "knowledge": mind.knowledge,
        "places": mind.places,
        "Status": Status,
        "Right": Right,
        "can": lambda right: may(read_reviewer(), right),
        "paris": PARIS,
    }
