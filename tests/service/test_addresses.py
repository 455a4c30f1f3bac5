"""The sealed number: kept while something is owed, renewed with its person, read by nobody else, then gone."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.known import Mind
from extensions import db
from service import addresses, erasure, outbox, people, rotation
from service.errors import ServiceError
from service.keyring import Keyring
from service.models import Contribution, Delivery, OutboxMessage, Person, Purpose, Question, Status, Support
from service.retention import ALL
from tests.post_office import DAY, NUMBER, OTHER, add_person, owe
from tests.postgres import ON_POSTGRESQL
from tests.service.test_talk import KEYRING, Talker
from tests.telephone import SETTINGS

IDEAS = (
    "il faudrait plus de médecins de garde le dimanche à Colmar",
    "un bus dentaire dans les villages autour de Thann",
)
OLD = SETTINGS["PHONE_PEPPER"]


def forget(session: Session) -> int:
    forgotten = addresses.forget_addresses(session)
    session.commit()
    session.expire_all()
    return forgotten


def told_idea(session: Session, mind: Mind, sender: str = NUMBER, channel: Channel = Channel.SMS) -> Contribution:
    code = Talker(session, mind, sender, channel).tell_idea(IDEAS[sender == OTHER])
    session.commit()
    return session.scalars(select(Contribution).where(Contribution.code == code)).one()


def read_address(session: Session, sender: str = NUMBER) -> str | None:
    person = people.find_person(session, KEYRING.make_pseudonyms(sender))
    assert person is not None
    return addresses.open_address(KEYRING, person)


def test_who_only_talks_leaves_no_number(session: Session, mind: Mind) -> None:
    Talker(session, mind, NUMBER).say("médecin sans rendez-vous à Reims")
    assert read_address(session) is None


@pytest.mark.parametrize(
    ("sender", "channel", "kept"),
    [
        pytest.param(NUMBER, Channel.SMS, NUMBER, id="by SMS"),
        pytest.param(f"whatsapp:{NUMBER}", Channel.WHATSAPP, f"whatsapp:{NUMBER}", id="by WhatsApp"),
        pytest.param("web:a", Channel.WEB, None, id="on the web"),
    ],
)
def test_an_idea_sent_is_owed_an_answer(
    session: Session, mind: Mind, sender: str, channel: Channel, kept: str | None
) -> None:
    told_idea(session, mind, sender, channel)
    assert read_address(session, sender) == kept
    assert forget(session) == 0


def test_the_number_cannot_be_read_in_the_database(session: Session, mind: Mind) -> None:
    told_idea(session, mind)
    sealed = session.scalars(select(Person.sealed_address)).one()
    assert sealed is not None
    assert NUMBER.encode() not in sealed
    assert NUMBER[3:].encode() not in sealed


def test_once_the_answer_is_published_the_number_is_forgotten(session: Session, mind: Mind) -> None:
    contribution = told_idea(session, mind)
    told_idea(session, mind, OTHER)
    contribution.answer = "Voici."
    session.commit()
    assert forget(session) == 1
    assert (read_address(session), read_address(session, OTHER)) == (None, OTHER)


@pytest.mark.parametrize("delivery", [Delivery.OWED, Delivery.SENDING, Delivery.SENT])
def test_a_message_under_way_keeps_the_number(app: Flask, session: Session, delivery: Delivery) -> None:
    owe(session, add_person(session, app), "texte")
    message = session.scalars(select(OutboxMessage)).one()
    message.delivery = delivery
    session.commit()
    assert forget(session) == 0
    message.delivery = Delivery.DELIVERED
    session.commit()
    assert forget(session) == 1


def test_an_open_question_keeps_the_number(session: Session, mind: Mind, new_reviewer) -> None:  # type: ignore[no-untyped-def]
    contribution = told_idea(session, mind)
    contribution.answer = "Voici."
    question = Question(
        contribution_id=contribution.id,
        person_id=contribution.person_id,
        reviewer_id=new_reviewer().id,
        words="Combien ?",
        asked_at=DAY,
    )
    session.add(question)
    session.commit()
    assert forget(session) == 0
    question.closed_at = DAY
    session.commit()
    assert forget(session) == 1


def test_a_merged_idea_keeps_its_author_s_number_until_the_other_is_answered(session: Session, mind: Mind) -> None:
    merged, into = told_idea(session, mind), told_idea(session, mind, OTHER)
    merged.status, merged.merged_into_id = Status.MERGED, into.id
    session.commit()
    assert forget(session) == 0
    into.answer = "Voici."
    session.commit()
    assert forget(session) == 2


def test_who_supports_an_idea_is_owed_its_answer(app: Flask, session: Session, mind: Mind) -> None:
    contribution, supporter = told_idea(session, mind), add_person(session, app, OTHER)
    session.add(Support(contribution_id=contribution.id, person_id=supporter.id, at=DAY))
    session.commit()
    assert forget(session) == 0
    contribution.answer = "Voici."
    session.commit()
    assert forget(session) == 2


def test_who_supports_a_merged_idea_is_owed_the_answer_to_the_other(app: Flask, session: Session, mind: Mind) -> None:
    merged, into = told_idea(session, mind), told_idea(session, mind, OTHER)
    session.add(Support(contribution_id=merged.id, person_id=add_person(session, app, "+33639980003").id, at=DAY))
    merged.status, merged.merged_into_id = Status.MERGED, into.id
    session.commit()
    assert forget(session) == 0
    into.answer = "Voici."
    session.commit()
    assert forget(session) == 3


def test_the_number_follows_its_person_to_the_channel_they_write_by(session: Session, mind: Mind) -> None:
    told_idea(session, mind)
    Talker(session, mind, f"whatsapp:{NUMBER}", Channel.WHATSAPP).say("bonjour")
    assert read_address(session) == f"whatsapp:{NUMBER}"


def owe_during_a_sweep(app: Flask, session: Session) -> str | None:
    """The address left to somebody who is owed a reply by a transaction, in the midst of which addresses are forgotten."""
    add_person(session, app)  # kept for an earlier reply, delivered since
    person = people.hold_person(session, KEYRING.make_pseudonyms(NUMBER), Channel.SMS, DAY)
    addresses.keep_address(KEYRING, person, NUMBER)
    outbox.owe(session, person, "réponse", Purpose.REPLY, DAY)

    def sweep() -> None:
        with app.app_context(), Session(db.engine) as own:
            addresses.forget_addresses(own)
            own.commit()

    sweeping = threading.Thread(target=sweep)
    sweeping.start()
    sweeping.join(0.5)  # on SQLite it waits all that time, and longer
    session.commit()
    sweeping.join()
    session.expire_all()
    return read_address(session)


def test_a_reply_just_owed_keeps_its_number_whoever_forgets_meanwhile(app: Flask, session: Session) -> None:
    assert owe_during_a_sweep(app, session) == NUMBER


@ON_POSTGRESQL
def test_when_people_are_not_held_before_they_are_looked_at_again_it_loses_it(
    app: Flask, session: Session, unlocked: None
) -> None:
    """The twin, on PostgreSQL: the UPDATE waits, and knows nothing of what was committed meanwhile."""
    assert owe_during_a_sweep(app, session) is None


def test_the_number_is_sealed_anew_with_the_pepper(session: Session, mind: Mind) -> None:
    told_idea(session, mind)
    both = Keyring(("the new pepper of the tests", OLD))
    assert rotation.rotate(session, both) == (1, 1)
    person = session.scalars(select(Person)).one()
    assert person.sealed_address is not None
    assert both.is_current(person.sealed_address)
    assert addresses.open_address(both, person) == NUMBER
    assert rotation.rotate(session, both) == (0, 1)


@pytest.mark.parametrize("is_rotated", [True, False])
def test_a_number_stays_readable_when_its_person_comes_back_under_a_new_pepper(
    session: Session, mind: Mind, is_rotated: bool
) -> None:
    """The pseudonym, which the seal depends on, changes then."""
    told_idea(session, mind)
    both = Keyring(("the new pepper of the tests", OLD))
    if is_rotated:
        rotation.rotate(session, both)
    talker = Talker(session, mind, NUMBER)
    talker.service = type(talker.service)(**{**vars(talker.service), "keyring": both})
    talker.send("bonjour")
    person = session.scalars(select(Person)).one()
    assert person.pseudonym == both.make_pseudonyms(NUMBER)[0]
    assert addresses.open_address(Keyring(("the new pepper of the tests",)), person) == NUMBER


def test_without_sealing_it_anew_the_number_would_be_lost(session: Session, mind: Mind, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """The twin."""
    monkeypatch.setattr(addresses, "renew_address", lambda *_: None)
    told_idea(session, mind)
    both = Keyring(("the new pepper of the tests", OLD))
    people.hold_person(session, both.make_pseudonyms(NUMBER), Channel.SMS, DAY)
    with pytest.raises(ServiceError):
        addresses.open_address(both, session.scalars(select(Person)).one())


def test_the_purge_forgets_numbers_too_and_old_messages(app: Flask, session: Session) -> None:
    now = DAY + dt.timedelta(days=400)
    one, recent = add_person(session, app), add_person(session, app, OTHER)
    one.last_seen = recent.last_seen = now
    owe(session, one, "ancien")
    owe(session, recent, "récent", Purpose.NEWS, now)
    session.scalars(select(OutboxMessage).where(OutboxMessage.text == "ancien")).one().delivery = Delivery.DELIVERED
    session.commit()
    counts = erasure.purge(session, {kept.setting: kept for kept in ALL}, now)
    assert (counts["ADDRESSES"], counts["MESSAGES"], counts["PEOPLE"]) == (1, 1, 0)
    assert session.scalars(select(OutboxMessage.text)).all() == ["récent"]
