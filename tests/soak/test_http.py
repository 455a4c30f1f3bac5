"""Requests of all kinds to every route: 0 crash, 0 5xx, every SMS reply valid XML and at most 1,600 characters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask_migrate import stamp
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, openapi
from werkzeug.exceptions import InternalServerError

from bot import dialogue
from bot.known import Mind
from tests.openapi import WITH_ALL_DOORS, Schema, describe
from tests.soak.callers import CALLERS, Callers
from tests.soak.sayings import messages
from tests.telephone import BASE_URL
from tests.visitor import app_with
from webhooks import sms

pytestmark = pytest.mark.slow
# Requests to each operation, of each of the two kinds: what fits the description, and what does not.
SHORT, LONG = 2, 150
QUIET = settings(deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
things = st.none() | st.integers(0, 100)


@pytest.fixture
def whole_app(database_url: str, mind: Mind) -> Iterator[Flask]:
    with app_with(DATABASE_URL=database_url, **WITH_ALL_DOORS) as app:
        stamp()  # the tables are there: ready
        yield app


def call_everything(app: Flask, callers: Callers, most: int, *, is_random: bool) -> None:
    """So many requests to each operation, and what came of them."""
    schema = openapi.from_dict(describe(app))
    for operation in (found.ok() for found in schema.get_all_operations()):
        for mode in GenerationMode if may_be_wrong(operation.definition.raw) else (GenerationMode.POSITIVE,):

            @settings(QUIET, max_examples=most, derandomize=not is_random)
            @given(case=operation.as_strategy(generation_mode=mode), caller=st.sampled_from(CALLERS), known=things)
            def call(case: Case, caller: str, known: int | None) -> None:
                callers.call(caller, case, known=known)

            call()
    told = ", ".join(f"{count} × {status}" for status, count in sorted(callers.statuses.items()))
    print(f"on {app.config['SQLALCHEMY_DATABASE_URI'].split(':')[0]}: {callers.statuses.total()} requests: {told}")


def may_be_wrong(operation: Schema) -> bool:
    """Whether anything does not fit the description: in an address, any text is a text."""
    is_text = all(one["schema"] == {"type": "string"} for one in operation["parameters"])
    return "requestBody" in operation or not is_text


def text_everything(callers: Callers, most: int, *, is_random: bool) -> None:
    """So many messages of all kinds by the SMS door."""

    @settings(QUIET, max_examples=most, derandomize=not is_random)
    @given(body=messages, more=st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=3))
    def text(body: str, more: dict[str, str]) -> None:
        callers.text(body, more)

    text()


def test_no_request_makes_us_fail(whole_app: Flask) -> None:
    callers = Callers(whole_app)
    text_everything(callers, 30, is_random=False)
    call_everything(whole_app, callers, SHORT, is_random=False)
    assert {200, 204, 302, 303, 400, 403, 404, 422} <= set(callers.statuses)


@pytest.mark.soak
def test_thousands_of_requests_do_not_make_us_fail(whole_app: Flask) -> None:
    callers = Callers(whole_app)
    text_everything(callers, 2000, is_random=True)
    call_everything(whole_app, callers, LONG, is_random=True)
    assert callers.statuses.total() > 20_000


def test_a_failure_would_be_seen(tmp_path: Path, mind: Mind) -> None:
    """The twin: a page that fails."""
    with app_with(DATABASE_URL=f"sqlite:///{tmp_path}/voix.db", PROPAGATE_EXCEPTIONS=False) as app:
        callers = Callers(app)
        response = app.test_client().get("/registre", base_url=BASE_URL)
        response.status_code = InternalServerError.code
        with pytest.raises(AssertionError, match="/registre"):
            callers.check("/registre", response)
        assert callers.statuses == Counter({500: 1})


def test_a_reply_that_is_too_long_would_be_seen(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: pages are not cut, whatever they hold."""
    callers = Callers(app)
    monkeypatch.setattr(dialogue, "write_pages", lambda text, *_: ("page " * 400,))
    with pytest.raises(AssertionError):
        callers.text("bonjour", {})


def test_a_reply_that_is_no_xml_would_be_seen(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: what a reply holds is not escaped."""
    callers = Callers(app)
    monkeypatch.setattr(dialogue, "write_pages", lambda text, *_: ("soins & accueil, âge < 18",))
    callers.text("bonjour", {})
    monkeypatch.setattr(sms, "write_twiml", lambda text: f"<Response><Message>{text}</Message></Response>".encode())
    with pytest.raises(ElementTree.ParseError):
        callers.text("bonjour", {})
