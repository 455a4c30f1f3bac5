"""A disk that is full, and one that may only be read: nothing is acknowledged that is not kept, nothing breaks, all recovers."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from service.models import Exchange
from tests.postgres import Postgres
from tests.server import Server
from tests.soak.crowd import post
from tests.soak.promises import GENEROUS
from tests.soak.soundness import find_damage
from tests.telephone import new_message_id

pytestmark = pytest.mark.slow
MEGABYTES = {"sqlite": 6, "postgresql": 160}  # PostgreSQL's empty cluster and its journal take most of that
MOST = 400  # messages until the disk is full, at worst
RECOVERED_WITHIN = 5.0


@dataclass
class Disk:
    """A small file system with the database on it, and what makes it writable or not."""

    folder: Path
    database_url: str
    set_writable: Callable[[bool], None]

    def fill(self) -> None:
        """Not a byte is left."""
        with (self.folder / "filler").open("wb", buffering=0) as filler:
            for size in (1 << 16, 1 << 12, 1):
                try:
                    while True:
                        filler.write(bytes(size))
                except OSError:
                    continue

    def free(self) -> None:
        (self.folder / "filler").unlink()


@pytest.fixture(params=["sqlite", "postgresql"])
def disk(request: pytest.FixtureRequest) -> Iterator[Disk]:
    if os.geteuid() != 0:
        pytest.fail(
            "only root mounts a file system of its own: sudo .venv/bin/python -m pytest tests/soak/test_disk.py"
        )
    folder = Path(tempfile.mkdtemp(prefix="voix-disk-"))  # not pytest's, which PostgreSQL's user may not pass through
    run("mount", "-t", "tmpfs", "-o", f"size={MEGABYTES[request.param]}m", "tmpfs", str(folder))
    try:
        if request.param == "sqlite":
            yield Disk(folder, f"sqlite:///{folder}/voix.db", lambda writable: remount(folder, writable))
        else:
            with on_disk(folder) as address:
                yield Disk(folder, address, lambda writable: allow_writing(address, writable))
    finally:
        run("umount", "--lazy", str(folder))
        folder.rmdir()


@contextmanager
def on_disk(folder: Path) -> Iterator[str]:
    server = Postgres(folder, "fsync=off", "max_wal_size=64MB", "min_wal_size=32MB")
    server.start()
    try:
        yield server.address.format(database="postgres")
    finally:
        server.stop()


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def remount(folder: Path, writable: bool) -> None:
    run("mount", "-o", f"remount,{'rw' if writable else 'ro'}", str(folder))


def allow_writing(address: str, writable: bool) -> None:
    """PostgreSQL does not start on such a disk; a standby that has not been promoted yet is what a service meets."""
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("SET default_transaction_read_only = off"))
        connection.execute(
            text(f"ALTER DATABASE postgres SET default_transaction_read_only = {'off' if writable else 'on'}")
        )
        others = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'voix'"
        )
        connection.execute(text(others))
    engine.dispose()


@dataclass
class Writer:
    """Somebody who writes, and which messages were acknowledged."""

    server: Server
    acknowledged: list[str]

    def write(self) -> int:
        message_id = new_message_id()
        number = f"+3363998{len(self.acknowledged) % 1000:04}"
        status, _ = post(self.server, message_id, number, "nouvelle idée", 30)
        if status == 200:
            self.acknowledged.append(message_id)
        return status

    def recover(self) -> float:
        """In how many seconds a message was acknowledged again."""
        began = time.monotonic()
        while self.write() != 200:
            assert time.monotonic() < began + RECOVERED_WITHIN, "it does not recover"
            time.sleep(0.05)
        return time.monotonic() - began

    def find_lost(self, database_url: str) -> list[str]:
        engine = create_engine(database_url)
        with Session(engine) as session:
            held = set(session.scalars(select(Exchange.message_id)))
        engine.dispose()
        return sorted(set(self.acknowledged) - held)


@contextmanager
def writing(disk: Disk, without: str = "") -> Iterator[Writer]:
    server = Server(disk.database_url, **GENEROUS)
    server.launch("--workers", "2", "--preload", application=f"tests.soak.doors:make_app({without!r})")
    try:
        server.wait()
        yield Writer(server, [])
    finally:
        server.kill()


def fill_up(disk: Disk, writer: Writer) -> set[int]:
    """The answers once the disk is full: until one fails, what is allotted already still takes messages."""
    assert writer.write() == 200
    disk.fill()
    for _ in range(MOST):
        if writer.write() != 200:
            break
    return {writer.write() for _ in range(5)}


def test_on_a_full_disk_messages_are_refused_and_nothing_breaks(disk: Disk) -> None:
    with writing(disk) as writer:
        assert fill_up(disk, writer) == {500}
        disk.free()
        writer.recover()
        assert writer.find_lost(disk.database_url) == []
    assert find_damage(disk.database_url) == []


def test_when_the_answer_does_not_wait_for_the_commit_messages_are_lost(disk: Disk) -> None:
    """The twin: 200 first."""
    with writing(disk, "hasty") as writer:
        writer.write()
        disk.fill()
        for _ in range(MOST // 2):
            writer.write()
        disk.free()
        assert writer.find_lost(disk.database_url) != []


@contextmanager
def writing_in_vain(disk: Disk, without: str = "") -> Iterator[Writer]:
    """Somebody who writes to a service that was just started, on a disk that may only be read from then on."""
    server = Server(disk.database_url, **GENEROUS)
    server.launch("--workers", "2", "--preload", application=f"tests.soak.doors:make_app({without!r})")
    try:
        wait_for_the_door(server)
        disk.set_writable(False)
        yield Writer(server, [])
    finally:
        server.kill()


def wait_for_the_door(server: Server) -> None:
    """Until it listens; asked for anything, it would open the database, and nobody forbids to write to an open file."""
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", server.port)).close()
            return
        except OSError:
            assert time.monotonic() < deadline, "the service did not start"
            time.sleep(0.1)


def test_what_may_only_be_read_refuses_messages_until_it_may_be_written(disk: Disk) -> None:
    with writing_in_vain(disk) as writer:
        assert {writer.write() for _ in range(6)} == {500}
        disk.set_writable(True)
        writer.recover()
        assert writer.find_lost(disk.database_url) == []
    assert find_damage(disk.database_url) == []


def test_when_the_answer_does_not_wait_for_the_commit_what_may_only_be_read_loses_messages(disk: Disk) -> None:
    """The twin: 200 first."""
    with writing_in_vain(disk, "hasty") as writer:
        assert {writer.write() for _ in range(6)} == {200}
        disk.set_writable(True)
        assert writer.find_lost(disk.database_url) != []
