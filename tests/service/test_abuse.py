"""Abuse: a flag, a ban, an appeal, a lifting, a limit; and what none of them ever stands before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.known import Banned, Mind
from bot.sms import count_segments
from service import abuse, erasure
from service.errors import Forbidden, NotFound, Outdated, Refused
from service.models import Ban, Change, Contribution, OutboxMessage, Reviewer, Role
from tests.council import LATER, NOW, citizen
from tests.meanwhile import meanwhile
from tests.postgres import ON_POSTGRESQL
from tests.saying import say
from tests.telephone import Telephone

NewReviewer = Callable[..., Reviewer]
WHY = "Insultes répétées envers les soignants."


@pytest.fixture
def secretary(new_reviewer: NewReviewer) -> Reviewer:
    return new_reviewer("68")


@pytest.fixture
def insult(session: Session, mind: Mind) -> Contribution:
    """An insulting idea of « the troll »; another person's beside it."""
    say(session, mind, "CCCCC2")
    return say(session, mind, "AAAAA2", "ces soignants sont tous des incapables", author="troll")


def ban(session: Session, reviewer: Reviewer, code: str = "AAAAA2", why: str = WHY) -> None:
    abuse.ban_author(session, reviewer, code, why, NOW)
    session.commit()


def ban_and_appeal(session: Session, reviewer: Reviewer) -> int:
    """The ban of « the troll », who says « Pardon. »."""
    ban(session, reviewer)
    abuse.take_appeal(session, ("troll",), "Pardon.", NOW)
    session.commit()
    return session.scalars(select(Ban.id)).one()


def history(session: Session, found: Contribution) -> list[str]:
    lines = select(Change.reason).where(Change.contribution_id == found.id, Change.reviewer_id.is_not(None))
    return list(session.scalars(lines.order_by(Change.id)))


# Flags


def test_a_flag_deletes_nothing_and_can_be_taken_away(
    session: Session, secretary: Reviewer, insult: Contribution
) -> None:
    before = (insult.words, insult.status)
    abuse.flag(session, secretary, "AAAAA2", " Insultes. ", is_abuse=True, version=1, now=NOW)
    session.commit()
    assert (insult.flagged, insult.version, (insult.words, insult.status)) == (True, 2, before)
    abuse.flag(session, secretary, "AAAAA2", "Insultes.", is_abuse=True, version=1, now=NOW)  # a double click
    abuse.flag(session, secretary, "AAAAA2", "Relue.", is_abuse=False, version=2, now=NOW)
    session.commit()
    assert insult.flagged is False
    assert history(session, insult) == ["Signalée comme abus : Insultes.", "Signalement retiré : Relue."]


def test_a_flag_needs_a_reason_a_right_and_the_case_as_it_stands(
    session: Session, secretary: Reviewer, insult: Contribution, new_reviewer: NewReviewer
) -> None:
    def flag(reviewer: Reviewer, why: str = WHY, version: int = 1) -> None:
        abuse.flag(session, reviewer, "AAAAA2", why, is_abuse=True, version=version, now=NOW)

    with pytest.raises(Refused, match="Indiquez le motif"):
        flag(secretary, " ")
    with pytest.raises(Refused, match="dépasse 150 caractères"):
        flag(secretary, "x" * 151)
    with pytest.raises(Outdated):
        flag(secretary, version=7)
    with pytest.raises(Forbidden):
        flag(new_reviewer("68", Role.MEMBER))
    with pytest.raises(NotFound):
        flag(new_reviewer("67"))


# Bans


def test_a_ban_is_of_one_territory_and_told_once_in_the_history(
    session: Session, secretary: Reviewer, insult: Contribution
) -> None:
    ban(session, secretary)
    ban(session, secretary, why="Encore.")  # a double click
    assert abuse.tell_bans(session, ("troll",)) == (Banned("68", WHY, dt.date(2026, 11, 20)),)
    assert abuse.tell_bans(session, ("author of CCCCC2",)) == ()
    assert history(session, insult) == [f"Auteur bloqué pour abus : {WHY}"]
    found = abuse.find_ban(session, insult)
    assert found is not None
    assert (found.reason, found.contribution) == (WHY, insult)


def test_two_territories_may_ban_the_same_person(
    session: Session, mind: Mind, secretary: Reviewer, insult: Contribution, new_reviewer: NewReviewer
) -> None:
    say(session, mind, "AAAAA3", "des incapables", author="troll", departement="67")
    ban(session, secretary)
    ban(session, new_reviewer("67"), "AAAAA3")
    assert [one.departement for one in abuse.tell_bans(session, ("troll",))] == ["68", "67"]
    assert [one.departement for one in abuse.list_bans(session, secretary)] == ["68"]
    assert [one.departement for one in abuse.list_bans(session, new_reviewer(None))] == ["67", "68"]


