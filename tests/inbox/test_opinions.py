"""Opinions on the case page and on a phone; what others said never leaks into a page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import meetings, opinions
from service.models import Contribution, Meeting, Opinion, Phase, Reviewer, Role, Verdict
from service.opinions import Given
from tests.council import NOW, idea, meeting
from tests.visitor import Page, Visitor, sign_in

NewReviewer = Callable[..., Reviewer]
COMMENT = "Ce que pense quelqu'un d'autre"
CASE = "/inbox/contributions/K7Q2MX"
GIVE = f"{CASE}/avis"


@pytest.fixture
def member(new_reviewer: NewReviewer) -> Reviewer:
    return new_reviewer("68", Role.MEMBER, "users")


@pytest.fixture
def debated(session: Session, new_reviewer: NewReviewer) -> Contribution:
    found = idea(session, "K7Q2MX")
    meeting(session, new_reviewer("68"), found)
    return found


def close(session: Session, secretary: Reviewer, debated: Contribution) -> None:
    held = meetings.find_meeting(session, debated)
    assert held is not None
    meetings.move_phase(session, secretary, held.id, Phase.CLOSED, held.version)
    session.commit()


def kept(session: Session) -> list[tuple[Verdict, int | None, str]]:
    session.expire_all()
    return [(one.verdict, one.innovative, one.comment) for one in session.scalars(select(Opinion).order_by(Opinion.id))]


def test_a_member_gives_and_changes_an_opinion_on_the_case_page(
    app: Flask, session: Session, member: Reviewer, debated: Contribution
) -> None:
    visitor = sign_in(app, member)
    given = {"opinion_verdict": "reserved", "opinion_innovative": "2", "opinion_comment": "À voir"}
    response = visitor.fill_in(CASE, GIVE, **given)
    assert (response.status_code, response.location) == (302, CASE)
    assert kept(session) == [(Verdict.RESERVED, 2, "À voir")]
    form = visitor.read(CASE).form(GIVE).fields
    assert {name: form[name] for name in given} == given
    visitor.fill_in(CASE, GIVE, opinion_verdict="favourable")
    assert kept(session) == [(Verdict.FAVOURABLE, 2, "À voir")]


def read_all(visitor: Visitor, debated: Contribution) -> str:
    """Everything that a member can read of an idea and of its meeting."""
    address = f"/inbox/seances/{debated.meeting_id}"
    pages = (CASE, address, f"{address}/compte-rendu", f"{address}/ordre-du-jour", f"{address}/avis")
    return "".join(visitor.read(path).html for path in pages)


def test_others_opinions_never_leak_before_ones_own_is_given(
    app: Flask, session: Session, new_reviewer: NewReviewer, member: Reviewer, debated: Contribution
) -> None:
    other = new_reviewer("68", Role.MEMBER, "professionals", name="Dominique Autre")
    opinions.give_opinion(session, other, "K7Q2MX", Given(Verdict.UNFAVOURABLE, (1, 1, 1, 1), COMMENT), NOW)
    session.commit()
    visitor = sign_in(app, member)
    secrets = (COMMENT.split("'")[0], "Dominique Autre", "défavorable&nbsp;1", "results")
    before = read_all(visitor, debated)
    assert [secret for secret in secrets if secret in before] == []
    visitor.fill_in(CASE, GIVE, opinion_verdict="abstain")
    after = read_all(visitor, debated)
    assert [secret for secret in secrets if secret in after] == list(secrets)


def test_the_phone_page_goes_from_one_idea_to_the_next(
    app: Flask, session: Session, new_reviewer: NewReviewer, member: Reviewer
) -> None:
    held = meeting(session, new_reviewer("68"), *(idea(session, code) for code in ("AAAAA2", "CCCCC2", "DDDDD2")))
    address = f"/inbox/seances/{held.id}/avis"
    visitor = sign_in(app, member)
    assert "0 sur 3" in visitor.read(address).words
    later = visitor.read(f"{address}?apres=AAAAA2")  # « Plus tard »
    assert later.form(address).fields["code"] == "CCCCC2"
    shown = []
    path = f"{address}?apres=AAAAA2"
    for _ in range(3):
        page = visitor.read(path)
        shown.append(page.form(address).fields["code"])
        response = visitor.post(address, {**page.form(address).fields, "opinion_verdict": "favourable"})
        assert response.status_code == 302
        path = response.location
    assert shown == ["CCCCC2", "DDDDD2", "AAAAA2"]
    assert "Vous avez donné votre avis sur toutes les idées de la séance." in visitor.read(path).words
    assert "3 sur 3" in visitor.read(f"/inbox/seances/{held.id}").words


def test_an_opinion_without_a_verdict_is_asked_again_and_keeps_what_was_typed(
    app: Flask, session: Session, member: Reviewer, debated: Contribution
) -> None:
    visitor = sign_in(app, member)
    phone = f"/inbox/seances/{debated.meeting_id}/avis"
    for path, action in ((CASE, GIVE), (phone, phone)):
        response = visitor.fill_in(path, action, opinion_comment="Mon commentaire", opinion_assessable="3")
        page = Page(response)
        assert response.status_code == 422
        assert "Choisissez votre avis." in page.words
        fields = page.form(action).fields
        assert (fields["opinion_comment"], fields["opinion_assessable"]) == ("Mon commentaire", "3")
    assert kept(session) == []


def test_a_closed_phase_refuses_and_gives_the_words_back(
    app: Flask, session: Session, new_reviewer: NewReviewer, member: Reviewer, debated: Contribution
) -> None:
    visitor = sign_in(app, member)
    phone = f"/inbox/seances/{debated.meeting_id}/avis"
    given = {"opinion_verdict": "favourable", "opinion_comment": "Écrit trop tard"}
    forms = {action: visitor.read(path).form(action).fields for path, action in ((CASE, GIVE), (phone, phone))}
    close(session, new_reviewer("68"), debated)
    for action, fields in forms.items():
        response = visitor.post(action, {**fields, **given})
        words = Page(response).words
        assert response.status_code == 422
        assert "Les avis sur cette idée ne sont pas ouverts." in words
        assert "Écrit trop tard" in words
    assert kept(session) == []
    assert [form.action for form in visitor.read(CASE).forms if form.action == GIVE] == []


def test_what_was_written_on_an_idea_that_left_the_agenda_is_not_lost(
    app: Flask, session: Session, new_reviewer: NewReviewer, member: Reviewer, debated: Contribution
) -> None:
    visitor, phone = sign_in(app, member), f"/inbox/seances/{debated.meeting_id}/avis"
    fields = {**visitor.read(phone).form(phone).fields, "opinion_verdict": "favourable", "opinion_comment": "Oui, mais"}
    code = fields["code"]
    gone = session.scalars(select(Contribution).where(Contribution.code == code)).one()
    held = session.get_one(Meeting, gone.meeting_id)
    meetings.take_off_agenda(session, new_reviewer("68"), gone, held, gone.version)
    session.commit()
    page = Page(visitor.post(phone, fields))
    assert "Les avis sur cette idée ne sont pas ouverts." in page.words
    assert "Ce que vous aviez écrit Oui, mais" in page.words
    assert all(form.fields.get("opinion_comment", "") == "" for form in page.forms)  # not on another idea


@pytest.mark.parametrize("bad", [{"opinion_innovative": "x"}, {"opinion_innovative": "٣x"}])
def test_what_no_form_sends_is_a_bad_request(
    app: Flask, member: Reviewer, debated: Contribution, bad: dict[str, str]
) -> None:
    visitor = sign_in(app, member)
    assert visitor.fill_in(CASE, GIVE, opinion_verdict="favourable", **bad).status_code == 400


def test_only_members_of_this_territory_give_one(
    app: Flask, session: Session, new_reviewer: NewReviewer, debated: Contribution
) -> None:
    phone = f"/inbox/seances/{debated.meeting_id}/avis"
    for reviewer, status in (
        (new_reviewer("68"), 403),
        (new_reviewer(None), 403),
        (new_reviewer("51", Role.MEMBER, "users"), 404),
    ):
        visitor = sign_in(app, reviewer)
        token = visitor.read("/inbox/seances").forms[0].fields["csrf_token"]
        fields = {"csrf_token": token, "opinion_verdict": "favourable", "code": "K7Q2MX"}
        assert [visitor.post(path, fields).status_code for path in (GIVE, phone)] == [status, status]
        assert visitor.get(phone).status_code == status
    assert kept(session) == []
