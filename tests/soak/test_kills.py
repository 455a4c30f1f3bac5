"""kill -9 of the processes that answer and of the one that sends, at random, while people write."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.server import Server
from tests.soak import postman
from tests.soak.crowd import Crowd, write_scripts
from tests.soak.promises import GENEROUS, find_faults, find_ideas_missing, find_lost, opened, reconcile
from tests.soak.soundness import find_damage
from tests.twilio_fake import Fake, running_fake

QUIET = Path(os.devnull)  # each kill is a line of gunicorn's
WORKERS = 4
PAUSE = (0.05, 0.3)  # seconds between two kills


@dataclass(frozen=True)
class Size:
    """``seconds`` at least, and ``messages``."""

    seconds: float
    messages: int
    people: int
    ideas: int  # of each of them, five messages for each


SHORT = Size(seconds=6, messages=200, people=60, ideas=5)
LONG = Size(seconds=60, messages=10_000, people=1_000, ideas=5)


def find_children(parent: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


@contextmanager
def running(server: Server, without: str) -> Iterator[list[int]]:
    """The door's processes and the worker's; yields the parents of those that may be killed."""
    server.launch(
        "--preload", "--workers", str(WORKERS), application=f"tests.soak.doors:make_app({without!r})", log=QUIET
    )
    try:
        with postman.running(server) as worker:
            server.wait()
            assert server.process is not None
            yield [server.process.pid, worker]
    finally:
        server.kill()


def kill_at_random(parents: list[int], until: threading.Event) -> int:
    """How many were killed."""
    dice, killed = random.Random(6), 0
    while not until.wait(dice.uniform(*PAUSE)):
        children = [child for parent in parents for child in find_children(parent)]
        if children:
            os.kill(dice.choice(children), signal.SIGKILL)
            killed += 1
    return killed


def write_under_kills(server: Server, fake: Fake, size: Size, without: str = "") -> Crowd:
    crowd = Crowd(server, fake, write_scripts(size.people, size.ideas))
    with running(server, without) as parents:
        over, killed = threading.Event(), []
        killer = threading.Thread(target=lambda: killed.append(kill_at_random(parents, over)))
        began, threads = time.monotonic(), crowd.speak()
        killer.start()
        while any(thread.is_alive() for thread in threads):
            time.sleep(0.05)
            if time.monotonic() - began >= size.seconds and len(crowd.sent) >= size.messages:
                crowd.stop.set()
        over.set()
        killer.join()
        seconds = time.monotonic() - began
    unanswered = sum(one.status != 200 for one in crowd.sent)
    print(f"{len(crowd.sent)} messages in {seconds:.0f} s, {killed[0]} kills, {unanswered} not acknowledged")
    assert (seconds >= size.seconds, len(crowd.sent) >= size.messages, killed[0] >= size.seconds) == (True,) * 3
    return crowd


def make_server(database_url: str, fake: Fake) -> Server:
    return Server(database_url, **GENEROUS, VOIX_PROVIDER_URL=fake.base_url, VOIX_REPLY_BY="rest")


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(SHORT, marks=pytest.mark.slow, id="short"),
        pytest.param(LONG, marks=[pytest.mark.slow, pytest.mark.soak], id="long"),
    ],
)
def test_whoever_is_killed_nothing_acknowledged_is_lost_and_nothing_happens_twice(
    database_url: str, size: Size
) -> None:
    with running_fake() as fake:
        crowd = write_under_kills(make_server(database_url, fake), fake, size)
        with opened(database_url, fake) as (_, worker):
            assert find_lost(crowd) == []
            reconcile(worker, fake)
            assert find_faults(crowd) == []
            assert find_ideas_missing(crowd) == []
        assert find_damage(database_url) == []


@pytest.mark.slow
@pytest.mark.parametrize("without", ["forgetful", "hasty"])
def test_without_a_defence_the_same_kills_are_seen(database_url: str, without: str) -> None:
    """The twins: a message delivered again is another one; an answer is given before anything is kept."""
    with running_fake() as fake:
        crowd = write_under_kills(make_server(database_url, fake), fake, SHORT, without)
        with opened(database_url, fake):
            if without == "hasty":
                assert find_lost(crowd) != []
            else:
                assert [fault for fault in find_faults(crowd) if fault.startswith("acted on twice")] != []
