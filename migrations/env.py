"""Runs the migrations on the application's own database (``flask --app wsgi db upgrade``)."""

from alembic import context
from flask import current_app

from service.models import Base
from service.models.search import is_ours

engine = current_app.extensions["migrate"].db.engine

with engine.connect() as connection:
    if engine.dialect.name == "sqlite":
        # Once, here: set by every connection it gave "database is locked". It stays with the file.
        raw = connection.connection.dbapi_connection
        raw.execute("PRAGMA journal_mode = WAL")
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        include_name=is_ours,
    )
    with context.begin_transaction():
        context.run_migrations()
