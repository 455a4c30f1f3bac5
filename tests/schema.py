"""The mark that the migrations leave in a database, for one whose tables a test made without them."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.readiness import read_versions

HEAD = read_versions()[0]


def mark_version(session: Session, version: str | None = HEAD) -> None:
    """Say that the tables are of that version; None: as if no migration was ever run."""
    session.execute(text("DROP TABLE IF EXISTS alembic_version"))
    session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    if version is not None:
        session.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})
    session.commit()
