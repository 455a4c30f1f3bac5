"""Look-alikes in the inbox: beside the case, in groups, side by side, merged and separated."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from bot.known import Mind
from service import erasure
from service.models import Contribution, Person, Reviewer, Role, Status
from tests.council import NOW
from tests.saying import OTHER, SAME_BUS, say
from tests.visitor import Page, Visitor, sign_in

NewReviewer = Callable[..., Reviewer]


@pytest.fixture
def secretary(app: Flask, new_reviewer: NewReviewer) -> Visitor:
    return sign_in(app, new_reviewer("68"))


@pytest.fixture
def ideas(session: Session, mind: Mind) -> list[Contribution]:
    say(session, mind, "CCCCC2", OTHER)
    say(session, mind, "FFFFF2", departement="67")
    return [say(session, mind, "AAAAA2"), say(session, mind, "AAAAA3", SAME_BUS)]


def merge(visitor: Visitor, main: str, *codes: str, **typed: str) -> TestResponse:
    path = "/inbox/regrouper?" + "&".join(f"idee={code}" for code in codes)
    form = visitor.read(path).form("/inbox/regrouper")
    return visitor.post("/inbox/regrouper", {**form.fields, "idee": [*codes], "principale": main, **typed})


def test_beside_a_case_stand_its_look_alikes_with_the_common_words_marked(
    secretary: Visitor, ideas: list[Contribution]
) -> None:
    page = secretary.read("/inbox/contributions/AAAAA2")
    assert "Presque identique AAAAA3" in page.words
    assert "<mark>bus</mark> <mark>dentaire</mark> dans les <mark>villages</mark>" in page.html
    assert "FFFFF2" not in page.words
    assert [tag["value"] for name, tag in page.tags if tag.get("name") == "idee"] == ["AAAAA2", "AAAAA3"]
    assert "Idées semblables" not in secretary.read("/inbox/contributions/CCCCC2").words


def test_they_are_compared_merged_and_separated(
    secretary: Visitor, session: Session, ideas: list[Contribution]
) -> None:
    first, second = ideas
    page = secretary.read("/inbox/regrouper?idee=AAAAA2&idee=AAAAA3")
    assert page.form("/inbox/regrouper").fields["principale"] == "AAAAA2"  # the older of two nobody supports
    response = merge(secretary, "AAAAA3", "AAAAA2", "AAAAA3")
    assert (response.status_code, response.location) == (302, "/inbox/contributions/AAAAA3")
    session.expire_all()
    assert (first.status, second.support_count) == (Status.MERGED, 1)
    page = secretary.read("/inbox/contributions/AAAAA3")
    assert "1 idée regroupée ici AAAAA2" in page.words
    assert "Cette idée est regroupée avec AAAAA3" in secretary.read("/inbox/contributions/AAAAA2").words
    response = secretary.fill_in("/inbox/contributions/AAAAA3", action="/inbox/contributions/AAAAA2/separation")
    assert (response.status_code, response.location) == (302, "/inbox/contributions/AAAAA2")
    session.expire_all()
    assert (first.status, second.support_count) == (Status.RECEIVED, 0)


def test_who_comes_second_sees_the_texts_as_they_stand_and_keeps_the_choice(
    secretary: Visitor, session: Session, ideas: list[Contribution]
) -> None:
    response = merge(secretary, "AAAAA3", "AAAAA2", "AAAAA3", **{"version-AAAAA2": "7"})
    page = Page(response)
    assert response.status_code == 409
    assert "Rien n'est encore regroupé" in page.words
    fields = page.form("/inbox/regrouper").fields
    assert (fields["principale"], fields["version-AAAAA2"]) == ("AAAAA3", "1")


def test_a_refusal_says_why(secretary: Visitor, session: Session, ideas: list[Contribution]) -> None:
    response = secretary.get("/inbox/regrouper?idee=AAAAA2")
    assert (response.status_code, "Cochez au moins deux idées" in Page(response).words) == (422, True)
    response = merge(secretary, "", "AAAAA2", "AAAAA3")
    assert (response.status_code, "Choisissez l'idée principale." in Page(response).words) == (422, True)


def test_the_groups_of_a_territory(secretary: Visitor, session: Session, mind: Mind, ideas: list[Contribution]) -> None:
    say(session, mind, "AAAAA4", "plus de médecins de garde la nuit et le week-end à Colmar")
    page = secretary.read("/inbox/semblables")
    assert [tag["value"] for name, tag in page.tags if tag.get("type") == "checkbox"] == ["AAAAA4", "AAAAA3"]
    assert [form.fields["idee"] for form in page.forms if form.action == "/inbox/regrouper"] == ["CCCCC2", "AAAAA2"]
    assert "Aucune idée semblable n'attend." in secretary.read("/inbox/semblables?apres=99999999999").words


def test_a_group_of_different_ideas_is_told_apart_for_good(
    secretary: Visitor, session: Session, mind: Mind, ideas: list[Contribution]
) -> None:
    response = secretary.fill_in("/inbox/semblables", "/inbox/semblables", idee=["AAAAA2", "AAAAA3"])
    assert (response.status_code, response.location) == (302, "/inbox/semblables")
    page = secretary.read("/inbox/semblables")
    assert "C'est noté : ces idées sont différentes." in page.words
    assert "Aucune idée semblable n'attend." in page.words
    session.expire_all()
    assert [one.alike for one in ideas] == [False, False]
    assert "Presque identique AAAAA3" in secretary.read("/inbox/contributions/AAAAA2").words  # a slip can be mended
    third = say(session, mind, "AAAAA5")
    page = secretary.read("/inbox/semblables")  # what comes after is looked at anew
    assert [form.fields["idee"] for form in page.forms if form.action == "/inbox/regrouper"] == ["AAAAA2", "AAAAA3"]
    erasure.erase_person(session, session.get_one(Person, third.person_id), NOW, keep_ideas=False)
    session.commit()
    assert [one.alike for one in ideas] == [False, False]


def test_others_find_nothing_here(app: Flask, new_reviewer: NewReviewer, ideas: list[Contribution]) -> None:
    neighbour, member = sign_in(app, new_reviewer("67")), sign_in(app, new_reviewer("68", Role.MEMBER))
    assert neighbour.get("/inbox/regrouper?idee=AAAAA2&idee=AAAAA3").status_code == 404
    token = neighbour.read("/inbox/nouvelle-idee").forms[0].fields["csrf_token"]
    form = {"csrf_token": token, "idee": ["AAAAA2", "AAAAA3"], "principale": "AAAAA2"}
    assert neighbour.post("/inbox/regrouper", form).status_code == 404
    assert neighbour.post("/inbox/semblables", form).status_code == 404
    assert neighbour.post("/inbox/contributions/AAAAA2/separation", {"csrf_token": token}).status_code == 404
    assert neighbour.read("/inbox/semblables").words.count("AAAAA") == 0
    assert member.get("/inbox/semblables").status_code == 403
    assert member.get("/inbox/regrouper?idee=AAAAA2&idee=AAAAA3").status_code == 403
    page = member.read("/inbox/contributions/AAAAA2")
    assert "Presque identique AAAAA3" in page.words
    assert "Comparer, puis regrouper" not in page.words
