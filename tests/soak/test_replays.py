"""A request of the provider's that is sent again, as it was or changed as far as its signature allows, a year later too."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import delete
from sqlalchemy.orm import Session
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from extensions import db
from service.erasure import purge
from service.models import Exchange
from service.retention import ALL
from tests.post_office import NUMBER, add_person, owe
from tests.soak.soundness import Rows, read_rows
from tests.telephone import ACCOUNT, BASE_URL, TOKEN, Telephone, new_message_id, sign
from webhooks import signature, sms

TABLE = {kept.setting: kept for kept in ALL}
YEAR = dt.timedelta(days=366)
Form = list[tuple[str, str]]


def agree(telephone: Telephone) -> dict[str, str]:
    """Somebody's idea, agreed to; the request of that « oui »."""
    for text in ("nouvelle idée", "il faudrait plus de médecins de garde le dimanche à Colmar", "1"):
        telephone.text(text)
    form = telephone.form("oui", FromCity="COLMAR", FromCountry="FR")
    assert telephone.post(form).status_code == 200
    return form


def age(session: Session) -> None:
    """A year passes, with its purges."""
    session.rollback()
    for days in (31, 366):
        purge(session, TABLE, dt.datetime.now(dt.UTC) + dt.timedelta(days=days))
        session.commit()


def ask_again(telephone: Telephone, session: Session, form: dict[str, str]) -> tuple[Rows, Rows]:
    """What the database held before the old request came again, and after."""
    for text in ("nouvelle idée", "il faudrait plus de dentistes à Reims", "1"):
        telephone.text(text)  # a « oui » would agree to this
    session.rollback()
    before = read_rows(db.engine)
    assert telephone.post(form).status_code == 200
    session.rollback()
    return before, read_rows(db.engine)


def test_a_year_later_the_same_request_has_no_effect(telephone: Telephone, session: Session) -> None:
    form = agree(telephone)
    age(session)
    before, after = ask_again(telephone, session, form)
    assert after == before


def test_when_the_purge_forgets_its_number_it_agrees_to_another_idea(telephone: Telephone, session: Session) -> None:
    """The twin: of what is old, nothing stays."""
    form = agree(telephone)
    age(session)
    session.execute(delete(Exchange))
    session.commit()
    before, after = ask_again(telephone, session, form)
    assert (len(before["contribution"]), len(after["contribution"])) == (1, 2)


def shift(form: dict[str, str], path: str = "") -> Iterator[Form]:
    """The requests with the same signature: names and values are signed run together, in the order of the names.

    A value that gives its end to a new parameter after it; one that takes the next parameter in; one that gives its first
    letters to its name, or takes its name's last ones. ``path``: the end of the address that the form was signed for,
    which is a name then.
    """
    fields = sorted(form.items())
    if path:
        yield [(path, ""), *fields]
    for place, (name, value) in enumerate(fields):
        head, tail = fields[:place], fields[place + 1 :]
        for cut in range(len(value)):
            yield [*head, (name, value[:cut]), (value[cut:], ""), *tail]
            yield [*head, (name + value[: cut + 1], value[cut + 1 :]), *tail]
        for cut in range(1, len(name)):
            yield [*head, (name[:cut], name[cut:] + value), *tail]
        for taken in range(1, len(tail) + 1):
            more = "".join(key + text for key, text in tail[:taken])
            yield [*head, (name, value + more), *tail[taken:]]
        for cut in range(len(value) - len(name)):
            if value[cut:].startswith(name):
                yield [*head, (name, value[:cut]), (name, value[cut + len(name) :]), *tail]


def send_shifted(app: Flask, form: dict[str, str], path: str = "") -> int:
    """How many requests were sent as messages that the signature of ``form`` holds for."""
    signed, validator = sign(form, f"{BASE_URL}/webhooks/sms{path}"), RequestValidator(TOKEN)
    client, sent = app.test_client(), 0
    for fields in shift(form, path):
        changed = MultiDict(fields)
        if validator.compute_signature(f"{BASE_URL}/webhooks/sms", changed) == signed:
            sent += 1
            response = client.post("/webhooks/sms", data=changed, headers={"X-Twilio-Signature": signed})
            assert response.status_code in {200, 400, 403}
    return sent


def test_a_request_that_is_changed_under_its_signature_has_no_effect(
    app: Flask, telephone: Telephone, session: Session
) -> None:
    form = agree(telephone)
    session.rollback()
    before = read_rows(db.engine)
    assert send_shifted(app, form) > 50
    session.rollback()
    assert read_rows(db.engine) == before


def test_when_an_id_may_have_any_form_a_changed_request_is_another_message(
    app: Flask, telephone: Telephone, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: what is after the id may be taken into it."""
    form = agree(telephone)
    session.rollback()
    before = len(read_rows(db.engine)["exchange"])
    monkeypatch.setattr(sms, "MESSAGE_ID", re.compile(".*"))
    send_shifted(app, form)
    session.rollback()
    assert len(read_rows(db.engine)["exchange"]) > before


def take_callback_for_message(app: Flask, session: Session) -> tuple[Rows, Rows]:
    """What the database held before a callback of a message of ours was sent as a message, and after."""
    key = owe(session, add_person(session, app), "réponse")
    session.rollback()
    before = read_rows(db.engine)
    told = {"MessageSid": new_message_id(), "MessageStatus": "delivered", "To": NUMBER, "From": "+33757000000"}
    assert send_shifted(app, {"AccountSid": ACCOUNT, **told}, f"/status/{key}") == 1
    session.rollback()
    return before, read_rows(db.engine)


def test_what_twilio_tells_of_a_message_of_ours_is_no_message_of_anybody_s(app: Flask, session: Session) -> None:
    before, after = take_callback_for_message(app, session)
    assert after == before


def test_when_a_name_may_have_any_form_it_is_one_of_our_own_number_s(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: the end of the address is the name of a parameter."""
    monkeypatch.setattr(signature, "NAME", re.compile(".*"))
    before, after = take_callback_for_message(app, session)
    assert (len(before["exchange"]), len(after["exchange"])) == (0, 1)
