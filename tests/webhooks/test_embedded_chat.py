"""The web chat in a frame of another site's page: no cookie, and only our own form is heard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from bot.known import Mind
from extensions import db
from public.protection import CONTENT_SECURITY_POLICY
from service.models import Base, Contribution, Exchange, Person
from tests.telephone import BASE_URL
from tests.visitor import Page, Visitor, app_with

PATH, SITE, OTHER = "/chat/integrer", "https://www.grand-est.example", "https://*.sante.example"
IDEA = "il faudrait plus de médecins de garde le dimanche à Colmar"


@pytest.fixture
def open_app(database_url: str, mind: Mind, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setattr("wsgi.load_mind", lambda: mind)
    with app_with(DATABASE_URL=database_url, VOIX_EMBED_ORIGINS=f"{SITE}, {OTHER}") as app:
        yield app


class Frame:
    """A browser that keeps no cookie of ours, and says where the form was."""

    def __init__(self, app: Flask, origin: str | None = BASE_URL) -> None:
        self.client = app.test_client(use_cookies=False)
        self.origin = origin
        self.page = Page(self.client.get(PATH, base_url=BASE_URL))

    def send(self, **typed: str) -> TestResponse:
        db.session.rollback()
        headers = {"Origin": self.origin} if self.origin is not None else {}
        fields = {**self.page.form(PATH).fields, **typed}
        return self.client.post(PATH, data=fields, base_url=BASE_URL, headers=headers)

    def say(self, text: str) -> Page:
        response = self.send(text=text)
        assert response.status_code == 200, response.status
        self.page = Page(response)
        return self.page


def count(table: type[Base]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def ancestors(response: TestResponse) -> str:
    return response.headers["Content-Security-Policy"].split("frame-ancestors ")[1]


def test_there_is_none_unless_a_site_is_set(app: Flask) -> None:
    client = app.test_client()
    assert (client.get(PATH).status_code, client.post(PATH, data={}).status_code) == (404, 404)
    assert ancestors(client.get(PATH)) == "'none'"


def test_only_the_sites_that_were_set_may_hold_it_and_no_other_page(open_app: Flask) -> None:
    client = open_app.test_client()
    assert ancestors(client.get(PATH)) == f"{SITE} {OTHER}"
    others = [client.get(path) for path in ("/", "/chat", "/inbox/connexion", "/nulle-part")]
    assert {answer.headers["Content-Security-Policy"] for answer in others} == {CONTENT_SECURITY_POLICY}
    assert {ancestors(answer) for answer in others} == {"'none'"}


def test_its_errors_may_be_read_in_the_frame_too(open_app: Flask) -> None:
    assert ancestors(Frame(open_app, "https://evil.example").send(text="menu")) == f"{SITE} {OTHER}"


def test_a_conversation_goes_to_its_end_without_a_cookie(open_app: Flask) -> None:
    frame = Frame(open_app)
    for text in ("nouvelle idée", IDEA):
        page = frame.say(text)
    assert IDEA in page.words
    while not count(Contribution):
        frame.say("1")
    assert "Votre idée est transmise" in frame.page.words
    assert count(Person) == 1


def test_no_cookie_is_set(open_app: Flask) -> None:
    frame = Frame(open_app)
    response = frame.send(text="menu")
    assert (response.status_code, response.headers.getlist("Set-Cookie")) == (200, [])
    assert open_app.test_client().get(PATH).headers.getlist("Set-Cookie") == []


def test_sent_again_by_a_reload_a_message_is_the_same(open_app: Flask) -> None:
    frame = Frame(open_app)
    first, again = frame.send(text="menu"), frame.send(text="menu")
    assert (first.status_code, again.status_code, count(Exchange)) == (200, 200, 1)
    assert Page(again).words == Page(first).words


def test_each_frame_is_a_conversation_of_its_own_and_apart_from_the_cookies(open_app: Flask) -> None:
    one, two, visitor = Frame(open_app), Frame(open_app), Visitor(open_app)
    one.say("nouvelle idée")
    two.say("bonjour")
    visitor.fill_in("/chat", text="menu")
    assert "Quelle est votre idée" not in two.page.words
    assert count(Person) == 3


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param(None, id="none told"),
        pytest.param("null", id="a sandbox"),
        pytest.param("https://evil.example", id="another site"),
        pytest.param(SITE, id="the site that holds it"),
        pytest.param(BASE_URL.replace("https", "http"), id="without TLS"),
        pytest.param(BASE_URL + ".evil.example", id="a name that begins alike"),
        pytest.param("https://[", id="no address"),
    ],
)
def test_a_form_that_was_not_on_our_page_is_refused(open_app: Flask, origin: str | None) -> None:
    """Else a page could have its visitors write in a conversation that it reads."""
    assert Frame(open_app, origin).send(text="menu").status_code == 400
    assert count(Exchange) == 0


@pytest.mark.parametrize("token", ["", "0639980001", "a" * 42, "a" * 43 + "\n", "é" * 43])
def test_a_conversation_of_ones_own_making_is_a_new_one(open_app: Flask, token: str) -> None:
    frame = Frame(open_app)
    page = Page(frame.send(text="menu", conversation=token))
    assert len(page.form(PATH).fields["conversation"]) == 43
    assert page.form(PATH).fields["conversation"] != token


def test_who_erases_all_is_told_and_begins_anew(open_app: Flask) -> None:
    frame = Frame(open_app)
    before = frame.page.form(PATH).fields["conversation"]
    frame.say("effacer")
    page = frame.say("1")
    assert "C'est effacé." in page.words
    assert page.form(PATH).fields["conversation"] != before
    assert count(Person) == 0


def test_its_page_has_one_heading_and_its_links_open_outside_of_the_frame(open_app: Flask) -> None:
    frame = Frame(open_app)
    page = frame.say("contact")
    assert [sum(tag == wanted for tag, _ in page.tags) for wanted in ("title", "h1", "main", "nav")] == [1, 1, 1, 0]
    links = [given for tag, given in page.tags if tag == "a" and not given["href"].startswith(("#", "tel:", "sms:"))]
    assert [given["href"] for given in links if given.get("target") != "_blank"] == []
    assert len(links) == 2
    assert page.form(PATH).method == "post"


def test_the_thirty_first_message_of_a_minute_is_asked_to_wait(
    database_url: str, mind: Mind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wsgi.load_mind", lambda: mind)
    with app_with(DATABASE_URL=database_url, VOIX_EMBED_ORIGINS=SITE, RATELIMIT_ENABLED=True) as app:
        frame = Frame(app)
        assert [frame.send(text="menu").status_code for _ in range(31)] == [200] * 30 + [429]


@pytest.mark.parametrize("origin", ["www.example.fr", "https://a.fr;script-src", "https://a.fr/chat", "'self'", "*"])
def test_a_site_that_is_none_is_told_at_start(origin: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), app_with(DATABASE_URL="sqlite:////tmp/x.db", VOIX_EMBED_ORIGINS=origin):
        pass
    assert capsys.readouterr().err == (
        f"voix-sante: VOIX_EMBED_ORIGINS names what is not a site such as https://www.example.fr: {origin}\n"
    )
