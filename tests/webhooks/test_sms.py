"""The SMS door: who is let in, what is answered, and that a repeat changes nothing."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import UniqueConstraint, func, select
from sqlalchemy.orm import Session

from extensions import db
from service import abuse, people, talk
from service.models import Base, Contribution, Exchange, Person
from tests.telephone import BASE_URL, Telephone, new_message_id, read_twiml, sign

IDEA = "il faudrait plus de médecins de garde le dimanche à Colmar"


def test_a_signed_message_is_answered_with_the_project_nearby(telephone: Telephone) -> None:
    response = telephone.post(telephone.form("medecin sans rdv a reims"))
    assert response.status_code == 200
    assert response.mimetype == "text/xml"
    assert read_twiml(response.data).splitlines()[0] == "CMSI de Louvois, 51 rue de Louvois, 51100 Reims."


def test_a_signature_by_another_token_is_refused_and_nothing_is_kept(telephone: Telephone, session: Session) -> None:
    form = telephone.form("bonjour")
    assert telephone.post(form, sign(form, token="another token")).status_code == 403
    assert session.scalar(select(func.count()).select_from(Person)) == 0


@pytest.mark.parametrize("signature", ["", "garbage", "é"])
def test_a_missing_or_malformed_signature_is_refused(telephone: Telephone, signature: str) -> None:
    form = telephone.form("bonjour")
    response = telephone.app.test_client().post(
        "/webhooks/sms", data=form, headers={"X-Twilio-Signature": signature.encode("utf-8").decode("latin-1")}
    )
    assert response.status_code == 403
    assert telephone.app.test_client().post("/webhooks/sms", data=form).status_code == 403


def test_the_signature_covers_the_query_of_the_public_address(telephone: Telephone) -> None:
    form = telephone.form("bonjour")
    signature = sign(form, url=f"{BASE_URL}/webhooks/sms?essai=1&b=2")
    headers = {"X-Twilio-Signature": signature}
    client = telephone.app.test_client()
    assert client.post("/webhooks/sms?essai=1&b=2", data=form, headers=headers).status_code == 200
    assert client.post("/webhooks/sms?essai=2&b=2", data=form, headers=headers).status_code == 403


def test_another_account_is_refused_even_when_signed(telephone: Telephone) -> None:
    form = {**telephone.form("bonjour"), "AccountSid": "AC" + "2" * 32}
    assert telephone.post(form).status_code == 403


@pytest.mark.parametrize("missing", ["From", "MessageSid"])
def test_a_signed_form_that_is_not_a_message_is_a_bad_request(telephone: Telephone, missing: str) -> None:
    form = telephone.form("bonjour")
    del form[missing]
    assert telephone.post(form).status_code == 400


def test_unknown_parameters_are_accepted(telephone: Telephone) -> None:
    assert telephone.post(telephone.form("bonjour", NewIn2027="oui", OptOutType="x")).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="empty"),
        pytest.param("😀" * 300, id="emoji only"),
        pytest.param("médecin " * 1250, id="10 000 characters"),
        pytest.param("\x00\x01\x1b\x7f\ud7ff\ufffe\u202e", id="control characters"),
        pytest.param("Привіт, де лікар?", id="ukrainian"),
        pytest.param("أريد طبيبا", id="arabic"),
        pytest.param("<script>alert(1)</script> & \"'", id="markup"),
    ],
)
def test_whatever_is_sent_gets_a_helpful_reply(telephone: Telephone, body: str) -> None:
    reply = telephone.text(body)
    assert 0 < len(reply) <= 1600


def test_bytes_that_are_not_text_are_survived(telephone: Telephone) -> None:
    client = telephone.app.test_client()
    response = client.post("/webhooks/sms", data=b"\xff\xfe%00&=", content_type="application/x-www-form-urlencoded")
    assert response.status_code == 403


def test_a_photo_without_text_is_answered(telephone: Telephone) -> None:
    reply = telephone.text("", NumMedia="1", MediaUrl0="https://api.example/1", MediaContentType0="image/jpeg")
    assert reply.startswith("Bonjour, ici Voix Santé")


def test_a_whatsapp_location_becomes_a_commune(app: Flask) -> None:
    phone = Telephone(app, "whatsapp:+33639980001")
    reply = phone.text("", Latitude="49.2535", Longitude="4.0313")
    assert (
        reply == "Vous êtes près de Reims. Que cherchez-vous, et où ? Par exemple : médecin sans rendez-vous à Reims."
    )


@pytest.mark.parametrize("latitude", ["", "nan", "north", "91"])
def test_a_location_that_is_none_is_ignored(app: Flask, latitude: str) -> None:
    assert Telephone(app).text("bonjour", Latitude=latitude, Longitude="4").startswith("Bonjour, ici Voix Santé")


def test_the_same_person_on_sms_and_whatsapp_is_one_person(app: Flask, session: Session) -> None:
    Telephone(app, "+33639980001").text("bonjour")
    Telephone(app, "whatsapp:+33639980001").text("bonjour")
    assert session.scalar(select(func.count()).select_from(Person)) == 1


def test_a_repeated_delivery_gets_the_same_bytes_and_changes_nothing(telephone: Telephone, session: Session) -> None:
    tell_idea_up_to_consent(telephone)
    form = telephone.form("oui")
    first = telephone.post(form)
    state = session.scalars(select(Person.state)).one()
    assert telephone.post(form).data == first.data
    session.expire_all()
    assert session.scalars(select(Person.state)).one() == state
    assert session.scalar(select(func.count()).select_from(Contribution)) == 1


def test_fifty_copies_at_once_have_one_effect(app: Flask, telephone: Telephone, session: Session) -> None:
    tell_idea_up_to_consent(telephone)
    replies = post_at_once(app, [telephone.form("oui")] * 50)
    assert replies.most_common() == [((200, replies.most_common()[0][0][1]), 50)]
    assert count(session, Contribution) == 1
    assert count(session, Exchange) == 4


def test_without_the_defence_fifty_copies_have_fifty_effects(
    app: Flask, telephone: Telephone, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: neither looked up nor unique, the copies are fifty messages, and fifty ideas without the lock."""
    table = Exchange.__table__
    unique = next(c for c in table.constraints if isinstance(c, UniqueConstraint))
    table.constraints.discard(unique)
    try:
        session.remove() if hasattr(session, "remove") else session.rollback()
        Base.metadata.drop_all(db.engine)
        Base.metadata.create_all(db.engine)
    finally:
        table.constraints.add(unique)
    tell_idea_up_to_consent(telephone)
    monkeypatch.setattr(talk, "find_exchange", lambda *_: None)
    monkeypatch.setattr(abuse, "IDEAS_A_DAY", 50)  # another defence
    held = people.hold_person
    state = session.scalars(select(Person.state)).one()
    session.rollback()

    def unlocked(*arguments: object) -> Person:
        person = held(*arguments)  # type: ignore[arg-type]
        person.state = state  # what each would read if none waited for the others
        return person

    monkeypatch.setattr(people, "hold_person", unlocked)
    post_at_once(app, [telephone.form("oui")] * 50)
    assert count(session, Exchange) == 53
    assert count(session, Contribution) == 50


