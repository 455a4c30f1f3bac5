"""How fast a whole turn is, against the least that any such service does: ``python -m bench.turn``, part of ``make bench``.

The service and the floor (``bench.floor``) answer the same callers by turns, in short rounds, so that the noise of the
machine hits both; a figure is the median of the rounds' ratios. SQLite (WAL, synchronous FULL) and PostgreSQL (fsync).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text

from bench.callers import Tally, talk
from bench.figures import LATEST, Figure, report
from bench.past import remember
from bench.workers import read_cpu_seconds
from tests.postgres import running_postgres
from tests.server import Server

ROUNDS = 7
SECONDS = 2.0  # of each contender, each round
CONNECTIONS = 4  # for each worker
FEW, MANY = 1000, 1_000_000  # conversations
# The callers are a few numbers that write all day: the guards against that are not what is measured.
SETTINGS = {"VOIX_MOST_SEGMENTS_PER_DAY": "1000000000", "VOIX_MOST_SEGMENTS_PER_DAY_EACH_BLOCK": "1000000000"}
FLOOR = "bench.floor:create_app()"


@dataclass(frozen=True)
class Size:
    """How large a database is."""

    bytes: int
    messages: int  # ever taken in


@dataclass(frozen=True)
class Round:
    """What one contender did in one round."""

    rate: float  # answers a second
    cpu_ms: float  # of the workers, for each answer
    p50_ms: float
    p99_ms: float


def measure_turns(many: int = MANY) -> list[Figure]:
    """All figures, of both databases."""
    figures = []
    with running_postgres(durable=True) as address, tempfile.TemporaryDirectory() as folder:
        for name in ("SQLite", "PostgreSQL"):
            urls = [
                f"sqlite:///{folder}/{size}.db" if name == "SQLite" else _make_database(address, f"past_{size}")
                for size in ("few", "many")
            ]
            small, large = _make_past(urls[0], FEW), _make_past(urls[1], many)
            with running(small) as turn, running(small, FLOOR) as floor:
                figures += _compare_to_floor(name, *_alternate(turn, floor))
            before = _read_size(small)
            with running(small) as one, running(small, workers=2) as two:
                figures += _compare_workers(name, *_alternate(one, two, connections=2 * CONNECTIONS))
            after = _read_size(small)
            kept = (after.bytes - before.bytes) / (after.messages - before.messages)
            figures.append(Figure(f"{name}: kept of a message", kept, "bytes"))
            with running(small) as few, running(large) as lots:
                figures += _compare_sizes(name, many, *_alternate(few, lots))
            figures.append(Figure(f"{name}: start to first answer", _measure_start(small), "s", "≤ 1.5"))
            print(f"turns on {name}: measured", file=sys.stderr, flush=True)
    return figures


def _alternate(one: Server, other: Server, connections: int = CONNECTIONS) -> tuple[list[Round], list[Round]]:
    """The rounds of each, by turns; each is warmed up before."""
    rounds: tuple[list[Round], list[Round]] = ([], [])
    for number in range(-1, ROUNDS):
        for server, done in zip((one, other), rounds, strict=True):
            measured = _measure_round(server, connections)
            if number >= 0:
                done.append(measured)
    return rounds


def _measure_round(server: Server, connections: int) -> Round:
    before = read_cpu_seconds(server)
    tally = talk(server.base, SECONDS, connections)
    cpu = read_cpu_seconds(server) - before
    if tally.refused:
        raise RuntimeError(f"{tally.refused} of {len(tally.latencies)} messages were refused")
    return Round(tally.rate, cpu / len(tally.latencies) * 1000, _find_ms(tally, 50), _find_ms(tally, 99))


def _find_ms(tally: Tally, share: int) -> float:
    """The latency that so many in a hundred do not exceed."""
    return statistics.quantiles(tally.latencies, n=100)[share - 1] * 1000


def _compare_to_floor(name: str, turns: list[Round], floors: list[Round]) -> list[Figure]:
    return [
        Figure(f"{name}: floor", _median(floors, "rate"), "/s"),
        Figure(f"{name}: whole turn", _median(turns, "rate"), "/s"),
        Figure(f"{name}: turn, share of the floor's rate", _ratio(turns, floors, "rate"), "x", "≥ 0.5"),
        Figure(f"{name}: floor, processor", _median(floors, "cpu_ms"), "ms"),
        Figure(f"{name}: whole turn, processor", _median(turns, "cpu_ms"), "ms"),
        Figure(f"{name}: floor, median", _median(floors, "p50_ms"), "ms"),
        Figure(f"{name}: whole turn, median", _median(turns, "p50_ms"), "ms"),
        Figure(f"{name}: floor, p99", _median(floors, "p99_ms"), "ms"),
        Figure(f"{name}: whole turn, p99", _median(turns, "p99_ms"), "ms"),
        Figure(f"{name}: turn's p99, of the floor's", _ratio(turns, floors, "p99_ms"), "x", "≤ 3"),
    ]


def _compare_workers(name: str, one: list[Round], two: list[Round]) -> list[Figure]:
    """SQLite has one writer at a time, and a turn writes: a second worker is for PostgreSQL."""
    bar = "≥ 1.8" if name == "PostgreSQL" else ""
    return [
        Figure(f"{name}: two workers", _median(two, "rate"), "/s"),
        Figure(f"{name}: two workers, rate of one's", _ratio(two, one, "rate"), "x", bar),
        Figure(f"{name}: two workers, processor a turn of one's", _ratio(two, one, "cpu_ms"), "x"),
    ]


def _compare_sizes(name: str, many: int, few: list[Round], lots: list[Round]) -> list[Figure]:
    sizes = f"{FEW:,} → {many:,} conversations"
    return [
        Figure(f"{name}: {sizes}, time a turn", 1 / _ratio(lots, few, "rate"), "x", "≤ 1.2"),
        Figure(f"{name}: {sizes}, processor a turn", _ratio(lots, few, "cpu_ms"), "x"),
    ]


def _read_size(url: str) -> Size:
    """Of the database, indexes and all, without what the journal holds twice."""
    engine = create_engine(url)
    size = "pg_database_size(current_database())"
    if engine.dialect.name == "sqlite":
        size = "(SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)"
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT {size}, (SELECT count(*) FROM exchange)")).one()  # noqa: S608 -- ours
    engine.dispose()
    return Size(found[0], found[1])


def _median(rounds: list[Round], what: str) -> float:
    return statistics.median(_read(one, what) for one in rounds)


def _ratio(rounds: list[Round], others: list[Round], what: str) -> float:
    """The median of the ratios of rounds that followed each other."""
    return statistics.median(_read(one, what) / _read(other, what) for one, other in zip(rounds, others, strict=True))


def _read(one: Round, what: str) -> float:
    return float(getattr(one, what))


def _measure_start(url: str) -> float:
    """Seconds from the command to the first answer, the best of three: the machine's noise only ever adds."""
    return min(_start_once(url) for _ in range(3))


def _start_once(url: str) -> float:
    with tempfile.NamedTemporaryFile() as log:
        server = Server(url, **SETTINGS)
        began = time.perf_counter()
        server.launch("--workers", "1", log=Path(log.name))
        try:
            server.wait()
            server.text("bonjour")
            return time.perf_counter() - began
        finally:
            server.kill()


@contextmanager
def running(url: str, application: str = "wsgi:create_app()", workers: int = 1) -> Iterator[Server]:
    """A server on the database at ``url``, ready; killed in the end."""
    with ExitStack() as stack:
        log = stack.enter_context(tempfile.NamedTemporaryFile())
        server = Server(url, **SETTINGS)
        server.launch("--workers", str(workers), application=application, log=Path(log.name))
        stack.callback(server.kill)
        server.wait()
        yield server


def _make_past(url: str, conversations: int) -> str:
    Server(url)  # which makes the tables
    engine = create_engine(url)
    remember(engine, conversations)
    engine.dispose()
    return url


def _make_database(address: str, name: str) -> str:
    server = create_engine(address.format(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    server.dispose()
    return address.format(database=name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=MANY, help="conversations of the large database")
    raise SystemExit(0 if report(measure_turns(parser.parse_args().people), LATEST.with_name("turn.json")) else 1)
