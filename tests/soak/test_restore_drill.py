"""The drill of docs/fr/guide-administrateur.md: a copy under load, the machine lost, then ``restore`` and ``reconcile`` elsewhere."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

import cli_worker
from extensions import db
from service.models import Contribution, Exchange
from tests.server import BIN, ROOT, Server
from tests.soak import postman
from tests.soak.crowd import Crowd, write_scripts
from tests.soak.promises import GENEROUS, opened
from tests.soak.soundness import find_damage
from tests.twilio_fake import Fake, running_fake

pytestmark = pytest.mark.slow
GUIDE = ROOT / "docs" / "fr" / "guide-administrateur.md"
MINUTE = dt.timedelta(minutes=1)
PAUSE = 1.1  # the provider's times have whole seconds
PATIENCE = 30.0  # people do not answer what they have not read
NEW_CODE = re.compile(r"SUIVI [2-9A-X]{6}")


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[str]:
    """The address of another empty database, of the same kind."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'elsewhere.db'}"
        return
    name, address = f"elsewhere_{uuid.uuid4().hex}", request.getfixturevalue("postgres")
    server = create_engine(address.format(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield address.format(database=name)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


def command(server: Server, *words: str) -> str:
    done = subprocess.run(
        [BIN / "flask", "--app", "wsgi", *words],
        cwd=ROOT,
        env=server.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def lose_the_machine(database_url: str, fake: Fake, copy: Path, reply_by: str) -> Crowd:
    """People write; a copy is made meanwhile, and they go on for a while. Then nothing is left but the copy."""
    server = Server(database_url, **GENEROUS, VOIX_PROVIDER_URL=fake.base_url, VOIX_REPLY_BY=reply_by)
    server.launch("--preload", "--workers", "2", application="tests.soak.doors:make_app()")
    try:
        with postman.running(server):
            server.wait()
            crowd = Crowd(server, fake, write_scripts(people=500, ideas=1), pause=PAUSE, patience=PATIENCE)
            threads = crowd.speak()
            while len(crowd.sent) < 30:
                time.sleep(0.05)
            command(server, "backup", str(copy))
            copied = len(crowd.sent)
            while len(crowd.sent) < copied + 40:
                time.sleep(0.05)
            crowd.stop.set()
            for thread in threads:
                thread.join()
    finally:
        server.kill()
    return crowd


def read(address: str) -> tuple[set[str], Counter[str]]:
    """The messages that a database holds, and its ideas."""
    engine = create_engine(address)
    with Session(engine) as session:
        found = set(session.scalars(select(Exchange.message_id))), Counter(session.scalars(select(Contribution.words)))
    engine.dispose()
    return found


def run(app: Flask, *words: str) -> str:
    db.session.rollback()
    result = app.test_cli_runner().invoke(args=list(words))
    db.session.rollback()
    assert result.exit_code == 0, result.output
    return result.output


def put_forward(monkeypatch: pytest.MonkeyPatch, fake: Fake, ahead: dt.timedelta) -> None:
    """The commands' clock and the provider's: what is too young may still be at the door, and is left alone."""
    made = cli_worker.make_worker
    fake.clock = lambda: dt.datetime.now(dt.UTC) + ahead

    def make_worker(app: Flask) -> cli_worker.Worker:
        return replace(made(app), clock=fake.clock)

    monkeypatch.setattr(cli_worker, "make_worker", make_worker)


@pytest.mark.parametrize("reply_by", ["twiml", "rest"])
def test_what_was_acknowledged_after_the_copy_is_all_there_again_elsewhere(
    database_url: str, elsewhere: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reply_by: str
) -> None:
    copy = tmp_path / "copy"
    with running_fake() as fake:
        crowd = lose_the_machine(database_url, fake, copy, reply_by)
        lost_messages, lost_ideas = read(database_url)
        assert crowd.acknowledged == lost_messages
        put_forward(monkeypatch, fake, MINUTE)
        said = len(fake.ledger)
        with opened(elsewhere, fake, PUBLIC_BASE_URL=crowd.server.base, VOIX_REPLY_BY=reply_by) as (app, _):
            assert run(app, "restore", str(copy)).splitlines()[-1].startswith("Restored.")
            in_the_copy, _ = read(elsewhere)  # the twin: without reconciling, what came after the copy is lost
            assert in_the_copy < lost_messages
            assert run(app, "reconcile").startswith(f"{len(lost_messages - in_the_copy)} message(s) taken in.")
            assert read(elsewhere) == (lost_messages, lost_ideas)
            run(app, "worker", "--once")
            # What the provider shows as answered is not said again. An idea that was taken in again has a new code: it is told.
            assert [words for _, words in fake.ledger[said:] if not NEW_CODE.search(words)] == []
            assert max(Counter(fake.ledger[said:]).values(), default=1) == 1
            assert run(app, "reconcile").startswith("0 message(s) taken in.")
    assert find_damage(elsewhere) == []


def test_the_guide_names_the_commands_of_the_drill() -> None:
    """One pair: the copy here, its return there."""
    guide = GUIDE.read_text("utf-8")
    assert "voix backup copie.db" in guide
    assert "voix restore copie.db && voix reconcile" in guide
