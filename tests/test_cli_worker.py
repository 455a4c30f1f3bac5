"""The worker's commands, and the worker as a process that is told to stop."""

from __future__ import annotations

import datetime as dt
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channel import Channel
from cli_worker import Worker, make_worker
from extensions import db
from service import outbox, people
from service.models import Delivery, OutboxMessage, Purpose
from tests.post_office import NUMBER, OTHER, add_person, owe
from tests.server import BIN, ROOT, Server
from tests.twilio_fake import running_fake
from tests.visitor import app_with

pytestmark = pytest.mark.filterwarnings("error")


def run(app: Flask, *words: str) -> tuple[int, str]:
    db.session().rollback()
    result = app.test_cli_runner().invoke(args=list(words))
    db.session().rollback()
    return result.exit_code, result.output


def test_worker_once_sends_what_is_due_and_ends(database_url: str) -> None:
    with app_with(DATABASE_URL=database_url, VOIX_PROVIDER="console") as app:
        session, now = db.session(), dt.datetime.now(dt.UTC)
        for number in (NUMBER, OTHER):
            owe(session, add_person(session, app, number), "réponse", now=now)
        owe(session, add_person(session, app, "web:a", Channel.WEB), "sur le web", now=now)
        stale = owe(session, people.hold_person(session, ("nobody",), Channel.WEB, now), "périmé", Purpose.NEWS, now)
        session.scalars(select(OutboxMessage).where(OutboxMessage.key == stale)).one().expires_at = now
        session.commit()
        code, output = run(app, "worker", "--once")
        assert (code, output.splitlines()) == (0, ["SMS …01 : réponse", "SMS …02 : réponse", "2 message(s)."])
        assert session.scalars(select(OutboxMessage.delivery).order_by(OutboxMessage.id)).all() == [
            Delivery.DELIVERED,
            Delivery.DELIVERED,
            Delivery.OWED,
            Delivery.EXPIRED,
        ]


def test_reconcile_says_what_it_did(database_url: str) -> None:
    with running_fake() as fake, app_with(DATABASE_URL=database_url, VOIX_PROVIDER_URL=fake.base_url) as app:
        fake.clock = lambda: dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
        fake.receive(NUMBER, "bonjour")
        assert run(app, "reconcile") == (0, "1 message(s) taken in.\n0 message(s) asked about.\n")
        fake.token = "another"
        assert run(app, "reconcile") == (1, "Error: The provider did not answer: alarm 401\n")


def test_remind_says_how_many(app: Flask) -> None:
    assert run(app, "remind") == (0, "0 question(s).\n")


def test_one_worker_at_a_time_looks_after_the_line(app: Flask, session: Session) -> None:
    asked = []

    class Asked:
        account = "console"

        def list_arrivals(self, since: dt.datetime) -> list[object]:
            asked.append(since)
            return []

    now = dt.datetime.now(dt.UTC)
    workers = [make_worker(app) for _ in range(2)]
    for worker in workers:
        worker.provider, worker.clock = Asked(), lambda: now  # type: ignore[assignment]
        worker.sweep()
    assert len(asked) == 1
    workers[1].clock = lambda: now + dt.timedelta(seconds=30)
    workers[1].sweep()
    assert len(asked) == 2


def test_a_worker_waits_for_a_database_that_fails(app: Flask, session: Session, caplog: pytest.LogCaptureFixture) -> None:  # fmt: skip
    """It goes on by itself once the database is back."""
    worker = make_worker(app)
    tables = outbox.OutboxMessage.__table__

    class Twice:
        turns = 0

        def is_set(self) -> bool:
            return self.turns == 2

        def wait(self, _seconds: float) -> None:
            self.turns += 1
            if self.turns == 1:
                session.rollback()
                type(tables.metadata).create_all(tables.metadata, db.engine)

    session.rollback()
    tables.metadata.drop_all(db.engine)
    Worker.run(worker, Twice())  # type: ignore[arg-type]
    assert [record.message for record in caplog.records if record.name == "voix.worker" and record.levelname == "ERROR"] == ["the database failed"]  # fmt: skip


@pytest.mark.slow
def test_two_workers_as_processes_send_each_message_once_and_stop_when_told(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'voix.db'}"
    with running_fake() as fake:
        settings = {"VOIX_PROVIDER_URL": fake.base_url, "VOIX_SENDS_PER_SECOND": "50"}
        server = Server(url, **settings)
        with app_with(DATABASE_URL=url, **settings) as app:
            session, now = db.session(), dt.datetime.now(dt.UTC)
            numbers = [f"+336399802{place:02}" for place in range(30)]
            for number in numbers:
                owe(session, add_person(session, app, number), "réponse", now=now)
        command = [BIN / "flask", "--app", "wsgi", "worker"]
        workers = [
            subprocess.Popen(command, cwd=ROOT, env=server.environment, stderr=subprocess.PIPE) for _ in range(2)
        ]
        deadline = time.monotonic() + 60
        while len(fake.ledger) < len(numbers) and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(0.5)
        for worker in workers:
            os.kill(worker.pid, signal.SIGTERM)
        logs = [worker.communicate(timeout=30)[1].decode() for worker in workers]
        assert [worker.returncode for worker in workers] == [0, 0]
        assert sorted(number for number, _ in fake.ledger) == numbers
        assert not re.search(r"\+?33639980|63998", "".join(logs))
