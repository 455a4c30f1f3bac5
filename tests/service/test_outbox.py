"""What is owed: written with what owes it, refused when it cannot go, shown on the web at the next visit."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channel import Channel
from service import erasure, outbox, people
from service.errors import Refused
from service.models import Delivery, OutboxMessage, Purpose
from tests.post_office import DAY, OTHER, add_person, owe, states

STARTED = [Purpose.QUESTION, Purpose.DECISION, Purpose.NEWS]


def test_what_is_owed_goes_with_the_transaction_that_owes_it(app: Flask, session: Session) -> None:
    one = add_person(session, app)
    owe(session, add_person(session, app, OTHER), "bruit")
    outbox.owe(session, one, "perdu", Purpose.NEWS, DAY)
    session.rollback()
    assert states(session) == {"bruit": Delivery.OWED}


def test_a_text_by_sms_is_owed_as_it_will_be_sent_and_on_the_web_as_it_is_written(app: Flask, session: Session) -> None:
    owe(session, add_person(session, app), "« Ça va ? »")
    owe(session, add_person(session, app, "web:a", Channel.WEB), "« Ça va ? »")
    assert list(states(session)) == ['"Ça va ?"', "« Ça va ? »"]


def test_a_text_too_long_for_one_message_is_refused(app: Flask, session: Session) -> None:
    one = add_person(session, app)
    outbox.owe(session, one, "a" * 1600, Purpose.NEWS, DAY)
    with pytest.raises(Refused) as refused:
        outbox.owe(session, one, "a" * 1601, Purpose.NEWS, DAY)
    assert str(refused.value) == "Ce message dépasse 1600 caractères : raccourcissez-le."


@pytest.mark.parametrize("answers_only", [True, False])
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.WEB])
def test_who_refused_our_messages_gets_answers_but_nothing_that_we_start(
    app: Flask, session: Session, channel: Channel, answers_only: bool
) -> None:
    one, other = add_person(session, app, channel=channel), add_person(session, app, OTHER)
    people.opt_out(session, (one.pseudonym,), DAY, answers_only=answers_only)
    owed = {purpose: outbox.owe(session, one, "texte", purpose, DAY).delivery for purpose in Purpose}
    assert [purpose for purpose, delivery in owed.items() if delivery is Delivery.UNWANTED] == STARTED
    assert outbox.owe(session, other, "texte", Purpose.NEWS, DAY).delivery is Delivery.OWED


def test_without_an_address_it_is_known_at_once_that_a_message_cannot_go(app: Flask, session: Session) -> None:
    one = add_person(session, app)
    one.sealed_address = None
    message = outbox.owe(session, one, "texte", Purpose.DECISION, DAY)
    assert (message.delivery, message.error) == (Delivery.FAILED, outbox.NO_ADDRESS)


def test_a_visit_delivers_what_is_owed_on_the_web_and_only_there(app: Flask, session: Session) -> None:
    web, phone = add_person(session, app, "web:a", Channel.WEB), add_person(session, app)
    stale = outbox.owe(session, web, "trop ancien", Purpose.NEWS, DAY - outbox.VALID_ON_THE_WEB)
    owe(session, web, "premier")
    owe(session, add_person(session, app, "web:b", Channel.WEB), "autre")
    owe(session, phone, "par SMS")
    outbox.deliver_on_the_web(session, web, DAY)
    outbox.deliver_on_the_web(session, phone, DAY)
    session.commit()
    assert states(session) == {
        "trop ancien": Delivery.OWED,
        "premier": Delivery.DELIVERED,
        "autre": Delivery.OWED,
        "par SMS": Delivery.OWED,
    }
    assert stale.delivered_at is None


@pytest.mark.parametrize("keep_ideas", [True, False])
def test_nothing_is_owed_to_who_was_erased_and_their_words_are_gone(
    app: Flask, session: Session, keep_ideas: bool
) -> None:
    one = add_person(session, app)
    sent = outbox.owe(session, one, "envoyé", Purpose.REPLY, DAY)
    sent.delivery, sent.provider_id = Delivery.SENT, "SM1"
    owe(session, one, "dû")
    owe(session, add_person(session, app, OTHER), "autre")
    erasure.erase_person(session, one, DAY, keep_ideas=keep_ideas)
    session.commit()
    rows = session.execute(
        select(OutboxMessage.text, OutboxMessage.delivery, OutboxMessage.provider_id).order_by(OutboxMessage.id)
    ).all()
    assert [tuple(row) for row in rows] == [
        ("", Delivery.SENT, "SM1"),
        ("", Delivery.UNWANTED, None),
        ("autre", Delivery.OWED, None),
    ]
