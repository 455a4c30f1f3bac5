"""Who has an account: invitations, posts, accounts closed and opened again."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from service.models import Invitation, Reviewer, Role
from tests.telephone import BASE_URL
from tests.visitor import PASSWORD, Page, Visitor, sign_in

NewReviewer = Callable[..., Reviewer]
PEOPLE = "/inbox/personnes"
EMAIL = "noa@cts.example"
CHOSEN = "une phrase que je choisis"


@pytest.fixture
def secretary(app: Flask, new_reviewer: NewReviewer) -> Visitor:
    return sign_in(app, new_reviewer("68", name="Dominique"))


@pytest.fixture
def region(app: Flask, new_reviewer: NewReviewer) -> Visitor:
    return sign_in(app, new_reviewer(None, name="Alex"))


def invite(visitor: Visitor, **typed: str) -> TestResponse:
    return visitor.fill_in(PEOPLE, action=PEOPLE, **{"email": EMAIL, "name": "Noa", "college": "users", **typed})


def link_in(response: TestResponse) -> str:
    """The path of the invitation that was just made."""
    assert response.status_code == 200, response.status
    (link,) = re.findall(rf'value="{BASE_URL}(/inbox/invitation/[\w-]{{43}})"', response.get_data(as_text=True))
    return str(link)


def accept(app: Flask, path: str, **typed: str) -> tuple[Visitor, TestResponse]:
    guest = Visitor(app)
    given = {"password": CHOSEN, "password_again": CHOSEN, **typed}
    return guest, guest.fill_in(path, action="", **given)


def test_a_secretary_invites_a_member_who_makes_their_account(app: Flask, session: Session, secretary: Visitor) -> None:
    path = link_in(invite(secretary))
    page = Visitor(app).read(path)
    assert "à l'espace du CTS du Haut-Rhin : membre du conseil, collège « Usagers »" in page.words.replace("\xa0", " ")
    guest, response = accept(app, path, name="Noa Weber")
    assert (response.status_code, response.location) == (302, "/inbox/")
    made = session.scalars(select(Reviewer).where(Reviewer.email == EMAIL)).one()
    assert (made.name, made.role, made.departement, made.college) == ("Noa Weber", Role.MEMBER, "68", "users")
    assert "Noa Weber" in guest.read("/inbox/compte").words
    assert Visitor(app).get(path).status_code == 404, "used once"


def test_the_link_is_shown_once(secretary: Visitor) -> None:
    path = link_in(invite(secretary))
    page = secretary.read(PEOPLE)
    assert (EMAIL in page.words, path.rsplit("/", 1)[1] in page.html) == (True, False)


def test_a_link_is_nobody_elses_business_on_the_way(app: Flask, secretary: Visitor) -> None:
    response = Visitor(app).get(link_in(invite(secretary)))
    assert (response.headers["Cache-Control"], response.headers["Referrer-Policy"]) == ("no-store", "same-origin")


def test_a_withdrawn_invitation_is_told_as_such(app: Flask, secretary: Visitor) -> None:
    path = link_in(invite(secretary))
    (action,) = re.findall(rf'action="({PEOPLE}/invitations/\d+/retirer)"', secretary.read(PEOPLE).html)
    assert secretary.fill_in(PEOPLE, action=action).status_code == 302
    response = Visitor(app).get(path)
    assert (response.status_code, "demandez-en une nouvelle" in Page(response).words) == (404, True)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        pytest.param({"password_again": "x"}, "Les deux mots de passe ne sont pas les mêmes.", id="not the same"),
        pytest.param({"password": "x", "password_again": "x"}, "au moins 12 caractères", id="short"),
        pytest.param({"name": "n" * 121}, "Le nom dépasse 120 caractères", id="a long name"),
    ],
)
def test_a_mistake_makes_no_account_and_leaves_the_link_good(
    app: Flask, session: Session, secretary: Visitor, typed: dict[str, str], sentence: str
) -> None:
    path = link_in(invite(secretary))
    _, response = accept(app, path, **typed)
    page = Page(response)
    assert (response.status_code, sentence in page.words) == (422, True)
    assert (CHOSEN in page.html, page.form("").fields["name"]) == (False, typed.get("name", "Noa"))
    assert accept(app, path)[1].status_code == 302


@pytest.mark.parametrize(
    ("typed", "sentence", "field"),
    [
        pytest.param({"email": "noa"}, "« noa » n'est pas une adresse électronique.", "email", id="no address"),
        pytest.param({"college": ""}, "Un membre du conseil a un collège", "college", id="no college"),
        pytest.param({"name": "n" * 121}, "Le nom dépasse 120 caractères", "name", id="a long name"),
    ],
)
def test_what_was_typed_is_kept_when_nobody_was_invited(
    session: Session, secretary: Visitor, typed: dict[str, str], sentence: str, field: str
) -> None:
    response = invite(secretary, **typed)
    page = Page(response)
    assert (response.status_code, sentence in page.words) == (422, True)
    assert [given.get("id") for _, given in page.tags if "aria-invalid" in given] == [field]
    assert page.form(PEOPLE).fields["email"] == typed.get("email", EMAIL)
    assert session.scalars(select(Invitation)).all() == []


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"role": "secretary", "college": ""}, 403),
        ({"role": "region", "departement": "", "college": ""}, 403),
        ({"departement": "51"}, 404),
        ({"departement": ""}, 404),
        ({"role": "king"}, 400),
        ({"departement": "99"}, 400),
        ({"college": "nonsense"}, 400),
    ],
)
def test_a_secretary_invites_no_more_than_members_of_theirs(
    session: Session, secretary: Visitor, typed: dict[str, str], status: int
) -> None:
    assert invite(secretary, **typed).status_code == status
    assert session.scalars(select(Invitation)).all() == []


@pytest.mark.parametrize(
    ("role", "departement", "college"), [("member", "51", "users"), ("secretary", "51", ""), ("region", "", "")]
)
def test_the_region_invites_everybody(
    app: Flask, session: Session, region: Visitor, role: str, departement: str, college: str
) -> None:
    path = link_in(invite(region, role=role, departement=departement, college=college))
    accept(app, path)
    made = session.scalars(select(Reviewer).where(Reviewer.email == EMAIL)).one()
    assert (made.role, made.departement, made.college) == (role, departement or None, college or None)


def test_a_secretary_sees_the_people_of_their_territory(
    app: Flask, secretary: Visitor, new_reviewer: NewReviewer
) -> None:
    colleague, stranger = new_reviewer("68", Role.MEMBER, name="Noa"), new_reviewer("51", name="Lou")
    page = secretary.read(PEOPLE)
    assert [one.email in page.words for one in (colleague, stranger)] == [True, False]
    assert "/inbox/personnes/" not in page.html, "and changes none of them"


def test_the_region_changes_a_post_and_its_owner_signs_in_again(
    app: Flask, session: Session, region: Visitor, new_reviewer: NewReviewer
) -> None:
    person = new_reviewer("68")
    visitor, path = sign_in(app, person), f"{PEOPLE}/{person.id}"
    response = region.fill_in(path, action=path, role="member", departement="51", college="users")
    assert (response.status_code, response.location) == (302, path)
    session.refresh(person)
    assert (person.role, person.departement, person.college) == (Role.MEMBER, "51", "users")
    assert visitor.get("/inbox/compte").status_code == 302


def test_a_post_that_cannot_be_is_kept_in_the_form(
    session: Session, region: Visitor, new_reviewer: NewReviewer
) -> None:
    person = new_reviewer("68")
    path = f"{PEOPLE}/{person.id}"
    response = region.fill_in(path, action=path, role="member", departement="51")
    page = Page(response)
    assert (response.status_code, page.form(path).fields["departement"]) == (422, "51")
    assert [given.get("id") for _, given in page.tags if "aria-invalid" in given] == ["college"]


def test_an_account_is_closed_and_opened_again(
    app: Flask, session: Session, region: Visitor, new_reviewer: NewReviewer
) -> None:
    person = new_reviewer("68")
    visitor, path = sign_in(app, person), f"{PEOPLE}/{person.id}"
    assert region.fill_in(path, action=f"{path}/fermer").status_code == 302
    assert visitor.get("/inbox/compte").status_code == 302
    again = Visitor(app).fill_in("/inbox/connexion", action="", email=person.email, password=PASSWORD)
    assert again.status_code == 401
    assert "Comptes fermés 1" in region.read(PEOPLE).words
    assert region.fill_in(path, action=f"{path}/rouvrir").status_code == 302
    sign_in(app, person)


def test_the_last_account_of_the_region_is_not_closed(session: Session, region: Visitor) -> None:
    number = session.scalars(select(Reviewer.id).where(Reviewer.role == Role.REGION)).one()
    path = f"{PEOPLE}/{number}"
    response = region.fill_in(path, action=f"{path}/fermer")
    assert (response.status_code, "dernier compte de la région" in Page(response).words) == (422, True)


@pytest.mark.parametrize("number", [0, 10**30])
def test_nobody_is_not_found(region: Visitor, number: int) -> None:
    token = region.read(PEOPLE).form(PEOPLE).fields["csrf_token"]
    assert region.get(f"{PEOPLE}/{number}").status_code == 404
    for act in ("", "/fermer", "/rouvrir"):
        given = {"csrf_token": token, "role": "region"}
        assert region.post(f"{PEOPLE}/{number}{act}", given).status_code == 404
    assert region.post(f"{PEOPLE}/invitations/{number}/retirer", {"csrf_token": token}).status_code == 404


@pytest.mark.parametrize(
    ("role", "departement", "entries"),
    [
        (Role.MEMBER, "68", {"Idées", "Mon compte"}),
        (Role.SECRETARY, "68", {"Idées", "Personnes", "Mon compte"}),
        (Role.REGION, None, {"Idées", "Personnes", "Mon compte"}),
    ],
)
def test_the_navigation_offers_what_one_may_open(
    app: Flask, new_reviewer: NewReviewer, role: Role, departement: str | None, entries: set[str]
) -> None:
    visitor = sign_in(app, new_reviewer(departement, role))
    html = visitor.read("/inbox/compte").html
    nav = html[html.index('<nav class="bar__nav"') :].split("</nav>")[0]
    offered = re.findall(r'<a href="([^"]+)"([^>]*)>([^<]+)', nav)
    assert {label.strip() for _, _, label in offered} >= entries
    assert ("Personnes" in {label.strip() for _, _, label in offered}) is ("Personnes" in entries)
    assert [href for href, more, _ in offered if 'aria-current="page"' in more] == ["/inbox/compte"]
    assert {visitor.get(href).status_code for href, _, _ in offered} == {200}


def test_a_page_that_ones_role_does_not_open_says_so(app: Flask, new_reviewer: NewReviewer) -> None:
    response = sign_in(app, new_reviewer("68", Role.MEMBER)).get(PEOPLE)
    assert (response.status_code, "Votre compte ne permet pas de l'ouvrir." in Page(response).words) == (403, True)
