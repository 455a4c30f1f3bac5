"""The second shape of a provider: a gateway in JSON over HTTP, and a worker before it."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from cli_worker import make_worker
from service.models import Delivery
from service.providers.http import HttpProvider
from service.providers.provider import Arrival, Parcel, Problem, Receipt, Sort
from tests.answering import answering
from tests.post_office import NUMBER, add_person, owe, states

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
PARCEL = Parcel("key", NUMBER, "Bonjour", "https://voix.example.fr/…", 3600)


class Gateway(BaseHTTPRequestHandler):
    """A gateway that keeps what it is given; ``failure``: the HTTP status that it answers, 0 for nothing at all."""

    sent: list[dict[str, Any]]
    asked: list[str]
    failure: int | None = None

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.failure is None:
            self.sent.append(message)
        self._answer({"id": f"g{len(self.sent)}", "text": message["text"], "at": AT.isoformat(), "state": "sent"})

    def do_GET(self) -> None:
        self.asked.append(self.headers["Authorization"])
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        if address.path == "/arrivals":
            return self._answer([{"id": "a1", "from": NUMBER, "text": "bonjour", "at": query["since"]}])
        found = [
            {
                "id": f"g{number}",
                "to": one["to"],
                "text": one["text"],
                "at": AT.isoformat(),
                "state": "failed",
                "error": "17",
            }
            for number, one in enumerate(self.sent, 1)
            if query.get("to") in {None, one["to"]}
        ]
        self._answer(found)

    def _answer(self, content: Any) -> None:
        if self.failure == 0:
            self.connection.close()
            return
        self.send_response(self.failure or 200)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def gateway() -> Iterator[tuple[type[Gateway], HttpProvider]]:
    handler = type("Bound", (Gateway,), {"sent": [], "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield handler, HttpProvider("gateway", f"http://127.0.0.1:{server.server_address[1]}", "secret")
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_gateway_sends_finds_and_lists(gateway: tuple[type[Gateway], HttpProvider]) -> None:
    handler, provider = gateway
    assert provider.send(PARCEL) == Receipt("g1", "Bonjour", AT, Delivery.SENT)
    assert handler.sent == [{"id": "key", "to": NUMBER, "text": "Bonjour", "valid_seconds": 3600}]
    assert list(provider.find(NUMBER)) == [Receipt("g1", "Bonjour", AT, Delivery.FAILED, "17")]
    assert list(provider.find("+33639980099")) == []
    assert list(provider.list_arrivals(AT)) == [Arrival("a1", NUMBER, "bonjour", AT, followed_by=(("g1", AT),))]
    assert set(handler.asked) == {"Bearer secret"}


@pytest.mark.parametrize(
    ("failure", "sort", "code"),
    [
        (0, Sort.UNSURE, ""), (422, Sort.NEVER, "422"), (401, Sort.ALARM, "401"), (410, Sort.OPTED_OUT, "410"),
        (429, Sort.WAIT, "429"), (500, Sort.UNSURE, "500"), (503, Sort.UNSURE, "503"), (400, Sort.ALARM, "400"),
        (403, Sort.ALARM, "403"), (404, Sort.ALARM, "404"), (407, Sort.ALARM, "407"), (408, Sort.UNSURE, "408"),
    ],
)  # fmt: skip
def test_each_failure_is_sorted(
    gateway: tuple[type[Gateway], HttpProvider], failure: int, sort: Sort, code: str
) -> None:
    handler, provider = gateway
    handler.failure = failure
    with pytest.raises(Problem) as problem:
        provider.send(PARCEL)
    assert (problem.value.sort, problem.value.code) == (sort, code)


GOOD = {"id": "1", "from": NUMBER, "to": NUMBER, "text": "t", "at": "2026-11-20T09:00:00Z", "state": "sent"}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("<html>", id="a page"),
        pytest.param("", id="nothing"),
        pytest.param(json.dumps({"error": "x"}), id="an error"),
        pytest.param(json.dumps({**GOOD, "text": None}), id="no text"),
        pytest.param(json.dumps({**GOOD, "at": "2026-11-20T09:00:00"}), id="a time without offset"),
        pytest.param(json.dumps({**GOOD, "at": 17}), id="not a time"),
        pytest.param(json.dumps(17), id="a number"),
    ],
)
def test_an_answer_that_is_not_what_was_agreed_leaves_us_unsure_whatever_was_asked(content: str) -> None:
    with answering(200, content.encode()) as base_url, pytest.raises(Problem) as problem:
        HttpProvider("gateway", base_url, "secret").send(PARCEL)
    assert (problem.value.sort, problem.value.code) == (Sort.UNSURE, "")
    with answering(200, f"[{content or '{}'}]".encode()) as base_url:
        provider = HttpProvider("gateway", base_url, "secret")
        for ask in (partial(provider.find, NUMBER), partial(provider.list_arrivals, AT)):
            with pytest.raises(Problem) as problem:
                ask()
            assert (problem.value.sort, problem.value.code) == (Sort.UNSURE, "")


def test_a_state_that_was_not_agreed_leaves_us_unsure() -> None:
    with answering(200, json.dumps({**GOOD, "state": "queued"}).encode()) as base_url:
        with pytest.raises(Problem) as problem:
            HttpProvider("gateway", base_url, "secret").send(PARCEL)
    assert problem.value.sort is Sort.UNSURE


def test_a_gateway_that_is_not_there_leaves_us_unsure() -> None:
    with pytest.raises(Problem) as problem:
        HttpProvider("gateway", "http://127.0.0.1:9", "secret").send(PARCEL)
    assert problem.value.sort is Sort.UNSURE


def test_a_worker_sends_by_it_as_by_twilio(
    app: Flask, session: Session, gateway: tuple[type[Gateway], HttpProvider]
) -> None:
    handler, provider = gateway
    owe(session, add_person(session, app), "réponse", now=dt.datetime.now(dt.UTC))
    worker = make_worker(app)
    worker.provider = provider
    assert worker.send_due() == 1
    assert [one["text"] for one in handler.sent] == ["réponse"]
    assert states(session) == {"réponse": Delivery.SENT}
