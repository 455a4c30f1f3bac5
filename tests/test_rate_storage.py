"""The rate limits counted in Redis, by all machines together; and what happens when it goes away."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.redis_server import RedisServer
from tests.server import Server

pytestmark = pytest.mark.slow
LIMIT = 30  # a minute, of /mes-donnees/


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    made = RedisServer()
    made.start()
    yield made
    made.kill()


Machines = tuple[Server, Server]


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    """Two services on one database."""
    database_url = f"sqlite:///{tmp_path / 'voix.db'}"
    made = Server(database_url), Server(database_url)
    yield made
    for server in made:
        server.kill()


def start(machines: Machines, tmp_path: Path, **settings: str) -> Path:
    """Both with these settings; the file they log to."""
    log = tmp_path / "log"
    for server in machines:
        server.environment |= settings
        server.start(log=log)
    return log


def visit(machines: Machines, times: int) -> list[int]:
    """The statuses of so many looks at a page whose visitors are counted, by turns at each machine."""
    return [_visit(f"{machines[number % 2].base}/mes-donnees/nobody") for number in range(times)]


def _visit(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def read_warnings(log: Path) -> list[str]:
    lines = (json.loads(line) for line in log.read_text().splitlines() if line.startswith("{"))
    return [line["message"] for line in lines if line["logger"] == "flask-limiter"]


DOWN = "Rate limit storage unreachable - falling back to in-memory storage"


def wait_for_a_new_minute() -> None:
    """Limits are counted by the minute of the clock: one that changed meanwhile would allow more."""
    if time.time() % 60 > 35:
        time.sleep(60 - time.time() % 60)


def test_two_machines_count_together(machines: Machines, redis: RedisServer, tmp_path: Path) -> None:
    start(machines, tmp_path, VOIX_RATE_STORAGE=redis.url)
    wait_for_a_new_minute()
    assert visit(machines, LIMIT + 10) == [404] * LIMIT + [429] * 10
    (key,) = redis.read_keys()
    assert key.startswith("voix:LIMITER/")
    assert "127.0.0.1" not in key


def test_without_it_each_counts_for_itself(machines: Machines, tmp_path: Path) -> None:
    """The twin."""
    start(machines, tmp_path)
    wait_for_a_new_minute()
    assert visit(machines, LIMIT + 10) == [404] * (LIMIT + 10)


@pytest.mark.parametrize("how", ["kill", "hang"])
def test_while_it_is_down_each_counts_for_itself_nothing_fails_and_each_logs_it_once(
    machines: Machines, redis: RedisServer, tmp_path: Path, how: str
) -> None:
    log = start(machines, tmp_path, VOIX_RATE_STORAGE=redis.url)
    wait_for_a_new_minute()
    assert visit(machines, 4) == [404] * 4
    getattr(redis, how)()
    began = time.monotonic()
    assert visit(machines, 2 * LIMIT + 4) == [404] * (2 * LIMIT) + [429] * 4
    assert time.monotonic() - began < 15
    assert read_warnings(log) == [DOWN, DOWN]
    assert machines[0].text("bonjour").startswith("Bonjour, ici Voix Santé")


def test_when_it_is_back_it_counts_for_all_again(machines: Machines, redis: RedisServer, tmp_path: Path) -> None:
    start(machines, tmp_path, VOIX_RATE_STORAGE=redis.url)
    redis.kill()
    assert visit(machines, 4) == [404] * 4
    redis.start()
    deadline = time.monotonic() + 30
    while not redis.read_keys() and time.monotonic() < deadline:
        visit(machines, 2)
        time.sleep(0.5)
    assert len(redis.read_keys()) == 1


def test_the_service_starts_without_it(machines: Machines, tmp_path: Path) -> None:
    log = start(machines, tmp_path, VOIX_RATE_STORAGE="redis://127.0.0.1:1/0")
    assert visit(machines, 4) == [404] * 4
    assert read_warnings(log) == [DOWN, DOWN]


def test_sms_are_never_asked_to_wait(machines: Machines, redis: RedisServer, tmp_path: Path) -> None:
    start(machines, tmp_path, VOIX_RATE_STORAGE=redis.url, VOIX_MOST_REPLIES_AN_HOUR_EACH="5")
    if time.localtime().tm_min == 59:
        time.sleep(61 - time.localtime().tm_sec)  # the guards count by the hour of the clock
    replies = [machines[number % 2].text("merci") for number in range(2 * LIMIT)]
    assert [bool(reply) for reply in replies] == [True] * 6 + [False] * (2 * LIMIT - 6)
    assert redis.read_keys() == []
