"""Whether a database is whole after an accident: its files, and nothing in it twice."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.orm import Session

from tests.soak.ledger import Row, read_everything

Rows = dict[str, list[Row]]
_OURS = "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'"
_PAGES = f"SELECT c.relname, v.msg FROM (SELECT c.oid, c.relname {_OURS} AND c.relkind = 'r') c, verify_heapam(c.oid) v"  # noqa: S608 -- ours
_INDEXES = (
    f"SELECT bt_index_check(c.oid, true) {_OURS} AND c.relkind = 'i' "  # noqa: S608 -- ours
    "AND c.relam = (SELECT oid FROM pg_am WHERE amname = 'btree')"
)


def read_rows(engine: Engine) -> Rows:
    """Every row of every table of ours, by table."""
    with Session(engine) as session:
        return read_everything(session)


def count_rows(rows: Rows) -> dict[str, int]:
    """How many rows each table has, those with none left out."""
    return {name: len(found) for name, found in rows.items() if found}


def find_damage(database_url: str) -> list[str]:
    """What is broken in the files: by SQLite's own check; on PostgreSQL in every page and index (amcheck).

    Raises DatabaseError when PostgreSQL finds a broken index.
    """
    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(str(make_url(database_url).database))) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
            broken = [f"foreign key: {row}" for row in connection.execute("PRAGMA foreign_key_check")]
        return [line for line in found if line != "ok"] + broken
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS amcheck"))
        faults = [f"{name}: {fault}" for name, fault in connection.execute(text(_PAGES))]
        connection.execute(text(_INDEXES))
    engine.dispose()
    return faults
