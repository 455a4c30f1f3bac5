"""A project as it is told: two SMS at most, and what no source says is said to be unknown."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.channel import Channel
from bot.known import PARIS, Known, Mind
from bot.project_card import tell_project
from bot.sms import count_segments, to_gsm7, write_pages
from knowledge.loader import load_knowledge

MOMENTS = {
    "open": dt.datetime(2026, 11, 20, 10, 0, tzinfo=PARIS),
    "closed": dt.datetime(2026, 11, 21, 20, 0, tzinfo=PARIS),
    "closed, reopens at a date": dt.datetime(2026, 12, 24, 20, 0, tzinfo=PARIS),
    "public holiday": dt.datetime(2026, 12, 25, 10, 0, tzinfo=PARIS),
}
PROJECTS = [project.id for project in load_knowledge().projects]
CHALONS, MULHOUSE = "51108", "68224"


def known_at(mind: Mind, moment: str = "open") -> Known:
    return Known(mind, MOMENTS[moment], Channel.SMS, "K7Q2MX")


def test_the_twelve_projects_are_tried() -> None:
    assert len(PROJECTS) == 12


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("project_id", PROJECTS)
def test_a_card_is_two_sms_at_most(mind: Mind, project_id: str, moment: str) -> None:
    project = mind.knowledge.project(project_id)
    known = known_at(mind, moment)
    cards = [
        to_gsm7(tell_project(project, known, day, near))
        for day in (None, dt.date(2026, 12, 25), dt.date(2026, 11, 22))
        for near in (None, mind.places.commune(project.place.insee), mind.places.commune(CHALONS))
    ]
    assert [card for card in cards if count_segments(card) > 2] == []
    assert [len(write_pages(card)) for card in cards] == [1] * len(cards)


def test_the_card_of_the_cmsi_tells_where_when_and_what_must_be_known(mind: Mind) -> None:
    project = mind.knowledge.project("cmsi-louvois")
    assert tell_project(project, known_at(mind)) == (
        "CMSI de Louvois, 51 rue de Louvois, 51100 Reims.\n"
        "Ouvert maintenant, jusqu'à 19h30.\n"
        "Soins sans rendez-vous dans le quartier Sainte-Anne, pour les enfants et les adultes.\n"
        "Si la vie est en danger, appelez le 15.\n"
        "Non connus de nos sources : téléphone."
    )


def test_the_hours_are_those_of_the_day_asked_for(mind: Mind) -> None:
    card = tell_project(mind.knowledge.project("cmsi-louvois"), known_at(mind), dt.date(2026, 11, 21))
    assert card.splitlines()[1] == "Samedi 21 novembre : ouvert de 8h30 à 19h30."


@pytest.mark.parametrize(
    ("project_id", "near", "first_line"),
    [
        pytest.param("cmsi-louvois", CHALONS, "CMSI de Louvois, 51 rue de Louvois, 51100 Reims, à 41 km.", id="at a distance"),
        pytest.param("handiconsult-sud-alsace", MULHOUSE, "Handiconsult Sud Alsace, Mulhouse.", id="in the commune"),
        pytest.param("umop", CHALONS, "UMOP, pédopsychiatrie mobile, itinérant, depuis Reims.", id="it travels: no distance"),
        pytest.param("ambassadeurs-sante-mentale", CHALONS, "Ambassadeurs en santé mentale, dans la Marne.", id="a département"),
        pytest.param("geminstal", CHALONS, "GEminstal, dans tout le Grand Est.", id="the region"),
    ],
)  # fmt: skip
def test_the_first_line_says_where(mind: Mind, project_id: str, near: str, first_line: str) -> None:
    card = tell_project(mind.knowledge.project(project_id), known_at(mind), near=mind.places.commune(near))
    assert card.splitlines()[0] == first_line


@pytest.mark.parametrize(
    ("project_id", "unknown"),
    [
        pytest.param("cmsi-louvois", "Non connus de nos sources : téléphone.", id="hours known"),
        pytest.param(
            "handiconsult-sud-alsace", "Non connus de nos sources : téléphone, adresse, horaires.", id="a place"
        ),
        pytest.param("mta-sante", "Non connus de nos sources : téléphone, jours de passage.", id="it travels"),
    ],
)
def test_what_no_source_says_is_said_to_be_unknown(mind: Mind, project_id: str, unknown: str) -> None:
    assert tell_project(mind.knowledge.project(project_id), known_at(mind)).splitlines()[-1] == unknown


def test_a_telephone_that_is_known_is_told_and_not_called_unknown(mind: Mind) -> None:
    project = mind.knowledge.project("cmsi-louvois").model_copy(update={"phone": "03 26 00 00 00"})
    assert tell_project(project, known_at(mind)).splitlines()[-1] == "Tél. 03 26 00 00 00"


@pytest.mark.parametrize(
    ("project_id", "lines"),
    [
        pytest.param("geminstal", ["Projet encore discuté : à vérifier."], id="discussed"),
        pytest.param("cmsi-louvois", [], id="discussed, but open: its hours are known"),
        pytest.param("umop", [], id="accompanied"),
    ],
)
def test_a_project_still_discussed_is_said_to_be(mind: Mind, project_id: str, lines: list[str]) -> None:
    card = tell_project(mind.knowledge.project(project_id), known_at(mind))
    assert [line for line in card.splitlines() if "discuté" in line] == lines
