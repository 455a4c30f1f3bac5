"""A copy of the database taken while it is used, and the way back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, Engine

from service.errors import Refused


def back_up(engine: Engine, path: Path) -> None:
    """Write a consistent copy of the database at ``path``. Raises Refused when there is a file already, or no tool.

    SQLite's own online copy; on PostgreSQL ``pg_dump``, whose file only ``restore`` and ``pg_restore`` read.
    """
    try:
        path.touch(mode=0o600, exist_ok=False)  # whoever reads it reads the ideas
    except FileExistsError:
        raise Refused(f"{path} existe déjà : choisissez un autre nom.") from None
    except OSError as error:
        raise Refused(f"{path} ne peut pas être écrit : {error.strerror}.") from error
    try:
        _copy(engine, path)
    except BaseException:
        path.unlink(missing_ok=True)  # a part of a copy is no copy
        raise


def _copy(engine: Engine, path: Path) -> None:
    if engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(str(engine.url.database))) as live, closing(sqlite3.connect(path)) as copy:
            live.backup(copy)
    else:
        _run(engine.url, "pg_dump", "--format=custom", "--no-owner", f"--file={path}")


def restore(engine: Engine, path: Path) -> None:
    """Put the database back as it was at ``path``. Stop the service first. Raises Refused when the copy is not one."""
    if not path.is_file():
        raise Refused(f"{path} n'existe pas.")
    engine.dispose()
    if engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(path)) as copy:
            try:
                sound = copy.execute("PRAGMA integrity_check").fetchone()[0] == "ok" and _has_our_tables(copy)
            except sqlite3.DatabaseError:
                sound = False
            if not sound:
                raise Refused(f"{path} n'est pas une copie de base de données, ou elle est abîmée.")
            with closing(sqlite3.connect(str(engine.url.database))) as live:
                copy.backup(live)
                live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        if "TABLE DATA public contribution" not in _run(engine.url, "pg_restore", "--list", str(path)):
            raise Refused(f"{path} n'est pas une copie de cette base de données.")
        _run(engine.url, "pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction",
             f"--dbname={engine.url.database}", str(path))  # fmt: skip


def _has_our_tables(copy: sqlite3.Connection) -> bool:
    tables = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return {"alembic_version", "person", "contribution"} <= tables


def _run(url: URL, program: str, *arguments: str) -> str:
    """What one of PostgreSQL's tools says, run on the database; its password goes by the environment."""
    found = shutil.which(program)
    if found is None:
        raise Refused(f"{program} manque : installez le paquet postgresql-client.")
    host = url.query.get("host", url.host)
    port = url.query.get("port", url.port)
    where = {
        "PGUSER": url.username,
        "PGHOST": host,
        "PGPORT": port,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    environment = {**os.environ, **{name: str(value) for name, value in where.items() if value}}
    done = subprocess.run([found, *arguments], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 -- a fixed program
    if done.returncode:
        raise Refused(f"{program} a échoué : {done.stderr.strip()}")
    return done.stdout
