"""A worker before a stand-in for Twilio, under a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from cli_worker import Worker
from service.providers import twilio
from tests.post_office import Clock, new_worker
from tests.twilio_fake import Fake, running_fake


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    monkeypatch.setattr(twilio, "TIMEOUT", 0.3)
    with running_fake() as running:
        yield running


@pytest.fixture
def clock(fake: Fake) -> Clock:
    clock = Clock()
    fake.clock = clock
    return clock


@pytest.fixture
def worker(app: Flask, fake: Fake, clock: Clock) -> Worker:
    return new_worker(app, fake, clock)
