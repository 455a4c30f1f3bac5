"""Twilio's signature, made by hand: the tests sign by the library that the door checks with."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from service.models import Delivery
from tests.post_office import add_person, owe, states
from tests.telephone import ACCOUNT, BASE_URL, TOKEN, new_message_id, sign

# twilio.com/docs/usage/security#validating-requests, read 2026-11-21
VECTOR = {
    "CallSid": "CA1234567890ABCDE", "Digits": "1234", "From": "+14158675309", "To": "+18005551212",
    "Caller": "+14158675309",
}  # fmt: skip
VECTOR_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"


def sign_by_hand(form: dict[str, str], url: str, token: str) -> str:
    """The address, then each name and its value in order of the names: HMAC-SHA1 under the token, in base 64."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


@pytest.mark.parametrize("make", [sign_by_hand, sign])
def test_the_signature_is_the_one_that_twilio_publishes(make: object) -> None:
    assert make(VECTOR, VECTOR_URL, "12345") == "RSOYDt4T1cUTdK1PDd93/VVr8B8="  # type: ignore[operator]


def test_the_doors_open_to_a_signature_made_by_hand(app: Flask, session: Session) -> None:
    key = owe(session, add_person(session, app), "texte")
    own = {"AccountSid": ACCOUNT, "MessageSid": new_message_id()}
    calls = {
        "/webhooks/sms": {**own, "From": "+33639980001", "To": "38063", "Body": "Médecin à Reims ?", "NumMedia": "0"},
        f"/webhooks/sms/status/{key}": {**own, "MessageStatus": "sent", "To": "+33639980001"},
    }
    answered = []
    for path, form in calls.items():
        for token in (TOKEN, "another"):
            headers = {"X-Twilio-Signature": sign_by_hand(form, BASE_URL + path, token)}
            answered.append(app.test_client().post(path, data=form, headers=headers).status_code)
    assert answered == [200, 403, 204, 403]
    assert states(session) == {"texte": Delivery.SENT}
