"""A copy taken while the service is used, and the way back; what is no copy changes nothing."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import stamp
from sqlalchemy import Engine, create_engine, inspect, select, text
from sqlalchemy.orm import Session

from extensions import db
from service import backup
from service.errors import Refused
from service.keyring import Keyring
from service.models import Contribution, Exchange, OptOut, Person
from tests.postgres import PORT
from tests.telephone import SETTINGS, Telephone
from tests.visitor import app_with

KEYRING = Keyring((SETTINGS["PHONE_PEPPER"],))
NUMBER, OTHER = "+33639980001", "+33639980002"
IDEA = "il faudrait plus de médecins de garde le dimanche à Colmar"


@pytest.fixture
def used(app: Flask, session: Session) -> Flask:
    """The service as it runs, its database at the newest version, with somebody's idea and somebody's refusal in it."""
    session.rollback()
    stamp()
    telephone = Telephone(app, NUMBER)
    for message in ("nouvelle idée", IDEA, "1", "1", "1", "mes donnees"):
        telephone.text(message)
    Telephone(app, OTHER).text("arret")
    session.rollback()
    return app


def make_database(name: str, postgres: str) -> str:
    server = create_engine(postgres.format(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    server.dispose()
    return postgres.format(database=name)


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[str]:
    """The address of another empty database, of the same kind."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'elsewhere.db'}"
        return
    name = f"elsewhere_{uuid.uuid4().hex}"
    postgres: str = request.getfixturevalue("postgres")
    yield make_database(name, postgres)
    server = create_engine(postgres.format(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


def read_rows(engine: Engine) -> dict[str, list[str]]:
    """Every row of every table that is there, ours or not."""
    db.session.rollback()
    names = sorted(inspect(engine).get_table_names())
    with engine.connect() as connection:
        rows = {
            name: sorted(map(repr, connection.execute(select(text("*")).select_from(text(name))))) for name in names
        }
        connection.rollback()
    return rows


def run(app: Flask, *words: str) -> tuple[int, str]:
    db.session.rollback()
    result = app.test_cli_runner().invoke(args=list(words))
    db.session.rollback()
    return result.exit_code, result.output


def back_up(app: Flask, path: Path) -> Path:
    code, said = run(app, "backup", str(path))
    assert (code, said) == (0, f"{path}: {path.stat().st_size} bytes.\n")
    return path


def dump_foreign(database_url: str, path: Path, request: pytest.FixtureRequest) -> None:
    """A sound copy, of the same kind, of a database that is not ours."""
    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(path)) as foreign:
            foreign.executescript("CREATE TABLE recipe (name TEXT); INSERT INTO recipe VALUES ('kougelhopf');")
        return
    name = f"foreign_{uuid.uuid4().hex}"
    engine = create_engine(make_database(name, request.getfixturevalue("postgres")))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE recipe (name TEXT)"))
        connection.execute(text("INSERT INTO recipe VALUES ('kougelhopf')"))
    host = str(engine.url.query["host"])
    engine.dispose()
    program = shutil.which("pg_dump")
    assert program
    command = [program, "-U", "voix", "-h", host, "-p", PORT, "--format=custom", f"--file={path}", name]
    subprocess.run(command, check=True, capture_output=True)


# Taking a copy


def test_a_copy_is_for_its_owner_alone(used: Flask, tmp_path: Path) -> None:
    assert back_up(used, tmp_path / "copy").stat().st_mode & 0o777 == 0o600


def test_a_copy_changes_nothing(used: Flask, tmp_path: Path) -> None:
    before = read_rows(db.engine)
    back_up(used, tmp_path / "copy")
    assert read_rows(db.engine) == before


@pytest.mark.parametrize("content", [b"", b"precious"], ids=["empty", "not empty"])
def test_a_file_that_is_there_is_never_written_over(used: Flask, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "copy"
    path.write_bytes(content)
    assert run(used, "backup", str(path)) == (1, f"Error: {path} existe déjà : choisissez un autre nom.\n")
    assert path.read_bytes() == content


def test_a_place_that_cannot_be_written_to_is_told_in_one_line(used: Flask, tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "copy"
    code, said = run(used, "backup", str(path))
    assert (code, re.sub(r" : [^:]+$", "", said)) == (1, f"Error: {path} ne peut pas être écrit")


def test_a_copy_that_fails_leaves_no_part_of_one(tmp_path: Path) -> None:
    """The folder of the database is gone: there is nothing to copy."""
    path = tmp_path / "copy"
    engine = create_engine(f"sqlite:///{tmp_path}/nowhere/voix.db")
    with pytest.raises((Refused, sqlite3.Error)):
        backup.back_up(engine, path)
    engine.dispose()
    assert not path.exists()


# The way back


def test_a_copy_restored_elsewhere_has_the_same_rows(used: Flask, tmp_path: Path, elsewhere: str) -> None:
    copy = back_up(used, tmp_path / "copy")
    rows = read_rows(db.engine)
    written = {
        "alembic_version": 1,
        "change": 1,
        "contribution": 1,
        "data_link": 1,
        "exchange": 7,
        "opt_out": 1,
        "person": 2,
    }
    assert {name: len(rows[name]) for name in written} == written
    with app_with(DATABASE_URL=elsewhere) as other:
        code, said = run(other, "restore", str(copy))
        assert code == 0, said
        assert read_rows(db.engine) == rows
        assert Telephone(other, OTHER).text("bonjour").startswith("Vous avez arreté nos messages.")


def test_a_copy_taken_while_people_write_is_whole(used: Flask, tmp_path: Path, elsewhere: str) -> None:
    """It holds all that was answered before it began, and every message in it has its person and state."""
    finished = threading.Event()
    statuses: list[int] = []

    def write() -> None:
        number = 0
        while not finished.is_set():
            telephone = Telephone(used, f"+336399801{number % 100:02}")
            statuses.append(telephone.post(telephone.form("nouvelle idée")).status_code)
            number += 1

    db.session.rollback()
    before = len(read_rows(db.engine)["exchange"])
    writer = threading.Thread(target=write)
    writer.start()
    while len(statuses) < 3:
        finished.wait(0.005)
    answered = len(statuses)
    try:
        backup.back_up(db.engine, tmp_path / "copy")
        while len(statuses) < answered + 3:
            finished.wait(0.005)
    finally:
        finished.set()
        writer.join()
    assert set(statuses) == {200}
    with app_with(DATABASE_URL=elsewhere) as other:
        code, said = run(other, "restore", str(tmp_path / "copy"))
        assert code == 0, said
        copied = set(db.session.scalars(select(Exchange.message_id)))
        owned = set(db.session.scalars(select(Exchange.message_id).join(Person).where(Person.state.is_not(None))))
    assert copied == owned
    assert before + answered <= len(copied) < before + len(statuses)


def test_a_restore_undoes_what_was_done_since(used: Flask, session: Session, tmp_path: Path) -> None:
    copy = back_up(used, tmp_path / "copy")
    rows = read_rows(db.engine)
    telephone = Telephone(used, NUMBER)
    for message in ("effacer", "1", "bonjour", "nouvelle idée"):
        telephone.text(message)
    assert read_rows(db.engine) != rows
    code, said = run(used, "restore", str(copy))
    assert (code, said.splitlines()[-1].split(".")[0]) == (0, "Restored")
    assert read_rows(db.engine) == rows
    assert list(session.scalars(select(Contribution.words))) == [IDEA]


def test_refusals_made_since_the_copy_survive_a_restore(used: Flask, session: Session, tmp_path: Path) -> None:
    """Also a wider one over a narrower; one lifted since is back, which is the side to err on."""
    Telephone(used, "+33639980003").text("sans reponse")
    copy = back_up(used, tmp_path / "copy")
    for number, messages in {NUMBER: ["arret"], OTHER: ["reprendre", "oui"], "+33639980003": ["arret"]}.items():
        for message in messages:
            Telephone(used, number).text(message)
    code, said = run(used, "restore", str(copy))
    assert code == 0, said
    refusals = {one.pseudonym: one.answers_only for one in session.scalars(select(OptOut))}
    numbers = (NUMBER, OTHER, "+33639980003")
    assert refusals == {KEYRING.make_pseudonyms(number)[0]: False for number in numbers}
    replies = {Telephone(used, number).text("bonjour") for number in numbers}
    assert replies == {"Vous avez arreté nos messages. Pour reprendre, envoyez REPRENDRE."}


def break_pages(copy: bytes) -> bytes:
    """The copy with its second quarter overwritten."""
    quarter = len(copy) // 4
    return copy[:quarter] + b"\xa5" * quarter + copy[2 * quarter :]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda copy: b"", id="empty"),
        pytest.param(lambda copy: b"this is no copy\n" * 1000, id="something else"),
        pytest.param(lambda copy: copy[: len(copy) // 2], id="cut in the middle"),
        pytest.param(lambda copy: copy[:-700], id="cut near the end"),
        pytest.param(lambda copy: copy[:100], id="nothing but its head"),
        pytest.param(break_pages, id="broken inside"),
    ],
)
def test_what_is_no_sound_copy_is_refused_and_the_database_untouched(
    used: Flask, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    copy = back_up(used, tmp_path / "copy")
    copy.write_bytes(damage(copy.read_bytes()))
    Telephone(used, NUMBER).text("bonjour")
    before = read_rows(db.engine)
    code, said = run(used, "restore", str(copy))
    assert (code, said.startswith("Error: "), "Traceback" in said) == (1, True, False)
    assert read_rows(db.engine) == before
    assert Telephone(used, OTHER).text("bonjour").startswith("Vous avez arreté nos messages.")


def test_a_sound_copy_of_another_database_is_refused_and_ours_untouched(
    used: Flask, tmp_path: Path, database_url: str, request: pytest.FixtureRequest
) -> None:
    copy = tmp_path / "copy"
    dump_foreign(database_url, copy, request)
    before = read_rows(db.engine)
    code, said = run(used, "restore", str(copy))
    assert (code, said.startswith("Error: ")) == (1, True)
    assert read_rows(db.engine) == before


@pytest.mark.parametrize("name", ["missing", "."])
def test_a_copy_that_is_not_there_is_refused(used: Flask, tmp_path: Path, name: str) -> None:
    before = read_rows(db.engine)
    code, said = run(used, "restore", str(tmp_path / name))
    assert (code != 0, "Traceback" in said) == (True, False)
    assert read_rows(db.engine) == before
