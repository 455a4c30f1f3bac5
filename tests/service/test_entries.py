"""Ideas entered by a secretary: where, how, for whom; masked like any other; kept once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.known import Mind
from extensions import db
from service import entries, outbox, people
from service.entries import Entry
from service.errors import Forbidden, Refused
from service.keyring import Keyring
from service.models import Change, Contribution, Delivery, Person, Purpose, Reviewer, Role, Source, Status
from tests.council import NOW
from tests.saying import KEYRING, PEPPER, say

NewReviewer = Callable[..., Reviewer]
ENTRY = Entry(
    key="1c4f7a52-0000-4000-8000-000000000001",
    words="Il faudrait un bus dentaire",
    source=Source.PHONE,
    place="Thann",
    insee="",
    solution="A4.2",
    phone="",
    agreed=False,
)


@pytest.fixture
def secretary(new_reviewer: NewReviewer) -> Reviewer:
    return new_reviewer("68")


def enter(session: Session, mind: Mind, reviewer: Reviewer, entry: Entry = ENTRY) -> Contribution:
    made = entries.enter_idea(session, KEYRING, mind, reviewer, entry, NOW)
    session.commit()
    return made


def test_an_idea_is_entered_for_somebody(session: Session, mind: Mind, secretary: Reviewer) -> None:
    say(session, mind, "AAAAA2", "Il faudrait un bus dentaire")
    made = enter(session, mind, secretary)
    assert (made.words, made.channel, made.departement, made.insee) == (ENTRY.words, Source.PHONE, "68", "68334")
    assert (made.solution, made.status, made.person_id, made.received_at) == ("A4.2", Status.RECEIVED, None, NOW)
    assert made.alike is True
    lines = session.execute(select(Change.reviewer_id, Change.reason).where(Change.contribution_id == made.id))
    assert [tuple(line) for line in lines] == [(secretary.id, "Saisie d'après un appel téléphonique.")]


def test_what_is_personal_is_masked_and_sealed(session: Session, mind: Mind, secretary: Reviewer) -> None:
    made = enter(session, mind, secretary, replace(ENTRY, words="Un bus à Thann, rappelez-moi au 06 39 98 00 01"))
    assert made.words == "Un bus à Thann, rappelez-moi au [téléphone]"
    assert made.sealed_words is not None
    assert KEYRING.open(made.sealed_words, made.code) == "Un bus à Thann, rappelez-moi au 06 39 98 00 01"


def test_a_refusal_is_respected_after_a_change_of_the_pepper(session: Session, mind: Mind, secretary: Reviewer) -> None:
    rotated = Keyring(("a new pepper", PEPPER))
    number = "+33639980001"
    people.opt_out(session, KEYRING.make_pseudonyms(number), NOW, answers_only=False)
    entry = replace(ENTRY, phone=number, agreed=True)
    made = entries.enter_idea(session, rotated, mind, secretary, entry, NOW)
    author = session.get_one(Person, made.person_id)
    owed = outbox.owe(session, author, "Votre idée avance.", Purpose.NEWS, NOW, contribution=made)
    assert owed.delivery is Delivery.UNWANTED


def test_the_same_form_twice_makes_one_idea(session: Session, mind: Mind, secretary: Reviewer) -> None:
    assert enter(session, mind, secretary) is enter(session, mind, secretary)
    assert len(session.scalars(select(Contribution)).all()) == 1


def test_the_same_form_twice_at_once_makes_one_idea(
    app: Flask, session: Session, mind: Mind, secretary: Reviewer
) -> None:
    number, codes = secretary.id, []
    session.rollback()

    def send() -> None:
        with app.app_context(), Session(db.engine) as own:
            codes.append(enter(own, mind, own.get_one(Reviewer, number)).code)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == session.scalars(select(Contribution.code)).all() * 4


def test_who_leaves_a_number_is_known_by_a_pseudonym(session: Session, mind: Mind, secretary: Reviewer) -> None:
    made = enter(session, mind, secretary, replace(ENTRY, phone="06 39 98 00 01", agreed=True))
    author = session.scalars(select(Person)).one()
    assert (made.person_id, author.pseudonym) == (author.id, KEYRING.make_pseudonyms("+33639980001")[0])
    assert author.sealed_address is not None
    assert KEYRING.open(author.sealed_address, author.pseudonym) == "+33639980001"


def test_without_a_commune_it_is_somewhere_in_the_territory(
    session: Session, mind: Mind, secretary: Reviewer, new_reviewer: NewReviewer
) -> None:
    made = enter(session, mind, secretary, replace(ENTRY, place=""))
    assert (made.departement, made.insee) == ("68", None)
    region = new_reviewer(None)
    made = enter(session, mind, region, replace(ENTRY, key="2", place="Haut-Rhin"))
    assert (made.departement, made.insee) == ("68", None)
    with pytest.raises(Refused, match="Indiquez la commune"):
        enter(session, mind, region, replace(ENTRY, place=""))


def test_between_communes_of_one_name_the_secretary_chooses(
    session: Session, mind: Mind, new_reviewer: NewReviewer
) -> None:
    region = new_reviewer(None)
    saint_louis = replace(ENTRY, place="Saint-Louis")
    reading = entries.read_entry(mind, region, saint_louis)
    assert {commune.insee for commune in reading.communes} == {"68297", "57618"}
    with pytest.raises(Refused) as refused:
        enter(session, mind, region, saint_louis)
    assert refused.value.field == "insee"
    assert enter(session, mind, region, replace(saint_louis, insee="57618")).insee == "57618"
    assert enter(session, mind, new_reviewer("68"), replace(saint_louis, key="2")).insee == "68297"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        pytest.param({"words": ""}, "words", id="no words"),
        pytest.param({"words": "x" * 2001}, "words", id="too many"),
        pytest.param({"source": None}, "source", id="no source"),
        pytest.param({"source": Source.SMS}, "source", id="a source of its own"),
        pytest.param({"place": "Ville-Imaginaire"}, "place", id="nowhere"),
        pytest.param({"place": "Reims"}, "place", id="another territory"),
        pytest.param({"phone": "03 89 00 00 00", "agreed": True}, "phone", id="no mobile"),
        pytest.param({"phone": "+41 79 123 45 67", "agreed": True}, "phone", id="not French"),
        pytest.param({"phone": "chez la voisine", "agreed": True}, "phone", id="no number"),
        pytest.param({"phone": "0639980001"}, "agreed", id="not agreed"),
    ],
)
def test_what_cannot_be_entered(
    session: Session, mind: Mind, secretary: Reviewer, change: dict[str, object], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        enter(session, mind, secretary, replace(ENTRY, **change))
    assert refused.value.field == field
    assert session.scalars(select(Contribution)).all() == []


def test_a_member_enters_nothing(session: Session, mind: Mind, new_reviewer: NewReviewer) -> None:
    with pytest.raises(Forbidden):
        enter(session, mind, new_reviewer("68", Role.MEMBER))
