"""One at a time per person: whoever holds a person makes the next message of theirs wait."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from bot.channel import Channel
from extensions import db
from service import people
from tests.postgres import ON_POSTGRESQL

NOW = dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)
WAIT = 0.5  # seconds in which a thread that is not held would long be through


def is_held_back(app: Flask) -> bool:
    """Whether a second message of a person must wait until the first one's transaction has ended."""
    through = threading.Event()

    def second() -> None:
        with Session(db.engine) as session:
            people.hold_person(session, ("key:somebody",), Channel.SMS, NOW)
            through.set()
            session.rollback()

    with Session(db.engine) as session:
        people.hold_person(session, ("key:somebody",), Channel.SMS, NOW)
        session.commit()
        people.hold_person(session, ("key:somebody",), Channel.SMS, NOW)
        engine = db.engine

        def run() -> None:
            with app.app_context():
                assert db.engine is engine
                second()

        thread = threading.Thread(target=run)
        thread.start()
        waited = not through.wait(WAIT)
        session.commit()
    thread.join()
    assert through.is_set()
    return waited


def test_a_second_message_of_one_person_waits_for_the_first(app: Flask) -> None:
    assert is_held_back(app)


@ON_POSTGRESQL
def test_without_the_lock_the_second_message_does_not_wait(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin, on PostgreSQL: on SQLite the whole transaction is alone, with or without the row's lock."""
    monkeypatch.setattr(people, "_held", people._known_as)
    with Session(db.engine) as session:
        people.hold_person(session, ("key:somebody",), Channel.SMS, NOW)
        session.commit()
    assert not is_held_back(app)
