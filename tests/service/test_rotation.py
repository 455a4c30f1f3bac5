"""The pepper is changed: "new,old" while people come back, then the new one alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from extensions import db
from service import second_factor, totp
from service.keyring import Keyring
from service.models import Contribution, OptOut, Person, Reviewer
from tests.telephone import SETTINGS, Telephone
from tests.visitor import Visitor, app_with

OLD, NEW = SETTINGS["PHONE_PEPPER"], "the new pepper of the tests"
BOTH = Keyring((NEW, OLD))
NUMBER, NOISE = "+33639980001", "+33639980002"
ORIGINAL = "il faudrait plus de médecins de garde le dimanche à Colmar, appelez le 06 39 98 55 77"
MASKED = "il faudrait plus de médecins de garde le dimanche à Colmar, appelez le [téléphone]"
Restart = Callable[[str], Flask]
pytestmark = pytest.mark.slow  # the service is started again and again


@pytest.fixture
def restart(app: Flask, session: Session, database_url: str) -> Iterator[Restart]:
    """The service started again on the same database, with other peppers."""
    with ExitStack() as running:

        def start(peppers: str) -> Flask:
            session.rollback()
            running.close()
            made: AbstractContextManager[Flask] = app_with(DATABASE_URL=database_url, PHONE_PEPPER=peppers)
            return running.enter_context(made)

        yield start


def text_idea(telephone: Telephone) -> str:
    """The code of an idea told by SMS."""
    before = set(db.session().scalars(select(Contribution.code)))
    telephone.text("nouvelle idée")
    telephone.text(ORIGINAL)
    for _ in range(4):
        telephone.text("1")
        if new := set(db.session().scalars(select(Contribution.code))) - before:
            return new.pop()
    raise AssertionError("the idea was not taken")


def pseudonym(number: str, pepper: str) -> str:
    (made,) = Keyring((pepper,)).make_pseudonyms(number)
    return made


def read_pseudonyms(table: type[Person] | type[OptOut]) -> list[str]:
    db.session().rollback()
    found = sorted(db.session().scalars(select(table.pseudonym)))
    db.session().rollback()
    return found


def run(app: Flask, *words: str) -> tuple[int, str]:
    db.session().rollback()
    result = app.test_cli_runner().invoke(args=list(words))
    db.session().rollback()
    return result.exit_code, result.output


# People


def test_a_person_is_recognised_and_their_pseudonym_renewed_at_their_next_message(app: Flask, restart: Restart) -> None:
    Telephone(app, NOISE).text("bonjour")
    code = text_idea(Telephone(app, NUMBER))
    rotating = restart(f"{NEW},{OLD}")
    assert Telephone(rotating, NUMBER).text(f"SUIVI {code}").startswith(f'Idée {code} "il faudrait plus de médecins')
    assert read_pseudonyms(Person) == sorted([pseudonym(NUMBER, NEW), pseudonym(NOISE, OLD)])
    new_alone = restart(NEW)
    assert Telephone(new_alone, NUMBER).text(f"SUIVI {code}").startswith(f'Idée {code} "il faudrait plus de médecins')


def test_a_conversation_goes_on_over_the_change(app: Flask, restart: Restart) -> None:
    Telephone(app, NUMBER).text("nouvelle idée")
    asked = Telephone(restart(f"{NEW},{OLD}"), NUMBER).text(ORIGINAL)
    assert "pas bien compris" not in asked
    assert db.session().scalar(select(func.count()).select_from(Person)) == 1


def test_a_browser_is_recognised_and_renewed_too(app: Flask, restart: Restart) -> None:
    visitor = Visitor(app)
    visitor.fill_in("/chat", text="bonjour")
    cookie = visitor.cookie("voix_chat")
    assert cookie
    later = Visitor(restart(f"{NEW},{OLD}"))
    later.client.set_cookie("voix_chat", cookie, domain="voix.example.fr", secure=True)
    assert "Bonjour, ici Voix Santé" in later.read("/chat").words
    later.fill_in("/chat", text="menu")
    assert read_pseudonyms(Person) == [pseudonym(f"web:{cookie}", NEW)]


@pytest.mark.parametrize("word", ["arret", "sans reponse"])
def test_a_refusal_is_respected_and_renewed_at_the_next_message(app: Flask, restart: Restart, word: str) -> None:
    for number in (NUMBER, NOISE):
        Telephone(app, number).text(word)
    reply = Telephone(restart(f"{NEW},{OLD}"), NUMBER).text("bonjour")
    assert reply.startswith("Vous avez arreté nos messages.") is (word == "arret")
    assert read_pseudonyms(OptOut) == sorted([pseudonym(NUMBER, NEW), pseudonym(NOISE, OLD)])
    again = Telephone(restart(NEW), NUMBER).text("bonjour")
    assert again.startswith("Vous avez arreté nos messages.") is (word == "arret")


def test_a_refusal_that_outlived_an_erasure_is_renewed_too(app: Flask, restart: Restart) -> None:
    telephone = Telephone(app, NUMBER)
    for text in ("arret", "effacer", "1"):
        telephone.text(text)
    assert Telephone(restart(f"{NEW},{OLD}"), NUMBER).text("bonjour").startswith("Vous avez arreté nos messages.")
    assert read_pseudonyms(OptOut) == [pseudonym(NUMBER, NEW)]


def test_who_resumes_during_the_change_has_no_refusal_left(app: Flask, restart: Restart) -> None:
    Telephone(app, NUMBER).text("arret")
    telephone = Telephone(restart(f"{NEW},{OLD}"), NUMBER)
    telephone.text("reprendre")
    telephone.text("oui")
    assert read_pseudonyms(OptOut) == []


def test_who_is_erased_during_the_change_is_erased(app: Flask, restart: Restart) -> None:
    text_idea(Telephone(app, NUMBER))
    telephone = Telephone(restart(f"{NEW},{OLD}"), NUMBER)
    telephone.text("effacer")
    telephone.text("1")
    assert read_pseudonyms(Person) == []
    assert db.session().scalar(select(func.count()).select_from(Contribution)) == 0


def test_who_wrote_under_each_key_is_answered_and_is_one_person(app: Flask, restart: Restart) -> None:
    """Processes are restarted one after the other, and the old key may have been left out for an hour."""
    code = text_idea(Telephone(app, NUMBER))
    Telephone(restart(NEW), NUMBER).text("bonjour")
    telephone = Telephone(restart(f"{NEW},{OLD}"), NUMBER)
    assert telephone.text(f"SUIVI {code}").startswith(f'Idée {code} "il faudrait plus de médecins')
    assert read_pseudonyms(Person) == [pseudonym(NUMBER, NEW)]


@pytest.mark.parametrize("words", [("arret", "sans reponse"), ("sans reponse", "arret")], ids=" then ".join)
def test_who_refused_under_each_key_is_answered_and_the_wider_refusal_holds(
    app: Flask, restart: Restart, words: tuple[str, str]
) -> None:
    """So does a restore: the copy has the refusal under the old key, the database under the new one."""
    Telephone(app, NUMBER).text(words[0])
    Telephone(restart(NEW), NUMBER).text(words[1])
    telephone = Telephone(restart(f"{NEW},{OLD}"), NUMBER)
    assert telephone.text("bonjour").startswith("Vous avez arreté nos messages.")
    assert read_pseudonyms(OptOut) == [pseudonym(NUMBER, NEW)]


# Originals


def read_sealed(code: str) -> bytes:
    db.session().rollback()
    sealed = db.session().scalars(select(Contribution.sealed_words).where(Contribution.code == code)).one()
    db.session().rollback()
    assert sealed is not None
    return sealed


def test_originals_are_sealed_anew_and_then_need_the_new_key_alone(app: Flask, restart: Restart) -> None:
    codes = [text_idea(Telephone(app, number)) for number in (NUMBER, NOISE)]
    rotating = restart(f"{NEW},{OLD}")
    assert [BOTH.is_current(read_sealed(code)) for code in codes] == [False, False]
    code, said = run(rotating, "keys", "rotate")
    assert (code, said.splitlines()[0]) == (0, "4 original(s) and number(s) sealed anew.")
    assert [Keyring((NEW,)).open(read_sealed(code), code) for code in codes] == [ORIGINAL, ORIGINAL]
    sealed = [read_sealed(code) for code in codes]
    assert run(rotating, "keys", "rotate")[1].splitlines()[0] == "0 original(s) and number(s) sealed anew."
    assert [read_sealed(code) for code in codes] == sealed
    assert run(restart(NEW), "keys", "rotate")[0] == 0


def test_what_was_sealed_since_the_change_is_left_alone(app: Flask, restart: Restart) -> None:
    text_idea(Telephone(app, NUMBER))
    rotating = restart(f"{NEW},{OLD}")
    code = text_idea(Telephone(rotating, NOISE))
    sealed = read_sealed(code)
    assert run(rotating, "keys", "rotate")[1].splitlines()[0] == "2 original(s) and number(s) sealed anew."
    assert read_sealed(code) == sealed


def test_how_many_still_depend_on_the_old_key_is_told_until_none_does(app: Flask, restart: Restart) -> None:
    """The pseudonyms of people and of refusals alike."""
    for number in (NUMBER, NOISE):
        Telephone(app, number).text("bonjour")
    Telephone(app, NOISE).text("arret")
    rotating = restart(f"{NEW},{OLD}")
    waiting = []
    for number in ("", NUMBER, NOISE):
        if number:
            Telephone(rotating, number).text("bonjour")
        waiting.append(run(rotating, "keys", "rotate")[1].splitlines()[1].split()[0])
    assert waiting == ["3", "2", "0"]


def test_a_rotation_touches_nothing_that_a_reviewer_is_deciding(app: Flask, restart: Restart) -> None:
    """Who has the page of an idea open is not told that somebody else changed it: nobody did."""
    code = text_idea(Telephone(app, NUMBER))
    before = db.session().scalars(select(Contribution.version).where(Contribution.code == code)).one()
    run(restart(f"{NEW},{OLD}"), "keys", "rotate")
    assert db.session().scalars(select(Contribution.version).where(Contribution.code == code)).one() == before


def test_without_the_old_key_the_command_says_so_in_one_line_and_changes_nothing(app: Flask, restart: Restart) -> None:
    code = text_idea(Telephone(app, NUMBER))
    sealed = read_sealed(code)
    name = Keyring((OLD,)).name
    told = f"Error: Ce texte est scellé par la clé {name}, que PHONE_PEPPER ne contient plus.\n"
    assert run(restart(NEW), "keys", "rotate") == (1, told)
    assert read_sealed(code) == sealed


def test_without_the_old_key_the_person_still_reads_all_else_that_is_held(app: Flask, restart: Restart) -> None:
    """They were renewed while both keys were there; nobody ran ``keys rotate`` before the old one was dropped."""
    code = text_idea(Telephone(app, NUMBER))
    Telephone(restart(f"{NEW},{OLD}"), NUMBER).text("bonjour")
    later = restart(NEW)
    link = Telephone(later, NUMBER).text("mes donnees").split("https://voix.example.fr")[1].split()[0]
    words = Visitor(later).read(link).words
    assert [text for text in (code, MASKED) if text not in words] == []


# Second factors


def test_a_second_factor_is_sealed_anew_and_then_needs_the_new_key_alone(
    app: Flask, session: Session, restart: Restart, new_reviewer: Callable[..., Reviewer]
) -> None:
    noise, reviewer = new_reviewer("51").id, new_reviewer("68").id
    secret, now = totp.make_secret(), dt.datetime.now(dt.UTC)
    code = totp.make_code(secret, int(now.timestamp()) // totp.STEP_SECONDS)
    second_factor.set_up(session, Keyring((OLD,)), session.get_one(Reviewer, reviewer), secret, code, now)
    session.commit()
    assert run(restart(f"{NEW},{OLD}"), "keys", "rotate")[0] == 0
    found = db.session().get_one(Reviewer, reviewer)
    assert found.sealed_totp_secret is not None
    assert Keyring((NEW,)).open(found.sealed_totp_secret, second_factor.context_of(found)) == secret
    assert db.session().get_one(Reviewer, noise).sealed_totp_secret is None
    db.session().rollback()
