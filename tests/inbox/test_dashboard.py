"""The dashboard's page: its figures lead to their lists, its drawings have their tables."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from bot.known import Mind
from inbox.charts import HEIGHT, draw_columns
from inbox.map import WIDTH, draw_map
from knowledge.outlines import load_outlines
from service.models import Reviewer, Role, Status
from tests.council import idea
from tests.visitor import Page, sign_in

NewReviewer = Callable[..., Reviewer]


@pytest.fixture
def ideas(session: Session) -> None:
    """Five of Haut-Rhin, in several states, and one of Marne."""
    now = dt.datetime.now(dt.UTC)
    states = (Status.RECEIVED, Status.TO_CLASSIFY, Status.INSTRUCTED, Status.RETAINED, Status.RECEIVED)
    for number, status in enumerate(states):
        made = idea(session, f"AAAA{number:02}", status=status)
        made.received_at = now - dt.timedelta(days=20 * number)
        made.flagged = number == 4
        if status in {Status.INSTRUCTED, Status.RETAINED}:
            made.instructed_at, made.suggested = now, "A4.2"
        if status is Status.RETAINED:
            made.decided_at = made.answered_at = now
            made.answered_after = 60
    idea(session, "BBBBB2", "51", Status.RECEIVED)
    session.commit()


def list_figures(page: Page) -> set[tuple[str, str]]:
    """(address of the queue, the number that leads there)."""
    found = re.findall(
        r'<a class="tap" href="(/inbox/\?[^"]*)">([\d\u202f]+)( %)?</a>', page.html.replace("&amp;", "&")
    )
    return {(address, number) for address, number, percent in found if not percent}


@pytest.mark.slow
@pytest.mark.usefixtures("ideas")
@pytest.mark.parametrize("departement", ["68", None])
def test_every_figure_leads_to_a_list_of_as_many(
    app: Flask, new_reviewer: NewReviewer, departement: str | None
) -> None:
    visitor = sign_in(app, new_reviewer(departement))
    figures = list_figures(visitor.read("/inbox/tableau"))
    assert len(figures) > 15
    wrong = {}
    for address, number in figures:
        title = re.search(r'id="liste">(.*?)</h2>', visitor.get(address).get_data(as_text=True))
        counted = re.findall(r"(\d+)(?:&nbsp;|\xa0)idée", title[1]) if title else []
        if counted != [number]:
            wrong[address] = (number, counted)
    assert wrong == {}


@pytest.mark.usefixtures("ideas")
def test_a_drawing_has_its_table_and_no_style_of_its_own(app: Flask, new_reviewer: NewReviewer) -> None:
    page = sign_in(app, new_reviewer("68")).read("/inbox/tableau")
    drawn = [given for tag, given in page.tags if tag == "svg" and given.get("class") in {"columns-chart", "map"}]
    assert [given["class"] for given in drawn] == ["columns-chart"] * 4 + ["map"]
    assert {given["aria-hidden"] for given in drawn} == {"true"}
    captions = {given["id"] for tag, given in page.tags if tag == "caption"}
    assert {"t-activite", "t-communes"} <= captions
    assert [given for _, given in page.tags if "style" in given] == []
    assert {given.get("scope") for tag, given in page.tags if tag == "th"} == {"row", "col"}


@pytest.mark.usefixtures("ideas")
def test_the_region_looks_at_a_territory_or_at_all(app: Flask, new_reviewer: NewReviewer) -> None:
    region, secretary = sign_in(app, new_reviewer(None)), sign_in(app, new_reviewer("68"))
    titles = {
        path: re.search(r"<h1>(.*?)</h1>", visitor.read(f"/inbox/tableau{path}").html)[1].replace("&nbsp;", " ")  # type: ignore[index]
        for visitor, path in (
            (region, ""),
            (region, "?territoire=51"),
            (region, "?territoire=75&periode=siecles"),
            (secretary, "?territoire=51&periode=annees"),
        )
    }
    assert titles == {
        "": "Tableau de bord : Grand Est",
        "?territoire=51": "Tableau de bord : Marne",
        "?territoire=75&periode=siecles": "Tableau de bord : Grand Est",
        "?territoire=51&periode=annees": "Tableau de bord : Haut-Rhin",
    }


def test_an_empty_dashboard_says_so(app: Flask, new_reviewer: NewReviewer) -> None:
    page = sign_in(app, new_reviewer("68", Role.MEMBER)).read("/inbox/tableau?periode=semaines")
    assert "Aucune première réponse n'a été publiée pendant cette période." in page.words
    assert list_figures(page) == set()


def test_the_maps_table_lists_every_commune_that_is_drawn(
    app: Flask, session: Session, mind: Mind, new_reviewer: NewReviewer
) -> None:
    own = [one for one in mind.places._by_insee.values() if one.departement == "68"][:50]
    for number, commune in enumerate(own):
        idea(session, f"AAAA{number:02}").insee = commune.insee
    idea(session, "BBBBB2").insee = None
    session.commit()
    html = sign_in(app, new_reviewer("68")).read("/inbox/tableau").html
    drawn = re.findall(r"<title>([^<]+) : (\d+)</title></circle>", html)
    table = html[html.index('id="t-communes"') :].split("</table>")[0]
    listed = re.findall(r'<th scope="row">(.+?)</th>.*?>(\d+)</a>', table)
    assert len(drawn) == 50
    assert listed == [*((f"{name} (68)", count) for name, count in drawn), ("Commune non précisée", "1")]


def test_columns_stand_on_the_ground_and_the_highest_is_told() -> None:
    drawn = draw_columns((0, 5, 10), 20)
    assert [bar.height for bar in drawn.bars] == [0.0, HEIGHT / 4, HEIGHT / 2]
    assert (drawn.highest, draw_columns((0, 0), 0).highest) == (2, None)


@pytest.mark.parametrize("territory", [None, *(outline.departement for outline in load_outlines())])
def test_a_map_holds_its_communes(mind: Mind, territory: str | None) -> None:
    counts = {
        c.insee: c.population % 7 + 1 for c in mind.places._by_insee.values() if territory in {None, c.departement}
    }
    drawn = draw_map(territory, counts, mind.places)
    outside = [disc for disc in drawn.discs if not (0 < disc.x < WIDTH and 0 < disc.y < drawn.height)]
    assert outside == []
    assert [land.departement for land in drawn.lands if land.is_asked] == (
        [territory] if territory else [one.departement for one in load_outlines()]
    )
    assert sum(disc.is_named for disc in drawn.discs) >= 3
