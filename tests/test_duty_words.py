"""Duty words by the real doors: which whole messages stop, what is answered then, and that nothing later undoes it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.duty import Duty, read_duty
from bot.known import Mind
from service.models import Exchange, OptOut
from tests.telephone import Telephone
from tests.visitor import Visitor, app_with

EMPTY_RESPONSE = b"<?xml version='1.0' encoding='utf-8'?>\n<Response />"
STOPPED = "C'est noté : vous ne recevrez plus de messages de Voix Santé. Pour reprendre : REPRENDRE."
REMINDER = "Vous avez arreté nos messages. Pour reprendre, envoyez REPRENDRE."
IN_FULL = "Vous avez arrêté nos messages. Pour reprendre, envoyez REPRENDRE."
RESUMED = "C'est noté : vous recevrez de nouveau nos messages. Pour arreter : ARRET."
NUMBERS = (f"+33639980{number:03}" for number in itertools.count())
Restart = Callable[..., Flask]


@pytest.fixture
def restart(app: Flask, session: Session, database_url: str) -> Iterator[Restart]:
    """The service on the same database, with settings of its own."""
    with ExitStack() as running:

        def start(**settings: str) -> Flask:
            session.rollback()
            return running.enter_context(app_with(DATABASE_URL=database_url, **settings))

        yield start


def read_refusals(session: Session) -> list[bool]:
    """Of each refusal, whether it is of answers only."""
    session.rollback()
    session.expire_all()
    found = list(session.scalars(select(OptOut.answers_only)))
    session.rollback()
    return found


# Which messages are such words

STOP_WORDS = (
    "STOP", "stop", "Stop", "sToP", " stop ", "\nSTOP\n", "stop.", "STOP!", "STOP !!!", "Stop...", "stop…", "(stop)", '"STOP"',
    "ＳＴＯＰ", "STOP\u200b", "\u00a0STOP", "STOP\u202f!", "STOP SMS", "stop sms", "Stop-SMS", "STOPSMS", "stop  sms", "STOP SVP",
    "stop svp !", "Stop merci", "STOP MERCI.", "stop tout", "ARRET", "arret", "ARRÊT", "arrêt", "Arre\u0302t", "ARRE\u0302T", "Arrêt.",
    "ARRETS", "arrêter", "ARRETER", "Arrêtez", "arretez !", "ARRET SMS", "désabonner", "DESABONNER", "Désabonnez-moi",
    "desabonnez moi", "me désabonner", "se désabonner", "Désabonnement", "désinscription", "Désinscrire", "me desinscrire",
    "DÉSINSCRIVEZ-MOI", "désactiver", "plus de SMS", "Plus de messages", "ne plus recevoir", "Ne plus recevoir de messages",
    "ne m’écrivez plus", "ne m'ecrivez plus !", "Arrêtez de m'écrire", "UNSUBSCRIBE", "stopall", "Cancel", "END", "quit",
    "revoke", "OPTOUT",
)  # fmt: skip
# As plain, if not in our list. ARRETE and ARRETT are opt-out words of Twilio Proxy (twilio.com/docs/proxy/opt-out-keywords).
PLAIN_TOO = (
    "ARRETE", "Arrête !", "arrett", "« STOP »", "“ARRET”", "'stop'", "STOP ?", "*STOP*", "[STOP]", "STOP 🙏",
    "stop s'il vous plaît", "arrêt svp", "je me désabonne",
)  # fmt: skip
SENTENCES = (
    "un arrêt de bus devant la clinique", "stop aux déserts médicaux", "stop à la fermeture de la maternité de Thann",
    "il faut arrêter de fermer les lits", "l'arrêt de bus est trop loin de l'hôpital", "mon arrêt maladie n'est pas renouvelé",
    "il faudrait une aide pour arrêter de fumer", "plus de messages de prévention dans les écoles", "plus de sms de rappel de rendez-vous",
    "start-up de santé à Nancy", "end of life care", "arrêt cardiaque : formons les lycéens", "non stop", "quitter l'hôpital plus tôt",
    "des infos sur les vaccins", "désactiver les écrans en salle d'attente", "stop tabac", "on ne peut plus recevoir de soins ici",
    "STOPPONS la fermeture des urgences", "contact avec un psychologue", "effacer les inégalités de santé",
)  # fmt: skip


@pytest.mark.parametrize("text", STOP_WORDS, ids=repr)
def test_a_stop_word_alone_stops(text: str) -> None:
    assert read_duty(text) is Duty.STOP


@pytest.mark.parametrize("text", PLAIN_TOO, ids=repr)
def test_a_stop_word_stops_however_it_is_dressed(text: str) -> None:
    assert read_duty(text) is Duty.STOP


@pytest.mark.parametrize("text", SENTENCES, ids=repr)
def test_a_sentence_that_holds_a_duty_word_is_none(text: str) -> None:
    assert read_duty(text) is None


@pytest.mark.parametrize(
    ("text", "duty"),
    [
        pytest.param("REPRENDRE", Duty.RESUME, id="reprendre"),
        pytest.param("start", Duty.RESUME, id="start"),
        pytest.param("UNSTOP.", Duty.RESUME, id="unstop"),
        pytest.param("Contact", Duty.CONTACT, id="contact"),
        pytest.param("AIDE !", Duty.HELP, id="aide"),
        pytest.param(" ? ", Duty.HELP, id="a question mark"),
        pytest.param("HELP", Duty.HELP, id="help"),
        pytest.param("Mes données", Duty.MY_DATA, id="mes données"),
        pytest.param("MES DONNEES", Duty.MY_DATA, id="mes donnees"),
        pytest.param("EFFACER", Duty.ERASE, id="effacer"),
        pytest.param("Sans réponse", Duty.NO_ANSWER, id="sans réponse"),
        pytest.param("oui", None, id="oui"),
        pytest.param("YES", None, id="yes"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_the_other_duty_words_are_whole_messages_too(text: str, duty: Duty | None) -> None:
    assert read_duty(text) is duty


# By the SMS door


def test_a_stop_that_the_provider_answers_is_kept_and_not_answered_twice(app: Flask, session: Session) -> None:
    for text in ("STOP", "stop.", "UNSUBSCRIBE", "cancel"):
        telephone = Telephone(app, next(NUMBERS))
        response = telephone.post(telephone.form(text))
        assert (text, response.status_code, response.data) == (text, 200, EMPTY_RESPONSE)
    assert read_refusals(session) == [False] * 4


def test_a_stop_that_the_provider_does_not_know_is_kept_and_answered(app: Flask, session: Session) -> None:
    texts = ("ARRET", "STOP SMS", "Désabonnez-moi", "plus de messages")
    assert [Telephone(app, next(NUMBERS)).text(text) for text in texts] == [STOPPED] * 4
    assert read_refusals(session) == [False] * 4


def test_on_a_number_of_ones_own_the_service_answers_every_stop(session: Session, restart: Restart) -> None:
    app = restart(VOIX_STOP_ANSWERED_BY="service")
    assert [Telephone(app, next(NUMBERS)).text(text) for text in ("STOP", "ARRET", "quit")] == [STOPPED] * 3
    assert read_refusals(session) == [False] * 3


def test_help_is_answered_by_one_of_the_two(app: Flask, restart: Restart) -> None:
    telephone = Telephone(app)
    assert telephone.post(telephone.form("HELP")).data == EMPTY_RESPONSE
    assert telephone.text("AIDE").startswith("Écrivez ce que vous cherchez")
    own = Telephone(restart(VOIX_STOP_ANSWERED_BY="service"))
    assert own.text("HELP") == own.text("AIDE")


def test_on_whatsapp_and_on_the_web_the_service_answers(app: Flask, session: Session) -> None:
    assert Telephone(app, "whatsapp:+33639980009").text("STOP").startswith("C'est noté : vous ne recevrez plus")
    visitor = Visitor(app)
    visitor.fill_in("/chat", text="STOP")
    assert "C'est noté : vous ne recevrez plus de messages" in visitor.read("/chat").words
    assert read_refusals(session) == [False, False]


def test_a_sentence_that_holds_a_stop_word_by_sms_stops_nothing(app: Flask, session: Session) -> None:
    for text in SENTENCES[:6]:
        reply = Telephone(app, next(NUMBERS)).text(text)
        assert reply not in ("", STOPPED)
    assert read_refusals(session) == []


def test_a_stop_word_inside_a_conversation_stops_and_ends_it(app: Flask, session: Session) -> None:
    telephone = Telephone(app)
    telephone.text("nouvelle idée")
    assert telephone.text("arrêt") == STOPPED
    assert telephone.text("il faudrait plus de médecins de garde à Colmar") == REMINDER


def test_a_stop_delivered_again_is_one_refusal(app: Flask, session: Session) -> None:
    telephone = Telephone(app)
    form = telephone.form("ARRET")
    assert telephone.post(form).data == telephone.post(form).data
    telephone.text("ARRET")
    assert read_refusals(session) == [False]


# After a stop

LATER = (
    "bonjour", "oui", "1", "2", "ok", "YES", "menu", "retour", "suite", "nouveau", "nouvelle idée", "trouver", "suivi", "SUIVI K7Q2M9",
    "K7Q2M9", "médecin sans rendez-vous à Reims", "il faudrait plus de médecins de garde à Colmar", "merci", "qui êtes-vous ?", "", "😀",
    "je veux reprendre", "recommencer", "continuer", "x" * 3000,
)  # fmt: skip


def test_after_a_stop_every_other_message_gets_the_reminder_and_the_refusal_stays(app: Flask, session: Session) -> None:
    telephone = Telephone(app)
    telephone.text("ARRET")
    assert {text: telephone.text(text) for text in LATER} == dict.fromkeys(LATER, REMINDER)
    assert read_refusals(session) == [False]


def test_on_the_web_too(app: Flask, session: Session) -> None:
    visitor = Visitor(app)
    for text in ("ARRET", "menu"):
        visitor.fill_in("/chat", text=text)
    assert visitor.read("/chat").words.count(IN_FULL) == 1


def test_after_a_stop_the_other_rights_are_still_answered(app: Flask, session: Session) -> None:
    telephone = Telephone(app)
    telephone.text("ARRET")
    for text in ("CONTACT", "MES DONNEES", "EFFACER", "AIDE"):
        assert telephone.text(text) not in ("", REMINDER)
    assert read_refusals(session) == [False]


UNDO_NOTHING = {
    "not confirmed": ("reprendre",),
    "refused": ("reprendre", "non"),
    "refused by number": ("reprendre", "2"),
    "answered otherwise": ("reprendre", "bonjour", "non"),
    "confirmed too late": ("reprendre", "non", "oui"),
    "another word between": ("reprendre", "menu", "oui"),
    "stopped again between": ("reprendre", "arret", "oui"),
    "start alone": ("start",),
    "a narrower refusal": ("sans reponse",),
    "erased": ("effacer", "1"),
    "erased but ideas": ("effacer", "2", "oui"),
    "a yes to another question": ("effacer", "oui"),
    "an emergency": ("je veux en finir", "oui"),
    "data read": ("mes donnees", "oui"),
}


def test_nothing_but_a_confirmed_resumption_undoes_a_stop(app: Flask, session: Session) -> None:
    undone = []
    for case, messages in UNDO_NOTHING.items():
        telephone, before = Telephone(app, next(NUMBERS)), len(read_refusals(session))
        for text in ("ARRET", *messages):
            telephone.text(text)
        if read_refusals(session) != [False] * (before + 1):
            undone.append(case)
    assert undone == []


@pytest.mark.parametrize(("word", "yes"), [("REPRENDRE", "oui"), ("START", "1"), ("me réabonner", "OK")], ids=" ".join)
def test_a_resumption_confirmed_undoes_it(app: Flask, session: Session, word: str, yes: str) -> None:
    telephone = Telephone(app)
    telephone.text("ARRET")
    telephone.text(word)
    assert telephone.text(yes) == RESUMED
    assert read_refusals(session) == []
    assert telephone.text("bonjour").startswith("Bonjour, ici Voix Santé")


def test_an_emergency_while_a_resumption_is_asked_leaves_the_question(app: Flask, session: Session) -> None:
    telephone = Telephone(app)
    for text in ("ARRET", "reprendre", "mon mari ne respire plus"):
        telephone.text(text)
    assert telephone.text("oui") == RESUMED


@pytest.mark.parametrize("question", ["reprendre", "effacer"])
def test_an_unanswered_question_of_ours_opens_nothing_to_who_stopped(
    app: Flask, session: Session, question: str
) -> None:
    """They are asked again, or reminded: only "oui" to REPRENDRE brings the conversation back."""
    telephone = Telephone(app)
    telephone.text("ARRET")
    answered = []
    for text in ("menu", "trouver", "retour", "SUIVI K7Q2M9", "médecin sans rendez-vous à Reims", "merci"):
        asked = telephone.text(question)
        reply = telephone.text(text)
        if reply != REMINDER and not reply.endswith(asked):
            answered.append(text)
    assert answered == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        pytest.param("mon mari ne respire plus", "15", id="vital emergency"),
        pytest.param("je veux en finir", "3114", id="suicide"),
        pytest.param("mon mari me frappe", "3919", id="violence"),
        pytest.param("mon fils a avalé de la javel", "03 83 22 50 50", id="poison"),
    ],
)
def test_safety_answers_pass_the_stop(app: Flask, session: Session, text: str, number: str) -> None:
    stopped, other = Telephone(app, next(NUMBERS)), Telephone(app, next(NUMBERS))
    stopped.text("STOP")
    reply = stopped.text(text)
    assert re.search(rf"\b{number}\b", reply)
    assert reply == other.text(text)
    assert read_refusals(session) == [False]


def test_a_veiled_sign_passes_the_stop_with_the_reminder(app: Flask, session: Session, mind: Mind) -> None:
    hints = ("je suis de trop pour tout le monde, il faudrait que ça s'arrête", "tout le monde serait mieux sans moi")
    hint = next(hint for hint in hints if (alert := mind.safety.detect(hint)) and alert.veiled)
    telephone = Telephone(app)
    telephone.text("ARRET")
    reply = telephone.text(hint)
    assert "3114" in reply
    assert reply.endswith(REMINDER) or "SUITE" in reply


def test_what_is_not_sent_is_kept_as_nothing_sent(app: Flask, session: Session) -> None:
    Telephone(app).text("STOP")
    assert list(session.scalars(select(Exchange.reply))) == [""]


# A narrower refusal


def test_who_wants_no_answer_goes_on_talking(app: Flask, session: Session) -> None:
    telephone = Telephone(app)
    assert telephone.text("sans réponse").startswith("C'est noté : la réponse du CTS ne vous sera pas envoyée.")
    assert read_refusals(session) == [True]
    assert telephone.text("bonjour").startswith("Bonjour, ici Voix Santé")
    telephone.text("ARRET")
    assert read_refusals(session) == [False]
