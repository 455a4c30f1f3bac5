"""The page of one idea: read, claimed, classified, noted; from one to the next; two who save the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from bot.known import Mind
from service import claims, merging
from service.claims import LEASE
from service.models import Change, Claim, Contribution, Note, PhraseProposal, Reviewer, Role, Status
from tests.council import idea
from tests.visitor import Form, Page, Visitor, sign_in

NewReviewer = Callable[..., Reviewer]
NOW = dt.datetime.now(dt.UTC)
PATH = "/inbox/contributions/CCCCC2"
ACT = f"{PATH}/instruction"


@pytest.fixture
def ideas(session: Session) -> None:
    """Three ideas to instruct, the second with a suggestion; one of another territory."""
    for code in ("AAAAA2", "CCCCC2", "DDDDD2"):
        idea(session, code, status=Status.RECEIVED, solution=None)
    found = session.scalars(select(Contribution).where(Contribution.code == "CCCCC2")).one()
    found.suggestions = [{"solution": "A2.2", "score": 0.8, "why": ["« bus » y fait penser"]}]
    found.suggested = "A2.2"
    idea(session, "NACDE2", departement="51", status=Status.RECEIVED)
    session.commit()
    assert found.version == 2


@pytest.fixture
def camille(app: Flask, new_reviewer: NewReviewer, ideas: None) -> Visitor:
    return sign_in(app, new_reviewer("68", name="Camille"))


@pytest.fixture
def dominique(app: Flask, new_reviewer: NewReviewer, ideas: None) -> Visitor:
    return sign_in(app, new_reviewer("68", name="Dominique"))


def forms(page: Page, action: str) -> list[Form]:
    """The forms sent there, whatever the queue they come from."""
    return [form for form in page.forms if form.action.split("?")[0] == action]


def save(visitor: Visitor, at: str = PATH, **typed: object) -> TestResponse:
    """Fill in the whole form of the classification and press « Enregistrer »."""
    form = forms(visitor.read(at), at.split("?")[0] + "/instruction")[-1]
    return visitor.post(form.action, {**form.fields, "then": "stay", **typed})  # type: ignore[arg-type]


def read_one(session: Session, code: str = "CCCCC2") -> Contribution:
    session.rollback()
    session.expire_all()
    found = session.scalars(select(Contribution).where(Contribution.code == code)).one()
    session.rollback()
    return found


def text_of(response: TestResponse) -> str:
    return Page(response).words


# Reading


def test_an_idea_is_shown_with_its_words_place_and_what_the_program_thinks(camille: Visitor) -> None:
    words = camille.read(PATH).words
    for shown in ("un bus dentaire, dit CCCCC2", "Mulhouse (68)", "SMS", "« bus » y fait penser", "80 %"):
        assert shown in words


@pytest.mark.parametrize("path", ["NACDE2", "ZZZZZZ", "%00", "ccccc2", "<script>"])
def test_another_territorys_idea_is_not_found_whatever_is_done(camille: Visitor, session: Session, path: str) -> None:
    token = camille.read("/inbox/").form("/inbox/deconnexion").fields["csrf_token"]
    address = f"/inbox/contributions/{path}"
    fields = {"csrf_token": token, "solution": "A4.2", "version": "1", "note": "Vu."}
    statuses = [camille.get(address).status_code]
    for act in ("instruction", "notes", "en-charge", "en-charge/suite", "en-charge/fin"):
        statuses.append(camille.post(f"{address}/{act}", fields).status_code)
    assert statuses == [404] * 6
    assert session.scalars(select(Change)).all() == []


def test_a_member_reads_it_and_changes_nothing(app: Flask, new_reviewer: NewReviewer, ideas: None) -> None:
    member = sign_in(app, new_reviewer("68", Role.MEMBER))
    page = member.read(PATH)
    assert [form.action for form in page.forms if form.action.endswith(("instruction", "notes", "en-charge"))] == []
    token = page.form("/inbox/deconnexion").fields["csrf_token"]
    for act in ("instruction", "notes", "en-charge", "en-charge/suite", "en-charge/fin"):
        assert member.post(f"{PATH}/{act}", {"csrf_token": token, "version": "1"}).status_code == 403


def test_every_change_needs_its_form(camille: Visitor) -> None:
    for act in ("instruction", "notes", "en-charge", "en-charge/suite", "en-charge/fin"):
        assert camille.post(f"{PATH}/{act}", {"version": "1", "note": "x"}).status_code == 400
        assert camille.get(f"{PATH}/{act}").status_code == 405


# Classifying


def test_the_suggestion_is_accepted_in_one_gesture_and_the_next_idea_comes(camille: Visitor, session: Session) -> None:
    accept = forms(camille.read(PATH), ACT)[0]
    assert accept.buttons == [("then", "next")]
    response = camille.post(accept.action, {**accept.fields, "then": "next"})
    assert (response.status_code, response.location) == (302, "/inbox/contributions/DDDDD2")
    assert "Idée CCCCC2 : instruite." in camille.read("/inbox/contributions/DDDDD2").words
    kept = read_one(session)
    assert (kept.status, kept.solution, kept.axis) == (Status.INSTRUCTED, "A2.2", "A2")
    assert session.scalars(select(PhraseProposal)).all() == []  # the program was right


def test_it_is_corrected_with_a_reason_and_the_words_that_tell(camille: Visitor, session: Session) -> None:
    response = save(camille, solution="A4.2", reason="Réaliste.", told_by=["bus", "dentaire", "un", "autre"])
    assert (response.status_code, response.location) == (302, PATH)
    assert read_one(session).solution == "A4.2"
    line = session.scalars(select(Change)).one()
    assert (line.reviewer.name if line.reviewer else None, line.reason) == ("Camille", "Réaliste.")
    proposal = session.scalars(select(PhraseProposal)).one()
    assert (proposal.label, proposal.suggested, proposal.told_by) == ("A4.2", "A2.2", ["bus", "dentaire"])
    words = camille.read(PATH).words
    assert [shown for shown in ("Camille", "Réaliste.") if shown not in words] == []


@pytest.mark.parametrize(
    ("solution", "expected"),
    [("A4", (Status.INSTRUCTED, "A4", None)), ("", (Status.TO_CLASSIFY, None, None))],
    ids=["axis, no solution", "none"],
)
def test_an_axis_alone_or_nothing_may_be_chosen(
    camille: Visitor, session: Session, solution: str, expected: tuple[object, ...]
) -> None:
    assert save(camille, solution=solution).status_code == 302
    kept = read_one(session)
    assert (kept.status, kept.axis, kept.solution) == expected
    assert forms(camille.read(PATH), ACT)[-1].fields["solution"] == solution


def test_a_solution_that_is_none_is_refused(camille: Visitor, session: Session) -> None:
    for solution in ("Z9.9", "\0", "A"):
        assert save(camille, solution=solution).status_code == 400
    assert read_one(session).version == 2


@pytest.mark.parametrize("version", ["", "0", "x", "-1", "9" * 30])
def test_a_form_without_its_version_saves_nothing(camille: Visitor, session: Session, version: str) -> None:
    assert save(camille, solution="A4.2", version=version).status_code == 409
    assert read_one(session).version == 2


def test_control_characters_are_survived(camille: Visitor, session: Session) -> None:
    assert save(camille, solution="A4.2", reason="a\x00\x01b", told_by=["\x00"]).status_code == 302
    assert camille.get(PATH).status_code == 200


def test_of_two_who_save_the_second_sees_both_and_loses_nothing(
    camille: Visitor, dominique: Visitor, session: Session
) -> None:
    seen = forms(dominique.read(PATH), ACT)[-1]
    save(camille, solution="A4.2", reason="Réaliste, selon Camille.")
    typed = {"solution": "A3.1", "reason": "À former, dit Dominique.", "told_by": "dentaire", "then": "next"}
    response = dominique.post(seen.action, {**seen.fields, **typed})
    assert response.status_code == 409
    page = Page(response)
    words = page.words
    assert "Cette idée a été modifiée pendant que vous l'instruisiez : relisez-la." in words
    mine, theirs = words.index("Ce que vous avez choisi"), words.index("Ce qui est enregistré")
    assert words.index("À former, dit Dominique.") < theirs < words.index("Réaliste, selon Camille.")
    assert mine < theirs
    again = forms(page, ACT)[-1]
    kept = {name: again.fields[name] for name in ("solution", "reason", "told_by", "version")}
    assert kept == {"solution": "A3.1", "reason": "À former, dit Dominique.", "told_by": "dentaire", "version": "3"}
    assert read_one(session).solution == "A4.2"
    assert dominique.post(again.action, {**again.fields, "then": "stay"}).status_code == 302
    assert read_one(session).solution == "A3.1"


def test_what_was_chosen_for_an_idea_that_is_merged_meanwhile_is_not_lost(
    camille: Visitor, session: Session, mind: Mind, new_reviewer: NewReviewer
) -> None:
    seen = forms(camille.read(PATH), ACT)[-1]
    versions = {code: read_one(session, code).version for code in ("AAAAA2", "CCCCC2")}
    merging.merge(session, new_reviewer("68", name="Dominique"), "AAAAA2", versions, NOW)
    session.commit()
    typed = {"solution": "A3.1", "reason": "À former, dit Camille.", "told_by": ["bus", "dentaire"], "then": "next"}
    response = camille.post(seen.action, {**seen.fields, **typed})  # type: ignore[arg-type]
    page = Page(response)
    assert (response.status_code, forms(page, ACT)) == (409, [])
    words = "Motif À former, dit Camille. Les mots qui auraient dû compter bus, dentaire"
    assert f"Axe ou solution {mind.knowledge.name_classification('A3.1')} {words}" in page.words
    assert "Ce que vous aviez écrit" not in camille.read(PATH).words


# From one to the next


def test_a_case_leads_back_to_the_queue_it_was_opened_from_and_around_in_it(camille: Visitor) -> None:
    page = camille.read(f"{PATH}?vue=etat%3Dtoutes%26tri%3Drecentes")
    links = {given.get("rel") or given.get("data-key"): given["href"] for tag, given in page.tags if tag == "a"}
    assert links["u"] == "/inbox/?etat=toutes&tri=recentes"
    assert links["prev"] == "/inbox/contributions/DDDDD2?vue=etat%3Dtoutes%26tri%3Drecentes"
    assert links["next"] == "/inbox/contributions/AAAAA2?vue=etat%3Dtoutes%26tri%3Drecentes"


def test_save_and_next_stays_in_the_filter_until_nothing_is_left(camille: Visitor) -> None:
    at, vue = f"{PATH}?vue=tri%3Drecentes", "vue=tri%3Drecentes"
    places = []
    while len(places) < 5:
        path = at.split("?")[0]
        form = forms(camille.read(at), f"{path}/instruction")[-1]
        at = camille.post(form.action, {**form.fields, "solution": "A4.2", "then": "next"}).location
        places.append(at)
        if not at.startswith("/inbox/contributions/"):
            break
    assert places == [
        f"/inbox/contributions/AAAAA2?{vue}",
        f"/inbox/contributions/DDDDD2?{vue}",
        "/inbox/?tri=recentes",
    ]
    assert "C'était la dernière de cette liste." in camille.read(at).words


@pytest.mark.parametrize("vue", ["//evil.example", "%00", "x" * 5000, "vue%3Dvue", "%22%3E%3Cscript%3E"])
def test_a_made_up_queue_is_the_usual_one(camille: Visitor, vue: str) -> None:
    page = camille.read(f"{PATH}?vue={vue}")
    assert next(given["href"] for tag, given in page.tags if given.get("data-key") == "u") == "/inbox/"
    assert "evil" not in page.html


# Claims


def test_a_case_is_taken_shown_and_given_up(camille: Visitor, dominique: Visitor, session: Session) -> None:
    assert "Personne n'y travaille." in camille.read(PATH).words
    assert session.scalars(select(Claim)).all() == []  # reading writes nothing
    assert camille.fill_in(PATH, action=f"{PATH}/en-charge").location == PATH
    assert "Vous y travaillez, jusqu'à" in camille.read(PATH).words
    assert "Camille y travaille, jusqu'à" in dominique.read(PATH).words
    at = f"{PATH}?vue=tri%3Drecentes"
    release = forms(camille.read(at), f"{PATH}/en-charge/fin")[0]
    queue = camille.post(release.action, release.fields).location
    assert queue == "/inbox/?tri=recentes"  # its own page would take it again
    assert "Vous ne travaillez plus sur l'idée CCCCC2." in camille.read(queue).words
    assert "Personne n'y travaille." in dominique.read(PATH).words


def test_it_may_be_taken_over_once_it_is_seen_who_has_it(camille: Visitor, dominique: Visitor) -> None:
    free = dominique.read(PATH).form(f"{PATH}/en-charge")
    camille.fill_in(PATH, action=f"{PATH}/en-charge")
    refused = dominique.post(free.action, free.fields)  # from a page that did not say so
    assert (refused.status_code, "Quelqu'un d'autre travaille sur cette idée." in text_of(refused)) == (409, True)
    assert dominique.fill_in(PATH, action=f"{PATH}/en-charge").status_code == 302
    assert "Dominique y travaille, jusqu'à" in camille.read(PATH).words


def test_the_script_is_told_whether_it_still_has_the_claim(camille: Visitor, dominique: Visitor) -> None:
    fields = {"csrf_token": dominique.read(PATH).form(f"{PATH}/en-charge").fields["csrf_token"]}
    assert dominique.post(f"{PATH}/en-charge/suite", fields).status_code == 204
    theirs = {"csrf_token": camille.read("/inbox/").form("/inbox/deconnexion").fields["csrf_token"]}
    refused = camille.post(f"{PATH}/en-charge/suite", theirs)
    assert (refused.status_code, refused.text) == (409, "Quelqu'un d'autre travaille sur cette idée.")


@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 40, "0"])
def test_nobody_is_taken_over_by_a_number_made_up(
    camille: Visitor, dominique: Visitor, session: Session, number: str
) -> None:
    camille.fill_in(PATH, action=f"{PATH}/en-charge")
    form = dominique.read(PATH).form(f"{PATH}/en-charge")
    assert dominique.post(form.action, {**form.fields, "instead_of": number}).status_code == 409


def test_saving_renews_the_claim_and_going_on_passes_it_on(camille: Visitor, session: Session) -> None:
    camille.fill_in(PATH, action=f"{PATH}/en-charge")
    held = session.scalars(select(Claim)).one()
    held.until = dt.datetime.now(dt.UTC) + LEASE / 10
    session.commit()
    save(camille, solution="A4.2")
    session.expire_all()
    assert session.scalars(select(Claim)).one().until > dt.datetime.now(dt.UTC) + LEASE / 2
    following = save(camille, solution="A2.1", then="next").location
    session.expire_all()
    held = session.scalars(select(Claim)).one()
    assert session.get_one(Contribution, held.contribution_id).code == following.rpartition("/")[2] != "CCCCC2"


def test_a_claim_forbids_nothing(camille: Visitor, session: Session, new_reviewer: NewReviewer) -> None:
    claims.claim(session, new_reviewer("68", name="Dominique"), "CCCCC2", NOW)
    session.commit()
    assert save(camille, solution="A4.2").status_code == 302
    assert read_one(session).solution == "A4.2"


# Notes


def test_a_note_is_written_and_read_by_colleagues(camille: Visitor, dominique: Visitor, session: Session) -> None:
    response = camille.fill_in(PATH, action=f"{PATH}/notes", note="À voir avec <b>l'ARS</b>.\x00")
    assert (response.status_code, response.location) == (302, f"{PATH}#notes")
    assert "À voir avec <b>l'ARS</b>." in dominique.read(PATH).words
    assert read_one(session).version == 2


@pytest.mark.parametrize(
    ("note", "problem"),
    [("  ", "Écrivez la note."), ("é" * 2001, "La note dépasse 2000 caractères : raccourcissez-la.")],
)
def test_a_refused_note_is_kept_in_its_field(camille: Visitor, session: Session, note: str, problem: str) -> None:
    response = camille.fill_in(PATH, action=f"{PATH}/notes", note=note)
    page = Page(response)
    assert (response.status_code, problem in page.words) == (422, True)
    assert page.form(f"{PATH}/notes").fields["note"] == note
    assert session.scalars(select(Note)).all() == []
