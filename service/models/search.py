"""The full-text index over contributions: FTS5 on SQLite, tsvector and GIN on PostgreSQL. ``service.search`` reads it.

SQLAlchemy has no portable word for either, so the statements stand here, once, for the tests' tables and the migration.
A row goes with its contribution.
"""

from __future__ import annotations

from sqlalchemy import DDL, event

from service.models.base import Base

NAME = "contribution_search"
MAKE = {
    "sqlite": (
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {NAME} USING fts5(document, tokenize = 'unicode61')",
        f"CREATE TRIGGER IF NOT EXISTS {NAME}_forget AFTER DELETE ON contribution "  # noqa: S608 -- our own name
        f"BEGIN DELETE FROM {NAME} WHERE rowid = old.id; END",
    ),
    "postgresql": (
        f"CREATE TABLE IF NOT EXISTS {NAME} (contribution_id INTEGER PRIMARY KEY "
        "REFERENCES contribution (id) ON DELETE CASCADE, document TSVECTOR NOT NULL)",
        f"CREATE INDEX IF NOT EXISTS ix_{NAME}_document ON {NAME} USING gin (document)",
    ),
}
UNMAKE = {
    "sqlite": (f"DROP TRIGGER IF EXISTS {NAME}_forget", f"DROP TABLE IF EXISTS {NAME}"),
    "postgresql": (f"DROP TABLE IF EXISTS {NAME}",),
}


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """For Alembic: whether a table is described by ``Base.metadata``; the index and its shadow tables are not."""
    return not (kind == "table" and (name or "").startswith(NAME))


for moment, statements_of in (("after_create", MAKE), ("before_drop", UNMAKE)):
    for dialect, statements in statements_of.items():
        for statement in statements:
            event.listen(Base.metadata, moment, DDL(statement).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]
