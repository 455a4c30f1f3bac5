"""The service as the soak tests start it: answers leave late, as over a network; and its twins, each without one defence.

``gunicorn "tests.soak.doors:make_app('forgetful')"``.
"""

from __future__ import annotations

import datetime as dt
import gc
import io
import random
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from flask import Flask
from sqlalchemy import Select
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.conversation import Said
from extensions import db
from service import database, people, talk
from service.models import Person
from wsgi import create_app

LATEST = 0.02  # seconds between the commit and the answer: time for the process to be killed
HESITATION = 0.2  # seconds between looking a message up and holding its person: time for copies of it to come
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def make_app(without: str = "") -> Flask:
    """The service; ``without``: a defence that it lacks."""
    if without == "forgetful":
        _forget_messages()
    if without == "unlocked":
        _unlock()
    if without in ("haste", "rollback"):
        _hesitate()
    if without == "rollback":
        _keep_everything()
    app = create_app()
    warm_up(app)
    inner: Application = app.wsgi_app
    app.wsgi_app = _answer_first(inner) if without == "hasty" else _answer_late(inner)  # type: ignore[method-assign]
    return app


def warm_up(app: Flask) -> None:
    """Do once, before the fork, what a process does on its first message: one that is killed so soon would do little else.

    Nothing is kept, and no connection is shared.
    """
    voix = app.extensions["voix"]
    with app.app_context():
        for text in ("bonjour", "nouvelle idée", "il faudrait plus de dentistes à Colmar", "1", "oui", "suivi", "menu"):
            said = talk.Incoming("warm", secrets.token_hex(16), "+33639989999", Channel.SMS, Said(text))
            talk.answer(db.session(), voix.service, said, dt.datetime.now(dt.UTC), owed=True)
        db.session.rollback()
        db.session.remove()
        db.engine.dispose()
    gc.freeze()  # the pages of what is there stay shared


def _answer_late(inner: Application) -> Application:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = inner(environ, start_response)
        time.sleep(random.uniform(0, LATEST))
        return answer

    return application


def _answer_first(inner: Application) -> Application:
    """A message is answered with 200 before it is dealt with."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "POST":
            return inner(environ, start_response)
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        start_response("200 OK", [("Content-Type", "text/xml"), ("Content-Length", "11")])
        return deal(environ)

    def deal(environ: dict[str, Any]) -> Iterator[bytes]:
        yield b"<Response/>"
        time.sleep(random.uniform(0, LATEST))
        list(inner(environ, lambda *_: None))

    return application


def _forget_messages() -> None:
    """Each delivery of a message is another message."""
    answer = talk.answer

    def answer_anew(session: Session, service: Any, incoming: talk.Incoming, *rest: Any, **more: Any) -> talk.Reply:
        another = replace(incoming, message_id=f"{incoming.message_id}:{secrets.token_hex(4)}")
        return answer(session, service, another, *rest, **more)

    talk.answer = answer_anew


def _hesitate() -> None:
    """Copies of a message all find it unknown before one of them holds its person."""
    hold_person = people.hold_person

    def hold_late(session: Session, *arguments: Any) -> Person:
        time.sleep(HESITATION)
        return hold_person(session, *arguments)

    people.hold_person = hold_late


def _keep_everything() -> None:
    """A copy that waited keeps what it did meanwhile."""
    Session.rollback = lambda session: None  # type: ignore[method-assign]


def _unlock() -> None:
    """Nobody waits for anybody: no row is locked, and SQLite's transactions are the driver's own."""
    Select.with_for_update = lambda query, **_: query  # type: ignore[method-assign,assignment,misc]
    database.prepare = lambda engine: None  # type: ignore[assignment]
    hold_person = people.hold_person

    def hold_loosely(session: Session, *arguments: Any) -> Person:
        person = hold_person(session, *arguments)
        person.state, person.state_at  # noqa: B018 -- read now, and acted on later
        session.commit()
        session.refresh(person)
        time.sleep(LATEST)
        return person

    people.hold_person = hold_loosely
