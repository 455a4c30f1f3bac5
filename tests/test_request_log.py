"""One line of JSON a request, with its id and its route: never who, nor what was said, also when it fails."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.known import Mind
from extensions import db
from request_log import REQUEST_ID
from service.models import Base
from tests.telephone import ACCOUNT, BASE_URL, SETTINGS, TOKEN, Telephone, sign
from tests.visitor import Visitor
from wsgi import create_app

ADDRESS = "203.0.113.77"
NUMBER = "+33639985577"
NAME = "Zwingelstein"
LINK_TOKEN = "jeton-Zwingelstein-9f2c"
SECRETS = (ADDRESS, "39985577", "39 98 55 77", NAME, LINK_TOKEN, TOKEN, SETTINGS["PHONE_PEPPER"])
Line = dict[str, Any]
ReadLog = Callable[[], list[Line]]


@pytest.fixture
def served(database_url: str, mind: Mind, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application as it is served, which logs: the tests' own does not."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    monkeypatch.setattr("wsgi.load_mind", lambda: mind)
    application = create_app({**SETTINGS, "DATABASE_URL": database_url, "RATELIMIT_ENABLED": True})
    with application.app_context():
        Base.metadata.create_all(db.engine)
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def read_log(served: Flask) -> ReadLog:
    """A reader of what was logged since it was last called, each line of JSON."""
    stream = logging.getLogger().handlers[0]
    assert isinstance(stream, logging.StreamHandler)
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(stream.format(record))

    logging.getLogger().addHandler(Keep())

    def read() -> list[Line]:
        written, lines[:] = list(lines), []
        assert [line for line in written if "\n" in line] == []
        return [json.loads(line) for line in written]

    return read


def requests_of(lines: list[Line]) -> list[Line]:
    return [line for line in lines if line["logger"] == "voix.request" and line["level"] == "INFO"]


def find_secrets(lines: list[Line]) -> list[str]:
    written = json.dumps(lines, ensure_ascii=False).casefold()
    return [secret for secret in SECRETS if secret.casefold() in written]


def send(app: Flask, method: str, path: str, **more: Any) -> Any:
    headers = {"X-Forwarded-For": ADDRESS, "Referer": f"{BASE_URL}/mes-donnees/{LINK_TOKEN}", "User-Agent": NAME}
    return app.test_client().open(path, method=method, base_url=BASE_URL, headers=headers, **more)


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        pytest.param("GET", "/", "/", 200, id="home"),
        pytest.param("GET", "/chat", "/chat", 200, id="chat"),
        pytest.param("GET", f"/mes-donnees/{LINK_TOKEN}", "/mes-donnees/<token>", 404, id="a link to one's data"),
        pytest.param("GET", f"/?q={NAME}&numero=0639985577", "/", 200, id="a query"),
        pytest.param("GET", f"/{NAME}/{LINK_TOKEN}", None, 404, id="no such page"),
        pytest.param("DELETE", "/chat", None, 405, id="no such method"),
        pytest.param("GET", f"/inbox/contributions/{NAME}", "/inbox/contributions/<code>", 302, id="signed out"),
        pytest.param("POST", "/webhooks/sms", "/webhooks/sms", 403, id="not signed"),
        pytest.param("POST", "/chat", "/chat", 400, id="no form"),
    ],
)
def test_a_request_is_one_line_with_its_id_route_and_status(
    served: Flask, read_log: ReadLog, method: str, path: str, route: str | None, status: int
) -> None:
    response = send(served, method, path, data={"text": f"je m'appelle {NAME}"} if method == "POST" else None)
    lines = read_log()
    (line,) = requests_of(lines)
    assert set(line) == {"at", "level", "logger", "request", "method", "route", "status", "ms"}
    assert (line["method"], line["route"], line["status"]) == (method, route, status)
    assert line["request"] == response.headers[REQUEST_ID]
    assert re.fullmatch(r"[0-9a-f]{16}", line["request"])
    assert line["ms"] >= 0
    assert find_secrets(lines) == []


def test_each_request_has_an_id_of_its_own(served: Flask, read_log: ReadLog) -> None:
    ids = [send(served, "GET", "/").headers[REQUEST_ID] for _ in range(3)]
    assert [line["request"] for line in requests_of(read_log())] == ids
    assert len(set(ids)) == 3


def test_an_id_that_a_visitor_sends_is_not_taken(served: Flask, read_log: ReadLog) -> None:
    response = served.test_client().get("/", headers={REQUEST_ID: NAME})
    assert response.headers[REQUEST_ID] != NAME
    assert find_secrets(read_log()) == []


def test_messages_are_logged_without_number_or_words(served: Flask, read_log: ReadLog) -> None:
    telephone, visitor = Telephone(served, NUMBER), Visitor(served)
    words = f"je m'appelle {NAME}, 06 39 98 55 77, mon mari ne respire plus"
    for message in ("bonjour", "nouvelle idée", words, "mes données", "SUIVI K7Q2M9"):
        telephone.text(message)
    with served.app_context():
        visitor.fill_in("/chat", text=words)
    lines = read_log()
    assert [line["route"] for line in requests_of(lines)] == ["/webhooks/sms"] * 5 + ["/chat"] * 2
    assert find_secrets(lines) == []


def break_database(app: Flask) -> None:
    """The table of people is gone: whoever writes meets an error of the database."""
    with app.app_context():
        session: Session = db.session()
        session.execute(text("ALTER TABLE person RENAME TO person_gone"))
        session.commit()


def test_a_failed_message_is_logged_with_its_traceback_and_nothing_of_its_author(
    served: Flask, read_log: ReadLog
) -> None:
    break_database(served)
    telephone = Telephone(served, NUMBER)
    response = telephone.post(telephone.form(f"je m'appelle {NAME}, 06 39 98 55 77"))
    lines = read_log()
    failed, ended = (line for line in lines if line["logger"] == "voix.request")
    assert (response.status_code, ended["status"], ended["route"]) == (500, 500, "/webhooks/sms")
    assert set(failed) == {"at", "level", "logger", "request", "route", "traceback"}
    assert (failed["level"], failed["route"]) == ("ERROR", "/webhooks/sms")
    assert failed["request"] == ended["request"] == response.headers[REQUEST_ID]
    assert "person" in failed["traceback"].splitlines()[-1] or "SQL" in failed["traceback"]
    assert find_secrets(lines) == []
    with served.app_context():
        (pseudonym,) = served.extensions["voix"].service.keyring.make_pseudonyms(NUMBER)
    assert pseudonym.split(":")[1] not in json.dumps(lines)


def test_a_failed_page_is_logged_by_its_route_and_not_by_its_address(served: Flask, read_log: ReadLog) -> None:
    with served.app_context():
        db.session.execute(text("ALTER TABLE data_link RENAME TO data_link_gone"))
        db.session.commit()
    response = send(served, "GET", f"/mes-donnees/{LINK_TOKEN}?numero=0639985577")
    lines = read_log()
    assert response.status_code == 500
    assert [line["route"] for line in lines if line["logger"] == "voix.request"] == ["/mes-donnees/<token>"] * 2
    assert find_secrets(lines) == []
    assert response.headers[REQUEST_ID] in {line.get("request") for line in lines}


def test_an_error_that_a_constraint_raises_tells_no_value_of_the_row(served: Flask, read_log: ReadLog) -> None:
    """PostgreSQL tells the value that was there already in its own message: hiding the parameters is not enough."""
    telephone = Telephone(served, NUMBER)
    telephone.text("bonjour")
    with served.app_context():
        db.session.execute(text("CREATE UNIQUE INDEX one_account ON exchange (account)"))
        db.session.commit()
    read_log()
    response = telephone.post(telephone.form(f"menu, {NAME}"))
    lines = read_log()
    assert response.status_code == 500
    assert [value for value in (ACCOUNT, *SECRETS) if value in json.dumps(lines)] == []


def test_a_visitor_asked_to_wait_is_one_line_without_their_address(served: Flask, read_log: ReadLog) -> None:
    statuses = [send(served, "GET", f"/mes-donnees/{LINK_TOKEN}").status_code for _ in range(31)]
    assert statuses == [404] * 30 + [429]
    lines = read_log()
    assert len(requests_of(lines)) == 31
    assert requests_of(lines)[-1]["status"] == 429
    assert find_secrets(lines) == []


def test_a_request_too_large_is_one_line(served: Flask, read_log: ReadLog) -> None:
    response = send(served, "POST", "/webhooks/sms", data={"Body": NAME * 100_000})
    lines = read_log()
    (line,) = requests_of(lines)
    assert (line["status"], response.headers[REQUEST_ID]) == (413, line["request"])
    assert find_secrets(lines) == []


def test_a_message_of_another_account_is_one_line_without_its_number(served: Flask, read_log: ReadLog) -> None:
    telephone = Telephone(served, NUMBER)
    form = {**telephone.form(NAME), "AccountSid": "AC" + "9" * 32}
    assert telephone.post(form, sign(form)).status_code == 403
    lines = read_log()
    assert [line["status"] for line in requests_of(lines)] == [403]
    assert find_secrets(lines) == []