def test_two_messages_of_one_person_at_once_are_both_answered_and_kept(
    app: Flask, telephone: Telephone, session: Session
) -> None:
    telephone.text("nouvelle idée")
    replies = post_at_once(app, [telephone.form(IDEA), telephone.form("RETOUR")])
    assert {status for status, _ in replies} == {200}
    assert count(session, Exchange) == 3


def test_first_messages_of_one_person_at_once_make_one_person(
    app: Flask, telephone: Telephone, session: Session
) -> None:
    replies = post_at_once(app, [telephone.form("bonjour") for _ in range(10)])
    assert {status for status, _ in replies} == {200}
    assert count(session, Person) == 1


def tell_idea_up_to_consent(telephone: Telephone) -> None:
    telephone.text("nouvelle idée")
    telephone.text(IDEA)
    assert telephone.text("1").splitlines()[-3:-1] == ["1 Oui", "2 Non"]


def post_at_once(app: Flask, forms: list[dict[str, str]]) -> Counter[tuple[int, bytes]]:
    """Each form sent by a thread of its own, all let go together; how often each answer came."""
    start = threading.Barrier(len(forms))
    answers: Counter[tuple[int, bytes]] = Counter()

    def send(form: dict[str, str]) -> None:
        start.wait()
        response = Telephone(app).post(form)
        answers[(response.status_code, response.data)] += 1

    threads = [threading.Thread(target=send, args=(form,)) for form in forms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def count(session: Session, table: type[Base]) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_message_ids_of_the_wrong_form_are_refused(telephone: Telephone) -> None:
    assert telephone.post({**telephone.form("bonjour"), "MessageSid": new_message_id() + "0"}).status_code == 400
