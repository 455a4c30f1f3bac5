"""A telephone on a page, in the demonstration only: texts the service through its real door, signature and all."""

from __future__ import annotations

import secrets
from xml.etree import ElementTree

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from twilio.request_validator import RequestValidator
from werkzeug.wrappers import Response

from bot.sms import count_segments, is_gsm7

simulator = Blueprint("simulator", __name__, template_folder="templates")
SHOWN, LONGEST_KEPT = 8, 300  # messages, characters: the conversation lives in a cookie of 4 kB


@simulator.get("/simulateur")
def show() -> str:
    """The telephone: what was sent and received, each with its segments."""
    messages = [
        {**message, "segments": count_segments(message["text"]), "gsm7": is_gsm7(message["text"])}
        for message in session.get("telephone", [])
    ]
    return render_template("simulator.html", messages=messages, number=_number())


@simulator.post("/simulateur")
def send() -> Response:
    """Text the service as Twilio would; NOUVEAU TÉLÉPHONE starts with another number."""
    if "new" in request.form:
        session.pop("telephone", None)
        session.pop("number", None)
        return redirect(url_for("simulator.show"))
    body = request.form.get("text", "").strip()
    answer = _text_the_service(body)
    kept = [*session.get("telephone", []), {"mine": True, "text": body[:LONGEST_KEPT]}, {"mine": False, "text": answer}]
    session["telephone"] = kept[-SHOWN:]
    return redirect(url_for("simulator.show", _anchor="suite"), 303)


def _text_the_service(body: str) -> str:
    settings = current_app.extensions["voix"].settings
    form = {
        "AccountSid": settings.twilio_account_sid,
        "MessageSid": f"SM{secrets.token_hex(16)}",
        "From": _number(),
        "To": settings.number,
        "Body": body,
        "NumMedia": "0",
    }
    url = f"{settings.public_base_url}/webhooks/sms"
    signature = RequestValidator(settings.twilio_auth_tokens[0]).compute_signature(url, form)
    response = current_app.test_client().post("/webhooks/sms", data=form, headers={"X-Twilio-Signature": signature})
    if response.status_code != 200:
        return f"(Le service a refusé ce message : erreur {response.status_code}.)"
    message = ElementTree.fromstring(response.data).find("Message")  # noqa: S314 -- our own answer
    return (message.text or "") if message is not None else ""


def _number() -> str:
    """This browser's telephone number: of the range that Arcep keeps for fiction (06 39 98 xx xx)."""
    if "number" not in session:
        session["number"] = f"+33639 98{secrets.randbelow(10_000):04}".replace(" ", "")
    return str(session["number"])
