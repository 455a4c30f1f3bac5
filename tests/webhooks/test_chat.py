"""The web chat without JavaScript: a form, a redirect, a page."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.known import Mind
from service.models import Base, Contribution, Exchange, Person
from tests.telephone import Telephone
from tests.visitor import Page, Visitor, app_with

COOKIE = "voix_chat"
IDEA = "il faudrait plus de médecins de garde le dimanche à Colmar"


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)


@pytest.fixture
def limited(database_url: str, mind: Mind, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    """A visitor of a service that counts attempts, as in production."""
    monkeypatch.setattr("wsgi.load_mind", lambda: mind)
    with app_with(DATABASE_URL=database_url, RATELIMIT_ENABLED=True) as app:
        yield Visitor(app)


def count(session: Session, table: type[Base]) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(table)) or 0


def send(visitor: Visitor, text: str) -> Page:
    """Type ``text``, send it, and read the page that the redirect leads to."""
    response = visitor.fill_in("/chat", text=text)
    assert response.status_code == 303
    return Page(visitor.get(response.location))


def press(visitor: Visitor, label: str) -> Page:
    """Press the button of that label, as offered now."""
    response = visitor.fill_in("/chat", option=offered(visitor)[label])
    assert response.status_code == 303
    return Page(visitor.get(response.location))


def offered(visitor: Visitor) -> dict[str, str]:
    """What may be chosen now: what each button sends, by its label."""
    page = visitor.read("/chat")
    sent = [
        attributes["value"] for tag, attributes in page.tags if tag == "button" and attributes.get("name") == "option"
    ]
    return {page.html.split(f'value="{value}">', 1)[1].split("<", 1)[0]: value for value in sent}


def tell_idea(visitor: Visitor) -> Page:
    send(visitor, "nouvelle idée")
    page = send(visitor, IDEA)
    for _ in range(4):
        if "SUIVI " in page.words and "Votre idée est transmise" in page.words:
            return page
        page = press(visitor, next(iter(offered(visitor))))
    raise AssertionError(page.words)


# The conversation


def test_the_first_page_is_a_form_that_works_without_scripts(visitor: Visitor) -> None:
    page = visitor.read("/chat")
    form = page.form("/chat")
    assert form.method == "post"
    assert set(form.fields) == {"csrf_token", "message_id", "text"}
    assert str(uuid.UUID(form.fields["message_id"])) == form.fields["message_id"]


def test_a_message_is_answered_by_a_redirect_to_the_conversation(visitor: Visitor) -> None:
    response = visitor.fill_in("/chat", text="menu")
    assert (response.status_code, response.location) == (303, "/chat#suite")
    page = Page(visitor.get("/chat"))
    assert "Que souhaitez-vous ?" in page.words
    assert list(offered(visitor)) == [
        "Trouver un projet de santé près de chez moi",
        "Donner mon idée",
        "Suivre mon idée",
        "Qui êtes-vous ?",
    ]


def test_an_idea_is_told_to_the_end_with_buttons_and_kept(visitor: Visitor, session: Session) -> None:
    tell_idea(visitor)
    session.rollback()
    kept = session.scalars(select(Contribution)).one()
    assert (kept.words, kept.departement, kept.channel) == (IDEA, "68", "web")


def test_a_button_pressed_is_shown_by_its_label(visitor: Visitor) -> None:
    send(visitor, "menu")
    page = press(visitor, "Donner mon idée")
    assert page.words.count("Donner mon idée") == 1
    assert "contribute" not in page.words


def test_the_conversation_is_there_again_on_reload(visitor: Visitor) -> None:
    send(visitor, "menu")
    page = send(visitor, "2")
    again = visitor.read("/chat")
    assert again.words == page.words
    assert again.form("/chat").fields["message_id"] != page.form("/chat").fields["message_id"]


def test_reloading_sends_nothing_again(visitor: Visitor, session: Session) -> None:
    send(visitor, "menu")
    for _ in range(3):
        visitor.read("/chat")
    assert count(session, Exchange) == 1


def test_nobody_is_made_of_somebody_who_only_looks(visitor: Visitor, session: Session) -> None:
    visitor.read("/chat")
    assert count(session, Person) == 0


# Once


def test_a_form_sent_twice_is_one_message(visitor: Visitor, session: Session) -> None:
    send(visitor, "menu")
    fields = {**visitor.read("/chat").form("/chat").fields, "text": "2"}
    for _ in range(3):
        assert visitor.post("/chat", fields).status_code == 303
    assert count(session, Exchange) == 2
    assert visitor.read("/chat").words.count("Quelle est votre idée") == 1


def test_a_double_click_on_the_very_first_message_does_not_lose_the_conversation(
    visitor: Visitor, session: Session
) -> None:
    """The second click leaves before the first answer, and its cookie, came."""
    fields = {**visitor.read("/chat").form("/chat").fields, "text": "menu"}
    given = visitor.cookie(COOKIE)
    for _ in range(2):
        if given is None:
            visitor.client.delete_cookie(COOKIE, domain="voix.example.fr")
        assert visitor.post("/chat", fields).status_code == 303
    assert count(session, Exchange) == 1
    assert visitor.read("/chat").words.count("Que souhaitez-vous ?") == 1


@pytest.mark.parametrize("message_id", ["", "not an id", "1" * 500])
def test_a_message_id_that_was_tampered_with_is_replaced(visitor: Visitor, session: Session, message_id: str) -> None:
    for _ in range(2):
        assert visitor.fill_in("/chat", text="menu", message_id=message_id).status_code == 303
    assert count(session, Exchange) == 2


# Who is who


def test_two_browsers_are_two_people(app: Flask, session: Session) -> None:
    first, second = Visitor(app), Visitor(app)
    send(first, "menu")
    send(second, "bonjour")
    send(first, "2")
    assert count(session, Person) == 2
    assert "Quelle est votre idée" in first.read("/chat").words
    assert "Quelle est votre idée" not in second.read("/chat").words


def test_the_cookie_is_unguessable_and_out_of_reach_of_scripts_and_of_other_sites(visitor: Visitor) -> None:
    response = visitor.fill_in("/chat", text="menu")
    (cookie,) = [value for value in response.headers.getlist("Set-Cookie") if value.startswith(f"{COOKIE}=")]
    name_and_value, *flags = cookie.split("; ")
    assert len(name_and_value.removeprefix(f"{COOKIE}=")) >= 43  # 256 bits in base 64
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(flags)
    assert [flag for flag in flags if flag.startswith("Domain")] == []


def test_the_cookie_stays_the_same_for_the_whole_conversation(visitor: Visitor) -> None:
    send(visitor, "menu")
    first = visitor.cookie(COOKIE)
    send(visitor, "2")
    assert visitor.cookie(COOKIE) == first


@pytest.mark.parametrize("token", ["0639980001", "+33639980001", "x-0639980001"])
def test_a_cookie_that_holds_a_telephone_number_opens_nothing_of_that_telephone(
    app: Flask, visitor: Visitor, session: Session, token: str
) -> None:
    telephone = Telephone(app, "+33639980001")
    telephone.text("nouvelle idée")
    telephone.text(IDEA)
    while count(session, Contribution) == 0:
        telephone.text("1")
    visitor.client.set_cookie(COOKIE, token, domain="voix.example.fr")
    assert IDEA not in send(visitor, "suivi").words
    assert count(session, Person) == 2


# What may be sent


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        pytest.param({}, 400, id="missing"),
        pytest.param({"csrf_token": ""}, 400, id="empty"),
        pytest.param({"csrf_token": "forged"}, 400, id="forged"),
    ],
)
def test_a_form_that_is_not_ours_is_refused_with_a_page(
    visitor: Visitor, session: Session, fields: dict[str, str], status: int
) -> None:
    visitor.read("/chat")
    response = visitor.post("/chat", {"text": "menu", **fields})
    assert response.status_code == status
    assert "Le formulaire n'est plus valable." in Page(response).words
    assert count(session, Exchange) == 0


def test_another_browsers_form_is_refused(app: Flask, visitor: Visitor) -> None:
    fields = Visitor(app).read("/chat").form("/chat").fields
    visitor.read("/chat")
    assert visitor.post("/chat", {**fields, "text": "menu"}).status_code == 400


def test_markup_is_shown_and_never_obeyed(visitor: Visitor) -> None:
    markup = "<script>alert(1)</script><img src=x onerror=alert(1)> & \"'"
    page = send(visitor, markup)
    assert markup in page.words
    assert [
        attributes for tag, attributes in page.tags if "onerror" in attributes or attributes.get("src") == "x"
    ] == []
    assert "<script>alert" not in page.html


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("médecin " * 1250, id="words"),
        pytest.param("x" * 10_000, id="one word"),
        pytest.param("😀" * 10_000, id="emoji"),
    ],
)
def test_ten_thousand_characters_are_too_many_and_it_is_said(visitor: Visitor, text: str) -> None:
    assert "Votre message est trop long : 2000 caractères au plus" in send(visitor, text).words


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("😀😀", id="emoji only"),
        pytest.param("\x00\x01\x1b\u202e", id="control characters"),
        pytest.param("أريد طبيبا", id="arabic"),
        pytest.param("' OR 1=1; --", id="SQL"),
        pytest.param("{{ config }} {% x %}", id="template"),
    ],
)
def test_whatever_is_sent_gets_a_helpful_reply(visitor: Visitor, text: str) -> None:
    page = send(visitor, text)
    assert "Voix Santé" in page.words
    assert offered(visitor) != {}


def test_a_missing_text_is_an_empty_message(visitor: Visitor) -> None:
    fields = visitor.read("/chat").form("/chat").fields
    del fields["text"]
    assert visitor.post("/chat", fields).status_code == 303


@pytest.mark.parametrize("cookie", ["", " ", "é😀", "a" * 3000, "%00"])
def test_any_cookie_is_survived(visitor: Visitor, cookie: str) -> None:
    visitor.client.set_cookie(COOKIE, cookie, domain="voix.example.fr")
    assert visitor.get("/chat").status_code == 200
    assert "Que souhaitez-vous ?" in send(visitor, "menu").words


def test_the_thirty_first_message_of_a_minute_is_asked_to_wait(limited: Visitor) -> None:
    fields = {**limited.read("/chat").form("/chat").fields, "text": "menu"}
    answers = [limited.post("/chat", fields) for _ in range(31)]
    assert [answer.status_code for answer in answers] == [303] * 30 + [429]
    assert "Trop d'essais en peu de temps." in Page(answers[-1]).words
