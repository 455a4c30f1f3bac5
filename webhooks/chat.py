"""The web chat's door: a form that needs no JavaScript, the same conversation as on a phone."""

from __future__ import annotations

import datetime as dt
import re
import secrets
import uuid

from flask import Blueprint, Response, current_app, flash, make_response, redirect, render_template, request, url_for

from bot.channel import Channel
from bot.conversation import Said
from bot.dialogue import LONGEST_MESSAGE
from extensions import db, limiter
from service import people, talk, transcript

chat = Blueprint("chat", __name__, template_folder="templates")
ACCOUNT = "web"
COOKIE = "voix_chat"
TOKEN = re.compile(r"^[\w-]{43}$", re.ASCII)  # 32 random bytes in base64
COOKIE_SECONDS = 30 * 24 * 3600  # how long the conversation can be resumed on this browser


@chat.get("/chat")
def show() -> Response:
    """The conversation so far and the field to go on with.

    The browser is given its token here, before its first message: two clicks on that one are then one person's.
    """
    voix = current_app.extensions["voix"]
    token = _token()
    person = people.find_person(db.session(), voix.service.keyring.make_pseudonyms(_address(token)))
    lines = transcript.read(db.session(), person) if person else ()
    page = render_template("chat.html", lines=lines, message_id=uuid.uuid4(), longest=LONGEST_MESSAGE)
    return _remember(make_response(page), token)


@chat.post("/chat")
@limiter.limit("30 per minute")
def receive() -> Response:
    """Take the message in, then show the conversation (by redirect, so that reloading sends nothing again)."""
    token = _token()
    # Browsers send a line end as two characters, and count one of them in a field's maxlength.
    text = (request.form.get("option") or request.form.get("text", "")).replace("\r\n", "\n")
    incoming = talk.Incoming(
        account=ACCOUNT,
        message_id=_message_id(),
        sender=_address(token),
        channel=Channel.WEB,
        said=Said(text),
    )
    service = current_app.extensions["voix"].service
    reply = talk.answer(db.session(), service, incoming, dt.datetime.now(dt.UTC))
    db.session.commit()
    response = make_response(redirect(url_for("chat.show", _anchor="suite"), 303))
    if people.find_person(db.session(), service.keyring.make_pseudonyms(incoming.sender)) is None:
        flash(reply.text)  # they were just erased: the conversation that would show it is no more
        response.delete_cookie(COOKIE)
        return response
    return _remember(response, token)


def _token() -> str:
    """What this browser is known by; a new one for a browser that has none, or one that we did not make."""
    token = request.cookies.get(COOKIE, "")
    return token if TOKEN.match(token) else secrets.token_urlsafe(32)


def _message_id() -> str:
    """The form's own id, so that a double click or a resent form is one message; a new one if it was tampered with."""
    try:
        return str(uuid.UUID(request.form.get("message_id", "")))
    except ValueError:
        return str(uuid.uuid4())


def _address(token: str) -> str:
    return f"web:{token}"


def _remember(response: Response, token: str) -> Response:
    secure = current_app.extensions["voix"].settings.is_https
    response.set_cookie(COOKIE, token, max_age=COOKIE_SECONDS, httponly=True, samesite="Lax", secure=secure)
    return response
