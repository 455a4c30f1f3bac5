"""The migrations make the tables that the code works with, on each database."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from extensions import db
from service.models import Base
from service.models.search import is_ours
from tests.telephone import SETTINGS
from wsgi import create_app


@pytest.fixture
def empty_app(database_url: str) -> Flask:
    return create_app({**SETTINGS, "DATABASE_URL": database_url, "TESTING": True})


def test_the_migrations_make_the_tables_of_the_models_and_unmake_them(empty_app: Flask) -> None:
    with empty_app.app_context():
        upgrade()
        with db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_ours})
            assert compare_metadata(context, Base.metadata) == []
        downgrade(revision="base")
        assert inspect(db.engine).get_table_names() == ["alembic_version"]
        db.engine.dispose()
