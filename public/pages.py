"""The home page, the projects, what the service does with data, and whether it is well."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Response, abort, current_app, render_template
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.known import PARIS
from bot.opening import say_day, say_now
from extensions import db
from public.blueprint import public

DAYS_SHOWN = 7  # of opening hours, from today on

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@public.after_app_request
def protect(response: Response) -> Response:
    """Nothing is loaded from elsewhere, nothing is framed, nothing personal is cached on the way."""
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if not response.cache_control.max_age:
        response.headers.setdefault("Cache-Control", "no-store")
    return response


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


@public.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@public.get("/readyz")
def readyz() -> Response:
    """The process answers and its database does too; 503 otherwise, so that no message is sent here."""
    try:
        db.session.execute(text("SELECT 1 FROM person LIMIT 1"))
    except SQLAlchemyError:
        return Response("database unavailable\n", status=503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")


@public.app_errorhandler(405)
def not_allowed(_error: Exception) -> tuple[str, int]:
    """A page that only takes a form, opened by its address."""
    return render_template("error.html", title="Page introuvable", text="Cette page ne s'ouvre pas ainsi."), 405


@public.app_errorhandler(404)
def not_found(_error: Exception) -> tuple[str, int]:
    """A page that does not exist, or that this person may not see."""
    return render_template(
        "error.html", title="Page introuvable", text="Cette page n'existe pas ou n'existe plus."
    ), 404


@public.app_errorhandler(400)
def bad_request(_error: Exception) -> tuple[str, int]:
    """A form that is too old or was tampered with."""
    message = "Le formulaire n'est plus valable. Revenez en arrière, rechargez la page et recommencez."
    return render_template("error.html", title="Demande non comprise", text=message), 400


@public.app_errorhandler(413)
def too_large(_error: Exception) -> tuple[str, int]:
    """More than any form of ours can hold."""
    message = "C'est trop long pour être envoyé d'un coup. Revenez en arrière et raccourcissez."
    return render_template("error.html", title="Trop long", text=message), 413


@public.app_errorhandler(429)
def too_many(_error: Exception) -> tuple[str, int]:
    """Too many attempts from one address."""
    message = "Trop d'essais en peu de temps. Attendez une minute, puis recommencez."
    return render_template("error.html", title="Un instant", text=message), 429


@public.app_errorhandler(500)
def failed(_error: Exception) -> tuple[str, int]:
    """Our fault; nothing of it is shown."""
    message = "Le service a rencontré un problème. Rien n'a été enregistré : recommencez dans un instant."
    return render_template("error.html", title="Un problème est survenu", text=message), 500
