"""A PostgreSQL server of the tests' own: made in a temporary folder, reached by a socket, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

# A test for this database alone; on SQLite a transaction that writes is alone anyway.
ON_POSTGRESQL = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)
PORT = "5439"  # of the socket's name only: nothing listens on the network


class Postgres:
    """A server in ``folder``, which is empty and is there; ``address`` lacks the database's name."""

    def __init__(self, folder: Path, *settings: str) -> None:
        self._settings = settings
        self._programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        self._folder = folder
        self._as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        self.address = f"postgresql+psycopg://voix@/{{database}}?host={folder}&port={PORT}"
        if self._as_user:
            shutil.chown(folder, "postgres", "postgres")
        self._run("initdb", "-D", str(folder / "data"), "-A", "trust", "-U", "voix", "--no-sync", "-E", "UTF8")

    def start(self) -> None:
        more = " ".join(f"-c {setting}" for setting in self._settings)
        options = f"-k {self._folder} -p {PORT} -c listen_addresses='' -c max_connections=150 {more}"
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-o", options, "-l", log, "-w", "start")

    def stop(self) -> None:
        """As if it was killed: nothing is written any more, and nobody is told."""
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "-w", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as_user, str(self._programs / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=self._folder)


@contextmanager
def own_postgres(*settings: str) -> Iterator[Postgres]:
    """An empty server that may be stopped and started. It cannot run as root: it is ``postgres`` then."""
    folder = Path(tempfile.mkdtemp(prefix="voix-postgres-"))
    server = Postgres(folder, *settings)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_postgres(*, durable: bool = False) -> Iterator[str]:
    """The address of an empty server, without the database's name; ``durable``: a commit waits for the disk."""
    with own_postgres(f"fsync={'on' if durable else 'off'}") as server:
        yield server.address
