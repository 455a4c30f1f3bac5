"""The decision panel of the case page, and the pages of templates."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import sms
from bot.known import Mind
from service import answer_templates, decisions, merging, publication
from service.decisions import Decision
from service.models import AnswerTemplate, Contribution, Draft, OutboxMessage, Purpose, Reviewer, Role, Status
from tests.council import NOW, idea, meeting
from tests.visitor import Page, sign_in

NewReviewer = Callable[..., Reviewer]
CASE = "/inbox/contributions/K7Q2MX"
DECIDE, PUBLISH = f"{CASE}/decision", f"{CASE}/publication"
TYPED = {
    "decision_status": "retained",
    "decision_reason": "Réaliste.",
    "decision_answer": "Le conseil retient votre idée.",
    "decision_answer_sms": "Idée retenue, merci !",
}


@pytest.fixture
def found(session: Session) -> Contribution:
    return idea(session, "K7Q2MX")


def test_a_secretary_drafts_then_publishes_one_answer(
    app: Flask, session: Session, new_reviewer: NewReviewer, found: Contribution
) -> None:
    visitor = sign_in(app, new_reviewer("68"))
    response = visitor.fill_in(CASE, DECIDE, **TYPED)
    assert (response.status_code, response.location) == (302, CASE)
    page = visitor.read(CASE)
    assert "Retenue , préparée par Camille" in page.words
    assert {name: page.form(DECIDE).fields[name] for name in TYPED} == TYPED
    assert session.scalars(select(OutboxMessage)).all() == []
    fields = page.form(PUBLISH).fields
    for _ in range(2):  # and a double click
        response = visitor.post(PUBLISH, fields)
        assert (response.status_code, response.location) == (302, CASE)
    page = visitor.read(CASE)
    assert "Messages de la réponse publiée 1 à envoyer." in page.words
    assert page.form(DECIDE).fields["decision_answer"] == TYPED["decision_answer"]  # a revision begins from it
    session.expire_all()
    assert session.scalars(select(Contribution.status)).one() is Status.RETAINED
    assert len(session.scalars(select(OutboxMessage)).all()) == 1


def test_nothing_is_published_while_the_council_gives_its_opinions(
    app: Flask, session: Session, new_reviewer: NewReviewer, found: Contribution
) -> None:
    secretary = new_reviewer("68")
    meeting(session, secretary, found)
    visitor = sign_in(app, secretary)
    visitor.fill_in(CASE, DECIDE, **TYPED)
    page = Page(visitor.fill_in(CASE, PUBLISH))
    assert "Le conseil donne encore ses avis sur cette idée" in page.words
    assert {name: page.form(DECIDE).fields[name] for name in TYPED} == TYPED
    assert session.scalars(select(OutboxMessage)).all() == []
    assert len(session.scalars(select(Draft)).all()) == 1


def test_of_two_who_draft_the_second_sees_both_and_loses_nothing(
    app: Flask, session: Session, new_reviewer: NewReviewer, mind: Mind, found: Contribution
) -> None:
    visitor, first = sign_in(app, new_reviewer("68")), new_reviewer("68", name="Dominique")
    fields = {**visitor.read(CASE).form(DECIDE).fields, **TYPED}
    theirs = Decision(Status.NOT_RETAINED, "Trop cher.", "Nous ne retenons pas.", "Non retenue.")
    decisions.draft_decision(session, mind, first, "K7Q2MX", theirs, version=found.version, now=NOW)
    session.commit()
    response = visitor.post(DECIDE, fields)
    page = Page(response)
    assert response.status_code == 409
    for text in (theirs.answer, theirs.answer_sms, theirs.reason, "Non retenue , préparée par Dominique"):
        assert text in page.words
    assert {name: page.form(DECIDE).fields[name] for name in TYPED} == TYPED
    session.expire_all()
    assert session.scalars(select(Draft.answer)).one() == theirs.answer
    # Having seen both, they may put theirs in its place.
    assert visitor.post(DECIDE, page.form(DECIDE).fields).status_code == 302
    session.expire_all()
    assert session.scalars(select(Draft.answer)).one() == TYPED["decision_answer"]


def test_of_two_who_publish_different_texts_the_second_is_told(
    app: Flask, session: Session, new_reviewer: NewReviewer, mind: Mind, found: Contribution
) -> None:
    visitor, other = sign_in(app, new_reviewer("68")), new_reviewer("68")
    visitor.fill_in(CASE, DECIDE, **TYPED)
    fields = visitor.read(CASE).form(PUBLISH).fields
    theirs = Decision(Status.RETAINED, "", "Une réponse que personne n'a relue.", "Non relue.")
    session.expire_all()
    decisions.draft_decision(session, mind, other, "K7Q2MX", theirs, version=found.version, now=NOW)
    session.commit()
    assert visitor.post(PUBLISH, fields).status_code == 409
    assert session.scalars(select(OutboxMessage)).all() == []


def test_what_was_typed_of_an_idea_that_is_merged_meanwhile_is_not_lost(
    app: Flask, session: Session, new_reviewer: NewReviewer, mind: Mind, found: Contribution
) -> None:
    visitor, other = sign_in(app, new_reviewer("68")), new_reviewer("68", name="Dominique")
    fields = {**visitor.read(CASE).form(DECIDE).fields, **TYPED, "decision_project": "cmsi-louvois"}
    main = idea(session, "AAAAA2")
    merging.merge(session, other, "AAAAA2", {one.code: one.version for one in (main, found)}, NOW)
    session.commit()
    response = visitor.post(DECIDE, fields)
    page = Page(response)
    assert (response.status_code, session.scalars(select(Draft)).all()) == (422, [])
    project = next(one.name for one in mind.knowledge.projects if one.id == "cmsi-louvois")
    shown = f"Décision Retenue Projet {project} Motif Réaliste. Sur le site Le conseil retient votre idée."
    assert f"{shown} Par SMS Idée retenue, merci !" in page.words
    assert "/inbox/contributions/AAAAA2" in [given.get("href") for _tag, given in page.tags]
    assert "Ce que vous aviez écrit" not in visitor.read(CASE).words


def test_the_cost_counts_what_each_reads_before_the_answer(
    app: Flask, session: Session, new_reviewer: NewReviewer, found: Contribution
) -> None:
    """Whose idea was merged reads more before it, and may need an SMS more."""
    secretary, merged = new_reviewer("68"), idea(session, "AAAAA2")
    merging.merge(session, secretary, "K7Q2MX", {one.code: one.version for one in (found, merged)}, NOW)
    session.commit()
    around = publication.write_answer(publication.open_for_author("K7Q2MX"), Status.RETAINED, "")
    answer = "a" * (sms.SINGLE - len(sms.to_gsm7(around)))  # one SMS to the author, and not a letter more
    visitor = sign_in(app, secretary)
    visitor.fill_in(CASE, DECIDE, **TYPED | {"decision_answer_sms": answer})
    page = visitor.read(CASE)
    assert "avec ce qui l'entoure : 3 SMS pour 2 personnes." in page.words.replace("\u00a0", " ")
    openings = next(given["data-openings"] for _tag, given in page.tags if "data-openings" in given)
    assert json.loads(openings) == [
        ["Voix Santé, votre idée K7Q2MX", 1],
        ["Voix Santé, votre idée AAAAA2, regroupée avec K7Q2MX", 1],
    ]
    page = Page(visitor.fill_in(CASE, PUBLISH))
    session.expire_all()
    sent = session.scalars(select(OutboxMessage.text).where(OutboxMessage.purpose == Purpose.DECISION))
    assert sum(sms.count_segments(text) for text in sent) == 3


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        pytest.param({"decision_status": "not_retained", "decision_reason": " "}, "decision_reason",
                     "Indiquez pourquoi l'idée n'est pas retenue.", id="no reason"),
        pytest.param({"decision_status": "forwarded"}, "decision_forwarded_to",
                     "Dites à qui l'idée est transmise.", id="to nobody"),
        pytest.param({"decision_status": "attached"}, "decision_project", "Choisissez le projet.", id="to no project"),
        pytest.param({"decision_status": ""}, "decision_status", "Choisissez une décision.", id="no decision"),
        pytest.param({"decision_answer_sms": "{bidule}"}, "decision_answer_sms",
                     "Le champ {bidule} n'existe pas.", id="unknown field"),
    ],
)  # fmt: skip
def test_a_refused_decision_names_its_field_and_keeps_what_was_typed(
    app: Flask,
    session: Session,
    new_reviewer: NewReviewer,
    found: Contribution,
    typed: dict[str, str],
    field: str,
    sentence: str,
) -> None:
    visitor = sign_in(app, new_reviewer("68"))
    response = visitor.fill_in(CASE, DECIDE, **TYPED | typed)
    page = Page(response)
    assert response.status_code == 422
    assert sentence in page.words
    assert any(given.get("id") == field and given.get("aria-invalid") for _tag, given in page.tags)
    assert page.form(DECIDE).fields["decision_answer"] == TYPED["decision_answer"]
    assert session.scalars(select(Draft)).all() == []


def test_a_template_fills_the_form_and_saves_nothing(
    app: Flask, session: Session, new_reviewer: NewReviewer, found: Contribution
) -> None:
    answer_templates.add_defaults(session)
    session.commit()
    template = session.scalars(select(AnswerTemplate).where(AnswerTemplate.status == Status.FORWARDED)).one()
    visitor = sign_in(app, new_reviewer("68"))
    typed = {"decision_forwarded_to": "la mairie", "decision_reason": "Mon motif", "template": str(template.id)}
    response = visitor.fill_in(CASE, DECIDE, act="template", **typed)
    assert response.status_code == 200
    fields = Page(response).form(DECIDE).fields
    assert fields["decision_status"] == "forwarded"
    assert fields["decision_reason"] == "Mon motif"
    assert fields["decision_answer_sms"] == template.answer_sms.replace("{destinataire}", "la mairie")
    assert "{" not in fields["decision_answer"]
    session.expire_all()
    assert session.scalars(select(Draft)).all() == []
    assert visitor.post(DECIDE, fields).status_code == 302


def test_a_draft_may_be_abandoned(app: Flask, session: Session, new_reviewer: NewReviewer, found: Contribution) -> None:
    visitor = sign_in(app, new_reviewer("68"))
    visitor.fill_in(CASE, DECIDE, **TYPED)
    assert visitor.fill_in(CASE, DECIDE, act="discard").status_code == 302
    session.expire_all()
    assert session.scalars(select(Draft)).all() == []


def test_members_and_strangers_decide_nothing(
    app: Flask, session: Session, new_reviewer: NewReviewer, found: Contribution
) -> None:
    member, stranger = new_reviewer("68", Role.MEMBER, "users"), new_reviewer("51")
    for reviewer, status in ((member, 403), (stranger, 404)):
        visitor = sign_in(app, reviewer)
        token = visitor.read("/inbox/seances").forms[0].fields["csrf_token"]
        for path in (DECIDE, PUBLISH):
            assert visitor.post(path, {"csrf_token": token, **TYPED}).status_code == status
    visitor = sign_in(app, member)
    assert [form.action for form in visitor.read(CASE).forms if form.action == DECIDE] == []
    assert visitor.get("/inbox/modeles").status_code == 403


def test_the_alphabet_is_the_one_that_sends(app: Flask, new_reviewer: NewReviewer) -> None:
    table = sign_in(app, new_reviewer("68")).get("/inbox/alphabet-sms.json").get_json()
    assert (set(table["basic"]), set(table["extension"])) == (sms.BASIC, sms.EXTENSION)
    assert table["writtenOtherwise"] == sms.WRITTEN_OTHERWISE
    assert (table["single"], table["part"]) == (160, 153)


# The pages of templates

FORM = {
    "template_status": "retained",
    "template_name": "Oui",
    "template_answer": "Bonjour {commune}",
    "template_answer_sms": "Oui",
}


def test_templates_are_written_rewritten_and_deleted(app: Flask, session: Session, new_reviewer: NewReviewer) -> None:
    visitor = sign_in(app, new_reviewer("68"))
    assert visitor.fill_in("/inbox/modeles", **FORM).status_code == 302
    address = f"/inbox/modeles/{session.scalars(select(AnswerTemplate.id)).one()}"
    form = visitor.read(address).form(address).fields
    assert {name: form[name] for name in FORM} == FORM
    assert visitor.post(address, {**form, "template_name": "Le premier"}).status_code == 302
    late = visitor.post(address, {**form, "template_name": "Le second"})
    assert late.status_code == 409
    assert "Le premier" in Page(late).words
    assert Page(late).form(address).fields["template_name"] == "Le second"
    assert visitor.post(address, {**form, "act": "delete"}).status_code == 302
    session.expire_all()
    assert session.scalars(select(AnswerTemplate)).all() == []


def test_a_template_with_an_unknown_field_is_asked_again(app: Flask, new_reviewer: NewReviewer) -> None:
    visitor = sign_in(app, new_reviewer("68"))
    response = visitor.fill_in("/inbox/modeles", **FORM | {"template_answer": "{prenom}"})
    page = Page(response)
    assert response.status_code == 422
    assert "Le champ {prenom} n'existe pas." in page.words
    assert page.form("/inbox/modeles").fields["template_answer"] == "{prenom}"


def test_the_regions_templates_are_read_only_to_others(app: Flask, session: Session, new_reviewer: NewReviewer) -> None:
    region = sign_in(app, new_reviewer(None))
    assert region.fill_in("/inbox/modeles", "/inbox/modeles/proposes").status_code == 302
    number = session.scalars(select(AnswerTemplate.id)).first()
    address = f"/inbox/modeles/{number}"
    secretary = sign_in(app, new_reviewer("68"))
    page = secretary.read(address)
    assert [form.action for form in page.forms if form.action == address] == []
    token = page.forms[0].fields["csrf_token"]
    assert secretary.post(address, {"csrf_token": token, **FORM}).status_code == 403
    assert secretary.post(address, {"csrf_token": token, "act": "delete"}).status_code == 403
    assert secretary.post("/inbox/modeles/proposes", {"csrf_token": token}).status_code == 403
    assert region.fill_in("/inbox/modeles", **FORM).status_code == 302


def test_another_territorys_template_is_as_good_as_none(
    app: Flask, session: Session, new_reviewer: NewReviewer
) -> None:
    sign_in(app, new_reviewer("51")).fill_in("/inbox/modeles", **FORM)
    number = session.scalars(select(AnswerTemplate.id)).one()
    visitor = sign_in(app, new_reviewer("68"))
    token = visitor.read("/inbox/modeles").forms[0].fields["csrf_token"]
    for other in (number, 999, 2**70):
        assert visitor.get(f"/inbox/modeles/{other}").status_code == 404
        assert visitor.post(f"/inbox/modeles/{other}", {"csrf_token": token, **FORM}).status_code == 404


def test_what_was_typed_in_a_template_that_is_deleted_meanwhile_is_not_lost(
    app: Flask, session: Session, new_reviewer: NewReviewer
) -> None:
    visitor = sign_in(app, new_reviewer("68"))
    visitor.fill_in("/inbox/modeles", **FORM)
    address = f"/inbox/modeles/{session.scalars(select(AnswerTemplate.id)).one()}"
    fields = {**visitor.read(address).form(address).fields, "template_answer": "Longuement pesé."}
    visitor.fill_in(address, act="delete")
    response = visitor.post(address, fields)
    page = Page(response)
    assert (response.status_code, "Ce modèle n'existe plus." in page.words) == (404, True)
    assert page.form("/inbox/modeles").fields["template_answer"] == "Longuement pesé."


def test_the_record_outlives_the_project_that_it_names(
    app: Flask, session: Session, new_reviewer: NewReviewer, found: Contribution
) -> None:
    secretary = new_reviewer("68")
    held = meeting(session, secretary, found)
    found.status, found.linked_project = Status.BECAME_PROJECT, "a-project-that-ended"
    session.commit()
    record = sign_in(app, secretary).read(f"/inbox/seances/{held.id}/compte-rendu")
    assert "Décision : devenue un projet, a-project-that-ended." in record.words.replace("\u00a0", " ")
