"""Whether it is well: what a machine that shares out visitors is told, and what an administrator is."""

from __future__ import annotations

import datetime as dt
import sqlite3
import time

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.known import PARIS
from extensions import db
from public import health
from service import line, missed, outbox, sending
from service.models import Base, Line, Purpose, ReplyCount
from tests.post_office import add_person
from tests.postgres import ON_POSTGRESQL
from tests.schema import mark_version
from tests.telephone import ACCOUNT
from tests.visitor import Visitor

WELL = {
    "ready": True,
    "database": "ok",
    "schema": "ok",
    "paused_because": None,
    "longest_wait_seconds": 0,
    "worker_seen_seconds": None,
    "warnings": [],
}


def read(app: Flask) -> tuple[int, dict[str, object]]:
    """The status and what is told, but for the name of the lexicon's edition."""
    db.session.rollback()
    answer = app.test_client().get("/readyz")
    told = answer.get_json()
    assert len(told.pop("mind")) == 12
    return answer.status_code, told


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def test_the_process_answers(app: Flask) -> None:
    response = Visitor(app).get("/healthz")
    assert (response.status_code, response.mimetype, response.data) == (200, "text/plain", b"ok\n")


def test_it_is_ready_when_its_database_takes_changes_and_has_the_tables_of_the_code(
    app: Flask, session: Session
) -> None:
    mark_version(session)
    assert read(app) == (200, WELL)


@pytest.mark.parametrize(
    ("version", "status", "schema"),
    [
        pytest.param("0001", 503, "older", id="not migrated yet"),
        pytest.param(None, 503, "none", id="never migrated"),
        pytest.param("zzzz", 200, "newer", id="migrated for the next version: machines change one by one"),
    ],
)
def test_the_tables_must_be_those_that_the_code_knows(
    app: Flask, session: Session, version: str | None, status: int, schema: str
) -> None:
    mark_version(session, version)
    assert read(app) == (status, {**WELL, "ready": status == 200, "schema": schema})


def test_it_is_not_ready_without_tables_and_is_when_they_are_back(app: Flask, session: Session) -> None:
    assert read(app) == (503, {"ready": False, "database": "unavailable"})
    assert app.test_client().get("/healthz").status_code == 200
    mark_version(session)
    assert read(app)[0] == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_locked_by_another_is_not_waited_for_longer_than_the_deadline(
    app: Flask, session: Session, database_url: str
) -> None:
    mark_version(session)
    other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    assert read(app) == (503, {"ready": False, "database": "unavailable"})
    assert health.DEADLINE <= time.monotonic() - began < health.DEADLINE + 1
    other.rollback()
    other.close()
    assert read(app) == (200, WELL)


@ON_POSTGRESQL
def test_a_database_that_can_only_be_read_is_not_enough(app: Flask, session: Session) -> None:
    mark_version(session)
    name = session.scalar(text("SELECT current_database()"))
    session.rollback()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    db.engine.dispose()  # as a database that has become a replica
    assert read(app) == (503, {"ready": False, "database": "unavailable"})


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_can_only_be_read_is_not_enough(app: Flask, session: Session) -> None:
    mark_version(session)

    def refuse_writing(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA query_only = ON")

    event.listen(db.engine, "connect", refuse_writing)
    db.engine.dispose()
    assert read(app) == (503, {"ready": False, "database": "unavailable"})
    event.remove(db.engine, "connect", refuse_writing)  # the engine is that of other tests too


# What is told without being refused for


def test_a_pause_of_what_we_send_is_told(app: Flask, session: Session) -> None:
    mark_version(session)
    line.pause(session, ACCOUNT, now(), sending.PAUSE_AFTER_ALARM, "provider error 20003")
    session.commit()
    told = {"paused_because": "provider error 20003", "warnings": ["sending_paused"]}
    assert read(app) == (200, {**WELL, **told})


def test_messages_that_wait_too_long_are_told(app: Flask, session: Session) -> None:
    mark_version(session)
    telephone, web = add_person(session, app), add_person(session, app, "web:" + "a" * 43, Channel.WEB)
    outbox.owe(session, web, "noise: shown at their next visit", Purpose.REPLY, now() - dt.timedelta(days=3))
    outbox.owe(session, telephone, "réponse", Purpose.REPLY, now() - dt.timedelta(minutes=20))
    session.commit()
    status, told = read(app)
    assert (status, told["warnings"]) == (200, ["messages_late"])
    assert 1200 <= int(str(told["longest_wait_seconds"])) < 1260


def test_arrivals_that_cannot_be_taken_in_are_told(app: Flask, session: Session) -> None:
    mark_version(session)
    line.take_sweep(session, ACCOUNT, now())
    missed.note_read(session, ACCOUNT, now() - dt.timedelta(minutes=11))
    session.commit()
    status, told = read(app)
    assert (status, told["warnings"]) == (200, ["arrivals_missing"])
    missed.note_read(session, ACCOUNT, now())
    session.commit()
    assert read(app)[1]["warnings"] == []


def test_a_worker_that_is_gone_is_told(app: Flask, session: Session) -> None:
    mark_version(session)
    line.take_sweep(session, ACCOUNT, now() - dt.timedelta(minutes=6))
    session.commit()
    status, told = read(app)
    assert (status, told["warnings"]) == (200, ["worker_gone"])
    session.get_one(Line, ACCOUNT).swept_at = now()
    session.commit()
    assert read(app)[1]["warnings"] == []


def test_that_the_days_segments_are_spent_is_told(app: Flask, session: Session) -> None:
    mark_version(session)
    counts = {"hour": 1, "replies": 1, "replies_that_hour": 1, "segments": 20_000, "withheld": 0}
    session.add(ReplyCount(day=now().astimezone(PARIS).date(), subject="all:0", **counts))
    session.commit()
    status, told = read(app)
    assert (status, told["warnings"]) == (200, ["daily_segments_spent"])


def test_nothing_told_is_a_secret(app: Flask, session: Session) -> None:
    mark_version(session)
    answer = app.test_client().get("/readyz")
    settings = app.extensions["voix"].settings
    secrets = (
        settings.secret_key,
        *settings.phone_peppers,
        *settings.twilio_auth_tokens,
        settings.database_url,
        ACCOUNT,
    )
    assert [secret for secret in secrets if secret in answer.text] == []
    assert Base.metadata.tables["person"].name not in answer.text
