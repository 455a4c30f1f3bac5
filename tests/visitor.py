"""A person's browser without JavaScript: keeps cookies, reads pages, fills in the forms that are really on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO

from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from extensions import db
from service.models import Base, Reviewer
from tests.telephone import BASE_URL, SETTINGS
from wsgi import create_app

PASSWORD = "un mot de passe assez long"  # of every reviewer of the tests


@dataclass
class Form:
    """A form of a page, with the values a browser would send if nothing were typed."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """A page as a test reads it: its words, its forms, its tags with their attributes."""

    def __init__(self, response: TestResponse) -> None:
        super().__init__()
        self.html = response.get_data(as_text=True)
        self.forms: list[Form] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._words: list[str] = []
        self._textarea: str | None = None
        self._select: str | None = None
        self.feed(self.html)

    @property
    def words(self) -> str:
        """Everything that can be read, on one line."""
        return " ".join(" ".join(self._words).split())

    def form(self, action: str) -> Form:
        """The first form that is sent there."""
        return next(form for form in self.forms if form.action.split("#")[0] == action)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag, and what it brings to its form."""
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
        if not self.forms:
            return
        form, name, value = self.forms[-1], given.get("name", ""), given.get("value", "")
        chosen = "checked" in given or given.get("type") not in {"radio", "checkbox"}
        if tag == "button" and name:
            form.buttons.append((name, value))
        elif tag == "input" and name and chosen:
            form.fields[name] = value
        elif tag == "textarea":
            self._textarea = name
            form.fields[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in form.fields):
            form.fields[self._select] = value

    def handle_endtag(self, tag: str) -> None:
        """A field ends."""
        if tag == "textarea":
            self._textarea = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        """Words of the page, or what a field holds."""
        self._words.append(data)
        if self._textarea:
            self.forms[-1].fields[self._textarea] += data


class Visitor:
    """One person's browser, over TLS."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def get(self, path: str) -> TestResponse:
        return self._send("GET", path)

    def post(self, path: str, fields: dict[str, str]) -> TestResponse:
        return self._send("POST", path, fields)

    def post_file(self, path: str, fields: dict[str, str], **files: tuple[str, bytes]) -> TestResponse:
        """A form with files: (name, content) by field."""
        sent = {field: FileStorage(BytesIO(content), name) for field, (name, content) in files.items()}
        boundary, body = encode_multipart({**fields, **sent})
        return self._send("POST", path, body, f'multipart/form-data; boundary="{boundary}"')

    def _send(
        self, method: str, path: str, fields: dict[str, str] | bytes | None = None, content_type: str | None = None
    ) -> TestResponse:
        """Each request in a context of its own, as a server does: what one leaves in ``g`` is not the next one's."""
        db.session.rollback()  # the test's own transaction would keep SQLite from the request
        headers = {"Referer": f"{BASE_URL}{path}"}
        sent = {"method": method, "data": fields, "content_type": content_type, "headers": headers}
        options = {**sent, "base_url": BASE_URL, "buffered": True}
        return Context().run(self.client.open, path, **options)

    def read(self, path: str) -> Page:
        """The page at ``path``, which is there."""
        response = self.get(path)
        assert response.status_code == 200, response.status
        return Page(response)

    def fill_in(self, path: str, action: str | None = None, **typed: str) -> TestResponse:
        """Open ``path``, type into its form and send it to ``action``, by default the page itself."""
        page = self.read(path)
        form = page.form(path if action is None else action)
        return self.post(form.action or path, {**form.fields, **typed})

    def cookie(self, name: str) -> str | None:
        found = self.client.get_cookie(name, domain=BASE_URL.removeprefix("https://"))
        return found.value if found else None


def sign_in(app: Flask, reviewer: Reviewer) -> Visitor:
    """The browser of a reviewer made by ``new_reviewer``, signed in by the form."""
    visitor = Visitor(app)
    email = reviewer.email
    response = visitor.fill_in("/inbox/connexion", action="", email=email, password=PASSWORD)
    assert (response.status_code, response.location) == (302, "/inbox/")
    return visitor


@contextmanager
def app_with(**settings: object) -> Iterator[Flask]:
    """The application with settings of its own, on an empty database with its tables."""
    application = create_app({**SETTINGS, "TESTING": True, "RATELIMIT_ENABLED": False, **settings})
    with application.app_context():
        Base.metadata.create_all(db.engine)
        yield application
        db.session.remove()
        db.engine.dispose()
