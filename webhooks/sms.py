"""Twilio's door: a signed form in, TwiML out. WhatsApp comes through it too."""

from __future__ import annotations

import datetime as dt
import re
from xml.etree import ElementTree

from flask import Blueprint, Response, abort, current_app, request
from twilio.request_validator import RequestValidator

from bot.channel import Channel
from bot.conversation import Said
from extensions import csrf, db
from service import talk
from service.settings import Settings

sms = Blueprint("sms", __name__)
LARGEST_BODY = 64 * 1024  # bytes; Twilio's forms are a few kilobytes
MESSAGE_ID = re.compile(r"^[A-Z]{2}[0-9a-f]{32}$")  # Twilio's sids: two letters, 32 hexadecimal digits


@sms.post("/webhooks/sms")
@csrf.exempt  # the signature says who calls
def receive() -> Response:
    """The TwiML answer to a message; a repeated delivery gets the same bytes again.

    403: not signed by our account. 400: signed, but not a message. Anything else that fails is a 5xx, so that
    Twilio tries again; a 429 it would not.
    """
    settings: Settings = current_app.extensions["voix"].settings
    request.max_content_length = LARGEST_BODY
    if not _is_signed(settings):
        abort(403)
    form = request.form
    if form.get("AccountSid") not in (None, settings.twilio_account_sid):
        abort(403)
    sender, message_id = form.get("From", ""), form.get("MessageSid", "")
    if not sender or not MESSAGE_ID.match(message_id):
        abort(400)
    incoming = talk.Incoming(
        account=settings.twilio_account_sid,
        message_id=message_id,
        sender=sender,
        channel=Channel.WHATSAPP if sender.startswith("whatsapp:") else Channel.SMS,
        said=Said(form.get("Body", ""), _point(form.get("Latitude"), form.get("Longitude"))),
    )
    reply = talk.answer(db.session(), current_app.extensions["voix"].service, incoming, dt.datetime.now(dt.UTC))
    db.session.commit()
    return Response(write_twiml(reply.text), mimetype="text/xml")


def write_twiml(text: str) -> bytes:
    """One <Message> holding ``text``, none when it is empty, as Twilio reads it; the same text gives the same bytes."""
    response = ElementTree.Element("Response")
    if text:
        ElementTree.SubElement(response, "Message").text = text
    written: bytes = ElementTree.tostring(response, encoding="utf-8", xml_declaration=True)
    return written


def _is_signed(settings: Settings) -> bool:
    """Whether Twilio signed this request. A proxy hides the address that Twilio called: it is rebuilt from ours."""
    signature = request.headers.get("X-Twilio-Signature", "")
    url = settings.public_base_url + request.full_path.rstrip("?")
    return any(RequestValidator(token).validate(url, request.form, signature) for token in settings.twilio_auth_tokens)


def _point(latitude: str | None, longitude: str | None) -> tuple[float, float] | None:
    """The point of a location message; None when there is none, or no such point on Earth."""
    try:
        point = float(latitude or ""), float(longitude or "")
    except ValueError:
        return None
    return point if abs(point[0]) <= 90 and abs(point[1]) <= 180 else None
