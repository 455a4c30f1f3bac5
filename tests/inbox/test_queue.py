"""The queue's page, as reviewers work through it: filters in the address, several ideas at once, views kept."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from service import cases, claims, queue, search
from service.models import Contribution, Person, Phase, Reviewer, Role, SavedView, Status
from tests.council import idea, meeting
from tests.visitor import Page, Visitor, sign_in

NewReviewer = Callable[..., Reviewer]
NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def reviewer(new_reviewer: NewReviewer) -> Reviewer:
    return new_reviewer("68")


@pytest.fixture
def three(session: Session) -> list[Contribution]:
    """Three ideas of Haut-Rhin received, and one of Marne."""
    idea(session, "NACDE2", departement="51", status=Status.RECEIVED)
    made = [idea(session, code, status=Status.RECEIVED, solution="A2.1") for code in ("AAAAA2", "CCCCC2", "DDDDD2")]
    search.index(session, made)
    session.commit()
    return made


@pytest.fixture
def secretary(app: Flask, reviewer: Reviewer, three: list[Contribution]) -> Visitor:
    """A signed-in secretary of Haut-Rhin, with three ideas before them."""
    return sign_in(app, reviewer)


def listed(page: Page) -> str:
    """The first letters of the codes that the page links to."""
    return "".join(re.findall(r'card__link" href="/inbox/contributions/(\w)', page.html))


def act(visitor: Visitor, act: str, *chosen: str, at: str = "/inbox/", **typed: str) -> TestResponse:
    """What the form of the queue answers when these boxes are ticked and that button is pressed."""
    form = next(form for form in visitor.read(at).forms if form.action.startswith("/inbox/lot"))
    boxes: dict[str, object] = {**form.fields, "chosen": list(chosen), "act": act, **typed}
    return visitor.post(form.action, boxes)  # type: ignore[arg-type]


def states(session: Session) -> list[tuple[str, Status, str | None]]:
    session.rollback()
    session.expire_all()
    found = session.scalars(select(Contribution).where(Contribution.departement == "68").order_by(Contribution.id))
    told = [(one.code[0], one.status, one.solution or one.axis) for one in found]
    session.rollback()
    return told


# Reading


def test_the_queue_shows_a_territorys_ideas_with_their_number(secretary: Visitor) -> None:
    page = secretary.read("/inbox/")
    assert listed(page) == "ACD"
    assert "À instruire : 3 idées" in page.words
    assert "un bus dentaire, dit AAAAA2" in page.words


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("etat=toutes", "ACD"), ("etat=retenues", ""), ("tri=recentes", "DCA"), ("solution=A2.1", "ACD"),
        ("solution=A4.2", ""), ("solution=A9.9", ""), ("axe=A9", ""), ("q=dentaires", "ACD"), ("q=mulhouse", "ACD"), ("q=aaaaa2+bus", "A"), ("q=kiosque", ""),
        ("territoire=51", ""), ("commune=68224", "ACD"), ("commune=68066", ""), ("montrer=libres", "ACD"),
        ("etat=%00&tri=x&apres=x&seance=99999999999999&plus-de=-1", "ACD"), ("q=%00", "ACD"), ("q=%22+OR+%22", ""), ("q=%22", "ACD"),
        ("apres=0.99999999999.000000.9999999999", "ACD"), ("%ff%fe=%ff", "ACD"),
    ],
)  # fmt: skip
def test_the_address_says_what_is_shown_and_rubbish_in_it_is_passed_over(
    secretary: Visitor, query: str, codes: str
) -> None:
    assert listed(secretary.read(f"/inbox/?{query}")) == codes


def test_a_code_leads_to_its_case_and_a_communes_name_to_its_filter(secretary: Visitor) -> None:
    moves = {
        "/inbox/?q=aaaaa2": "/inbox/contributions/AAAAA2",
        "/inbox/?q=+AAA+AA2": "/inbox/contributions/AAAAA2",
        "/inbox/?commune=mulhouse&etat=toutes&q=": "/inbox/?etat=toutes&commune=68224",
    }
    assert {path: secretary.get(path).location for path in moves} == moves
    assert secretary.get("/inbox/?q=NACDE2").status_code == 200  # another territory's
    page = secretary.read("/inbox/?commune=Xyzzy")
    assert "Nous ne connaissons pas de commune « Xyzzy » dans le Grand Est." in page.words


def test_the_region_chooses_a_territory_and_a_territory_does_not(
    app: Flask, new_reviewer: NewReviewer, secretary: Visitor
) -> None:
    region = sign_in(app, new_reviewer(None))
    assert listed(region.read("/inbox/")) == "NACD"
    assert listed(region.read("/inbox/?territoire=51")) == "N"
    fields = [name for tag, given in region.read("/inbox/").tags if (name := given.get("name")) == "territoire"]
    assert fields == ["territoire"]
    assert 'name="territoire"' not in secretary.read("/inbox/").html


def test_pages_follow_each_other_and_keep_the_filter(secretary: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "PAGE", 2)
    first = secretary.read("/inbox/?tri=recentes")
    (following,) = re.findall(r'href="(/inbox/\?[^"]*apres=[^"]*)"', first.html)
    second = secretary.read(following.replace("&amp;", "&"))
    assert (listed(first), listed(second)) == ("DC", "A")
    assert "apres=" not in re.sub(r"/inbox/lot\?[^\"]*", "", second.html)


def test_who_works_on_an_idea_is_seen_in_the_queue(
    session: Session, new_reviewer: NewReviewer, secretary: Visitor
) -> None:
    claims.claim(session, new_reviewer("68", name="Dominique"), "CCCCC2", NOW)
    session.commit()
    assert secretary.read("/inbox/").words.count("Prise par Dominique") == 1


def test_what_is_special_is_said_in_words(session: Session, secretary: Visitor, three: list[Contribution]) -> None:
    one = three[0]
    one.third_person_health = one.flagged = one.waiting = one.alike = True
    one.support_count, one.opinion_count, one.drafted_status = 2, 1, Status.RETAINED
    session.commit()
    words = secretary.read("/inbox/").words
    badges = (
        "À lire avec soin",
        "Signalée",
        "Décision prête",
        "Attend l'auteur",
        "Idées proches",
        "2 soutiens",
        "1 avis",
    )
    assert [badge for badge in badges if badge not in words] == []


def test_words_are_shown_and_never_obeyed(session: Session, secretary: Visitor, three: list[Contribution]) -> None:
    three[0].words = "un bus <script>alert(1)</script> <b>vite</b>"
    session.commit()
    for path in ("/inbox/", "/inbox/contributions/AAAAA2", "/inbox/?q=%3Cscript%3Ealert(1)"):
        html = secretary.read(path).html
        assert ("<script>alert" in html, "<b>vite" in html) == (False, False)


def test_neither_number_nor_pseudonym_of_a_citizen_is_on_any_page(
    app: Flask, session: Session, new_reviewer: NewReviewer, secretary: Visitor
) -> None:
    session.execute(Person.__table__.update().values(pseudonym=Person.pseudonym + " 1:c0ffee63998001"))  # type: ignore[attr-defined]
    session.commit()
    region = sign_in(app, new_reviewer(None))
    paths = ["/inbox/?etat=toutes", *(f"/inbox/contributions/{code}" for code in ("AAAAA2", "NACDE2"))]
    html = "".join(region.read(path).html for path in paths)
    assert session.scalar(select(func.count()).select_from(Person)) == 4
    assert [found for found in ("c0ffee", "63998001", "author of", "sealed") if found in html] == []


# Several at once


def test_several_are_classified_at_once(secretary: Visitor, session: Session) -> None:
    response = act(secretary, "classify", "AAAAA2.1", "DDDDD2.1", solution="A4", reason="Même sujet.")
    assert (response.status_code, response.location) == (302, "/inbox/")
    page = secretary.read("/inbox/")
    assert ("2 idées classées." in page.words, listed(page)) == (True, "C")
    assert states(session) == [
        ("A", Status.INSTRUCTED, "A4"),
        ("C", Status.RECEIVED, "A2.1"),
        ("D", Status.INSTRUCTED, "A4"),
    ]


def test_what_changed_meanwhile_is_said_with_who_did_it_and_stays_ticked(
    secretary: Visitor, session: Session, new_reviewer: NewReviewer
) -> None:
    seen = secretary.read("/inbox/?etat=toutes")
    form = next(form for form in seen.forms if form.action.startswith("/inbox/lot"))
    dominique = new_reviewer("68", name="Dominique")
    cases.instruct(session, dominique, "CCCCC2", "A3.1", reason="Vu.", told_by=(), version=1, now=NOW)
    session.commit()
    ticked = {
        **form.fields,
        "chosen": ["AAAAA2.1", "CCCCC2.1"],
        "act": "classify",
        "solution": "A4.2",
        "reason": "Oui.",
    }
    response = secretary.post(form.action, ticked)  # type: ignore[arg-type]
    assert response.status_code == 409
    page = Page(response)
    assert "1 idée classée." in page.words
    assert "CCCCC2 : Cette idée a été modifiée pendant que vous l'instruisiez" in page.words
    assert "Dernier changement : instruite, par Dominique, le" in page.words
    again = next(form for form in page.forms if form.action.startswith("/inbox/lot"))
    assert (again.action, again.fields["chosen"]) == (form.action, "CCCCC2.2")
    assert (again.fields["solution"], again.fields["reason"]) == ("A4.2", "Oui.")
    assert [state[1:] for state in states(session)][:2] == [(Status.INSTRUCTED, "A4.2"), (Status.INSTRUCTED, "A3.1")]


@pytest.mark.parametrize(
    ("button", "chosen", "typed", "problem"),
    [
        ("classify", (), {"solution": "A4"}, "Cochez d'abord des idées."),
        ("classify", ("AAAAA2.1",), {"solution": ""}, "Choisissez l'axe ou la solution."),
        ("put_on_agenda", ("AAAAA2.1",), {"meeting": ""}, "Choisissez la séance."),
    ],
)
def test_what_is_missing_is_asked_and_the_ticks_are_kept(
    secretary: Visitor, session: Session, reviewer: Reviewer, button: str, chosen: tuple[str, ...],
    typed: dict[str, str], problem: str,
) -> None:  # fmt: skip
    meeting(session, reviewer, phase=Phase.INSTRUCTION)
    response = act(secretary, button, *chosen, **typed)
    page = Page(response)
    assert (response.status_code, problem in page.words) == (422, True)
    form = next(form for form in page.forms if form.action.startswith("/inbox/lot"))
    assert form.fields.get("chosen", "") == "".join(chosen)
    assert {status for _, status, _ in states(session)} == {Status.RECEIVED}


def test_several_go_on_the_agenda_of_a_meeting(secretary: Visitor, session: Session, reviewer: Reviewer) -> None:
    held = meeting(session, reviewer, phase=Phase.INSTRUCTION).id
    assert act(secretary, "make_ready", "AAAAA2.1", "CCCCC2.1").status_code == 302
    at = "/inbox/?etat=toutes"
    response = act(secretary, "put_on_agenda", "AAAAA2.2", "CCCCC2.2", "DDDDD2.1", at=at, meeting=str(held))
    assert response.status_code == 409
    assert "L'idée DDDDD2 n'est pas instruite : classez-la d'abord." in Page(response).words
    assert listed(secretary.read(f"/inbox/?etat=toutes&seance={held}")) == "AC"


@pytest.mark.parametrize("number", ["999", "99999999999999999999", "-1"])
def test_another_meeting_is_not_found(secretary: Visitor, number: str) -> None:
    assert act(secretary, "put_on_agenda", "AAAAA2.1", meeting=number).status_code == 404


def test_what_no_form_sends_changes_nothing(secretary: Visitor, session: Session) -> None:
    assert act(secretary, "erase", "AAAAA2.1").status_code == 400
    assert act(secretary, "classify", "AAAAA2.1", solution="Z9").status_code == 400
    for chosen in ("AAAAA2", "AAAAA2.x", "AAAAA2.-1", ".", "\0", "NACDE2.1", "AAAAA2." + "9" * 40):
        assert act(secretary, "classify", chosen, solution="A4").status_code == 409
    assert secretary.post("/inbox/lot", {"act": "classify", "chosen": "AAAAA2.1", "solution": "A4"}).status_code == 400
    assert {status for _, status, _ in states(session)} == {Status.RECEIVED}


def test_a_member_reads_and_acts_on_none(app: Flask, new_reviewer: NewReviewer, secretary: Visitor) -> None:
    member = sign_in(app, new_reviewer("68", Role.MEMBER))
    page = member.read("/inbox/")
    assert (listed(page), 'name="chosen"' in page.html) == ("ACD", False)
    token = page.form("/inbox/deconnexion").fields["csrf_token"]
    assert member.post("/inbox/lot", {"csrf_token": token, "act": "release", "chosen": "AAAAA2.1"}).status_code == 403


# Views


def test_a_filter_is_kept_as_a_view_shown_and_deleted(secretary: Visitor, session: Session) -> None:
    at = "/inbox/?etat=toutes&solution=A2.1"
    saving = next(form for form in secretary.read(at).forms if form.action.startswith("/inbox/vues"))
    response = secretary.post(saving.action, {**saving.fields, "view_name": "Jeunes"})
    assert (response.status_code, response.location) == (302, at)
    page = secretary.read(at)
    assert "Supprimer la vue « Jeunes »" in page.words
    deleting = next(form for form in page.forms if form.action.endswith("/suppression"))
    assert secretary.post(deleting.action, deleting.fields).status_code == 302
    assert session.scalars(select(SavedView)).all() == []


def test_a_view_needs_a_name(secretary: Visitor) -> None:
    at = "/inbox/?solution=A2.1"
    saving = next(form for form in secretary.read(at).forms if form.action.startswith("/inbox/vues"))
    response = secretary.post(saving.action, {**saving.fields, "view_name": " \0"})
    assert (response.status_code, "Donnez un nom à cette vue." in Page(response).words) == (422, True)


def test_anothers_view_is_not_found(
    app: Flask, new_reviewer: NewReviewer, secretary: Visitor, session: Session
) -> None:
    at = "/inbox/?solution=A2.1"
    saving = next(form for form in secretary.read(at).forms if form.action.startswith("/inbox/vues"))
    secretary.post(saving.action, {**saving.fields, "view_name": "Jeunes"})
    number = session.scalars(select(SavedView.id)).one()
    other = sign_in(app, new_reviewer("68"))
    fields = {"csrf_token": other.read("/inbox/").form("/inbox/deconnexion").fields["csrf_token"]}
    for wanted in (number, 10**30):
        assert other.post(f"/inbox/vues/{wanted}/suppression", fields).status_code == 404
