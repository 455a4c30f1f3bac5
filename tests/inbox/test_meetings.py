"""The pages of meetings, as a secretary, a member and strangers see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.known import Mind
from service import decisions, meetings, opinions, publication
from service.decisions import Decision
from service.models import Contribution, Meeting, OutboxMessage, Phase, Reviewer, Role, Status, Verdict
from service.opinions import Given
from tests.council import NOW, idea, meeting
from tests.visitor import Page, sign_in

NewReviewer = Callable[..., Reviewer]
RETAINED = Decision(Status.RETAINED, "Réaliste.", "Le conseil retient votre idée.", "Idée retenue, merci !")


def test_a_secretary_holds_a_meeting_and_fills_its_agenda(
    app: Flask, session: Session, new_reviewer: NewReviewer
) -> None:
    visitor = sign_in(app, new_reviewer("68"))
    for code in ("AAAAA2", "CCCCC2"):
        idea(session, code)
    held = visitor.fill_in("/inbox/seances", meeting_title="Plénière", meeting_held_on="2026-12-04")
    number = session.scalars(select(Meeting.id)).one()
    address = f"/inbox/seances/{number}"
    assert (held.status_code, held.location) == (302, address)
    assert "Plénière" in visitor.read("/inbox/seances").words
    agenda = f"{address}/ordre-du-jour"
    assert visitor.fill_in(address, agenda, code="aaaaa2").status_code == 302
    token = visitor.read(address).form(agenda).fields["csrf_token"]
    assert visitor.post(agenda, {"csrf_token": token, "act": "fill"}).status_code == 302
    assert "Ordre du jour : 2 idées" in visitor.read(address).words
    (take_off,) = [form.fields for form in visitor.read(address).forms if form.fields.get("code") == "AAAAA2"]
    for _ in range(2):  # and a double click
        assert visitor.post(agenda, {**take_off, "act": "take_off"}).status_code == 302
    page = visitor.read(address)
    assert "Ordre du jour : 1 idée" in page.words
    assert "L'idée AAAAA2 n'est plus à l'ordre du jour." in page.words
    assert visitor.fill_in(address, f"{address}/phase", phase="opinions").status_code == 302
    session.expire_all()
    assert session.get_one(Meeting, number).phase is Phase.OPINIONS


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        pytest.param({"meeting_title": " "}, "Donnez un titre à la séance.", id="no title"),
        pytest.param({"meeting_held_on": "demain"}, "Donnez la date de la séance", id="no date"),
        pytest.param({"meeting_title": "\0"}, "Donnez un titre à la séance.", id="NUL"),
    ],
)
def test_a_meeting_badly_typed_is_asked_again(
    app: Flask, new_reviewer: NewReviewer, typed: dict[str, str], sentence: str
) -> None:
    visitor = sign_in(app, new_reviewer("68"))
    good = {"meeting_title": "Plénière", "meeting_held_on": "2026-12-04"}
    response = visitor.fill_in("/inbox/seances", **good | typed)
    assert response.status_code == 422
    page = Page(response)
    assert sentence in page.words
    assert page.form("/inbox/seances").fields["meeting_title"] == (good | typed)["meeting_title"]


def test_an_unknown_code_is_told_and_kept(app: Flask, session: Session, new_reviewer: NewReviewer) -> None:
    secretary = new_reviewer("68")
    idea(session, "CCCCC2", "51")
    address = f"/inbox/seances/{meeting(session, secretary, phase=Phase.INSTRUCTION).id}"
    visitor = sign_in(app, secretary)
    for code in ("ZZZZZ2", "CCCCC2"):  # nobody's, another territory's
        response = visitor.fill_in(address, f"{address}/ordre-du-jour", code=code)
        page = Page(response)
        assert response.status_code == 422
        assert "Cette idée n'existe pas" in page.words
        assert page.form(f"{address}/ordre-du-jour").fields["code"] == code


def test_of_two_who_move_a_meeting_the_second_is_told(app: Flask, session: Session, new_reviewer: NewReviewer) -> None:
    secretary = new_reviewer("68")
    held = meeting(session, secretary, idea(session, "K7Q2MX"))
    address = f"/inbox/seances/{held.id}"
    visitor = sign_in(app, secretary)
    form = visitor.read(address).form(f"{address}/phase").fields
    assert visitor.post(f"{address}/phase", {**form, "phase": "closed"}).status_code == 302
    assert visitor.post(f"{address}/phase", {**form, "phase": "instruction"}).status_code == 409
    assert visitor.post(f"{address}/phase", {**form, "phase": "nonsense"}).status_code == 400


def test_a_meeting_publishes_what_is_ticked_and_tells_the_delivery(
    app: Flask, session: Session, new_reviewer: NewReviewer, mind: Mind
) -> None:
    secretary = new_reviewer("68")
    debated = [idea(session, code) for code in ("AAAAA2", "CCCCC2", "DDDDD2")]
    held = meeting(session, secretary, *debated, phase=Phase.CLOSED)
    for one in debated[:2]:
        decisions.draft_decision(session, mind, secretary, one.code, RETAINED, version=one.version, now=NOW)
    session.commit()
    ticked = [f"{one.code}.{one.version}" for one in debated[:2]]
    visitor = sign_in(app, secretary)
    address = f"/inbox/seances/{held.id}"
    page = visitor.read(address)
    assert "1 idée sans décision : DDDDD2" in page.words
    assert [given["value"] for tag, given in page.tags if tag == "input" and given.get("name") == "draft"] == ticked
    fields = page.form(f"{address}/publication").fields
    for published in (["AAAAA2"], ["AAAAA2"]):  # and a double click
        response = visitor.post(f"{address}/publication", {**fields, "draft": ticked[0]})
        assert (response.status_code, response.location) == (302, address)
        session.expire_all()
        done = session.scalars(select(Contribution.code).where(Contribution.status == Status.RETAINED)).all()
        assert done == published
    page = visitor.read(address)
    assert "1 réponse publiée." in page.words
    assert "Messages 1 à envoyer" in page.words
    assert len(session.scalars(select(OutboxMessage)).all()) == 1


def test_nothing_is_published_before_opinions_are_closed(
    app: Flask, session: Session, new_reviewer: NewReviewer, mind: Mind
) -> None:
    secretary, debated = new_reviewer("68"), idea(session, "K7Q2MX")
    held = meeting(session, secretary, debated)
    decisions.draft_decision(session, mind, secretary, "K7Q2MX", RETAINED, version=debated.version, now=NOW)
    session.commit()
    version = debated.version
    visitor = sign_in(app, secretary)
    address = f"/inbox/seances/{held.id}"
    page = visitor.read(address)
    assert [form.action for form in page.forms if form.action == f"{address}/publication"] == []
    token = page.form(f"{address}/phase").fields["csrf_token"]
    response = visitor.post(f"{address}/publication", {"csrf_token": token, "draft": f"K7Q2MX.{version}"})
    assert response.status_code == 422
    assert "Les avis ne sont pas clos" in Page(response).words
    session.expire_all()
    assert session.scalars(select(OutboxMessage)).all() == []


def test_a_member_reads_and_changes_nothing(app: Flask, session: Session, new_reviewer: NewReviewer) -> None:
    held = meeting(session, new_reviewer("68"), idea(session, "K7Q2MX"))
    visitor = sign_in(app, new_reviewer("68", Role.MEMBER, "users"))
    address = f"/inbox/seances/{held.id}"
    page = visitor.read(address)
    assert {form.action for form in page.forms} == {"/inbox/deconnexion"}
    token = page.forms[0].fields["csrf_token"]
    for path in (f"{address}/phase", f"{address}/ordre-du-jour", f"{address}/publication", "/inbox/seances"):
        assert visitor.post(path, {"csrf_token": token}).status_code == 403


PAGES = ("", "/ordre-du-jour", "/compte-rendu")


@pytest.mark.parametrize("page", PAGES)
def test_another_territorys_meeting_is_as_good_as_none(
    app: Flask, session: Session, new_reviewer: NewReviewer, page: str
) -> None:
    held = meeting(session, new_reviewer("68"), idea(session, "K7Q2MX"))
    visitor = sign_in(app, new_reviewer("51"))
    for number in (held.id, 999, 2**70):
        assert visitor.get(f"/inbox/seances/{number}{page}").status_code == 404
    token = visitor.read("/inbox/seances").forms[0].fields["csrf_token"]
    for path in ("phase", "ordre-du-jour", "publication"):
        fields = {"csrf_token": token, "phase": "closed", "code": "K7Q2MX"}
        assert visitor.post(f"/inbox/seances/{held.id}/{path}", fields).status_code == 404


def test_papers_hold_the_agenda_and_the_record_and_no_navigation(
    app: Flask, session: Session, new_reviewer: NewReviewer, mind: Mind
) -> None:
    secretary, debated = new_reviewer("68"), idea(session, "K7Q2MX")
    held = meeting(session, secretary, debated, phase=Phase.CLOSED)
    decisions.draft_decision(session, mind, secretary, "K7Q2MX", RETAINED, version=debated.version, now=NOW)
    session.commit()
    visitor = sign_in(app, secretary)
    agenda, record = (visitor.read(f"/inbox/seances/{held.id}{page}") for page in PAGES[1:])
    for paper in (agenda, record):
        assert "un bus dentaire, dit K7Q2MX" in paper.words
        assert [tag for tag, _given in paper.tags if tag == "nav"] == []
    assert "Décision préparée, pas encore publiée : retenue." in record.words
    member = sign_in(app, new_reviewer("68", Role.MEMBER, "users"))
    assert RETAINED.answer not in member.read(f"/inbox/seances/{held.id}/compte-rendu").words


def test_a_stale_page_takes_nothing_off_another_meeting(
    app: Flask, session: Session, new_reviewer: NewReviewer
) -> None:
    secretary, debated = new_reviewer("68"), idea(session, "K7Q2MX")
    stale, held = meeting(session, secretary, debated), meeting(session, secretary, phase=Phase.INSTRUCTION)
    address, agenda = f"/inbox/seances/{stale.id}", f"/inbox/seances/{stale.id}/ordre-du-jour"
    visitor = sign_in(app, secretary)
    (take_off,) = [form.fields for form in visitor.read(address).forms if form.fields.get("code") == "K7Q2MX"]
    put_off = visitor.read("/inbox/contributions/K7Q2MX").form(f"/inbox/seances/{held.id}/ordre-du-jour").fields
    assert visitor.post(f"/inbox/seances/{held.id}/ordre-du-jour", put_off).status_code == 302
    response = visitor.post(agenda, {**take_off, "act": "take_off"})
    assert response.status_code == 422
    assert "L'idée K7Q2MX est à l'ordre du jour d'une autre séance : rien n'est retiré." in Page(response).words
    again = visitor.post(agenda, put_off)  # a version read before, on the stale meeting
    assert again.status_code == 409
    session.expire_all()
    assert debated.meeting_id == held.id


def test_the_record_of_a_closed_meeting_tells_what_was_put_off(
    app: Flask, session: Session, new_reviewer: NewReviewer
) -> None:
    secretary, member = new_reviewer("68"), new_reviewer("68", Role.MEMBER, "users")
    debated = idea(session, "K7Q2MX")
    held = meeting(session, secretary, debated)
    opinions.give_opinion(session, member, "K7Q2MX", Given(Verdict.UNFAVOURABLE), NOW)
    meetings.move_phase(session, secretary, held.id, Phase.CLOSED, held.version)
    session.commit()
    visitor = sign_in(app, secretary)
    address = f"/inbox/seances/{held.id}"
    before = [visitor.read(f"{address}{page}") for page in PAGES[1:]]
    other = meeting(session, secretary, debated)
    after = [visitor.read(f"{address}{page}") for page in PAGES[1:]]
    gone = " Portée ensuite à l'ordre du jour d'une autre séance."
    assert [paper.words.replace(gone, "").split(" Imprimé le")[0] for paper in after] == [
        paper.words.split(" Imprimé le")[0] for paper in before
    ]
    assert gone in after[1].words
    page = visitor.read(address)
    assert "défavorable 1" in page.words
    assert "idée sans décision" not in page.words
    assert "1 idée sans décision : K7Q2MX" in visitor.read(f"/inbox/seances/{other.id}").words
    assert "Déjà débattue le 4 décembre 2026 : Plénière" in visitor.read("/inbox/contributions/K7Q2MX").words


def test_opinions_are_not_reopened_once_answers_are_published(
    app: Flask, session: Session, new_reviewer: NewReviewer
) -> None:
    secretary = new_reviewer("68")
    held = meeting(session, secretary, idea(session, "K7Q2MX"), phase=Phase.CLOSED)
    address = f"/inbox/seances/{held.id}"
    visitor = sign_in(app, secretary)
    form = visitor.read(address).form(f"{address}/phase").fields
    session.execute(update(Meeting).values(published_at=NOW))  # not by the object: as publishing does it
    session.commit()
    assert [form.action for form in visitor.read(address).forms if form.action == f"{address}/phase"] == []
    response = visitor.post(f"{address}/phase", {**form, "phase": "opinions"})
    assert response.status_code == 422
    assert "Les réponses de cette séance sont publiées : ses avis ne rouvrent plus." in Page(response).words


def test_the_record_tells_to_whom_an_idea_is_forwarded_and_why(
    app: Flask, session: Session, new_reviewer: NewReviewer, mind: Mind
) -> None:
    secretary, debated = new_reviewer("68"), idea(session, "K7Q2MX")
    held = meeting(session, secretary, debated, phase=Phase.CLOSED)
    forwarded = replace(RETAINED, status=Status.FORWARDED, forwarded_to="la mairie de Thann")
    decisions.draft_decision(session, mind, secretary, "K7Q2MX", forwarded, version=debated.version, now=NOW)
    session.commit()
    visitor, record = sign_in(app, secretary), f"/inbox/seances/{held.id}/compte-rendu"
    told = ": transmise à la mairie de Thann. Motif : Réaliste."
    assert f"Décision préparée, pas encore publiée {told}" in visitor.read(record).words
    publication.publish_meeting(session, secretary, held, {"K7Q2MX": debated.version}, NOW)
    session.commit()
    assert f"Décision {told} Réponse à l'auteur : {RETAINED.answer}" in visitor.read(record).words
    case = visitor.read("/inbox/contributions/K7Q2MX")
    kept = case.form("/inbox/contributions/K7Q2MX/decision").fields
    assert (kept["decision_forwarded_to"], kept["decision_reason"]) == ("la mairie de Thann", "Réaliste.")
    assert "À la mairie de Thann Motif Réaliste." in case.words
