"""The sealed original of an idea: opened by a named reviewer of its territory, for a reason, and noted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import Contribution, Opening, Reviewer, Role
from tests.telephone import Telephone
from tests.visitor import PASSWORD, Page, Visitor, app_with, sign_in

NewReviewer = Callable[[str | None], Reviewer]
PLAIN = "il faudrait plus de médecins de garde le dimanche à Colmar"
ORIGINAL = f"{PLAIN}, appelez le 06 39 98 55 77"
MASKED = f"{PLAIN}, appelez le [téléphone]"
REASON = "Le masquage semble avoir retiré un lieu."
NO_REASON = "Dites pourquoi vous ouvrez le texte d'origine : ce sera noté."


def text_idea(app: Flask, session: Session, idea: str = ORIGINAL, number: str = "+33639980001") -> str:
    """The code of an idea told by SMS."""
    before = set(session.scalars(select(Contribution.code)))
    telephone = Telephone(app, number)
    telephone.text("nouvelle idée")
    telephone.text(idea)
    for _ in range(4):
        telephone.text("1")
        if new := set(session.scalars(select(Contribution.code))) - before:
            session.rollback()
            return new.pop()
    raise AssertionError("the idea was not taken")


def read_openings(session: Session) -> list[tuple[str, str, str]]:
    """Which idea was opened by whom and why, in order."""
    session.rollback()
    session.expire_all()
    query = select(Opening, Contribution.code).join(Contribution).order_by(Opening.id)
    found = [(code, opening.reviewer.email, opening.reason) for opening, code in session.execute(query)]
    session.rollback()
    return found


def path_of(code: str) -> str:
    return f"/inbox/contributions/{code}"


@pytest.fixture
def code(app: Flask, session: Session) -> str:
    """An idea for Colmar in which a number was masked, told by SMS."""
    return text_idea(app, session)


@pytest.fixture
def reviewer(new_reviewer: NewReviewer) -> Reviewer:
    return new_reviewer("68")


@pytest.fixture
def colleague(app: Flask, reviewer: Reviewer) -> Visitor:
    """A signed-in member of the CTS of Haut-Rhin."""
    return sign_in(app, reviewer)


def test_until_it_is_opened_no_page_shows_the_original(colleague: Visitor, session: Session, code: str) -> None:
    pages = [colleague.read(path) for path in (path_of(code), "/inbox/", "/inbox/?etat=toutes")]
    assert [MASKED in page.words for page in pages] == [True] * 3
    assert [page for page in pages if "39 98 55 77" in page.html] == []
    assert read_openings(session) == []


def test_an_original_opened_for_a_reason_is_shown_and_noted_with_name_and_reason(
    colleague: Visitor, session: Session, reviewer: Reviewer, code: str
) -> None:
    response = colleague.fill_in(path_of(code), action=f"{path_of(code)}/original", opening_reason=REASON)
    assert response.status_code == 200
    page = Page(response)
    assert ORIGINAL in page.words
    assert "no-store" in response.headers["Cache-Control"]
    assert read_openings(session) == [(code, reviewer.email, REASON)]


def test_the_note_is_read_by_colleagues_and_the_original_is_not(
    app: Flask, colleague: Visitor, new_reviewer: NewReviewer, code: str
) -> None:
    colleague.fill_in(path_of(code), action=f"{path_of(code)}/original", opening_reason=REASON)
    words = sign_in(app, new_reviewer("68")).read(path_of(code)).words
    assert f"par Camille : {REASON}" in words
    assert "39 98 55 77" not in words
    assert "39 98 55 77" not in colleague.read(path_of(code)).html


def test_without_a_reason_nothing_is_opened_nor_noted(colleague: Visitor, session: Session, code: str) -> None:
    for reason in ("", "   ", "\x00\x01", "\u00a0", "\u200b"):
        response = colleague.fill_in(path_of(code), action=f"{path_of(code)}/original", opening_reason=reason)
        page = Page(response)
        assert (response.status_code, NO_REASON in page.words, "39 98 55 77" in page.html) == (422, True, False)
    assert read_openings(session) == []


def test_every_opening_is_noted(colleague: Visitor, session: Session, reviewer: Reviewer, code: str) -> None:
    for reason in (REASON, "Encore une fois.", REASON):
        colleague.fill_in(path_of(code), action=f"{path_of(code)}/original", opening_reason=reason)
    reasons = [reason for _, _, reason in read_openings(session)]
    assert reasons == [REASON, "Encore une fois.", REASON]


def test_another_territorys_original_is_not_found_and_not_noted(
    app: Flask, session: Session, new_reviewer: NewReviewer, code: str
) -> None:
    other = sign_in(app, new_reviewer("51"))
    token = other.read("/inbox/").form("/inbox/deconnexion").fields["csrf_token"]
    fields = {"csrf_token": token, "opening_reason": REASON}
    for wanted in (code, "ZZZZZZ", code.lower(), "%00"):
        response = other.post(f"{path_of(wanted)}/original", fields)
        assert (response.status_code, "39 98 55 77" in response.text) == (404, False)
    assert read_openings(session) == []


def test_the_whole_region_may_open_any(app: Flask, session: Session, new_reviewer: NewReviewer, code: str) -> None:
    region = new_reviewer(None)
    email = region.email
    response = sign_in(app, region).fill_in(path_of(code), action=f"{path_of(code)}/original", opening_reason=REASON)
    assert ORIGINAL in Page(response).words
    assert read_openings(session) == [(code, email, REASON)]


def test_nobody_opens_anything_before_signing_in(app: Flask, session: Session, code: str) -> None:
    visitor = Visitor(app)
    token = visitor.read("/inbox/connexion").form("").fields["csrf_token"]
    response = visitor.post(f"{path_of(code)}/original", {"csrf_token": token, "opening_reason": REASON})
    assert (response.status_code, response.location.startswith("/inbox/connexion")) == (302, True)
    assert read_openings(session) == []


def test_opening_needs_the_form(colleague: Visitor, session: Session, code: str) -> None:
    assert colleague.post(f"{path_of(code)}/original", {"opening_reason": REASON}).status_code == 400
    assert colleague.get(f"{path_of(code)}/original").status_code == 405
    assert read_openings(session) == []


def test_where_nothing_was_masked_nothing_is_offered(app: Flask, session: Session, colleague: Visitor) -> None:
    plain = text_idea(app, session, PLAIN, "+33639980002")
    page = colleague.read(path_of(plain))
    assert [form.action for form in page.forms if form.action.endswith("/original")] == []
    token = page.form("/inbox/deconnexion").fields["csrf_token"]
    fields = {"csrf_token": token, "opening_reason": REASON}
    assert colleague.post(f"{path_of(plain)}/original", fields).status_code == 404
    assert read_openings(session) == []


def test_once_its_author_kept_only_the_idea_nothing_is_offered(
    app: Flask, session: Session, colleague: Visitor, code: str
) -> None:
    colleague.fill_in(path_of(code), action=f"{path_of(code)}/original", opening_reason=REASON)
    session.rollback()
    for message in ("effacer", "2"):
        Telephone(app).text(message)
    session.rollback()
    page = colleague.read(path_of(code))
    assert MASKED in page.words
    assert [form.action for form in page.forms if form.action.endswith("/original")] == []
    assert REASON not in page.words


def test_an_original_under_a_key_that_is_gone_is_told_and_not_noted(
    session: Session, reviewer: Reviewer, code: str, database_url: str
) -> None:
    email = reviewer.email
    session.rollback()
    with app_with(DATABASE_URL=database_url, PHONE_PEPPER="the new pepper of the tests") as rotated:
        visitor = Visitor(rotated)
        visitor.fill_in("/inbox/connexion", action="", email=email, password=PASSWORD)
        response = visitor.fill_in(path_of(code), action=f"{path_of(code)}/original", opening_reason=REASON)
        assert response.status_code == 422
        assert "que PHONE_PEPPER ne contient plus." in Page(response).words
    assert read_openings(session) == []


def test_a_classification_is_not_lost_by_a_colleagues_reading(
    app: Flask, session: Session, colleague: Visitor, new_reviewer: NewReviewer, code: str
) -> None:
    """Opening changes nothing of the idea: who has its page open may still save."""
    other = sign_in(app, new_reviewer("68"))
    act = f"{path_of(code)}/instruction"
    seen = colleague.read(path_of(code)).form(act).fields
    other.fill_in(path_of(code), action=f"{path_of(code)}/original", opening_reason=REASON)
    assert colleague.post(act, {**seen, "solution": "A4.2", "reason": "Réaliste."}).status_code == 302


def test_a_member_opens_none(app: Flask, session: Session, new_reviewer: Callable[..., Reviewer], code: str) -> None:
    member = sign_in(app, new_reviewer("68", Role.MEMBER))
    page = member.read(path_of(code))
    assert [form.action for form in page.forms if form.action.endswith("/original")] == []
    fields = {"csrf_token": page.form("/inbox/deconnexion").fields["csrf_token"], "opening_reason": REASON}
    assert member.post(f"{path_of(code)}/original", fields).status_code == 403
    assert read_openings(session) == []
