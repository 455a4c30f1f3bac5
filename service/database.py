"""How a connection behaves: what SQLite must be told so that a 200 means "kept"."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.models import Base
from service.models.search import NAME

Insert = sqlite.Insert | postgresql.Insert
INSERTS: dict[str, type[Insert]] = {"sqlite": sqlite.Insert, "postgresql": postgresql.Insert}
BUSY_MILLISECONDS = 5000  # a writer waits this long for another; a turn holds the lock for a few milliseconds

SAMPLE = 1000  # rows of each index that are counted; all of a million take seconds, and tell no more


def prepare(engine: Engine) -> None:
    """Make every SQLite connection of ``engine`` safe; PostgreSQL needs nothing.

    The driver's own transactions begin "deferred": of 400 concurrent increments 350 were lost without an error.
    BEGIN IMMEDIATE lost none. The journal is set to WAL once, by the migration: set by each connection it gave
    "database is locked".
    """
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def _on_connect(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself; _on_begin does
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten


def _on_begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def insert(session: Session, table: type[Base]) -> Insert:
    """An INSERT that can say ON CONFLICT, which the two databases spell alike and SQLAlchemy does not."""
    return INSERTS[session.get_bind().dialect.name](table)


def plan_by_values(session: Session) -> None:
    """Have the queries of this transaction planned for what they look for: one prepared and met ten times, PostgreSQL
    plans for anything, and looks for a rare word in each contribution.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))


def scrub(engine: Engine) -> None:
    """Leave no trace of erased rows in the files: SQLite's journal is emptied and its file rewritten. What is left is
    counted, by a sample: without figures SQLite takes an index that finds a tenth of all rows for one that finds ten.

    PostgreSQL's autovacuum does both; a dump never holds what was erased.
    """
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None  # noqa: S101 -- just connected
        # FTS5 only marks what is deleted; its tokens stay until its parts are merged.
        raw.cursor().execute(f"INSERT INTO {NAME} ({NAME}) VALUES ('optimize')")  # noqa: S608 -- our own name
        raw.cursor().execute("VACUUM")
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.cursor().execute(f"PRAGMA analysis_limit = {SAMPLE}")
        raw.cursor().execute("ANALYZE")
