"""The page of the lexicon: what reviewers proposed, who may decide on it, how often they and the matcher agree."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import cases
from service.lexicon import count_by_state
from service.models import PhraseProposal, ProposalState, Reviewer, Status
from tests.council import idea
from tests.visitor import Page, Visitor, sign_in

NewReviewer = Callable[[str | None], Reviewer]
CODE = "K7Q2MX"
IDEA = f"un bus dentaire, dit {CODE}"
PATH = "/inbox/lexique"
ONLY_REGION = "Seule la région accepte ou refuse une phrase : le lexique sert à tous les territoires."


@pytest.fixture
def region(app: Flask, new_reviewer: NewReviewer) -> Visitor:
    return sign_in(app, new_reviewer(None))


@pytest.fixture
def haut_rhin(app: Flask, new_reviewer: NewReviewer) -> Visitor:
    return sign_in(app, new_reviewer("68"))


@pytest.fixture
def number(session: Session, new_reviewer: NewReviewer) -> int:
    """The phrase that a correction in Haut-Rhin proposed."""
    made = idea(session, CODE, status=Status.RECEIVED)
    secretary = new_reviewer("68")
    now = dt.datetime.now(dt.UTC)  # the page shows the last months
    cases.instruct(session, secretary, CODE, "A3.1", reason="", told_by=(), version=made.version, now=now)
    session.commit()
    found = session.scalars(select(PhraseProposal.id)).one()
    session.rollback()
    return found


def state(session: Session) -> ProposalState:
    session.rollback()
    return session.scalars(select(PhraseProposal.state)).one()


def forms(page: Page) -> list[str]:
    return [form.action for form in page.forms if form.action.startswith(PATH)]


def test_nobody_reads_it_before_signing_in(app: Flask) -> None:
    response = Visitor(app).get(PATH)
    assert (response.status_code, response.location) == (302, "/inbox/connexion?next=%2Finbox%2Flexique")


def test_every_page_of_the_inbox_leads_to_it(haut_rhin: Visitor) -> None:
    links = [given.get("href") for tag, given in haut_rhin.read("/inbox/").tags if tag == "a"]
    assert links.count(PATH) == 1
    current = [given["href"] for _, given in haut_rhin.read(PATH).tags if given.get("aria-current") == "page"]
    assert current == [PATH]


def test_before_any_correction_it_says_that_nothing_waits(region: Visitor) -> None:
    page = region.read(PATH)
    assert (forms(page), "Aucune phrase n'attend." in page.words) == ([], True)


def test_a_correction_is_read_with_both_solutions_and_accepted_by_the_region(
    region: Visitor, session: Session, number: int
) -> None:
    page = region.read(PATH)
    assert "1 phrase à examiner" in page.words
    assert IDEA in page.words
    action = f"{PATH}/{number}"
    assert page.form(action).buttons == [("decision", "accept"), ("decision", "refuse")]
    response = region.fill_in(PATH, action, decision="accept")
    assert (response.status_code, response.location, state(session)) == (302, PATH, ProposalState.ACCEPTED)
    after = region.read(PATH)
    assert "Phrase acceptée, à l'essai prochainement." in after.words
    assert after.form(action).buttons == [("decision", "refuse")]
    region.fill_in(PATH, action, decision="refuse")
    assert state(session) is ProposalState.REFUSED


def test_a_territory_reads_its_phrase_without_buttons_and_is_refused(
    haut_rhin: Visitor, session: Session, number: int
) -> None:
    page = haut_rhin.read(PATH)
    assert (IDEA in page.words, forms(page)) == (True, [])
    token = page.form("/inbox/deconnexion").fields["csrf_token"]
    response = haut_rhin.post(f"{PATH}/{number}", {"csrf_token": token, "decision": "accept"})
    assert (response.status_code, ONLY_REGION in Page(response).words) == (403, True)
    assert state(session) is ProposalState.PROPOSED


def test_another_territory_neither_reads_nor_decides(
    app: Flask, session: Session, new_reviewer: NewReviewer, number: int
) -> None:
    marne = sign_in(app, new_reviewer("51"))
    page = marne.read(PATH)
    assert (IDEA in page.words, forms(page)) == (False, [])
    token = page.form("/inbox/deconnexion").fields["csrf_token"]
    assert marne.post(f"{PATH}/{number}", {"csrf_token": token, "decision": "accept"}).status_code == 404
    assert state(session) is ProposalState.PROPOSED


@pytest.mark.parametrize(
    ("path", "decision", "status"),
    [
        pytest.param("{number}", "", 400, id="no decision"),
        pytest.param("{number}", "nonsense", 400, id="a decision that is none"),
        pytest.param("999", "accept", 404, id="no such phrase"),
        pytest.param(f"{10**30}", "accept", 404, id="a number too great"),
        pytest.param("x", "accept", 404, id="no number"),
    ],
)
def test_any_other_request_is_survived(
    region: Visitor, session: Session, number: int, path: str, decision: str, status: int
) -> None:
    token = region.read(PATH).form("/inbox/deconnexion").fields["csrf_token"]
    fields = {"csrf_token": token, "decision": decision}
    assert region.post(f"{PATH}/{path.format(number=number)}", fields).status_code == status
    assert state(session) is ProposalState.PROPOSED


def test_a_decision_needs_the_form(region: Visitor, session: Session, number: int) -> None:
    assert region.post(f"{PATH}/{number}", {"decision": "accept"}).status_code == 400
    assert state(session) is ProposalState.PROPOSED


@pytest.mark.parametrize(
    ("found", "words"),
    [
        pytest.param("held_back", "Écartée à l'essai", id="held back"),
        pytest.param("live", "Dans le lexique", id="live"),
    ],
)
def test_what_the_gate_did_is_told_with_its_figures(
    region: Visitor, session: Session, new_reviewer: NewReviewer, number: int, found: str, words: str
) -> None:
    proposal = session.get_one(PhraseProposal, number)
    proposal.state, proposal.note = ProposalState(found), "Avant : 7/8 ; après : 6/8."
    session.commit()
    page = region.read(PATH)
    assert words in page.words
    assert "Avant : 7/8 ; après : 6/8." in page.words
    assert len(forms(page)) == (1 if found == "held_back" else 0)
    assert count_by_state(session, new_reviewer(None))[ProposalState(found)] == 1


def test_words_are_shown_and_never_obeyed(region: Visitor, session: Session, number: int) -> None:
    session.get_one(PhraseProposal, number).words = "<script>alert(1)</script>"
    session.commit()
    assert "<script>alert" not in region.read(PATH).html


def test_the_agreement_is_a_table_with_headings_for_rows_and_columns(region: Visitor, number: int) -> None:
    page = region.read(PATH)
    table = page.html[page.html.index("<table") : page.html.index("</table>")]
    assert (table.count('scope="row"'), table.count('scope="col"'), table.count("<caption")) == (17, 8, 1)
    assert (
        re.findall(r"(\d+)&nbsp;% <span class=\"muted small\">\((\d+)&nbsp;sur&nbsp;(\d+)\)", table)
        == [("0", "0", "1")] * 4
    )
