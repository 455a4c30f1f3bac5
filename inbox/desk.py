"""What every page of the inbox needs: who reads it, what is known, what things are called."""

from __future__ import annotations

from typing import Any, cast

from flask import current_app
from flask_login import current_user

from bot.known import PARIS
from inbox.account import SignedIn
from knowledge.loader import Knowledge
from service.models import Reviewer, Status

STATUS_LABELS = {
    Status.RECEIVED: "Reçue",
    Status.TO_CLASSIFY: "À classer",
    Status.RETAINED: "Retenue",
    Status.NOT_RETAINED: "Non retenue",
    Status.BECAME_PROJECT: "Devenue un projet",
}


def read_reviewer() -> Reviewer:
    """Who is signed in."""
    return cast(SignedIn, current_user).reviewer


def read_knowledge() -> Knowledge:
    """What is known."""
    return cast(Knowledge, current_app.extensions["voix"].mind.knowledge)


def name_things() -> dict[str, Any]:
    """What the templates call things."""
    mind = current_app.extensions["voix"].mind
    return {
        "labels": STATUS_LABELS,
        "knowledge": mind.knowledge,
        "places": mind.places,
        "Status": Status,
        "paris": PARIS,
    }
