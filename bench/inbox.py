"""How fast a reviewer's pages are over 10,000 and 1,000,000 contributions: ``python -m bench.inbox``, part of ``make bench``.

On SQLite and PostgreSQL in one run, through the application itself, without the network: times of the server.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, func, select, text

from bench.council import PASSWORD, name_secretary
from bench.crowd import fill
from bench.figures import LATEST, Figure, report
from extensions import db
from service import database, look_alikes
from service.models import Contribution, Import, Meeting
from tests.postgres import running_postgres
from tests.telephone import SETTINGS
from wsgi import create_app

FEW, MANY = 10_000, 1_000_000
TERRITORY = "68"
ROUNDS = 9
FILTERS = {
    "usual": "",
    "all": "?etat=toutes",
    "decided": "?etat=decidees",
    "axis": "?etat=toutes&axe=A2",
    "solution": "?etat=toutes&solution=A4.2",
    "commune": "?etat=toutes&commune=68224",
    "channel": "?etat=toutes&canal=paper",
    "old": "?etat=toutes&plus-de=300",
    "new": "?etat=toutes&moins-de=30",
    "unassigned": "?montrer=libres",
    "mine": "?etat=toutes&montrer=miennes",
    "waiting": "?etat=toutes&montrer=en-attente",
    "look-alikes": "?etat=toutes&montrer=semblables",
    "flagged": "?etat=toutes&montrer=signalees",
    "drafted": "?etat=toutes&montrer=decision-prete",
    "least reviewed": "?tri=moins-vues",
    "newest": "?etat=toutes&tri=recentes",
    "corrected": "?etat=toutes&montrer=corrigees",
    "supported": "?etat=toutes&montrer=soutenues",
    "received between": "?etat=toutes&du=2026-01-01&au=2026-03-31",
    "instructed between": "?etat=toutes&etape=instruite&du=2026-01-01&au=2026-03-31",
    "answered since": "?etat=toutes&etape=repondue&du=2026-11-01",
    "delivered": "?etat=toutes&remise=delivered",
    "not delivered": "?etat=toutes&remise=failed",
    "meeting": "?etat=toutes&seance={meeting}",
    "imported": "?etat=toutes&reprise={imported}",
}
SEARCHES = ("médecins garde", "bus dentaire village", "infirmières", "psy", "urgences attente colmar", "xylophone")


def measure_pages(many: int = MANY) -> list[Figure]:
    """All figures, of both databases; half an hour, most of which fills them."""
    figures = []
    with running_postgres() as address, tempfile.TemporaryDirectory() as folder:
        for name, make_url in (
            ("SQLite", lambda size: f"sqlite:///{folder}/{size}.db"),
            ("PostgreSQL", lambda size: _make_database(address, f"bench_{size}")),
        ):
            few, lots = (_measure(make_url(size), size) for size in (FEW, many))
            figures += _judge(name, few, lots)
            print(f"{name}: measured", file=sys.stderr, flush=True)
    return figures


def _measure(url: str, size: int) -> dict[str, float]:
    """Milliseconds at the median of each page, search and query; rows a second and growth in MB of the export."""
    engine = create_engine(url)
    database.prepare(engine)
    fill(engine, size)
    engine.dispose()
    app = create_app({**SETTINGS, "DATABASE_URL": url, "TESTING": True, "VOIX_TOTP_REQUIRED": "0"})
    times: dict[str, float] = {}
    with app.app_context():
        numbers = {
            name: db.session.scalar(select(func.max(table.id)).where(table.departement == TERRITORY))
            for name, table in (("meeting", Meeting), ("imported", Import))
        }
        for who, departement in (("territory", TERRITORY), ("region", None)):
            with _signed_in(app, name_secretary(departement)) as client:
                for name, query in FILTERS.items():
                    address = f"/inbox/{query.format_map(numbers)}"
                    times[f"page, {who}, {name}"] = _median_ms(lambda a=address: _get(client, a))
                for words in SEARCHES:
                    address = f"/inbox/?etat=toutes&q={words}"
                    times[f"search, {who}, {words}"] = _median_ms(lambda a=address: _get(client, a))
                if who == "region":
                    times["export, rows/s"], times["export, MB more"] = _export(client)
        times["look-alikes"] = _measure_look_alikes()
        db.session.remove()
        db.engine.dispose()
    return times


@contextmanager
def _signed_in(app: Flask, email: str) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        app.config["WTF_CSRF_ENABLED"] = False
        answer = client.post("/inbox/connexion", data={"email": email, "password": PASSWORD})
        assert answer.status_code == 302, answer.status_code
        yield client


def _get(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)


def _export(client: FlaskClient) -> tuple[float, float]:
    """Rows a second of the whole CSV, and by how much the process grew in MB while it was written."""
    began, before = time.perf_counter(), _resident_mb()
    answer = client.get("/inbox/exports/idees.csv?etat=toutes", buffered=False)
    rows = sum(chunk.count(b"\r\n") for chunk in answer.iter_encoded())
    return rows / (time.perf_counter() - began), _resident_mb() - before


def _measure_look_alikes() -> float:
    session = db.session()
    texts = session.scalars(
        select(Contribution.words).where(Contribution.departement == TERRITORY).order_by(Contribution.id).limit(100)
    ).all()

    def ask(words: str) -> None:
        look_alikes.find_alike(session, TERRITORY, words, least=look_alikes.CLOSE, limit=6)
        session.expunge_all()

    return statistics.median(_median_ms(lambda w=words: ask(w), rounds=1) for words in texts)


def _median_ms(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def _judge(name: str, few: dict[str, float], lots: dict[str, float]) -> list[Figure]:
    pages = {key: value for key, value in lots.items() if key.startswith("page")}
    searches = {key: value for key, value in lots.items() if key.startswith("search")}
    slowest_page, slowest_search = max(pages, key=pages.__getitem__), max(searches, key=searches.__getitem__)
    growth = {key: lots[key] / few[key] for key in pages}
    most = max(growth, key=growth.__getitem__)
    return [
        Figure(f"{name}: first page, median of filters", statistics.median(pages.values()), "ms", "≤ 60"),
        Figure(f"{name}: slowest {slowest_page}", pages[slowest_page], "ms", "≤ 60"),
        Figure(f"{name}: slowest {slowest_search}", searches[slowest_search], "ms", "≤ 150"),
        Figure(f"{name}: look-alike query", lots["look-alikes"], "ms", "≤ 10"),
        Figure(f"{name}: export", lots["export, rows/s"], "rows/s", "≥ 20000"),
        Figure(f"{name}: export, memory", lots["export, MB more"], "MB", "≤ 20"),
        Figure(f"{name}: {FEW:,} → {MANY:,}, {most}", growth[most], "x", "≤ 2"),
    ]


def _resident_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _make_database(address: str, name: str) -> str:
    server = create_engine(address.format(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    server.dispose()
    return address.format(database=name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=MANY, help="contributions of the large database")
    raise SystemExit(0 if report(measure_pages(parser.parse_args().rows), LATEST.with_name("inbox.json")) else 1)
