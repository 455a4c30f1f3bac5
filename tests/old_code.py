"""The version before at work on a database: what it writes, whatever the newest migration is doing meanwhile."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    create_engine,
    select,
)
from sqlalchemy.exc import DBAPIError

from service import database
from service.models.search import is_ours

LOCK_WAIT = database.BUSY_MILLISECONDS / 1000  # seconds; PostgreSQL ends a deadlock after one
PAUSE = 0.02  # seconds between two transactions: SQLite's lock is not given in turn, and who never pauses may keep it
Rows = dict[str, Row[tuple[object, ...]]]


@dataclass
class OldCode:
    """In each transaction it makes a row of every table that it knows, naming every column that it knows, writes it again
    and reads it.

    A transaction that fails is tried again, as a provider does with a message; after LOCK_WAIT it gives up, for good.
    """

    engine: Engine
    tables: list[Table]
    kept: list[Rows] = field(default_factory=list)  # by transaction
    slowest: float = 0.0  # seconds that a transaction took, with those that failed before it
    problem: DBAPIError | None = None  # for which the last one failed

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def _work(self) -> None:
        """Until it is stopped, or a problem lasts."""
        while not self._stop.is_set():
            began = time.monotonic()
            while (rows := self._write()) is None:
                if time.monotonic() > began + LOCK_WAIT:
                    return
            self.kept.append(rows)
            self.slowest = max(self.slowest, time.monotonic() - began)
            time.sleep(PAUSE)

    def wait(self, times: int) -> None:
        """Until it has written so many times more. Raises the problem for which it gave up."""
        enough = len(self.kept) + times
        while len(self.kept) < enough:
            if self.problem and not self._thread.is_alive():
                raise self.problem
            time.sleep(0.01)

    def finish(self) -> None:
        """Do the last transaction to its end, and no more."""
        self._stop.set()
        self._thread.join()

    def find_lost(self) -> list[str]:
        """Once it has finished: the tables that lack a row, or hold another value in it."""
        with self.engine.connect() as connection:
            found = {one.name: set(map(repr, connection.execute(select(one)))) for one in self.tables}
        return sorted({name for rows in self.kept for name, row in rows.items() if repr(row) not in found[name]})

    def _write(self) -> Rows | None:
        rows: Rows = {}
        try:
            with self.engine.begin() as connection:
                for table in self.tables:
                    rows[table.name] = write_row(connection, table, len(self.kept), rows)
        except DBAPIError as error:
            self.problem = error
            return None
        self.problem = None
        return rows


def write_row(connection: Connection, table: Table, number: int, rows: Rows) -> Row[tuple[object, ...]]:
    """The row that was made, changed and read. ``rows``: those of the tables that it may refer to."""
    values = {one.name: make_value(one, number, rows) for one in table.columns if one is not table.autoincrement_column}
    key = connection.execute(table.insert().values(values)).inserted_primary_key
    is_same = [column == value for column, value in zip(table.primary_key, key or (), strict=True)]
    connection.execute(table.update().where(*is_same).values(values))
    return connection.execute(select(table).where(*is_same)).one()


def make_value(column: Column[object], number: int, rows: Rows) -> object:
    """What the row of that number has in a column."""
    for key in column.foreign_keys:
        row = rows.get(key.column.table.name)
        return row and row._mapping[key.column.name]
    match column.type:
        case Boolean():
            return True
        case Integer():
            return number
        case DateTime(timezone=is_aware):
            return dt.datetime(2026, 1, 1, tzinfo=dt.UTC if is_aware else None)
        case Date():
            return dt.date(2026, 1, 1)
        case LargeBinary():
            return b"bytes"
        case JSON():
            return []
        case String(length=length):
            return f"{number:06}"[-(length or 6) :]
    raise AssertionError(f"{column}: {column.type!r}")


@contextmanager
def old_code_at_work(database_url: str) -> Iterator[OldCode]:
    """The code that knows the tables as they are now, at work from now on."""
    engine, known = create_engine(database_url), MetaData()
    database.prepare(engine)
    known.reflect(engine, only=lambda name, _: is_ours(name, "table", None) and name != "alembic_version")
    old = OldCode(engine, known.sorted_tables)
    try:
        yield old
    finally:
        old.finish()
        engine.dispose()
