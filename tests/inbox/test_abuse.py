"""Abuse in the inbox: flagged, banned, appealed, lifted; never a pseudonym on a page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.known import Mind
from service import abuse
from service.models import Ban, Contribution, OutboxMessage, Reviewer, Role
from tests.council import LATER, NOW
from tests.saying import say
from tests.visitor import Page, Visitor, sign_in

NewReviewer = Callable[..., Reviewer]
CASE, DOOR = "/inbox/contributions/AAAAA2", "/inbox/contributions/AAAAA2/abus"


@pytest.fixture
def insult(session: Session, mind: Mind) -> Contribution:
    return say(session, mind, "AAAAA2", "ces soignants sont tous des incapables", author="the troll")


@pytest.fixture
def secretary(app: Flask, new_reviewer: NewReviewer) -> Visitor:
    return sign_in(app, new_reviewer("68"))


def test_flagged_and_no_longer(secretary: Visitor, session: Session, insult: Contribution) -> None:
    assert secretary.fill_in(CASE, action=DOOR, act="flag", abuse_reason="Insultes.").status_code == 302
    session.expire_all()
    assert insult.flagged is True
    assert secretary.fill_in(CASE, action=DOOR, act="unflag", abuse_reason="Relue.").status_code == 302
    session.expire_all()
    assert insult.flagged is False


def test_a_refusal_keeps_what_was_typed(secretary: Visitor, session: Session, insult: Contribution) -> None:
    response = secretary.fill_in(CASE, action=DOOR, act="flag", abuse_reason="x" * 151)
    page = Page(response)
    assert (response.status_code, page.form(DOOR).fields["abuse_reason"]) == (422, "x" * 151)
    response = secretary.fill_in(CASE, action=DOOR, act="flag", abuse_reason="Insultes.", version="9")
    assert (response.status_code, Page(response).form(DOOR).fields["abuse_reason"]) == (409, "Insultes.")
    assert secretary.fill_in(CASE, action=DOOR, act="burn", abuse_reason="x").status_code == 400


def test_banned_appealed_and_lifted(secretary: Visitor, session: Session, insult: Contribution) -> None:
    assert secretary.fill_in(CASE, action=DOOR, act="ban", abuse_reason="Insultes.").status_code == 302
    abuse.take_appeal(session, ("the troll",), "Pardon, c'était la colère.", NOW)
    session.commit()
    page = secretary.read("/inbox/abus")
    assert "Motif Insultes." in page.words
    assert "Pardon, c'était la colère." in page.words
    assert "the troll" not in page.html + secretary.read(CASE).html
    number = session.scalars(select(Ban.id)).one()
    assert secretary.fill_in("/inbox/abus", action=f"/inbox/abus/{number}/levee").status_code == 302
    assert "Personne n'est bloqué." in secretary.read("/inbox/abus").words


def test_an_appeal_is_answered_once_and_what_was_typed_is_kept(
    secretary: Visitor, session: Session, insult: Contribution
) -> None:
    secretary.fill_in(CASE, action=DOOR, act="ban", abuse_reason="Insultes.")
    number = session.scalars(select(Ban.id)).one()
    door = f"/inbox/abus/{number}/maintien"
    assert door not in [form.action for form in secretary.read("/inbox/abus").forms]  # there is no appeal
    abuse.take_appeal(session, ("the troll",), "Pardon.", NOW)
    session.commit()
    read = secretary.read("/inbox/abus").form(door).fields
    response = secretary.post(door, {**read, "abuse_reason": "x" * 151})
    page = Page(response)
    assert (response.status_code, page.form(door).fields["abuse_reason"]) == (422, "x" * 151)
    abuse.take_appeal(session, ("the troll",), "Et d'ailleurs…", LATER)
    session.commit()
    page = Page(secretary.post(door, {**read, "abuse_reason": "Injures répétées."}))
    assert "La personne a envoyé un nouveau recours : lisez-le avant de répondre." in page.words
    assert page.form(door).fields["abuse_reason"] == "Injures répétées."
    read = page.form(door).fields
    assert secretary.post(door, read).status_code == 302
    after = secretary.read("/inbox/abus")
    assert ("Motif Insultes." in after.words, "Recours" in after.words, "d'ailleurs" in after.words) == (
        True,
        False,
        False,
    )
    assert session.scalars(select(OutboxMessage.text)).all() == [
        "Le CTS du Haut-Rhin a lu votre recours et maintient sa décision. Motif : Injures répétées.\n"
        "Pour contester encore : RECOURS suivi de votre message."
    ]
    again = secretary.post(door, read)
    assert (again.status_code, "Ce recours a déjà reçu une réponse." in Page(again).words) == (422, True)
    assert "Vous aviez écrit : Injures répétées." in Page(again).words.replace("\u00a0", " ")
    assert secretary.post(door, {**read, "appealed_at": "rubbish"}).status_code == 422


def test_others_may_do_nothing_here(
    app: Flask, session: Session, new_reviewer: NewReviewer, insult: Contribution
) -> None:
    abuse.ban_author(session, new_reviewer("68"), "AAAAA2", "Insultes.", NOW)
    session.commit()
    number = session.scalars(select(Ban.id)).one()
    neighbour, member = sign_in(app, new_reviewer("67")), sign_in(app, new_reviewer("68", Role.MEMBER))
    token = {"csrf_token": neighbour.read("/inbox/nouvelle-idee").forms[0].fields["csrf_token"]}
    assert neighbour.post(f"/inbox/abus/{number}/levee", token).status_code == 404
    assert neighbour.post(f"/inbox/abus/{2**40}/levee", token).status_code == 404
    assert neighbour.post(DOOR, {**token, "act": "flag", "abuse_reason": "x"}).status_code == 404
    assert "Personne n'est bloqué." in neighbour.read("/inbox/abus").words
    assert member.get("/inbox/abus").status_code == 403
    assert "abuse_reason" not in member.read(CASE).html