def test_who_may_not_ban(
    session: Session, secretary: Reviewer, insult: Contribution, new_reviewer: NewReviewer
) -> None:
    with pytest.raises(Forbidden):
        ban(session, new_reviewer("68", Role.MEMBER))
    with pytest.raises(NotFound):
        ban(session, new_reviewer("67"))
    with pytest.raises(Refused, match="Indiquez le motif"):
        ban(session, secretary, why="")
    insult.person_id = None
    session.commit()
    with pytest.raises(Refused, match="n'est pas connu"):
        ban(session, secretary)


def test_a_ban_follows_its_person_to_the_new_key_and_outlives_their_erasure(
    session: Session, secretary: Reviewer, insult: Contribution
) -> None:
    ban(session, secretary)
    erasure.erase_person(session, citizen(session, "troll"), NOW, keep_ideas=False)
    session.commit()
    assert [one.departement for one in abuse.tell_bans(session, ("new:troll", "troll"))] == ["68"]
    session.commit()
    kept = session.scalars(select(Ban)).one()
    assert (kept.pseudonym, kept.contribution_id) == ("new:troll", None)


def test_an_appeal_is_masked_and_the_last_one_counts(
    session: Session, secretary: Reviewer, insult: Contribution
) -> None:
    ban(session, secretary)
    abuse.take_appeal(session, ("troll",), "Pardon.", NOW)
    abuse.take_appeal(session, ("troll",), "Pardon, appelez-moi au 06 39 98 00 01.", LATER)
    session.commit()
    [found] = abuse.list_bans(session, secretary)
    assert (found.appeal, found.appealed_at) == ("Pardon, appelez-moi au [téléphone].", LATER)


def test_lifting_a_ban_is_noted_and_told_to_who_appealed(
    session: Session, secretary: Reviewer, insult: Contribution, new_reviewer: NewReviewer
) -> None:
    number = ban_and_appeal(session, secretary)
    with pytest.raises(NotFound):
        abuse.lift_ban(session, new_reviewer("67"), number, LATER)
    with pytest.raises(Forbidden):
        abuse.lift_ban(session, new_reviewer("68", Role.MEMBER), number, LATER)
    abuse.lift_ban(session, secretary, number, LATER)
    session.commit()
    assert abuse.tell_bans(session, ("troll",)) == ()
    assert history(session, insult)[-1] == "Blocage de l'auteur levé."
    assert [message.text for message in session.scalars(select(OutboxMessage))] == [abuse.LIFTED]
    with pytest.raises(NotFound):
        abuse.lift_ban(session, secretary, number, LATER)


def test_an_appeal_is_answered_with_the_reason_and_another_may_follow(
    session: Session, mind: Mind, secretary: Reviewer, insult: Contribution, new_reviewer: NewReviewer
) -> None:
    number = ban_and_appeal(session, secretary)
    with pytest.raises(NotFound):
        abuse.uphold_ban(session, new_reviewer("67"), mind.knowledge, number, "Non.", NOW, LATER)
    with pytest.raises(Forbidden):
        abuse.uphold_ban(session, new_reviewer("68", Role.MEMBER), mind.knowledge, number, "Non.", NOW, LATER)
    for reason, read, told in (("", NOW, "Indiquez le motif"), ("Non.", None, "nouveau recours")):
        with pytest.raises(Refused, match=told):
            abuse.uphold_ban(session, secretary, mind.knowledge, number, reason, read, LATER)
    abuse.uphold_ban(session, secretary, mind.knowledge, number, "Non.", NOW, LATER)
    session.commit()
    [kept] = abuse.list_bans(session, secretary)
    assert (kept.appeal, kept.appealed_at) == (None, NOW)
    assert history(session, insult)[-1] == "Recours lu, blocage maintenu : Non."
    assert [message.text for message in session.scalars(select(OutboxMessage))] == [
        "Le CTS du Haut-Rhin a lu votre recours et maintient sa décision. Motif : Non.\n"
        "Pour contester encore : RECOURS suivi de votre message."
    ]
    with pytest.raises(Refused, match="déjà reçu"):
        abuse.uphold_ban(session, secretary, mind.knowledge, number, "Non.", NOW, LATER)
    abuse.take_appeal(session, ("troll",), "Encore.", LATER)
    abuse.uphold_ban(session, secretary, mind.knowledge, number, "Toujours non.", LATER, LATER)
    abuse.lift_ban(session, secretary, number, LATER)  # who ever appealed is told of it
    assert session.scalars(select(OutboxMessage.text).order_by(OutboxMessage.id)).all()[1:] == [
        abuse.UPHELD.format(council="du Haut-Rhin", reason="Toujours non."),
        abuse.LIFTED,
    ]


