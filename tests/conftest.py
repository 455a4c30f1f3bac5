"""What tests share: the mind, an application on each database, a telephone that signs as Twilio does, a reviewer."""

from __future__ import annotations

import datetime as dt
import gc
import itertools
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache, FileSystemBytecodeCache
from sqlalchemy import Pool, Select, create_engine, event, text
from sqlalchemy.orm import Session

from bot.known import Mind
from bot.mind import load_mind
from extensions import db, limiter
from service import database, reviewers
from service.models import Base, Reviewer, Role
from tests.lexicons import make_lexicon
from tests.postgres import running_postgres
from tests.telephone import BASE_URL, SETTINGS, Telephone
from tests.visitor import PASSWORD
from wsgi import create_app


@event.listens_for(Pool, "checkout")
def spare_the_disk(connection: object, *_: object) -> None:
    """What a test keeps in its own process need not outlive a power cut: to wait for the disk took a third of the time.

    The servers that tests start wait for it as the service does.
    """
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-transcripts", action="store_true", help="write tests/transcripts as the service answers now"
    )


@pytest.fixture(scope="session")
def mind() -> Mind:
    loaded = load_mind()
    gc.collect()
    gc.freeze()  # else all that was imported and loaded is looked through again and again, as each application ends
    return loaded


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with running_postgres() as address:
        yield address


@pytest.fixture(scope="session")
def small_lexicon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_lexicon(tmp_path_factory.mktemp("small") / "lexicon")


@pytest.fixture
def lexicon(small_lexicon: Path, tmp_path: Path) -> Path:
    """A small lexicon of the test's own: see tests/lexicons.py."""
    return Path(shutil.copytree(small_lexicon, tmp_path / "lexicon"))


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the SQLite database of each test in turn is."""
    return tmp_path_factory.mktemp("sqlite") / "voix.db"


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """No row is locked: the twin of a test of what two do at once."""
    monkeypatch.setattr(Select, "with_for_update", lambda query, **_how: query)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest, sqlite_file: Path) -> Iterator[str]:
    """An empty database, on SQLite and then on PostgreSQL."""
    if request.param == "sqlite":
        for left in sqlite_file.parent.iterdir():
            left.unlink()
        yield f"sqlite:///{sqlite_file}"
        return
    with new_database(request.getfixturevalue("postgres")) as address:
        yield address


@contextmanager
def new_database(address: str, template: str = "template1") -> Iterator[str]:
    """A PostgreSQL database like ``template``, gone afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    server = create_engine(address.format(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield address.format(database=name)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> BytecodeCache:
    """Each template is compiled once for all tests, which takes longer than most of them."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with its tables and nothing in them: to copy it is twenty times as quick as to make it."""
    path = tmp_path_factory.mktemp("tables") / "voix.db"
    engine = create_engine(f"sqlite:///{path}")
    database.prepare(engine)
    Base.metadata.create_all(engine)
    engine.dispose()
    return path


def make_app(database_url: str, mind: Mind, compiled_templates: BytecodeCache) -> Flask:
    """The application, with a mind that is loaded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wsgi.load_mind", lambda: mind)
        made = create_app({**SETTINGS, "DATABASE_URL": database_url, "TESTING": True, "RATELIMIT_ENABLED": False})
    made.jinja_env.bytecode_cache = compiled_templates
    return made


@pytest.fixture(scope="session")
def sqlite_app(sqlite_file: Path, mind: Mind, compiled_templates: BytecodeCache) -> Flask:
    """The application that all tests on SQLite share: to make one takes longer than most of them."""
    return make_app(f"sqlite:///{sqlite_file}", mind, compiled_templates)


@pytest.fixture
def app(request: pytest.FixtureRequest, database_url: str) -> Iterator[Flask]:
    """The application on an empty database with its tables."""
    is_sqlite = database_url.startswith("sqlite:///")
    if is_sqlite:
        application = request.getfixturevalue("sqlite_app")
        shutil.copyfile(request.getfixturevalue("tables"), database_url.removeprefix("sqlite:///"))
    else:
        application = make_app(database_url, *map(request.getfixturevalue, ("mind", "compiled_templates")))
    config, voix = application.config.copy(), application.extensions["voix"]
    limiter.enabled = application.config["RATELIMIT_ENABLED"]  # of all applications: one made meanwhile had its own
    with application.app_context():
        if not is_sqlite:
            Base.metadata.create_all(db.engine)
        yield application
        db.session.remove()
        db.engine.dispose()
    application.config, application.extensions["voix"] = config, voix


@pytest.fixture
def session(app: Flask) -> Session:
    return db.session()


@pytest.fixture
def telephone(app: Flask) -> Telephone:
    return Telephone(app)


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed with little effort here: they are not what is tested."""
    monkeypatch.setattr(reviewers, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def new_reviewer(session: Session) -> Iterator[object]:
    """A maker of reviewers: ``new_reviewer("68")``, a secretary unless told; None for the whole region."""
    numbers = itertools.count(1)

    def make(
        departement: str | None = "68", role: Role | None = None, college: str | None = None, name: str = "Camille"
    ) -> Reviewer:
        email, now = f"relecteur{next(numbers)}@cts.example", dt.datetime.now(dt.UTC)
        college = college or ("users" if role is Role.MEMBER else None)
        made = reviewers.add_reviewer(session, email, name, PASSWORD, departement, now, role, college)
        session.commit()
        return made

    yield make


__all__ = ["BASE_URL", "PASSWORD"]
