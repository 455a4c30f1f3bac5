"""The door of status callbacks: who is let in, and that their order does not matter."""

from __future__ import annotations

import itertools

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from service.models import Delivery, OptOut, OutboxMessage, Purpose
from tests.post_office import OTHER, add_person, owe, states
from tests.telephone import ACCOUNT, BASE_URL, new_message_id, sign

SID = new_message_id()


def call(app: Flask, key: str, state: str, error: str = "", signature: str | None = None, **more: str) -> TestResponse:
    form = {"AccountSid": ACCOUNT, "MessageSid": SID, "MessageStatus": state, "To": "+33639980001", **more}
    form |= {"ErrorCode": error} if error else {}
    path = f"/webhooks/sms/status/{key}"
    signature = sign(form, BASE_URL + path) if signature is None else signature
    return app.test_client().post(path, data=form, headers={"X-Twilio-Signature": signature})


def owe_one(app: Flask, session: Session, delivery: Delivery = Delivery.SENT, purpose: Purpose = Purpose.NEWS) -> str:
    owe(session, add_person(session, app, OTHER), "bruit")
    key = owe(session, add_person(session, app), "texte", purpose)
    session.scalars(select(OutboxMessage).where(OutboxMessage.key == key)).one().delivery = delivery
    session.commit()
    return key


@pytest.mark.parametrize(
    ("state", "delivery"),
    [
        ("accepted", Delivery.SENT), ("queued", Delivery.SENT), ("sending", Delivery.SENT), ("sent", Delivery.SENT),
        ("delivered", Delivery.DELIVERED), ("read", Delivery.DELIVERED),
        ("undelivered", Delivery.FAILED), ("failed", Delivery.FAILED), ("canceled", Delivery.FAILED),
    ],
)  # fmt: skip
def test_each_state_of_twilio_s_is_one_of_ours(app: Flask, session: Session, state: str, delivery: Delivery) -> None:
    key = owe_one(app, session, Delivery.SENDING)
    assert call(app, key, state).status_code == 204
    assert states(session) == {"bruit": Delivery.OWED, "texte": delivery}
    assert session.scalars(select(OutboxMessage.provider_id).where(OutboxMessage.key == key)).one() == SID


@pytest.mark.parametrize("last", ["delivered", "undelivered"])
def test_callbacks_in_any_order_and_twice_end_in_the_same_state(app: Flask, session: Session, last: str) -> None:
    ends = set()
    one = add_person(session, app)
    for order in itertools.permutations(["queued", "sent", last, last]):
        key = owe(session, one, "texte")
        for state in order:
            assert call(app, key, state).status_code == 204
        session.rollback()
        ends.add(session.scalars(select(OutboxMessage.delivery).where(OutboxMessage.key == key)).one())
    assert ends == {Delivery.DELIVERED if last == "delivered" else Delivery.FAILED}


def test_a_failure_is_told_with_its_code(app: Flask, session: Session) -> None:
    key = owe_one(app, session)
    call(app, key, "undelivered", "30005")
    error = session.scalars(select(OutboxMessage.error).where(OutboxMessage.key == key)).one()
    assert error == "L'opérateur n'a pas pu le remettre (erreur 30005)."


def test_a_number_that_said_stop_to_the_provider_is_left_alone(app: Flask, session: Session) -> None:
    key = owe_one(app, session)
    call(app, key, "failed", "21610")
    assert states(session)["texte"] is Delivery.UNWANTED
    assert session.scalars(select(OptOut.answers_only)).all() == [False]


def test_who_is_not_our_account_at_twilio_changes_nothing(app: Flask, session: Session) -> None:
    key = owe_one(app, session)
    form_signature = sign({"MessageStatus": "delivered"}, f"{BASE_URL}/webhooks/sms/status/{key}")
    assert call(app, key, "delivered", signature="").status_code == 403
    assert call(app, key, "delivered", signature=form_signature).status_code == 403
    assert call(app, key, "delivered", AccountSid="AC" + "2" * 32).status_code == 403
    assert states(session)["texte"] is Delivery.SENT


def test_a_signature_for_one_message_does_not_do_for_another(app: Flask, session: Session) -> None:
    key = owe_one(app, session)
    other = session.scalars(select(OutboxMessage.key).where(OutboxMessage.text == "bruit")).one()
    session.rollback()
    form = {"AccountSid": ACCOUNT, "MessageSid": SID, "MessageStatus": "delivered", "To": "+33639980001"}
    signature = sign(form, f"{BASE_URL}/webhooks/sms/status/{key}")
    assert call(app, other, "delivered", signature=signature).status_code == 403


@pytest.mark.parametrize(
    ("more", "status"),
    [
        pytest.param({"MessageStatus": "dreaming"}, 400, id="no such state"),
        pytest.param({"MessageStatus": "received"}, 400, id="a state of what comes in"),
        pytest.param({"MessageSid": "SM1"}, 400, id="not a message id"),
        pytest.param({"ErrorCode": "'; --"}, 204, id="not an error code"),
        pytest.param({"NewIn2027": "oui"}, 204, id="a parameter that we do not know"),
    ],
)
def test_what_is_signed_and_makes_no_sense_is_refused(
    app: Flask, session: Session, more: dict[str, str], status: int
) -> None:
    key = owe_one(app, session)
    form = {"state": "delivered", **more}
    state = form.pop("MessageStatus", form.pop("state"))
    form.pop("state", None)
    assert call(app, key, state, **form).status_code == status


@pytest.mark.parametrize("key", ["0b7e2c7e-6f0e-4d43-9f0a-7a4b6f1f0c11", "x", "1"])
def test_a_message_that_is_not_ours_is_not_found(app: Flask, session: Session, key: str) -> None:
    owe_one(app, session)
    assert call(app, key, "delivered").status_code == 404
