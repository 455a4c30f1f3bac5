"""Runs the migrations on the application's own database (``flask --app wsgi db upgrade``), while it is at work too."""

import time

from alembic import context
from flask import current_app
from sqlalchemy.exc import OperationalError

from service.models import Base
from service.models.search import is_ours

# How long a migration waits for a table, and everybody behind it for the migration. It is less than PostgreSQL takes to look
# for a deadlock (deadlock_timeout, 1 s): of two that wait for each other the migration lets go, never who writes.
LOCK_WAIT = "500ms"
TRIES, PAUSE = 60, 0.5  # of the whole, with so many seconds between them
WAITED_IN_VAIN = ("55P03", "40P01")  # PostgreSQL's lock_not_available and deadlock_detected

engine = current_app.extensions["migrate"].db.engine


def migrate() -> None:
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
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
            context.run_migrations()


for tries_left in reversed(range(TRIES)):
    try:
        migrate()
        break
    except OperationalError as error:
        if not tries_left or getattr(error.orig, "sqlstate", None) not in WAITED_IN_VAIN:
            raise
        time.sleep(PAUSE)
