"""A power cut between any two messages changes nothing for the citizen."""

from __future__ import annotations

import re

import pytest

from tests.server import Server

MESSAGES = (
    "bonjour",
    "2",
    "il faudrait plus de médecins de garde le dimanche à Colmar",
    "retour",
    "il faudrait plus de médecins de garde le dimanche à Colmar",
    "1",
    "3",
    "Guebwiller",
    "oui",
    "suivi",
    "1",
    "un médecin sans rendez-vous à Reims",
)
CODE = re.compile(r"\b[2-9A-X]{6}\b")


def converse(server: Server, number: str, *, cut: bool) -> list[str]:
    """The replies to MESSAGES, follow-up codes left out since each idea has its own."""
    replies = []
    for message in MESSAGES:
        if cut:
            server.kill()
            server.start()
        replies.append(CODE.sub("CODE", server.text(message, number)))
    return replies


@pytest.mark.slow
def test_a_kill_between_any_two_messages_changes_nothing(database_url: str) -> None:
    server = Server(database_url)
    server.start()
    try:
        uninterrupted = converse(server, "+33639980001", cut=False)
        for message in ("effacer", "1"):  # or the other would be asked whether theirs is the same idea
            server.text(message, "+33639980001")
        interrupted = converse(server, "+33639980002", cut=True)
    finally:
        server.kill()
    assert interrupted == uninterrupted
    assert interrupted[8].endswith("envoyez SUIVI CODE")
