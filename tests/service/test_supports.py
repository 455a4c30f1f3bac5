"""Supporting an idea: offered only where it may be, counted once a person, whatever the channel and the order."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.known import Alike, Mind
from extensions import db
from service import supports
from service.models import Change, Contribution, Person, Status, Support
from tests.council import NOW, citizen
from tests.saying import BUS, OTHER, SAME_BUS, say
from tests.telephone import Telephone


def offered(session: Session, name: str = "somebody", words: str = SAME_BUS) -> Alike | None:
    return supports.find_supportable(session, citizen(session, name), words, "68")


def test_the_idea_most_alike_is_offered_with_how_many_say_it(session: Session, mind: Mind) -> None:
    say(session, mind, "AAAAA2", OTHER)
    idea = say(session, mind, "AAAAA3")
    supports.support(session, citizen(session, "somebody else"), "AAAAA3", NOW)
    session.commit()
    assert offered(session) == Alike("AAAAA3", BUS, people=2)
    assert idea.version == 1


@pytest.mark.parametrize(
    ("change", "value"),
    [
        pytest.param("flagged", True, id="abuse"),
        pytest.param("third_person_health", True, id="somebody's health"),
        pytest.param("status", Status.NOT_RETAINED, id="refused by the council"),
        pytest.param("words", f"{BUS} [téléphone]", id="hid personal data"),
        pytest.param("departement", "67", id="another territory's"),
    ],
)
def test_what_may_not_be_shown_is_not_offered(session: Session, mind: Mind, change: str, value: object) -> None:
    idea = say(session, mind, "AAAAA3")
    setattr(idea, change, value)
    session.commit()
    assert offered(session) is None


def test_nobody_is_offered_what_they_said_or_support(session: Session, mind: Mind) -> None:
    say(session, mind, "AAAAA3")
    assert supports.support(session, citizen(session, "somebody"), "AAAAA3", NOW)
    assert not supports.support(session, citizen(session, "somebody"), "AAAAA3", NOW)
    assert not supports.support(session, citizen(session, "author of AAAAA3"), "AAAAA3", NOW)
    assert not supports.support(session, citizen(session, "somebody"), "AAAAA9", NOW)
    session.commit()
    assert offered(session) is None
    assert offered(session, "author of AAAAA3") is None
    assert session.scalar(select(func.count()).select_from(Support)) == 1


def test_another_idea_on_the_same_subject_is_not_offered(session: Session, mind: Mind) -> None:
    say(session, mind, "AAAAA3")
    assert offered(session, words="un bus de dépistage dans les villages autour de Thann") is None
    assert offered(session, words="plus de dentistes autour de Thann") is None


def test_the_opposite_is_not_offered(session: Session, mind: Mind) -> None:
    say(session, mind, "AAAAA3", "Il faut fermer la maternité de Thann")
    assert offered(session, words="Il faut fermer la maternité de Thann !") is not None
    assert offered(session, words="Il ne faut pas fermer la maternité de Thann") is None


def test_ten_people_at_once_are_ten(app: Flask, session: Session, mind: Mind) -> None:
    say(session, mind, "AAAAA3")
    people = [citizen(session, f"somebody {number}").id for number in range(10)]
    session.commit()

    def back(person: int) -> None:
        with app.app_context(), Session(db.engine) as own:
            supports.support(own, own.get_one(Person, person), "AAAAA3", NOW)
            own.commit()

    threads = [threading.Thread(target=back, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.expire_all()
    assert session.scalar(select(Contribution.support_count).where(Contribution.code == "AAAAA3")) == 10


def test_by_telephone(app: Flask, session: Session) -> None:
    author, other = Telephone(app), Telephone(app, "+33639980002")
    for words in ("il faudrait un bus dentaire dans les villages à Thann", "1", "oui"):
        author.text(words)
    code = session.scalars(select(Contribution.code)).one()
    asked = other.text("il faudrait 1 bus dentaire ds les villages à thann")
    assert asked == (
        '1 habitant a dit presque cela :\n"il faudrait un bus dentaire dans les villages à Thann"\n'
        "1 La soutenir\n2 La compléter\n3 C'est une autre idée"
    )
    other.text("1")
    assert other.text("oui") == (
        f"Merci ! Votre soutien est compté. Pour savoir ce que devient cette idée, envoyez SUIVI {code}"
    )
    session.expire_all()
    idea = session.scalars(select(Contribution)).one()
    assert (idea.support_count, idea.version) == (1, 1)
    supporter = session.scalars(select(Person).join(Support, Support.person_id == Person.id)).one()
    assert supporter.sealed_address is not None  # the council's answer is owed to them too


def test_completed_by_telephone(app: Flask, session: Session) -> None:
    author, other = Telephone(app), Telephone(app, "+33639980002")
    for words in ("il faudrait un bus dentaire dans les villages à Thann", "1", "oui"):
        author.text(words)
    code = session.scalars(select(Contribution.code)).one()
    for words in ("il faudrait 1 bus dentaire ds les villages à thann", "2", "avec une rampe", "1", "oui"):
        other.text(words)
    session.expire_all()
    first, second = session.scalars(select(Contribution).order_by(Contribution.id))
    assert (second.words, second.alike, second.merged_into_id) == (
        "il faudrait 1 bus dentaire ds les villages à thann\navec une rampe",
        True,
        None,
    )
    reason = session.scalar(select(Change.reason).where(Change.contribution_id == second.id))
    assert reason == f"Reçue, avec l'accord de son auteur. Elle complète l'idée {code}, selon son auteur."
    assert (first.alike, first.support_count) == (True, 0)


def test_what_is_typed_for_an_option_never_reaches_the_history(app: Flask, session: Session) -> None:
    author, other = Telephone(app), Telephone(app, "+33639980002")
    for words in ("il faudrait un bus dentaire dans les villages à Thann", "1", "oui"):
        author.text(words)
    code = session.scalars(select(Contribution.code)).one()
    typed = f"complete:Paul Martin, 06 39 98 00 01 {code}"
    for words in ("il faudrait 1 bus dentaire ds les villages à thann", typed, "avec une rampe", "1", "oui"):
        other.text(words)
    session.expire_all()
    reasons = session.scalars(select(Change.reason).order_by(Change.id.desc())).first()
    assert reasons == f"Reçue, avec l'accord de son auteur. Elle complète l'idée {code}, selon son auteur."
