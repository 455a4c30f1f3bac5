"""Search in French, the same on both databases: what is found by which words, and what can never be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from extensions import db
from service import database, erasure, search
from service.filters import Filter
from service.models import Contribution, Person, Reviewer
from service.queue import list_page
from tests.council import NOW, citizen, idea

NewReviewer = Callable[..., Reviewer]
IDEAS = {
    "AAAAA2": "Les hôpitaux manquent d'infirmières la nuit",
    "CCCCC2": "Un œil sur l'âge : des maisons pour nos aînés",
    "DDDDD2": "plus de medecins de garde le week-end",
    "EEEEE2": "une médecine de proximité, un bus dentaire",
    "FFFFF2": "Du travail pour les bureaux de poste",
}


@pytest.fixture
def ideas(session: Session) -> None:
    """Ideas for Mulhouse, and one of another territory that holds all their words."""
    for code, words in IDEAS.items():
        idea(session, code).words = words
    idea(session, "GGGGG2", departement="51").words = " ".join(IDEAS.values())
    search.index(session, session.scalars(select(Contribution)).all())
    session.commit()


def find(session: Session, words: str, departement: str | None = "68") -> list[str]:
    """The first letter of each code found."""
    query = select(Contribution.code).where(search.find(session, words, departement)).order_by(Contribution.code)
    return [code[0] for code in session.scalars(query)]


# The ideas found, by the first letters of their codes.
FOUND = {
    "hôpitaux": "A",  # as it is written
    "hopital": "A",  # no accent, singular of -aux
    "INFIRMIER": "A",  # masculine, capitals
    "infirmi": "A",  # the beginning of a word
    "médecin": "DE",  # one root
    "medecins garde": "D",  # both words
    "garde medecins": "D",  # in any order
    "garde infirmières": "",  # no idea holds both
    "ages": "C",  # short plural
    "oeil": "C",  # ligature
    "travaux": "F",  # travaux, travail
    "bureau": "F",  # bureaux
    "de la poste": "F",  # small words say nothing
    "week end": "D",  # a hyphen parts
    "l'âge": "C",  # an apostrophe parts
    "mulhouse": "ACDEF",  # its commune
    "bus mulh": "E",  # the beginning of its commune
    "eeeee2": "E",  # its code
    "hôpi garde": "",  # only the last word may be cut short
}


@pytest.mark.usefixtures("ideas")
def test_words_are_found_whatever_their_accents_and_endings(session: Session) -> None:
    assert {words: "".join(find(session, words)) for words in FOUND} == FOUND


@pytest.mark.usefixtures("ideas")
def test_one_territory_is_searched_or_all(session: Session) -> None:
    assert find(session, "medecin", "51") == ["G"]
    assert find(session, "medecin", "88") == []
    assert find(session, "medecin", None) == ["D", "E", "G"]
    assert find(session, "departement51") == []


BENT = {
    **dict.fromkeys(('"', "'", "\\", "%", "_", "😀", "\0", "de l'"), "ACDEF"),  # nothing to search for
    **dict.fromkeys(("bus*", "-bus", "😀 bus", "bus\0dentaire", "bus:*", "' || 'bus", "+bus"), "E"),
    **dict.fromkeys(('bus" OR "garde', "NEAR(bus dentaire)", "bus) OR (1=1", "words:bus", "a" * 5000), ""),
}


@pytest.mark.usefixtures("ideas")
def test_no_query_is_bent(session: Session, new_reviewer: NewReviewer) -> None:
    def read(words: str) -> str:
        page = list_page(session, secretary, Filter("toutes", words=words), NOW)
        return "".join(one.code[0] for one in page.contributions)

    secretary = new_reviewer("68")
    assert {words: read(words) for words in BENT} == BENT


@pytest.mark.usefixtures("ideas")
def test_an_erased_idea_is_forgotten(session: Session) -> None:
    author = session.scalars(select(Person).where(Person.pseudonym == "author of DDDDD2")).one()
    erasure.erase_person(session, author, NOW, keep_ideas=False)
    session.commit()
    assert find(session, "medecin") == ["E"]
    assert citizen(session, "author of EEEEE2")  # noise: the others' ideas stay


@pytest.mark.usefixtures("ideas")
def test_an_idea_indexed_again_is_found_by_its_new_words_only(session: Session) -> None:
    found = session.scalars(select(Contribution).where(Contribution.code == "DDDDD2")).one()
    found.words = "un kiosque"
    search.index(session, [found])
    assert (find(session, "kiosque"), find(session, "garde")) == (["D"], [])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("ideas")
def test_of_an_erased_idea_no_word_stays_in_the_file(session: Session, sqlite_file: Path) -> None:
    def is_in_file() -> bool:
        return any(b"kiosq" in file.read_bytes() for file in sqlite_file.parent.iterdir())

    found = session.scalars(select(Contribution).where(Contribution.code == "DDDDD2")).one()
    found.words = "un kiosque"
    search.index(session, [found])
    session.commit()
    assert is_in_file()
    author = session.scalars(select(Person).where(Person.pseudonym == "author of DDDDD2")).one()
    erasure.erase_person(session, author, NOW, keep_ideas=False)
    session.commit()
    assert is_in_file()  # the twin: deleting alone leaves it to FTS5's next merge
    database.scrub(db.engine)
    assert not is_in_file()


def test_everything_is_indexed_again_in_batches(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "BATCH", 2)
    for code in IDEAS:
        idea(session, code)
    assert find(session, "bus") == []
    last, batches = 0, 0
    while (following := search.reindex(session, last)) is not None:
        last, batches = following, batches + 1
    assert (batches, find(session, "bus")) == (3, ["A", "C", "D", "E", "F"])


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param("K7Q2MX", "K7Q2MX", id="a code"),
        pytest.param(" k7q 2mx ", "K7Q2MX", id="in parts, lower case"),
        pytest.param("K7Q2M", None, id="too short"),
        pytest.param("ZZZZZZ", None, id="not a code's letters"),
        pytest.param("NACDE2", None, id="of another territory"),
        pytest.param("K7Q2M\0", None, id="a control character"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_code_leads_to_its_idea_within_the_territory(
    session: Session, new_reviewer: NewReviewer, words: str, found: str | None
) -> None:
    idea(session, "K7Q2MX")
    idea(session, "NACDE2", departement="51")
    assert search.find_code(session, new_reviewer("68"), words) == found


def test_the_command_indexes_everything_again(app: Flask, session: Session) -> None:
    idea(session, "AAAAA2")
    assert find(session, "bus") == []
    session.rollback()
    result = app.test_cli_runner().invoke(args=["reindex"])
    assert (result.exit_code, result.output) == (0, "Every idea can be found again.\n")
    assert find(session, "bus") == ["A"]
