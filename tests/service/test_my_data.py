"""What is held on someone, as they read it: under a link that only they are told, for a day."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.known import PARIS, Mind
from bot.opening import MONTHS
from service import addresses, cases, my_data, people, questions
from service.keyring import Keyring
from service.models import Contribution, DataLink, Delivery, Exchange, OutboxMessage, Reviewer, Status
from service.status import Move, move
from tests.telephone import BASE_URL, SETTINGS, Telephone
from tests.visitor import Page, Visitor

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
KEYRING = Keyring((SETTINGS["PHONE_PEPPER"],))
NUMBER, NOISE = "+33639980001", "+33639980002"
LINK = re.compile(rf"{BASE_URL}(/mes-donnees/\S+)")
ORIGINAL = "il faudrait plus de médecins de garde le dimanche, appelez le 06 39 98 55 77"
MASKED = "il faudrait plus de médecins de garde le dimanche, appelez le [téléphone]"
NOISE_IDEA = "il faudrait plus de dentistes à Thann"
ANSWER = "Merci ! Le CTS retient votre idée."
NewReviewer = Callable[[str | None], Reviewer]


def text_idea(session: Session, telephone: Telephone, idea: str, place: str = "") -> str:
    """The code of an idea told by SMS; ``place`` answers where, when that is asked."""
    before = set(session.scalars(select(Contribution.code)))
    telephone.text("nouvelle idée")
    reply = telephone.text(idea)
    for _ in range(5):
        reply = telephone.text(place if place and "commune" in reply.lower() and "1 Oui" not in reply else "1")
        if new := set(session.scalars(select(Contribution.code))) - before:
            return new.pop()
    raise AssertionError("the idea was not taken")


def ask_link(telephone: Telephone) -> str:
    """The path that MES DONNEES tells; on its second page on first contact, whose notice takes the first."""
    found = LINK.search(telephone.text("mes donnees")) or LINK.search(telephone.text("suite"))
    assert found
    return found[1]


def read_page(app: Flask, session: Session, path: str) -> Page:
    session.rollback()
    return Visitor(app).read(path)


def write_moment(at: dt.datetime) -> str:
    here = at.astimezone(PARIS)
    return (
        f"{'1er' if here.day == 1 else here.day} {MONTHS[here.month - 1]} {here.year} à {here.hour} h {here.minute:02}"
    )


# The link


def test_a_link_leads_to_its_person_for_24_hours(session: Session) -> None:
    person, noise = (people.hold_person(session, (name,), Channel.SMS, NOW) for name in ("1:a", "1:noise"))
    my_data.open_link(session, person, "token", NOW)
    my_data.open_link(session, noise, "other token", NOW)
    session.flush()
    day = dt.timedelta(hours=24)
    found = [
        my_data.read_held(session, KEYRING, "token", NOW + after) for after in (0 * day, day - SECOND, day, 300 * day)
    ]
    assert [held and held.pseudonym for held in found] == ["1:a", "1:a", None, None]


def test_the_page_of_a_link_is_gone_when_it_has_expired(app: Flask, session: Session) -> None:
    telephone = Telephone(app, NUMBER)
    path = ask_link(telephone)
    assert read_page(app, session, path).words != ""
    session.execute(update(DataLink).values(expires_at=dt.datetime.now(dt.UTC) - SECOND))
    session.commit()
    response = Visitor(app).get(path)
    assert (response.status_code, KEYRING.make_pseudonyms(NUMBER)[0] in response.text) == (404, False)


def test_a_wrong_token_is_not_found(app: Flask, session: Session) -> None:
    """Short, cut, longer, in another case, NUL, very long, SQL, its own hash."""
    token = ask_link(Telephone(app, NUMBER)).rsplit("/", 1)[1]
    digest = hashlib.sha256(token.encode()).hexdigest()
    wrong = ("x", token[:-1], f"{token}a", token.swapcase(), "%00", "a" * 10_000, "' OR 1=1 --", digest)
    session.rollback()
    assert [Visitor(app).get(f"/mes-donnees/{one}").status_code for one in wrong] == [404] * len(wrong)


def test_only_a_hash_of_the_token_is_in_the_table_of_links(app: Flask, session: Session) -> None:
    token = ask_link(Telephone(app, NUMBER)).rsplit("/", 1)[1]
    link = session.scalars(select(DataLink)).one()
    assert link.token_hash == hashlib.sha256(token.encode()).hexdigest()


def test_the_page_is_for_no_cache(app: Flask, session: Session) -> None:
    path = ask_link(Telephone(app, NUMBER))
    session.rollback()
    assert Visitor(app).get(path).headers["Cache-Control"] == "no-store"


def test_two_links_of_one_person_lead_to_the_same_data(app: Flask, session: Session) -> None:
    telephone = Telephone(app, NUMBER)
    first, second = ask_link(telephone), ask_link(telephone)
    assert first != second
    session.rollback()
    assert read_page(app, session, first).words == read_page(app, session, second).words


def test_a_link_leads_nowhere_once_its_person_is_erased(app: Flask, session: Session) -> None:
    telephone = Telephone(app, NUMBER)
    path = ask_link(telephone)
    telephone.text("effacer")
    telephone.text("1")
    session.rollback()
    assert Visitor(app).get(path).status_code == 404


# What is on the page


@pytest.fixture
def decided(app: Flask, session: Session, new_reviewer: NewReviewer) -> str:
    """The code of an idea of Guebwiller, with a sealed original and an answer; its author has since asked about Reims."""
    noise = Telephone(app, NOISE)
    text_idea(session, noise, NOISE_IDEA)
    code = text_idea(session, Telephone(app, NUMBER), ORIGINAL, "Guebwiller")
    reviewer = new_reviewer("68")
    cases.open_original(session, KEYRING, reviewer, code, "Un masquage semble de trop.", NOW)
    move(
        session,
        cases.read_case(session, reviewer, code),
        Move(Status.RETAINED, "A4.2", "Réaliste.", ANSWER),
        reviewer,
        NOW,
    )
    session.commit()
    return code


def test_everything_held_on_the_person_is_on_the_page(app: Flask, session: Session, decided: str) -> None:
    telephone = Telephone(app, NUMBER)
    telephone.text("SUIVI K7Q2M9")
    telephone.text("médecin sans rendez-vous à Reims")
    telephone.text("sans reponse")
    telephone.text("nouvelle idée")
    path = ask_link(telephone)
    person = people.find_person(session, KEYRING.make_pseudonyms(NUMBER))
    assert person is not None
    session.refresh(person)
    refusal = people.find_opt_out(session, (person.pseudonym,))
    exchanges = list(session.scalars(select(Exchange).where(Exchange.person_id == person.id)))
    assert person.noticed_at is not None
    assert person.state is not None
    assert refusal is not None
    expected = {
        "pseudonym": person.pseudonym,
        "first message": f"Premier message {write_moment(person.first_seen)}",
        "last message": f"Dernier message {write_moment(person.last_seen)}",
        "commune": "Dernière commune Reims",
        "notice": f"Notice d'information Donnée le {write_moment(person.noticed_at)}",
        "refusal": f"Messages refusés Depuis le {write_moment(refusal.since)} , réponses du CTS seulement",
        "wrong codes": f"Codes de suivi erronés {person.wrong_codes} ",
        "conversation": person.state,
        "idea": decided,
        "words": MASKED,
        "original": ORIGINAL,
        "status": "retenue par le CTS",
        "answer": ANSWER,
        "messages": f"{len(exchanges)} messages reçus",
        **{f"reply {exchange.id}": " ".join(exchange.reply.split()) for exchange in exchanges},
    }
    words = read_page(app, session, path).words
    flat = re.sub(r"\s+,", ",", words)
    missing = [name for name, text in expected.items() if text not in words and re.sub(r"\s+,", ",", text) not in flat]
    assert missing == []
    assert person.wrong_codes == 1


def test_an_idea_is_shown_with_its_place_its_solution_and_how_it_came(
    app: Flask, session: Session, decided: str
) -> None:
    """They are held with it, so they are part of "everything"."""
    telephone = Telephone(app, NUMBER)
    telephone.text("médecin sans rendez-vous à Reims")
    html = read_page(app, session, ask_link(telephone)).html
    card = html.split(f"<h3>{decided}</h3>")[1].split("</section>")[0]
    solution = app.extensions["voix"].mind.knowledge.solution("A4.2").short
    assert [text for text in ("Guebwiller", solution, "SMS") if text not in card] == []


def test_nothing_of_anybody_else_is_on_the_page(app: Flask, session: Session, decided: str) -> None:
    words = read_page(app, session, ask_link(Telephone(app, NUMBER))).words
    noise = people.find_person(session, KEYRING.make_pseudonyms(NOISE))
    assert noise is not None
    other = session.scalars(select(Contribution).where(Contribution.person_id == noise.id)).one()
    assert [found for found in (noise.pseudonym, other.code, "Thann", "Camille", NOISE[3:]) if found in words] == []


def test_the_sealed_original_is_for_its_owner_alone(app: Flask, session: Session, decided: str) -> None:
    own, others = (read_page(app, session, ask_link(Telephone(app, number))).words for number in (NUMBER, NOISE))
    assert (ORIGINAL in own, ORIGINAL in others) == (True, False)
    session.execute(update(Contribution).values(sealed_words=None))
    session.commit()
    words = read_page(app, session, ask_link(Telephone(app, NUMBER))).words
    assert (ORIGINAL in words, MASKED in words, "Texte d'origine" in words) == (False, True, False)


def test_what_was_said_on_the_web_is_on_the_page_and_what_was_said_by_sms_is_not(app: Flask, session: Session) -> None:
    visitor, telephone = Visitor(app), Telephone(app, NUMBER)
    for text in ("dites-moi tout, <b>merci</b>", "mes données"):
        visitor.fill_in("/chat", text=text)
    found = LINK.search(visitor.read("/chat").words)
    assert found
    by_web = visitor.read(found[1])
    assert "dites-moi tout, <b>merci</b>" in by_web.words
    assert "<b>vite" not in by_web.html
    telephone.text("dites-moi tout")
    assert "dites-moi tout" not in read_page(app, session, ask_link(telephone)).words


def test_who_has_sent_nothing_reads_that_there_is_nothing(app: Flask, session: Session) -> None:
    words = read_page(app, session, ask_link(Telephone(app, NUMBER))).words
    told = ("Dernière commune Aucune", "Messages refusés Non", "Vos idées Aucune.", "2 messages reçus")
    assert [text for text in told if text not in words] == []


def test_what_is_owed_and_asked_is_on_the_page_and_the_number_as_long_as_it_is(
    app: Flask, session: Session, new_reviewer: NewReviewer, mind: Mind
) -> None:
    code = text_idea(session, Telephone(app, NUMBER), ORIGINAL, "Guebwiller")
    question = questions.ask(session, mind.knowledge, new_reviewer("68"), code, "Combien ?", NOW)
    question.message.delivery = Delivery.SENT
    session.commit()
    Telephone(app, NUMBER).text("deux cents, dit le 06 39 98 55 77")
    words = read_page(app, session, ask_link(Telephone(app, NUMBER))).words
    for told in (
        f"Numéro de téléphone {NUMBER}, sous scellé",
        f"Question du CTS du Haut-Rhin sur votre idée {code} : Combien ? Répondez par un message.",
        "deux cents, dit le [téléphone]",
        "deux cents, dit le 06 39 98 55 77",
    ):
        assert told in words
    session.execute(update(Contribution).values(answer="Voici."))
    session.execute(update(OutboxMessage).values(delivery=Delivery.DELIVERED))
    addresses.forget_addresses(session)
    session.commit()
    words = read_page(app, session, ask_link(Telephone(app, NUMBER))).words
    assert "Numéro de téléphone Non gardé" in words
    assert NUMBER not in words
