"""Every need in a commune that a project reaches and in one that none does; the order; what is elsewhere."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from bot.known import PARIS, Mind
from bot.nearby import Found, Near, find_nearby, is_closed
from knowledge.gazetteer import Commune
from knowledge.schema import Place, Project, Reach, ServedNeed

FRIDAY_MORNING = dt.datetime(2026, 11, 20, 10, 0, tzinfo=PARIS)
REIMS, CHALONS, MULHOUSE, COLMAR, SELESTAT, STRASBOURG, EPINAL = (
    "51454", "51108", "68224", "68066", "67462", "67482", "88160",
)  # fmt: skip


def commune(mind: Mind, insee: str) -> Commune:
    return mind.places.commune(insee)


def find(mind: Mind, need: str, insee: str | None, departement: str = "", now: dt.datetime = FRIDAY_MORNING) -> Found:
    where = commune(mind, insee) if insee else None
    departement = where.departement if where else departement
    return find_nearby(mind.knowledge, mind.places, mind.knowledge.need(need), where, departement, now)


def ids(found: tuple[Near, ...]) -> list[str]:
    return [near.project.id for near in found]


CASES = [
    ("soins_sans_rdv", REIMS, ["cmsi-louvois"], []),
    ("soins_sans_rdv", CHALONS, ["cmsi-louvois"], []),
    ("soins_sans_rdv", MULHOUSE, [], ["cmsi-louvois"]),
    ("handicap", REIMS, ["handi-cap-courlancy"], ["handiconsult-sud-alsace"]),
    ("handicap", COLMAR, ["handiconsult-sud-alsace"], ["handi-cap-courlancy"]),
    ("handicap", STRASBOURG, [], ["handiconsult-sud-alsace", "handi-cap-courlancy"]),
    ("depistage_sexuel", CHALONS, ["cegidd-mobile"], []),
    ("depistage_sexuel", COLMAR, [], ["cegidd-mobile"]),
    ("sante_mentale_jeunes", REIMS, ["ambassadeurs-sante-mentale"], ["leaders-sante-mentale"]),
    ("sante_mentale_jeunes", EPINAL, [], ["ambassadeurs-sante-mentale", "leaders-sante-mentale"]),
    ("pedopsychiatrie", CHALONS, ["umop"], []),
    ("pedopsychiatrie", STRASBOURG, [], ["umop"]),
    ("prevention_mobile", COLMAR, ["mta-sante"], ["cegidd-mobile"]),
    ("prevention_mobile", REIMS, ["cegidd-mobile"], ["mta-sante"]),
    ("prevention_mobile", EPINAL, [], ["mta-sante", "cegidd-mobile"]),
    ("sport_sante_nutrition", MULHOUSE, ["mulhouse-sport-sante"], []),
    ("sport_sante_nutrition", COLMAR, [], ["mulhouse-sport-sante"]),
    ("bucco_dentaire_handicap", CHALONS, ["bucco-dentaire-handicap"], ["handiconsult-sud-alsace"]),
    ("bucco_dentaire_handicap", MULHOUSE, ["handiconsult-sud-alsace"], ["bucco-dentaire-handicap"]),
    ("bucco_dentaire_handicap", EPINAL, [], ["handiconsult-sud-alsace", "bucco-dentaire-handicap"]),
    ("autisme_tnd", CHALONS, ["handi-cap-courlancy"], ["handiconsult-sud-alsace"]),
    ("autisme_tnd", COLMAR, ["handiconsult-sud-alsace"], ["handi-cap-courlancy"]),
    ("autisme_tnd", STRASBOURG, [], ["handiconsult-sud-alsace", "handi-cap-courlancy"]),
    ("installation_medecin", EPINAL, ["geminstal"], []),
    ("installation_medecin", MULHOUSE, ["geminstal"], []),
    ("ambulance", COLMAR, ["ambulance-colmar"], []),
    ("ambulance", SELESTAT, ["ambulance-colmar"], []),
    ("ambulance", STRASBOURG, [], ["ambulance-colmar"]),
]


@pytest.mark.parametrize(
    ("need", "insee", "projects", "elsewhere"), [pytest.param(*case, id=f"{case[0]} {case[1]}") for case in CASES]
)
def test_a_need_in_a_commune_finds(
    mind: Mind, need: str, insee: str, projects: list[str], elsewhere: list[str]
) -> None:
    found = find(mind, need, insee)
    assert (ids(found.projects), ids(found.elsewhere)) == (projects, elsewhere)


def test_every_need_is_tried_where_a_project_reaches_and_where_none_does(mind: Mind) -> None:
    reached = {need for need, _, projects, _ in CASES if projects}
    out_of_reach = {need for need, _, projects, _ in CASES if not projects}
    everywhere = {"installation_medecin"}  # GEminstal serves the whole region
    assert reached == {need.id for need in mind.knowledge.needs}
    assert out_of_reach == reached - everywhere


@pytest.mark.parametrize(
    ("need", "departement", "projects"),
    [
        pytest.param("soins_sans_rdv", "51", ["cmsi-louvois"], id="reached as a whole"),
        pytest.param("sport_sante_nutrition", "68", ["mulhouse-sport-sante"], id="one of its communes is reached"),
        pytest.param("ambulance", "67", ["ambulance-colmar"], id="two of its communes are reached"),
        pytest.param("sport_sante_nutrition", "88", [], id="not reached"),
        pytest.param("sport_sante_nutrition", "", ["mulhouse-sport-sante"], id="no place at all"),
    ],
)
def test_a_departement_alone_is_a_place(mind: Mind, need: str, departement: str, projects: list[str]) -> None:
    assert ids(find(mind, need, None, departement).projects) == projects


def test_without_a_commune_no_distance_is_told(mind: Mind) -> None:
    assert [near.km for near in find(mind, "soins_sans_rdv", None, "51").projects] == [None]


def test_what_serves_a_departement_or_the_region_is_at_no_distance(mind: Mind) -> None:
    places = [
        (near.project.id, near.km, near.where)
        for need in ("sante_mentale_jeunes", "installation_medecin")
        for near in find(mind, need, REIMS).projects
    ]
    assert places == [("ambassadeurs-sante-mentale", None, "Marne"), ("geminstal", None, "Grand Est")]


@pytest.mark.parametrize(
    ("need", "insee", "label"),
    [
        pytest.param("soins_sans_rdv", REIMS, "CMSI de Louvois (Reims)", id="here"),
        pytest.param("soins_sans_rdv", CHALONS, "CMSI de Louvois (Reims, 41 km)", id="at a distance"),
        pytest.param("installation_medecin", REIMS, "GEminstal (Grand Est)", id="the region"),
        pytest.param("sante_mentale_jeunes", REIMS, "Ambassadeurs en santé mentale (Marne)", id="a département"),
    ],
)
def test_a_project_is_proposed_with_where_it_is(mind: Mind, need: str, insee: str, label: str) -> None:
    assert find(mind, need, insee).projects[0].label() == label


# The order, with projects of our own


def project(mind: Mind, name: str, insee: str, fit: int = 1, opening: str | None = None) -> Project:
    """A project for walk-in care that reaches the whole region."""
    return mind.knowledge.project(
        "cmsi-louvois"
    ).model_copy(
        update={
            "id": name,
            "needs": (ServedNeed(need="soins_sans_rdv", fit=fit),),  # type: ignore[arg-type]
            "reach": Reach(region=True),
            "place": Place(insee=insee),
            "departement": insee[:2],
            "opening": opening,
        }
    )


def order(mind: Mind, *projects: Project, insee: str = REIMS, now: dt.datetime = FRIDAY_MORNING) -> Found:
    noise = mind.knowledge.project("umop")
    knowledge = replace(mind.knowledge, projects=(noise, *projects))
    need, where = mind.knowledge.need("soins_sans_rdv"), commune(mind, insee)
    return find_nearby(knowledge, mind.places, need, where, where.departement, now)


def test_the_nearest_comes_first(mind: Mind) -> None:
    found = order(mind, project(mind, "far", MULHOUSE), project(mind, "here", REIMS), project(mind, "near", CHALONS))
    assert ids(found.projects) == ["here", "near", "far"]


def test_at_the_same_distance_what_is_open_or_unknown_comes_before_what_is_closed(mind: Mind) -> None:
    found = order(
        mind,
        project(mind, "closed", REIMS, opening="Mo-Su 20:00-23:00"),
        project(mind, "unknown", REIMS),
        project(mind, "open", REIMS, opening="Mo-Su 08:00-19:00"),
    )
    assert ids(found.projects) == ["unknown", "open", "closed"]


def test_what_is_near_and_closed_comes_before_what_is_far_and_open(mind: Mind) -> None:
    closed = project(mind, "closed", REIMS, opening="Mo-Su 20:00-23:00")
    assert ids(order(mind, project(mind, "open", MULHOUSE), closed).projects) == ["closed", "open"]


def test_what_only_helps_is_left_out_when_something_is_made_for_the_need(mind: Mind) -> None:
    made_for, helps = project(mind, "made for", MULHOUSE), project(mind, "helps", REIMS, fit=2)
    found = order(mind, helps, made_for)
    assert (ids(found.projects), ids(found.elsewhere)) == (["made for"], ["helps"])
    assert ids(order(mind, helps).projects) == ["helps"]


@pytest.mark.parametrize(
    ("opening", "now", "closed"),
    [
        pytest.param(None, "2026-11-20 10:00", False, id="unknown"),
        pytest.param("Mo-Sa 08:30-19:30", "2026-11-20 10:00", False, id="open"),
        pytest.param("Mo-Sa 08:30-19:30", "2026-11-22 10:00", True, id="closed"),
        pytest.param("Mo-Sa 08:30-19:30; PH unknown", "2026-12-25 10:00", False, id="nobody knows"),
    ],
)
def test_closed_means_known_to_be_closed(mind: Mind, opening: str | None, now: str, closed: bool) -> None:
    moment = dt.datetime.fromisoformat(now).replace(tzinfo=PARIS)
    assert is_closed(project(mind, "any", REIMS, opening=opening), moment) is closed
