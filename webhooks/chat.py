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
from metrics import count_message
from service import outbox, people, talk, transcript
from service.models import Person

chat = Blueprint("chat", __name__, template_folder="templates")
ACCOUNT = "web"
COOKIE = "voix_chat"
TOKEN = re.compile(r"[\w-]{43}", re.ASCII)  # 32 random bytes in base64
COOKIE_SECONDS = 30 * 24 * 3600  # how long the conversation can be resumed on this browser


@chat.get("/chat")
def show() -> Response:
    """The conversation so far and the field to go on with.

    The browser is given its token here, before its first message: two clicks on that one are then one person's.
    """
    token = _token()
    lines = read_lines(token)
    page = render_template("chat.html", lines=lines, message_id=uuid.uuid4(), longest=LONGEST_MESSAGE)
    return _remember(make_response(page), token)


@chat.post("/chat")
@limiter.limit("30 per minute")
def receive() -> Response:
    """Take the message in, then show the conversation (by redirect, so that reloading sends nothing again)."""
    token = _token()
    reply = take_in(token)
    response = make_response(redirect(url_for("chat.show", _anchor="suite"), 303))
    if find_visitor(token) is None:
        flash(reply.text)  # they were just erased: the conversation that would show it is no more
        response.delete_cookie(COOKIE)
        return response
    return _remember(response, token)


def take_in(token: str) -> talk.Reply:
    """The reply to the message of the form that was sent, written in the conversation of ``token``; committed."""
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
    count_message(Channel.WEB, reply)
    return reply


def find_visitor(token: str) -> Person | None:
    """Whoever writes in the conversation of ``token``; None when they never wrote, or were erased."""
    service = current_app.extensions["voix"].service
    return people.find_person(db.session(), service.keyring.make_pseudonyms(_address(token)))


def read_lines(token: str) -> tuple[transcript.Line, ...]:
    """The conversation of ``token`` so far; what was owed to it is shown now, and so delivered. Committed."""
    person = find_visitor(token)
    if person:
        outbox.deliver_on_the_web(db.session(), person, dt.datetime.now(dt.UTC))
    lines = transcript.read(db.session(), person) if person else ()
    db.session.commit()
    return lines


def _token() -> str:
    """What this browser is known by."""
    return keep_or_draw(request.cookies.get(COOKIE, ""))


def keep_or_draw(token: str) -> str:
    """The token that a browser gave; a new one when it has none, or one that we did not make."""
    return token if TOKEN.fullmatch(token) else secrets.token_urlsafe(32)


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
