"""A telephone in a test: texts the application through its real door, signed with Twilio's own validator."""

from __future__ import annotations

import re
import secrets
from xml.etree import ElementTree

from flask import Flask
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

BASE_URL = "https://voix.example.fr"
ACCOUNT = "AC" + "1" * 32
TOKEN = "the token of the tests"
SETTINGS = {
    "PUBLIC_BASE_URL": BASE_URL,
    "SECRET_KEY": "a secret key for the tests",
    "PHONE_PEPPER": "a pepper for the tests",
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "TWILIO_FROM": "38063",
}


NOTICE = re.compile(r"\n\[[^\]]*\]$")


def new_message_id() -> str:
    return f"SM{secrets.token_hex(16)}"


def sign(form: dict[str, str], url: str = f"{BASE_URL}/webhooks/sms", token: str = TOKEN) -> str:
    return str(RequestValidator(token).compute_signature(url, form))


def read_twiml(body: bytes) -> str:
    message = ElementTree.fromstring(body).find("Message")
    return (message.text or "") if message is not None else ""


class Telephone:
    """One person's telephone."""

    def __init__(self, app: Flask, number: str = "+33639980001") -> None:
        self.app = app
        self.number = number

    def form(self, body: str, message_id: str | None = None, **more: str) -> dict[str, str]:
        return {
            "AccountSid": ACCOUNT,
            "MessageSid": message_id or new_message_id(),
            "From": self.number,
            "To": "38063",
            "Body": body,
            "NumMedia": "0",
            **more,
        }

    def post(self, form: dict[str, str], signature: str | None = None) -> TestResponse:
        signature = sign(form) if signature is None else signature
        return self.app.test_client().post("/webhooks/sms", data=form, headers={"X-Twilio-Signature": signature})

    def text(self, body: str, **more: str) -> str:
        """The reply to ``body``, less the notice of a first contact."""
        response = self.post(self.form(body, **more))
        assert response.status_code == 200, response.status
        return NOTICE.sub("", read_twiml(response.data))
