"""What a form may hold that no page of ours writes: numbers that no database knows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from service.models import Reviewer
from tests.council import idea, meeting
from tests.visitor import sign_in

CASE = "/inbox/contributions/K7Q2MX"


@pytest.mark.parametrize(
    ("number", "status"), [("9" * 30, 404), ("-" + "9" * 30, 404), ("9" * 5000, 422), ("²", 422), ("x", 422), ("", 422)]
)
def test_a_number_beyond_all_is_nobodys(
    app: Flask, session: Session, new_reviewer: Callable[..., Reviewer], number: str, status: int
) -> None:
    secretary = new_reviewer("68")
    held = meeting(session, secretary, idea(session, "K7Q2MX"))
    visitor = sign_in(app, secretary)
    token = visitor.read(CASE).form(f"{CASE}/notes").fields["csrf_token"]

    def send(path: str, **fields: str) -> int:
        return visitor.post(path, {"csrf_token": token, **fields}).status_code

    assert send(f"{CASE}/decision", act="template", template=number) == status
    assert send("/inbox/lot", act="put_on_agenda", chosen="K7Q2MX.1", meeting=number) == status
    assert send(f"{CASE}/en-charge", instead_of=number) == 302
    assert send("/inbox/lot", act="classify", solution="A4", chosen=f"K7Q2MX.{number}") == 409
    assert send(f"/inbox/seances/{held.id}/publication", draft=f"K7Q2MX.{number}") == 422  # its opinions are open
