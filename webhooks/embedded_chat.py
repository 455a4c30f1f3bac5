"""The web chat inside a page of another site: no cookie, which browsers keep from a frame; the form holds the conversation.

Its token is what opens the conversation, so that a form with the right one needs no other proof (CSRF). Against a page
that would have its visitors write in a conversation of its own, only our own pages may send it (Origin).
"""

from __future__ import annotations

import uuid

from flask import Blueprint, abort, current_app, render_template, request

from bot.dialogue import LONGEST_MESSAGE
from extensions import csrf, limiter
from service.settings import Settings
from service.transcript import Line
from webhooks.chat import find_visitor, keep_or_draw, read_lines, take_in

embedded_chat = Blueprint("embedded_chat", __name__, template_folder="templates")


@embedded_chat.before_request
def check_open() -> None:
    """Aborts with 404 unless some site may hold the chat."""
    if not _read_settings().embed_origins:
        abort(404)


@embedded_chat.get("/chat/integrer")
def show() -> str:
    """A new conversation."""
    return _render(keep_or_draw(""))


@embedded_chat.post("/chat/integrer")
@csrf.exempt  # the token and the Origin say who sends
@limiter.limit("30 per minute")
def receive() -> str:
    """The conversation with its answer, in place: sent again by a reload, the message is the same and changes nothing.

    400: not sent from our own page.
    """
    if not _is_from_our_page():
        abort(400)
    token = keep_or_draw(request.form.get("conversation", ""))
    reply = take_in(token)
    if find_visitor(token) is None:  # they were just erased
        return _render(keep_or_draw(""), told=[reply.text])
    return _render(token, read_lines(token))


def _render(token: str, lines: tuple[Line, ...] = (), told: list[str] | None = None) -> str:
    return render_template(
        "embedded_chat.html",
        token=token,
        lines=lines,
        told=told or [],
        message_id=uuid.uuid4(),
        longest=LONGEST_MESSAGE,
    )


def _is_from_our_page() -> bool:
    """Whether the browser says that the form was on a page of ours; "null", from a sandbox, is none."""
    return request.headers.get("Origin") == _read_settings().public_base_url.lower()


def _read_settings() -> Settings:
    settings: Settings = current_app.extensions["voix"].settings
    return settings
