"""The panels of questions to the author and of the messages they got."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channel import Channel
from service import outbox, people
from service.models import Contribution, Delivery, Opening, OutboxMessage, Purpose, Question, Reviewer, Role
from tests.council import NOW, citizen, idea
from tests.visitor import Page, Visitor, sign_in

NewReviewer = Callable[..., Reviewer]
CASE = "/inbox/contributions/K7Q2MX"
ASK = f"{CASE}/question"
WORDS = "Combien de personnes cela concerne-t-il ?"


@pytest.fixture
def found(session: Session) -> Contribution:
    idea(session, "M4R7TX")  # noise
    return idea(session, "K7Q2MX")


def test_a_secretary_asks_and_reads_the_answer(
    app: Flask, session: Session, new_reviewer: NewReviewer, found: Contribution
) -> None:
    visitor = sign_in(app, new_reviewer("68"))
    response = visitor.fill_in(CASE, ASK, question_words=WORDS)
    assert (response.status_code, response.location) == (302, CASE)
    page = visitor.read(CASE)
    assert "Votre question part vers l'auteur de l'idée." in page.words
    assert f"{WORDS} Camille, " in page.words
    assert "En attente de sa réponse." in page.words
    assert ASK not in [form.action for form in page.forms]  # one at a time
    question = session.scalars(select(Question)).one()
    question.answer, question.sealed_answer, question.closed_at = "environ 200", b"sealed", NOW
    session.commit()
    page = visitor.read(CASE)
    told = page.words.replace("\u00a0", " ")
    assert (
        "environ 200 Réponse de l'auteur, 20 novembre 2026 à 10 h 00 Des données personnelles y ont été masquées"
        in told
    )
    assert page.form(ASK).fields["question_words"] == ""


def test_the_original_of_an_answer_is_opened_for_a_reason_that_is_noted(
    app: Flask, session: Session, new_reviewer: NewReviewer, found: Contribution
) -> None:
    secretary, member = new_reviewer("68"), new_reviewer("68", Role.MEMBER)
    keyring = app.extensions["voix"].service.keyring
    sealed = keyring.seal("appelez le 06 39 98 00 01", found.code)
    asked = Question(contribution_id=found.id, reviewer_id=secretary.id, words=WORDS, asked_at=NOW, closed_at=NOW)
    asked.answer, asked.sealed_answer = "appelez le [téléphone]", sealed
    session.add(asked)
    session.commit()
    address, reason = f"{CASE}/questions/{asked.id}/original", f"answer_reason_{asked.id}"
    visitor = sign_in(app, secretary)
    refused = Page(visitor.fill_in(CASE, address, **{reason: " "}))
    assert "Dites pourquoi vous ouvrez le texte d'origine : ce sera noté." in refused.words
    assert (session.scalars(select(Opening)).all(), "98 00" in refused.words) == ([], False)
    page = Page(visitor.fill_in(CASE, address, **{reason: "Le numéro peut servir."}))
    assert "Réponse d'origine appelez le 06 39 98 00 01" in page.words
    page = visitor.read(CASE)
    assert "par Camille : Le numéro peut servir." in page.words.replace("\u00a0", " ")
    assert "98 00" not in page.words
    assert [(one.reviewer_id, one.question_id) for one in session.scalars(select(Opening))] == [
        (secretary.id, asked.id)
    ]
    reader = sign_in(app, member)
    assert address not in [form.action for form in reader.read(CASE).forms]
    other = f"/inbox/contributions/M4R7TX/questions/{asked.id}/original"  # of another idea
    form = {"csrf_token": visitor.read(CASE).form(address).fields["csrf_token"], reason: "x"}
    assert visitor.post(other, form).status_code == 404


def test_personal_data_in_a_question_is_warned_of_and_nothing_typed_is_lost(
    app: Flask, session: Session, new_reviewer: NewReviewer, found: Contribution
) -> None:
    visitor = sign_in(app, new_reviewer("68"))
    words = "Pouvez-vous appeler le 03 89 00 11 22 ?"
    page = Page(response := visitor.fill_in(CASE, ASK, question_words=words))
    assert response.status_code == 422
    assert "La question semble contenir des données personnelles." in page.words
    assert page.form(ASK).fields["question_words"] == words
    assert session.scalars(select(OutboxMessage)).all() == []
    session.rollback()
    assert visitor.post(ASK, {**page.form(ASK).fields, "question_sure": "1"}).status_code == 302
    assert session.scalars(select(Question.words)).one() == words


def test_an_author_who_refused_messages_is_not_asked(
    app: Flask, session: Session, new_reviewer: NewReviewer, found: Contribution
) -> None:
    people.opt_out(session, ("author of K7Q2MX",), NOW, answers_only=True)
    session.commit()
    visitor = sign_in(app, new_reviewer("68"))
    page = Page(response := visitor.fill_in(CASE, ASK, question_words=WORDS))
    assert response.status_code == 422
    assert outbox.REFUSED in page.words
    assert (session.scalars(select(Question)).all(), session.scalars(select(OutboxMessage)).all()) == ([], [])


def test_controls_in_a_question_are_left_out(
    app: Flask, session: Session, new_reviewer: NewReviewer, found: Contribution
) -> None:
    sign_in(app, new_reviewer("68")).fill_in(CASE, ASK, question_words="Où\x00 ?\r\nEt quand ?")
    assert session.scalars(select(Question.words)).one() == "Où ? Et quand ?"


def test_a_member_reads_but_does_not_ask(
    app: Flask, session: Session, new_reviewer: NewReviewer, found: Contribution
) -> None:
    secretary = sign_in(app, new_reviewer("68"))
    fields = {**secretary.read(CASE).form(ASK).fields, "question_words": WORDS}
    member = sign_in(app, new_reviewer("68", role=Role.MEMBER))
    assert "Questions à l'auteur" not in member.read(CASE).words
    secretary.post(ASK, fields)
    page = member.read(CASE)
    assert WORDS in page.words
    assert ASK not in [form.action for form in page.forms]
    assert post_with_token(member, page) == 403


def test_another_territory_s_idea_is_not_found(
    app: Flask, session: Session, new_reviewer: NewReviewer, found: Contribution
) -> None:
    idea(session, "X2Y3Z4", "51")
    stranger = sign_in(app, new_reviewer("51"))
    assert post_with_token(stranger, stranger.read("/inbox/contributions/X2Y3Z4")) == 404
    assert session.scalars(select(Question)).all() == []


def post_with_token(visitor: Visitor, page: Page) -> int:
    token = next(form.fields["csrf_token"] for form in page.forms if "csrf_token" in form.fields)
    return visitor.post(ASK, {"csrf_token": token, "question_words": WORDS}).status_code


def test_the_case_tells_what_became_of_each_message_to_its_author_and_never_to_whom(
    app: Flask, session: Session, new_reviewer: NewReviewer, found: Contribution
) -> None:
    author = citizen(session, "author of K7Q2MX")
    reviewer = sign_in(app, new_reviewer("68"))
    assert "Messages à l'auteur" not in reviewer.read(CASE).words
    told = {
        Delivery.OWED: ("", "à envoyer"),
        Delivery.DELIVERED: ("", "reçu"),
        Delivery.FAILED: ("L'opérateur n'a pas pu le remettre (erreur 30005).", "non remis"),
        Delivery.UNWANTED: (outbox.REFUSED, "non envoyé, la personne ne veut plus de messages"),
    }
    for delivery, (error, _) in told.items():
        message = outbox.owe(session, author, f"texte {delivery.value}", Purpose.DECISION, NOW, contribution=found)
        message.delivery, message.error = delivery, error or None
        message.delivered_at = NOW if delivery is Delivery.DELIVERED else None
    outbox.owe(session, citizen(session, "author of M4R7TX"), "à un autre", Purpose.NEWS, NOW, contribution=found)
    session.commit()
    words = reviewer.read(CASE).words.replace("\u00a0", " ")
    for delivery, (error, label) in told.items():
        at = "20 novembre 2026 à 10 h 00"
        assert (
            f"Réponse du conseil : {label} {at} {error and '. '}{error} texte {delivery.value}".replace("  ", " ")
            in words
        )
    assert "à un autre" not in words
    assert "author of" not in words


def test_the_chat_shows_what_is_owed_in_order_and_keeps_what_was_offered(
    app: Flask, session: Session, new_reviewer: NewReviewer
) -> None:
    citizen_s = Visitor(app)
    citizen_s.fill_in("/chat", text="menu")
    person = session.scalars(select(people.Person)).one()
    assert person.channel is Channel.WEB
    for text, purpose in (("Premier message", Purpose.NEWS), ("Question du CTS", Purpose.QUESTION)):
        outbox.owe(session, person, text, purpose, dt.datetime.now(dt.UTC))
    session.commit()
    for _ in range(2):
        page = citizen_s.read("/chat")
        assert page.words.index("Que souhaitez-vous ?") < page.words.index("Premier message")
        assert page.words.index("Premier message") < page.words.index("Question du CTS")
        assert ("option", "contribute") in page.forms[0].buttons
    assert session.scalars(select(OutboxMessage.delivery)).all() == [Delivery.DELIVERED] * 2
