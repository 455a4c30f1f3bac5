"""Everyone's pages: they answer, load nothing from elsewhere, and say when the service is unwell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from bot.known import Mind
from extensions import db
from knowledge.loader import load_knowledge
from service.models import Base
from tests.visitor import Page, Visitor, app_with

PROJECTS = [project.id for project in load_knowledge().projects]
PAGES = ["/", "/chat", "/projets", "/mentions-legales", "/inbox/connexion", *(f"/projets/{name}" for name in PROJECTS)]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
LOADING = {"src", "srcset", "poster", "data", "action", "formaction", "background", "manifest"}


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, mind: Mind) -> Iterator[Visitor]:
    """A visitor who changes nothing: one service for all that they read."""
    database = tmp_path_factory.mktemp("pages") / "voix.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wsgi.load_mind", lambda: mind)
        with app_with(DATABASE_URL=f"sqlite:///{database}") as app:
            yield Visitor(app)


@pytest.fixture
def demo(tmp_path: Path, mind: Mind, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    """A visitor of the demonstration."""
    monkeypatch.setattr("wsgi.load_mind", lambda: mind)
    with app_with(DATABASE_URL=f"sqlite:///{tmp_path / 'demo.db'}", VOIX_DEMO="1") as app:
        yield Visitor(app)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_there_in_french_with_its_headers(reader: Visitor, path: str) -> None:
    response = reader.get(path)
    assert (response.status_code, response.mimetype) == (200, "text/html")
    headers = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cache-Control")
    assert [response.headers.get(name) for name in headers][:3] == [POLICY, "nosniff", "same-origin"]
    assert "no-store" in response.headers["Cache-Control"]
    assert ("html", {"lang": "fr"}) in Page(response).tags


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_nothing_from_elsewhere_and_nothing_its_policy_blocks(reader: Visitor, path: str) -> None:
    page = reader.read(path)
    loaded = [
        value
        for tag, attributes in page.tags
        for name, value in attributes.items()
        if name in LOADING or (name == "href" and tag not in {"a", "area"})
    ]
    assert [address for address in loaded if "//" in address] == []
    inline = [
        (tag, name)
        for tag, attributes in page.tags
        for name in attributes
        if name == "style" or name.startswith("on") or tag == "style"
    ]
    assert inline == []
    assert [attributes for tag, attributes in page.tags if tag == "script" and "src" not in attributes] == []


@pytest.mark.parametrize("path", PAGES)
def test_what_a_page_loads_and_links_to_here_is_there(reader: Visitor, path: str) -> None:
    page = reader.read(path)
    addresses = {attributes.get(name, "") for _, attributes in page.tags for name in ("href", "src")}
    here = sorted(address.split("#")[0] for address in addresses if address.startswith("/"))
    statuses = {address: reader.get(address).status_code for address in here}
    assert {address: status for address, status in statuses.items() if status not in {200, 302}} == {}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_one_title_and_one_first_heading(reader: Visitor, path: str) -> None:
    page = reader.read(path)
    assert [sum(tag == wanted for tag, _ in page.tags) for wanted in ("title", "h1", "main")] == [1, 1, 1]


def test_the_projects_page_names_every_project(reader: Visitor, mind: Mind) -> None:
    words = reader.read("/projets").words
    assert [project.name for project in mind.knowledge.projects if project.name not in words] == []


@pytest.mark.parametrize("project_id", PROJECTS)
def test_a_projects_page_says_who_leads_it_and_what_is_unknown(reader: Visitor, mind: Mind, project_id: str) -> None:
    project = mind.knowledge.project(project_id)
    words = reader.read(f"/projets/{project_id}").words
    assert [fact for fact in (project.name, project.lead, project.public) if " ".join(fact.split()) not in words] == []
    assert ("Non connu de nos sources" in words) is (project.phone is None or project.opening is None)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/nulle-part", id="no such page"),
        pytest.param("/projets/nul", id="no such project"),
        pytest.param("/projets/%00", id="NUL"),
        pytest.param("/projets/<script>alert(1)</script>", id="markup"),
        pytest.param("/static/../wsgi.py", id="outside of the static files"),
        pytest.param("/static/nul.css", id="no such file"),
    ],
)
def test_a_page_that_is_not_there_is_said_not_to_be(reader: Visitor, path: str) -> None:
    response = reader.get(path)
    assert response.status_code == 404
    page = Page(response)
    assert "Page introuvable" in page.words
    assert "Cette page n'existe pas ou n'existe plus." in page.words
    assert "<script>alert" not in page.html
    assert response.headers["Content-Security-Policy"] == POLICY


def test_a_method_that_is_not_meant_is_refused(reader: Visitor) -> None:
    assert reader.client.post("/", data={}).status_code in {400, 405}


# When it is not well


def test_our_own_fault_is_a_page_that_tells_nothing_of_it(app: Flask, visitor: Visitor) -> None:
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    fields = visitor.read("/chat").form("/chat").fields
    db.session.remove()
    Base.metadata.drop_all(db.engine)
    response = visitor.post("/chat", {**fields, "text": "bonjour"})
    assert response.status_code == 500
    page = Page(response)
    assert "Un problème est survenu" in page.words
    assert [word for word in ("sqlalchemy", "Traceback", "person") if word in page.html] == []


# The telephone of the demonstration


@pytest.mark.parametrize("method", ["get", "post"])
def test_there_is_no_simulator_outside_of_the_demonstration(visitor: Visitor, method: str) -> None:
    fields = visitor.read("/chat").form("/chat").fields
    response = visitor.get("/simulateur") if method == "get" else visitor.post("/simulateur", fields)
    assert response.status_code == 404


def test_only_the_demonstration_says_that_it_is_one(visitor: Visitor, demo: Visitor) -> None:
    assert ["Démonstration" in person.read("/").words for person in (visitor, demo)] == [False, True]


def simulate(demo: Visitor, **typed: str) -> Page:
    response = demo.fill_in("/simulateur", **typed)
    assert response.status_code in {302, 303}
    return Page(demo.get(response.location))


def test_the_simulator_texts_the_service_and_counts_the_segments(demo: Visitor) -> None:
    page = simulate(demo, text="menu")
    assert "Que souhaitez-vous ?" in page.words
    assert "1 Trouver un projet de santé près de chez moi" in page.words
    assert "1 segment, GSM-7" in page.words
    assert "1 segment, UCS-2" in simulate(demo, text="ça").words


def test_the_simulated_telephone_goes_on_with_its_conversation(demo: Visitor) -> None:
    simulate(demo, text="menu")
    assert "Quelle est votre idée" in simulate(demo, text="2").words


def test_a_new_telephone_is_another_person(demo: Visitor) -> None:
    simulate(demo, text="menu")
    page = simulate(demo, new="1")
    assert "Que souhaitez-vous ?" not in page.words
    assert "Quelle est votre idée" not in simulate(demo, text="2").words


@pytest.mark.parametrize("text", ["", "😀" * 200, "a\x00b", "x" * 5000, "<b>gras</b>"])
def test_the_simulator_survives_whatever_is_texted(demo: Visitor, text: str) -> None:
    assert "<b>" not in simulate(demo, text=text).html
