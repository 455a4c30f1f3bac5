"""Twilio's door: a signed form in, TwiML out. WhatsApp comes through it too."""

from __future__ import annotations

import datetime as dt
from xml.etree import ElementTree

from flask import Blueprint, Response, abort, current_app, request

from bot.channel import Channel
from bot.conversation import Said
from extensions import csrf, db
from metrics import count_message
from service import talk
from service.settings import Settings
from webhooks.signature import MESSAGE_ID, is_signed, read_once

sms = Blueprint("sms", __name__)


@sms.post("/webhooks/sms")
@csrf.exempt  # the signature says who calls
def receive() -> Response:
    """The TwiML answer to a message; a repeated delivery gets the same bytes again. It is empty when replies go by REST,
    and when the guards withhold them.

    403: not signed by our account. 400: signed, but not a message. Anything else that fails is a 5xx, so that
    Twilio tries again; a 429 it would not.
    """
    settings: Settings = current_app.extensions["voix"].settings
    is_ours, form = is_signed(settings), request.form
    channel = Channel.WHATSAPP if form.get("From", "").startswith("whatsapp:") else Channel.SMS
    if not is_ours:
        count_message(channel, None)
        abort(403)
    incoming = talk.Incoming(
        account=settings.twilio_account_sid,
        message_id=read_once("MessageSid", MESSAGE_ID),
        sender=read_once("From", talk.SENDER),
        channel=channel,
        said=Said(form.get("Body", ""), _point(form.get("Latitude"), form.get("Longitude"))),
    )
    service, now = current_app.extensions["voix"].service, dt.datetime.now(dt.UTC)
    reply = talk.answer(db.session(), service, incoming, now, owed=settings.reply_by == "rest")
    db.session.commit()
    count_message(channel, reply)
    return Response(write_twiml(reply.text), mimetype="text/xml")


def write_twiml(text: str) -> bytes:
    """One <Message> holding ``text``, none when it is empty, as Twilio reads it; the same text gives the same bytes."""
    response = ElementTree.Element("Response")
    if text:
        ElementTree.SubElement(response, "Message").text = text
    written: bytes = ElementTree.tostring(response, encoding="utf-8", xml_declaration=True)
    return written


def _point(latitude: str | None, longitude: str | None) -> tuple[float, float] | None:
    """The point of a location message; None when there is none, or no such point on Earth."""
    try:
        point = float(latitude or ""), float(longitude or "")
    except ValueError:
        return None
    return point if abs(point[0]) <= 90 and abs(point[1]) <= 180 else None
