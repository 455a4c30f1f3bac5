"""A PostgreSQL server of the tests' own: made in a temporary folder, reached by a socket, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PORT = "5439"  # of the socket's name only: nothing listens on the network


@contextmanager
def running_postgres() -> Iterator[str]:
    """The address of an empty server, without the database's name. The server cannot run as root: it is ``postgres`` then."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    folder = Path(tempfile.mkdtemp(prefix="voix-postgres-"))
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, "postgres", "postgres")

    def run(*command: str) -> None:
        subprocess.run([*as_user, *command], check=True, capture_output=True, cwd=folder)

    run(str(programs / "initdb"), "-D", str(folder / "data"), "-A", "trust", "-U", "voix", "--no-sync", "-E", "UTF8")
    options = f"-k {folder} -p {PORT} -c listen_addresses='' -c max_connections=150 -c fsync=off"
    log = str(folder / "log")
    run(str(programs / "pg_ctl"), "-D", str(folder / "data"), "-o", options, "-l", log, "-w", "start")
    try:
        yield f"postgresql+psycopg://voix@/{{database}}?host={folder}&port={PORT}"
    finally:
        run(str(programs / "pg_ctl"), "-D", str(folder / "data"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)
