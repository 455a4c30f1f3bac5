"""Entering an idea: read first, with what was understood of it; then kept; its code shown large."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import Contribution, Reviewer, Role, Source
from tests.visitor import Page, Visitor, sign_in

NewReviewer = Callable[..., Reviewer]
PATH = "/inbox/nouvelle-idee"


@pytest.fixture
def secretary(app: Flask, new_reviewer: NewReviewer) -> Visitor:
    return sign_in(app, new_reviewer("68"))


def test_an_idea_is_read_then_kept_and_its_code_shown(secretary: Visitor, session: Session) -> None:
    response = secretary.fill_in(PATH, words="Il faudrait un bus dentaire", place="thann", source="paper", act="read")
    page = Page(response)
    assert (response.status_code, session.scalars(select(Contribution)).all()) == (200, [])
    assert "Lieu compris : Thann (68)" in page.words
    assert "Prévention mobile pour les jeunes" in page.words
    form = page.form(PATH)
    response = secretary.post(PATH, {**form.fields, "source": "paper", "solution": "A4.2", "act": "enter"})
    kept = session.scalars(select(Contribution)).one()
    assert (response.status_code, response.location) == (302, f"{PATH}/{kept.code}")
    assert (kept.words, kept.insee, kept.channel, kept.solution) == (
        "Il faudrait un bus dentaire",
        "68334",
        Source.PAPER,
        "A4.2",
    )
    again = secretary.post(PATH, {**form.fields, "source": "paper", "solution": "A4.2", "act": "enter"})
    assert again.location == response.location
    assert f"SUIVI {kept.code}" in secretary.read(f"{PATH}/{kept.code}").words.replace("\xa0", " ")


def test_a_fault_keeps_what_was_typed(secretary: Visitor) -> None:
    response = secretary.fill_in(
        PATH, words="Un bus", place="Reims", source="phone", phone="0639980001", agreed="1", act="read"
    )
    page = Page(response)
    assert response.status_code == 422
    assert "Ce lieu relève du CTS de la Marne : dirigez la personne vers lui." in page.words
    fields = page.form(PATH).fields
    assert {name: fields[name] for name in ("words", "place", "source", "phone", "agreed")} == {
        "words": "Un bus",
        "place": "Reims",
        "source": "phone",
        "phone": "0639980001",
        "agreed": "1",
    }


def test_the_commune_is_asked_when_several_bear_the_name(app: Flask, new_reviewer: NewReviewer) -> None:
    region = sign_in(app, new_reviewer(None))
    response = region.fill_in(PATH, words="Un bus", place="Saint-Louis", source="phone", act="enter")
    page = Page(response)
    assert (response.status_code, "Choisissez la commune." in page.words) == (422, True)
    assert {tag["value"] for _, tag in page.tags if tag.get("name") == "insee"} == {"68297", "57618"}


def test_others_may_not(app: Flask, session: Session, secretary: Visitor, new_reviewer: NewReviewer) -> None:
    secretary.fill_in(PATH, words="Un bus", place="Thann", source="phone", act="enter")
    code = session.scalars(select(Contribution.code)).one()
    assert sign_in(app, new_reviewer("67")).get(f"{PATH}/{code}").status_code == 404
    assert sign_in(app, new_reviewer("68", Role.MEMBER)).get(PATH).status_code == 403
