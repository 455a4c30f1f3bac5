"""The reviewers' pages, as a reviewer goes through them; and what never shows there."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.known import Mind
from service import review
from service.models import Change, Contribution, Person, Reviewer, Status
from tests.conftest import PASSWORD
from tests.telephone import Telephone
from tests.visitor import Page, Visitor, app_with

NewReviewer = Callable[[str | None], Reviewer]
IDEA = "il faudrait plus de médecins de garde le dimanche à Colmar"
WRONG = "Adresse électronique ou mot de passe incorrect."
ANSWER = "Merci ! Le CTS retient votre idée."


def sign_in(app: Flask, reviewer: Reviewer) -> Visitor:
    visitor = Visitor(app)
    response = visitor.fill_in("/inbox/connexion", action="", email=reviewer.email, password=PASSWORD)
    assert (response.status_code, response.location) == (302, "/inbox/")
    return visitor


def text_idea(app: Flask, session: Session, idea: str = IDEA, number: str = "+33639980001") -> str:
    """The code of an idea told by SMS."""
    before = set(session.scalars(select(Contribution.code)))
    session.rollback()
    telephone = Telephone(app, number)
    telephone.text("nouvelle idée")
    telephone.text(idea)
    for _ in range(4):
        telephone.text("1")
        new = set(session.scalars(select(Contribution.code))) - before
        session.rollback()
        if new:
            return new.pop()
    raise AssertionError("the idea was not taken")


def read_one(session: Session, code: str) -> Contribution:
    session.rollback()
    session.expire_all()
    found = session.scalars(select(Contribution).where(Contribution.code == code)).one()
    session.rollback()
    return found


@pytest.fixture
def reviewer(new_reviewer: NewReviewer) -> Reviewer:
    return new_reviewer("68")


@pytest.fixture
def colleague(app: Flask, reviewer: Reviewer) -> Visitor:
    """A signed-in member of the CTS of Haut-Rhin."""
    return sign_in(app, reviewer)


@pytest.fixture
def code(app: Flask, session: Session) -> str:
    """An idea for Colmar, told by SMS."""
    return text_idea(app, session)


def decide(visitor: Visitor, code: str, **typed: str) -> Page:
    response = visitor.fill_in(f"/inbox/contributions/{code}", **typed)
    assert response.status_code == 302, response.status
    return Page(visitor.get(response.location))


# In and out


@pytest.mark.parametrize(
    ("path", "back"),
    [
        pytest.param("/inbox/", "/inbox/connexion?next=%2Finbox%2F", id="queue"),
        pytest.param(
            "/inbox/contributions/K7Q2MX", "/inbox/connexion?next=%2Finbox%2Fcontributions%2FK7Q2MX", id="contribution"
        ),
    ],
)
def test_nobody_reads_anything_before_signing_in(app: Flask, path: str, back: str) -> None:
    response = Visitor(app).get(path)
    assert (response.status_code, response.location) == (302, back)


def test_nobody_decides_before_signing_in(app: Flask, session: Session, code: str) -> None:
    visitor = Visitor(app)
    token = visitor.read("/inbox/connexion").form("").fields["csrf_token"]
    response = visitor.post(f"/inbox/contributions/{code}", {"csrf_token": token, "status": "retained", "answer": "x"})
    assert response.status_code == 302
    assert response.location.startswith("/inbox/connexion")
    assert read_one(session, code).status in review.OPEN


def test_who_signs_in_is_greeted_by_name_and_may_sign_out(app: Flask, colleague: Visitor) -> None:
    page = colleague.read("/inbox/")
    assert "Camille" in page.words
    response = colleague.fill_in("/inbox/", action="/inbox/deconnexion")
    assert (response.status_code, response.location) == (302, "/inbox/connexion")
    assert colleague.get("/inbox/").status_code == 302


def test_signing_out_needs_the_form(colleague: Visitor) -> None:
    assert colleague.post("/inbox/deconnexion", {}).status_code == 400
    assert colleague.get("/inbox/").status_code == 200


def test_the_session_cookie_is_out_of_reach_of_scripts_and_of_other_sites(app: Flask, reviewer: Reviewer) -> None:
    visitor = Visitor(app)
    response = visitor.fill_in("/inbox/connexion", action="", email=reviewer.email, password=PASSWORD)
    (cookie,) = [value for value in response.headers.getlist("Set-Cookie") if value.startswith("session=")]
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(app: Flask, reviewer: Reviewer) -> None:
    def page(email: str, password: str) -> tuple[int, str]:
        response = Visitor(app).fill_in("/inbox/connexion", action="", email=email, password=password)
        html = re.sub(r'name="csrf_token" value="[^"]*"', "", response.get_data(as_text=True))
        return response.status_code, html.replace(email, "")

    wrong = page(reviewer.email, "un autre mot de passe")
    assert wrong == page("nobody@cts.example", PASSWORD) == page("no address", "")
    assert (wrong[0], WRONG in wrong[1]) == (401, True)


def test_the_address_typed_is_kept_and_the_password_is_not(app: Flask, reviewer: Reviewer) -> None:
    visitor = Visitor(app)
    page = Page(visitor.fill_in("/inbox/connexion", action="", email=reviewer.email, password="faux mot de passe"))
    assert (page.form("").fields["email"], page.form("").fields["password"]) == (reviewer.email, "")


@pytest.mark.parametrize("email", ["\x00", "a\x00@b.fr", "' OR 1=1 --", "é" * 10_000])
def test_any_address_typed_is_survived(app: Flask, email: str) -> None:
    assert Visitor(app).fill_in("/inbox/connexion", action="", email=email, password="x").status_code == 401


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        pytest.param("/inbox/contributions/K7Q2MX", "/inbox/contributions/K7Q2MX", id="a page of the inbox"),
        pytest.param("/inbox/?etat=toutes", "/inbox/?etat=toutes", id="with its query"),
        pytest.param("https://evil.example/", "/inbox/", id="another site"),
        pytest.param("//evil.example/inbox/", "/inbox/", id="another site without scheme"),
        pytest.param("/\\evil.example", "/inbox/", id="another site with a backslash"),
        pytest.param("/inbox/\\..\\..", "/inbox/", id="a backslash inside"),
        pytest.param("javascript:alert(1)", "/inbox/", id="a script"),
        pytest.param("/chat", "/inbox/", id="a page of somebody else's"),
        pytest.param("", "/inbox/", id="nothing"),
    ],
)
def test_after_signing_in_one_goes_on_inside_the_inbox_only(
    app: Flask, reviewer: Reviewer, wanted: str, place: str
) -> None:
    visitor = Visitor(app)
    path = f"/inbox/connexion?next={wanted.replace('?', '%3F').replace('&', '%26')}"
    fields = {**visitor.read(path).form("").fields, "email": reviewer.email, "password": PASSWORD}
    response = visitor.post(path, fields)
    assert (response.status_code, response.location) == (302, place)


def test_a_line_end_in_the_way_back_is_survived(app: Flask, reviewer: Reviewer) -> None:
    visitor = Visitor(app)
    path = "/inbox/connexion?next=/inbox/%0d%0aSet-Cookie:%20a=b"
    fields = {**visitor.read(path).form("").fields, "email": reviewer.email, "password": PASSWORD}
    response = visitor.post(path, fields)
    assert response.status_code == 302
    assert visitor.cookie("a") is None


def test_the_eleventh_attempt_of_a_minute_is_asked_to_wait(
    database_url: str, mind: Mind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wsgi.load_mind", lambda: mind)
    with app_with(DATABASE_URL=database_url, RATELIMIT_ENABLED=True) as app:
        visitor = Visitor(app)
        fields = {**visitor.read("/inbox/connexion").form("").fields, "email": "a@b.fr", "password": "x"}
        statuses = [visitor.post("/inbox/connexion", fields).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]


# The queue


def listed(page: Page) -> list[str]:
    return re.findall(r'href="/inbox/contributions/(\w{6})"', page.html)


@pytest.fixture
def codes(app: Flask, session: Session) -> dict[str, str]:
    """Ideas of three territories, in the order they came: their codes by commune."""
    places = ("Colmar", "Reims", "Mulhouse", "Strasbourg")
    return {
        place: text_idea(app, session, IDEA.replace("Colmar", place), f"+3363998001{number}")
        for number, place in enumerate(places)
    }


@pytest.mark.parametrize(
    ("departement", "query", "places"),
    [
        pytest.param("68", "", ["Colmar", "Mulhouse"], id="Haut-Rhin"),
        pytest.param("51", "", ["Reims"], id="Marne"),
        pytest.param("88", "", [], id="Vosges"),
        pytest.param(None, "", ["Colmar", "Reims", "Mulhouse", "Strasbourg"], id="region"),
        pytest.param(None, "?territoire=67", ["Strasbourg"], id="region, one territory"),
        pytest.param("51", "?territoire=68", [], id="another territory is not opened by its number"),
        pytest.param("68", "?etat=retained", [], id="retained: none"),
        pytest.param("68", "?etat=toutes", ["Colmar", "Mulhouse"], id="all"),
        pytest.param("68", "?etat=nonsense&apres=nonsense", ["Colmar", "Mulhouse"], id="nonsense"),
    ],
)
def test_the_queue_holds_a_territorys_ideas_oldest_first(
    app: Flask, new_reviewer: NewReviewer, codes: dict[str, str], departement: str | None, query: str, places: list[str]
) -> None:
    page = sign_in(app, new_reviewer(departement)).read(f"/inbox/{query}")
    assert listed(page) == [codes[place] for place in places]


@pytest.mark.parametrize("query", ["territoire=99", "territoire=%00", "apres=-1", f"apres={10**30}", "etat=%00"])
def test_any_query_of_the_queue_is_survived(colleague: Visitor, query: str) -> None:
    assert colleague.get(f"/inbox/?{query}").status_code == 200


# One contribution


def test_a_contribution_is_shown_with_its_words_place_and_history(colleague: Visitor, code: str) -> None:
    page = colleague.read(f"/inbox/contributions/{code}")
    assert IDEA in page.words
    assert "Colmar (68)" in page.words
    assert "SMS" in page.words
    assert "Reçue, avec l'accord de son auteur." in page.words


def test_words_are_shown_and_never_obeyed(app: Flask, session: Session, colleague: Visitor) -> None:
    words = "il faudrait plus de médecins de garde à Colmar <script>alert(1)</script> <b>vite</b>"
    code = text_idea(app, session, words)
    for path in (f"/inbox/contributions/{code}", "/inbox/"):
        page = colleague.read(path)
        assert "<script>alert" not in page.html
        assert "<b>" not in page.html
    assert words in colleague.read(f"/inbox/contributions/{code}").words


@pytest.mark.parametrize("path", ["{code}", "ZZZZZZ", "%00", "k7q2mx", "<script>"])
def test_a_contribution_of_another_territory_or_of_nobody_is_not_found(
    app: Flask, new_reviewer: NewReviewer, code: str, path: str
) -> None:
    marne = sign_in(app, new_reviewer("51"))
    response = marne.get(f"/inbox/contributions/{path.format(code=code)}")
    assert response.status_code == 404
    assert IDEA not in response.get_data(as_text=True)


def test_nobody_decides_for_another_territory(
    app: Flask, session: Session, new_reviewer: NewReviewer, code: str
) -> None:
    marne = sign_in(app, new_reviewer("51"))
    token = marne.read("/inbox/").form("/inbox/deconnexion").fields["csrf_token"]
    fields = {"csrf_token": token, "status": "retained", "answer": "x", "version": "1"}
    assert marne.post(f"/inbox/contributions/{code}", fields).status_code == 404
    assert read_one(session, code).status in review.OPEN


# A decision


def test_a_decision_is_saved_told_and_logged(
    colleague: Visitor, session: Session, reviewer: Reviewer, code: str
) -> None:
    page = decide(colleague, code, status="retained", solution="A4.2", reason="Réaliste.", answer=ANSWER)
    assert f"Décision enregistrée pour l'idée {code}." in page.words
    kept = read_one(session, code)
    assert (kept.status, kept.solution, kept.answer, kept.version) == (Status.RETAINED, "A4.2", ANSWER, 2)
    line = session.scalars(select(Change).where(Change.contribution_id == kept.id).order_by(Change.id.desc())).first()
    assert line is not None
    assert (line.reviewer_id, line.to_status, line.reason, line.answer) == (
        reviewer.id,
        Status.RETAINED,
        "Réaliste.",
        ANSWER,
    )
    shown = colleague.read(f"/inbox/contributions/{code}").words
    assert [words for words in ("Camille", "Réaliste.", ANSWER) if words not in shown] == []


def test_after_a_decision_comes_the_next_contribution_then_the_queue(
    app: Flask, session: Session, colleague: Visitor
) -> None:
    first, second = text_idea(app, session), text_idea(app, session, number="+33639980002")
    typed = {"status": "retained", "answer": ANSWER}
    response = colleague.fill_in(f"/inbox/contributions/{first}", **typed)
    assert (response.status_code, response.location) == (302, f"/inbox/contributions/{second}")
    response = colleague.fill_in(f"/inbox/contributions/{second}", **typed)
    assert (response.status_code, response.location) == (302, "/inbox/")


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        pytest.param({"status": "not_retained", "answer": "Non."}, "Indiquez pourquoi l'idée n'est pas retenue.", id="no reason"),
        pytest.param({"status": "retained", "reason": "Bien."}, "Écrivez la réponse que la personne recevra.", id="no answer"),
        pytest.param({"status": "retained", "answer": "é" * 1001}, "La réponse dépasse 1000 caractères", id="too long"),
        pytest.param({"status": "", "answer": "Oui.", "reason": "Bien."}, "Choisissez une décision.", id="no decision"),
        pytest.param({"status": "nonsense", "answer": "Oui."}, "Choisissez une décision.", id="a decision that is none"),
        pytest.param({"status": "received", "answer": "Oui."}, "Ce changement d'état n'est pas possible.", id="back to received"),
    ],
)  # fmt: skip
def test_a_refused_decision_saves_nothing_and_keeps_what_was_typed(
    colleague: Visitor, session: Session, code: str, typed: dict[str, str], problem: str
) -> None:
    path = f"/inbox/contributions/{code}"
    response = colleague.fill_in(path, **{"solution": "A2.2", "reason": "", "answer": "", **typed})
    assert response.status_code == 422
    page = Page(response)
    assert problem in page.words
    fields = page.form(path).fields
    assert (fields["solution"], fields["reason"], fields["answer"]) == (
        "A2.2",
        typed.get("reason", ""),
        typed.get("answer", ""),
    )
    kept = read_one(session, code)
    assert (kept.answer, kept.version) == (None, 1)


def test_an_answer_of_a_thousand_characters_may_hold_line_ends_as_browsers_send_them(
    colleague: Visitor, session: Session, code: str
) -> None:
    answer = "é" * 499 + "\r\n" + "é" * 500
    decide(colleague, code, status="retained", answer=answer)
    assert read_one(session, code).answer == answer.replace("\r\n", "\n")


@pytest.mark.parametrize("field", ["reason", "answer"])
def test_control_characters_are_survived(colleague: Visitor, code: str, field: str) -> None:
    typed = {"status": "retained", "reason": "Bien.", "answer": "Oui.", field: "a\x00\x01b"}
    assert colleague.fill_in(f"/inbox/contributions/{code}", **typed).status_code in {302, 422}
    assert colleague.get(f"/inbox/contributions/{code}").status_code == 200


def test_a_solution_that_is_none_is_refused_and_breaks_no_page(colleague: Visitor, session: Session, code: str) -> None:
    response = colleague.fill_in(f"/inbox/contributions/{code}", status="retained", answer="Oui.", solution="Z9.9")
    assert response.status_code in {400, 422}
    assert read_one(session, code).version == 1
    assert colleague.get("/inbox/?etat=toutes").status_code == 200
    assert colleague.get(f"/inbox/contributions/{code}").status_code == 200


def test_a_decision_needs_the_form(colleague: Visitor, session: Session, code: str) -> None:
    fields = {"status": "retained", "answer": "Oui.", "version": "1"}
    assert colleague.post(f"/inbox/contributions/{code}", fields).status_code == 400
    assert read_one(session, code).version == 1


def test_of_two_who_decide_on_the_same_page_the_second_is_told_and_loses_nothing(
    app: Flask, session: Session, new_reviewer: NewReviewer, colleague: Visitor, code: str
) -> None:
    path = f"/inbox/contributions/{code}"
    region = sign_in(app, new_reviewer(None))
    seen = region.read(path).form(path).fields
    decide(colleague, code, status="retained", answer=ANSWER)
    typed = {"status": "not_retained", "reason": "Trop cher.", "answer": "Désolés."}
    response = region.post(path, {**seen, **typed})
    assert response.status_code == 409
    page = Page(response)
    assert "Cette contribution a été modifiée pendant que vous l'instruisiez : relisez-la." in page.words
    assert (page.form(path).fields["reason"], page.form(path).fields["answer"]) == ("Trop cher.", "Désolés.")
    kept = read_one(session, code)
    assert (kept.status, kept.answer) == (Status.RETAINED, ANSWER)


# What the citizen learns, and what the reviewer does not


def test_the_citizen_reads_the_decision_and_the_answer_by_sms_and_on_the_web(
    app: Flask, colleague: Visitor, code: str
) -> None:
    decide(colleague, code, status="retained", solution="A4.2", answer=ANSWER)
    by_sms = Telephone(app).text(f"SUIVI {code}")
    assert by_sms.startswith(f"Idée {code} ")
    assert ": retenue par le CTS.\nRéponse du CTS : Merci ! Le CTS retient votre idée." in by_sms
    stranger = Visitor(app)
    stranger.fill_in("/chat", text=f"suivi {code}")
    words = stranger.read("/chat").words
    assert ANSWER in words
    assert IDEA not in words


def test_neither_number_nor_pseudonym_of_a_citizen_is_on_any_page(
    app: Flask, session: Session, new_reviewer: NewReviewer, codes: dict[str, str]
) -> None:
    region = sign_in(app, new_reviewer(None))
    decide(region, codes["Reims"], status="not_retained", reason="Déjà fait.", answer="Un bus existe.")
    paths = ["/inbox/", "/inbox/?etat=toutes", *(f"/inbox/contributions/{code}" for code in codes.values())]
    html = "".join(region.read(path).html for path in paths)
    pseudonyms = list(session.scalars(select(Person.pseudonym)))
    assert len(pseudonyms) == session.scalar(select(func.count()).select_from(Person)) == 4
    secret = [part for pseudonym in pseudonyms for part in pseudonym.split(":") if len(part) > 8]
    numbers = [written.format(n=n) for n in range(4) for written in ("63998001{n}", "6 39 98 00 1{n}", "39 98 00 1{n}")]
    assert [found for found in (*secret, *numbers) if found in html] == []
