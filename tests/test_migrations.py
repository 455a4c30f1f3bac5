"""The migrations make the tables that the code works with, on each database; the newest does so under the code before it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError

from bot.known import Mind
from extensions import db
from service.models import Base, Contribution
from service.models.search import is_ours
from tests.old_code import LOCK_WAIT, OldCode, old_code_at_work
from tests.telephone import SETTINGS, Telephone
from wsgi import create_app

WRITES = 20  # of the code before, before a migration and again after it
IDEA = "il faudrait plus de médecins de garde le dimanche à Colmar"


@pytest.fixture
def empty_app(database_url: str, mind: Mind, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setattr("wsgi.load_mind", lambda: mind)
    app = create_app({**SETTINGS, "DATABASE_URL": database_url, "TESTING": True})
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_the_migrations_make_the_tables_of_the_models_and_unmake_them(empty_app: Flask) -> None:
    upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_ours})
        assert compare_metadata(context, Base.metadata) == []
    downgrade(revision="base")
    assert inspect(db.engine).get_table_names() == ["alembic_version"]


# While the code before writes


@pytest.fixture
def old_code(empty_app: Flask, database_url: str) -> Iterator[OldCode]:
    """The version before the newest migration, at work."""
    newest = ScriptDirectory("migrations").get_revision("head")
    upgrade(revision=str(newest.down_revision))
    with old_code_at_work(database_url) as old:
        old.wait(WRITES)
        yield old


@pytest.mark.slow
def test_the_newest_migration_runs_while_the_code_before_writes_and_both_go_on(
    empty_app: Flask, old_code: OldCode
) -> None:
    upgrade()
    old_code.wait(WRITES)
    phone = Telephone(empty_app)
    for message in ("nouvelle idée", IDEA, "1", "oui"):
        phone.text(message)
    old_code.wait(WRITES)
    old_code.finish()
    assert (old_code.find_lost(), old_code.problem) == ([], None)
    assert old_code.slowest < LOCK_WAIT
    assert db.session.scalars(select(Contribution.words).where(Contribution.words == IDEA)).all() == [IDEA]


@pytest.mark.slow
def test_a_migration_that_takes_a_column_away_stops_the_code_before(old_code: OldCode) -> None:
    """The twin: what a migration may not do."""
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE person DROP COLUMN home_insee"))
    with pytest.raises(DBAPIError, match="home_insee"):
        old_code.wait(WRITES)
