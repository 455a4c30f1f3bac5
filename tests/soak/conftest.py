"""The stand-in for Twilio and its clock, as the tests of the service use them; the mind, loaded once."""

from __future__ import annotations

import pytest

from bot.known import Mind
from tests.service.conftest import clock, fake, worker


@pytest.fixture(autouse=True)
def shared_mind(mind: Mind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each application made here has the same mind: it takes seconds to load."""
    monkeypatch.setattr("wsgi.load_mind", lambda: mind)


__all__ = ["clock", "fake", "worker"]
