"""The home page, the projects, and what the service does with data."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import abort, current_app, render_template

from bot.known import PARIS
from bot.opening import say_day, say_now
from public.blueprint import public

DAYS_SHOWN = 7  # of opening hours, from today on


@public.app_context_processor
def tell_every_page() -> dict[str, Any]:
    """What the theme shows on every page: whether this is the demonstration."""
    return {"demo": current_app.extensions["voix"].settings.demo}


@public.get("/")
def home() -> str:
    """What this is, and the three things one can do."""
    voix = current_app.extensions["voix"]
    knowledge = voix.mind.knowledge
    return render_template(
        "home.html",
        story=knowledge.story,
        axes=knowledge.axes,
        source=knowledge.source(knowledge.axes[0].source),
        number=voix.settings.number,
    )


@public.get("/projets")
def projects() -> str:
    """All projects, by département."""
    knowledge = current_app.extensions["voix"].mind.knowledge
    return render_template("projects.html", knowledge=knowledge)


@public.get("/projets/<project_id>")
def project(project_id: str) -> str:
    """One project with everything known of it, and where each fact comes from."""
    mind = current_app.extensions["voix"].mind
    found = next((p for p in mind.knowledge.projects if p.id == project_id), None)
    if found is None:
        abort(404)
    now = dt.datetime.now(PARIS)
    hours, week = None, []
    if found.opening:
        hours = say_now(found.opening, now, found.departement)
        days = [now.date() + dt.timedelta(days=ahead) for ahead in range(DAYS_SHOWN)]
        week = [say_day(found.opening, day, found.departement) for day in days]
    return render_template(
        "project.html",
        project=found,
        knowledge=mind.knowledge,
        hours=hours,
        week=week,
        commune=mind.places.commune(found.place.insee),
    )


@public.get("/mentions-legales")
def legal() -> str:
    """Who answers for the service, and what becomes of what people write."""
    voix = current_app.extensions["voix"]
    return render_template(
        "legal.html", contact=voix.settings.contact, number=voix.settings.number, table=voix.retention
    )