def keep_what_is_repeated_meanwhile(app: Flask, session: Session, mind: Mind, secretary: Reviewer) -> str | None:
    """The appeal that waits for an answer when its author says the same again while the first is being answered."""
    number = ban_and_appeal(session, secretary)
    abuse.uphold_ban(session, secretary, mind.knowledge, number, "Non.", NOW, LATER)  # not yet committed
    meanwhile(app, session, lambda other: abuse.take_appeal(other, ("troll",), "Pardon.", LATER))
    return session.get_one(Ban, number, populate_existing=True).appeal


def test_an_appeal_in_the_words_of_one_that_is_being_answered_is_another(
    app: Flask, session: Session, mind: Mind, secretary: Reviewer, insult: Contribution
) -> None:
    assert keep_what_is_repeated_meanwhile(app, session, mind, secretary) == "Pardon."


@ON_POSTGRESQL
def test_without_the_lock_it_is_lost(
    app: Flask,
    session: Session,
    mind: Mind,
    secretary: Reviewer,
    insult: Contribution,
    unlocked: None,
) -> None:
    """The twin."""
    assert keep_what_is_repeated_meanwhile(app, session, mind, secretary) is None


def test_it_is_known_whether_who_appealed_can_be_told(
    session: Session, mind: Mind, secretary: Reviewer, insult: Contribution
) -> None:
    ban(session, secretary)
    number = session.scalars(select(Ban.id)).one()
    told = []
    for erased in (False, True):
        abuse.take_appeal(session, ("troll",), "Pardon.", NOW)
        if erased:
            erasure.erase_person(session, citizen(session, "troll"), NOW, keep_ideas=False)
        told.append(abuse.uphold_ban(session, secretary, mind.knowledge, number, "Non.", NOW, LATER))
    assert told == [True, False]


def test_the_longest_answer_to_an_appeal_takes_two_segments(mind: Mind) -> None:
    reason = "é" * abuse.LONGEST_REASON
    councils = [one.of_name for one in mind.knowledge.territories]
    assert {count_segments(abuse.UPHELD.format(council=council, reason=reason)) for council in councils} == {2}


# By telephone


def test_who_is_banned_is_told_why_appeals_and_is_still_answered_in_an_emergency(
    app: Flask, session: Session, new_reviewer: NewReviewer
) -> None:
    secretary, telephone = new_reviewer("68"), Telephone(app)
    for words in ("il faudrait un bus dentaire à Thann", "1", "oui"):
        telephone.text(words)
    code = session.scalars(select(Contribution.code)).one()
    abuse.ban_author(session, secretary, code, WHY, NOW)
    session.commit()
    assert telephone.text("il faudrait une crèche pour les infirmières à Thann") == (
        f"Depuis le 20 novembre 2026, le CTS du Haut-Rhin ne prend plus vos idées. Motif : {WHY}\n"
        "Pour contester : répondez RECOURS suivi de votre message."
    )
    assert telephone.text("je fais un infarctus").startswith("Si une vie est en danger, appelez tout de suite le 15")
    assert telephone.text("contact").startswith("Voix Santé est un service de")
    assert telephone.text("Recours : je m'excuse").startswith("Votre recours est transmis au CTS.")
    session.expire_all()
    assert session.scalars(select(Ban.appeal)).all() == ["je m'excuse"]
    assert session.scalars(select(Contribution.code)).all() == [code]


def test_the_ideas_of_one_day_are_limited_and_none_is_lost(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(abuse, "IDEAS_A_DAY", 1)
    telephone = Telephone(app)
    for words in ("il faudrait un bus dentaire à Thann", "1", "oui"):
        telephone.text(words)
    late = (
        "Vous avez transmis beaucoup d'idées aujourd'hui. Celle-ci est gardée : écrivez-moi demain pour la transmettre."
    )
    assert telephone.text("il faudrait une crèche pour les infirmières à Thann") == late
    response = telephone.post(telephone.form("oui"))
    assert response.status_code == 200
    monkeypatch.setattr(abuse, "IDEAS_A_DAY", 2)  # the next day
    for words in ("me revoici", "1", "oui"):
        telephone.text(words)
    session.expire_all()
    assert session.scalars(select(Contribution.words).order_by(Contribution.id)).all() == [
        "il faudrait un bus dentaire à Thann",
        "il faudrait une crèche pour les infirmières à Thann",
    ]


def test_the_day_is_that_of_paris(session: Session, mind: Mind) -> None:
    author = citizen(session, "author")
    evening = dt.datetime(2026, 11, 20, 22, 30, tzinfo=dt.UTC)  # 23:30 in Paris
    say(session, mind, "AAAAA2", author="author", now=evening)
    assert abuse.count_ideas_left(session, author, evening) == abuse.IDEAS_A_DAY - 1
    assert abuse.count_ideas_left(session, author, evening + dt.timedelta(hours=1)) == abuse.IDEAS_A_DAY
