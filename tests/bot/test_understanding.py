"""What a first message wants."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.requests import rate_requests
from bot.mind import load_mind
from bot.understanding import NOT_AN_IDEA, Intent, Meaning

MIND = load_mind()
DEV = Path(__file__).parent.parent / "data" / "dev-requests.jsonl"


def read(text: str) -> Meaning:
    return MIND.understanding.read(text)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("handiconsult mulhouse", Meaning(Intent.FIND, "handicap", "handiconsult-sud-alsace")),
        ("handi-consult, c'est où ?", Meaning(Intent.FIND, "handicap", "handiconsult-sud-alsace")),
        ("handiconslut mulhouse", Meaning(Intent.FIND, "handicap", "handiconsult-sud-alsace")),
        ("cmsi reims ouvert samedi ?", Meaning(Intent.FIND, "soins_sans_rdv", "cmsi-louvois")),
        ("depistage mulhouse", Meaning(Intent.FIND, "prevention_mobile", other_need="depistage_sexuel")),
        (
            "bonjour mon fils autiste ne supporte pas le dentiste on est a cernay",
            Meaning(Intent.FIND, "bucco_dentaire_handicap"),
        ),
        ("pharmacie de garde mulhouse", Meaning(Intent.FIND)),
        ("ou acheter du champagne", Meaning(Intent.FIND)),
        ("colmar", Meaning(Intent.FIND)),
        ("bonjour", Meaning(Intent.GREET)),
        ("merci beaucoup", Meaning(Intent.THANK)),
        ("hello how are you", Meaning(Intent.OTHER_LANGUAGE)),
        ("asdfgh", Meaning(Intent.GIBBERISH)),
        ("", Meaning(Intent.UNCLEAR)),
        ("👍", Meaning(Intent.UNCLEAR)),
    ],
)
def test_a_message_is_understood(text: str, meaning: Meaning) -> None:
    assert read(text) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "il faudrait plus de dentistes à Thann",
        "y a plus de toubib dans mon village",
        "pourquoi ne pas mettre un bus dentaire dans la vallée",
        "Les infirmières sont épuisées, il faut revoir leurs horaires de nuit à l'hôpital",
    ],
)
def test_an_idea_is_a_contribution(text: str) -> None:
    assert read(text).intent is Intent.CONTRIBUTE


@pytest.mark.parametrize("text", ["bus santé colmar", "maison sport santé à Metz", "un transport sanitaire dimanche"])
def test_everyday_words_name_no_project(text: str) -> None:
    assert read(text).project is None


def test_what_is_not_an_idea_is_what_is_said_to_the_service_itself() -> None:
    assert frozenset(Intent) - NOT_AN_IDEA == {Intent.FIND, Intent.CONTRIBUTE, Intent.UNCLEAR}


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_has_a_meaning_and_a_need_of_the_knowledge(text: str) -> None:
    meaning = read(text)
    assert isinstance(meaning.intent, Intent)
    assert meaning.need is None or MIND.knowledge.need(meaning.need)
    assert meaning.project is None or MIND.knowledge.project(meaning.project)


def test_the_dev_requests_are_answered_as_well_as_ever() -> None:
    wrong: list[str] = []
    figures = rate_requests(MIND, DEV, wrong.append)
    assert figures["first project"] >= 0.97, wrong
    assert figures["place asked for"] >= 0.97, wrong
    assert figures["need"] >= 0.95, wrong
