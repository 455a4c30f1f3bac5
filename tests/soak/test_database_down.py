"""The database gone while people write: PostgreSQL killed and started again, SQLite's file locked by another process."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest

from tests.postgres import own_postgres
from tests.server import Server
from tests.soak.crowd import Crowd, write_scripts
from tests.soak.promises import GENEROUS, find_faults, find_lost, opened, reconcile
from tests.soak.soundness import find_damage
from tests.soak.test_kills import running
from tests.twilio_fake import Fake, running_fake

pytestmark = pytest.mark.slow
BEFORE = 1.0  # seconds of ordinary life
RECOVERED_WITHIN = 5.0  # seconds
Outage = Callable[[], AbstractContextManager[None]]


@pytest.fixture(params=["sqlite", "postgresql"])
def mortal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Outage]]:
    """The address of a database, and what makes it unavailable."""
    if request.param == "sqlite":
        path = tmp_path / "voix.db"

        @contextmanager
        def locked() -> Iterator[None]:
            with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as other:
                other.execute("BEGIN IMMEDIATE")
                yield
                other.execute("ROLLBACK")

        yield f"sqlite:///{path}", locked
        return
    with own_postgres("fsync=off") as server:

        @contextmanager
        def stopped() -> Iterator[None]:
            server.stop()
            yield
            server.start()

        yield server.address.format(database="postgres"), stopped


def write_through(database_url: str, fake: Fake, outage: Outage, seconds: float, without: str = "") -> Crowd:
    """People write before, during and after; when it is over, they are answered again soon, and the worker sends again."""
    server = Server(database_url, **GENEROUS, VOIX_PROVIDER_URL=fake.base_url, VOIX_REPLY_BY="rest")
    crowd = Crowd(server, fake, write_scripts(people=300, ideas=4))
    with running(server, without):
        threads = crowd.speak()
        time.sleep(BEFORE)
        try:
            with outage():
                down_at = time.monotonic()
                time.sleep(seconds)
                up_at = time.monotonic()
            back_at = time.monotonic()
            if not without:
                # What was acknowledged before may be read off a moment later.
                assert [one for one in list(crowd.sent) if one.status == 200 and down_at + 0.5 < one.at < up_at] == []
                answered = crowd.wait_for_answer(back_at, RECOVERED_WITHIN)
                sent = len(fake.ledger)
                print(f"down for {seconds:.0f} s, {len(crowd.sent)} messages, answered {answered} s later")
                assert answered is not None
                deadline = back_at + 2 * RECOVERED_WITHIN
                while len(fake.ledger) == sent and time.monotonic() < deadline:
                    time.sleep(0.05)
                assert len(fake.ledger) > sent
        finally:
            crowd.stop.set()
            for thread in threads:
                thread.join()
    return crowd


@pytest.mark.parametrize(
    "seconds", [pytest.param(6, id="short"), pytest.param(60, marks=pytest.mark.soak, id="long")]
)  # SQLite's writers wait for five
def test_nothing_is_acknowledged_without_a_durable_record_and_all_recovers_by_itself(
    mortal: tuple[str, Outage], seconds: int
) -> None:
    database_url, outage = mortal
    with running_fake() as fake:
        crowd = write_through(database_url, fake, outage, seconds)
        with opened(database_url, fake) as (_, worker):
            assert find_lost(crowd) == []
            reconcile(worker, fake)
            assert find_faults(crowd) == []
        assert find_damage(database_url) == []


def test_when_the_answer_does_not_wait_for_the_commit_messages_are_lost(mortal: tuple[str, Outage]) -> None:
    """The twin: 200 first."""
    database_url, outage = mortal
    with running_fake() as fake:
        crowd = write_through(database_url, fake, outage, 6, "hasty")
        with opened(database_url, fake):
            assert find_lost(crowd) != []
