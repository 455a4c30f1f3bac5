"""Personal data planted through every input of both channels is found nowhere it should not be.

Not in logs, the inbox, error pages or readiness answers; nor, once its owner said EFFACER and the purge has run, in the
raw database files or a dump.
"""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from request_log import JsonLines
from service.models import Reviewer
from tests.conftest import PASSWORD
from tests.postgres import PORT
from tests.telephone import Telephone
from tests.visitor import Visitor

PHONE, EMAIL, NIR, NAME = "06 39 98 55 77", "zoe.zwingelstein@exemple.fr", "2 84 05 68 224 017 85", "Zwingelstein"
CANARIES = ("06 39 98 55 77", "0639985577", "639985577", "zwingelstein", "2 84 05 68 224 017 85", "284056822401785")
SECRETS = f"je m'appelle Zoé {NAME}, mon numéro est le {PHONE}, {EMAIL}, sécu {NIR}"
IDEA = f"il faudrait plus de médecins de garde le dimanche à Colmar, {SECRETS}"
# Every place a person can type something, in order.
MESSAGES = (
    SECRETS,
    "trouver", SECRETS, "menu", SECRETS,
    "suivi", SECRETS, f"SUIVI {PHONE}",
    "idee", IDEA, SECRETS, "1", SECRETS, "oui",
    f"mon mari ne respire plus, {SECRETS}",
    "mes donnees", "suivi", "contact",
)  # fmt: skip


def find_canaries(text: str) -> list[str]:
    folded = text.casefold()
    return [canary for canary in CANARIES if canary in folded]


@pytest.fixture
def log(app: Flask) -> Iterator[list[str]]:
    """Every line that anything logs, as it is written."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    keep = Keep()
    keep.setFormatter(JsonLines())
    root = logging.getLogger()
    before = root.level
    root.addHandler(keep)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(keep)
    root.setLevel(before)


def read_raw_database(database_url: str, app: Flask) -> str:
    """Everything the database's files hold: SQLite's file and journal, PostgreSQL's dump."""
    if database_url.startswith("sqlite"):
        path = Path(database_url.removeprefix("sqlite:///"))
        return "".join(file.read_bytes().decode("latin-1") for file in path.parent.glob(f"{path.name}*"))
    program = shutil.which("pg_dump")
    assert program
    found = re.match(r"postgresql\+psycopg://(\w+)@/(\w+)\?host=([^&]+)", database_url)
    assert found
    command = [program, "-U", found[1], "-h", found[3], "-p", PORT, found[2]]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("channel", ["sms", "web"])
def test_what_is_planted_is_found_nowhere(
    app: Flask,
    session: Session,
    database_url: str,
    new_reviewer: Callable[[str], Reviewer],
    log: list[str],
    channel: str,
) -> None:
    telephone, visitor = Telephone(app, "+33639985577"), Visitor(app)
    for message in MESSAGES:
        if channel == "sms":
            telephone.text(message)
        else:
            visitor.fill_in("/chat", text=message)
    reviewer = Visitor(app)
    reviewer.fill_in("/inbox/connexion", action="", email=new_reviewer("68").email, password=PASSWORD)
    listed = reviewer.get("/inbox/?etat=toutes").text
    codes = re.findall(r"/inbox/contributions/(\w{6})", listed)
    assert len(set(codes)) == 1
    pages = [listed, reviewer.get(f"/inbox/contributions/{codes[0]}").text]
    pages += [reviewer.get(path).text for path in ("/readyz", f"/inbox/contributions/{NAME}", f"/mes-donnees/{NAME}")]
    assert [find_canaries(page) for page in pages[:3]] == [[], [], []]
    assert find_canaries("\n".join(log)) == []
    assert "[téléphone]" in pages[1] and "[courriel]" in pages[1]

    for message in ("effacer", "1"):
        _ = telephone.text(message) if channel == "sms" else visitor.fill_in("/chat", text=message)
    session.rollback()
    result = app.test_cli_runner().invoke(args=["purge"])
    assert result.exit_code == 0, result.output
    assert find_canaries(read_raw_database(database_url, app)) == []
    assert find_canaries(result.output) == []


def test_the_canaries_would_be_seen(app: Flask, session: Session, database_url: str) -> None:
    """The twin: without erasure, the raw database of a web chat holds them."""
    Visitor(app).fill_in("/chat", text=SECRETS)
    session.rollback()
    assert find_canaries(read_raw_database(database_url, app)) != []
    assert find_canaries(SECRETS) == [CANARIES[0], CANARIES[3], CANARIES[4]]
