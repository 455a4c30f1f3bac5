"""A reviewer's question: put on the author's channel, answered into the case, remembered once, closed in the end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.known import Mind
from service import outbox, people, questions, rights, status
from service.errors import Forbidden, NotFound, Outdated, Refused
from service.models import Contribution, Delivery, OutboxMessage, Person, Purpose, Question, Reviewer, Role, Status
from tests.post_office import NUMBER, OTHER
from tests.service.test_talk import NOW, Talker

WORDS = "Combien de personnes cela concerne-t-il ?"
IDEA, OTHER_IDEA = (
    "il faudrait plus de médecins de garde le dimanche à Colmar",
    "un bus dentaire dans les villages autour de Thann",
)
NewReviewer = Callable[..., Reviewer]


@pytest.fixture
def author(session: Session, mind: Mind) -> Talker:
    Talker(session, mind, OTHER).tell_idea(OTHER_IDEA)  # noise
    return Talker(session, mind, NUMBER)


@pytest.fixture
def code(author: Talker) -> str:
    return author.tell_idea(IDEA)


def ask(session: Session, mind: Mind, reviewer: Reviewer, code: str, words: str = WORDS, now: dt.datetime = NOW, **more: bool) -> Question:  # fmt: skip
    return questions.ask(session, mind.knowledge, reviewer, code, words, now, **more)


def put(session: Session, question: Question, now: dt.datetime = NOW) -> None:
    """Its message is on the phone."""
    assert question.message is not None
    question.message.delivery, question.message.tried_at = Delivery.SENT, now
    session.flush()


def find_case(session: Session, code: str) -> Contribution:
    session.expire_all()
    return session.scalars(select(Contribution).where(Contribution.code == code)).one()


def decide(session: Session, code: str) -> None:
    """The council's answer, published a day after NOW."""
    move = status.Move(Status.RETAINED, "A1.1", "", "Retenue.", "Retenue.")
    status.move(session, find_case(session, code), move, None, NOW + dt.timedelta(days=1))


def owed(session: Session) -> list[tuple[Purpose, str]]:
    found = session.execute(select(OutboxMessage.purpose, OutboxMessage.text).order_by(OutboxMessage.id))
    return [(purpose, text) for purpose, text in found]


def test_a_question_is_owed_to_the_author_and_the_case_waits(
    session: Session, mind: Mind, code: str, new_reviewer: NewReviewer
) -> None:
    version = find_case(session, code).version
    ask(session, mind, new_reviewer("68"), code)
    text = f"Question du CTS du Haut-Rhin sur votre idée {code} : {WORDS}\nRépondez par un message."
    assert owed(session) == [(Purpose.QUESTION, text)]
    case = find_case(session, code)
    assert (case.waiting, case.version) == (True, version)  # whoever writes on it is not disturbed
    assert session.scalars(select(Contribution.code).where(Contribution.waiting)).all() == [code]


def test_the_next_message_is_the_answer(
    session: Session, mind: Mind, author: Talker, code: str, new_reviewer: NewReviewer
) -> None:
    question = ask(session, mind, new_reviewer("68"), code)
    put(session, question)
    author.now += dt.timedelta(days=3)
    assert (
        author.say("environ 200, surtout des retraités") == "Merci ! Votre réponse est transmise au CTS du Haut-Rhin."
    )
    assert (question.answer, question.sealed_answer, question.closed_at) == (
        "environ 200, surtout des retraités",
        None,
        author.now,
    )
    assert find_case(session, code).waiting is False


def test_what_is_personal_in_an_answer_is_masked_and_the_rest_under_seal(
    session: Session, mind: Mind, author: Talker, code: str, new_reviewer: NewReviewer
) -> None:
    question = ask(session, mind, new_reviewer("68"), code)
    put(session, question)
    author.say("appelez-moi au 06 39 98 55 77")
    assert question.answer == "appelez-moi au [téléphone]"
    assert author.service.keyring.open(question.sealed_answer or b"", code) == "appelez-moi au 06 39 98 55 77"


def test_before_it_was_sent_nothing_is_its_answer(
    session: Session, mind: Mind, author: Talker, code: str, new_reviewer: NewReviewer
) -> None:
    """Asked in the evening, it leaves in the morning: words never answer what was not shown."""
    question = ask(session, mind, new_reviewer("68"), code)
    author.say("environ 200, surtout des retraités")
    assert (question.answer, question.closed_at) == (None, None)


@pytest.mark.parametrize(
    ("said", "beginning"),
    [
        pytest.param("je veux mourir", "Vous n'êtes pas seul", id="an emergency"),
        pytest.param("CONTACT", "Voix Santé est un service de", id="a duty word"),
        pytest.param("MENU", "Que souhaitez-vous ?", id="a word that always works"),
        pytest.param("SUIVI", "Quel est le code de votre idée ?", id="following up"),
        pytest.param("a" * 2001, "Votre message est trop long", id="too long"),
    ],
)
def test_some_messages_are_never_the_answer(
    session: Session, mind: Mind, author: Talker, code: str, new_reviewer: NewReviewer, said: str, beginning: str
) -> None:
    question = ask(session, mind, new_reviewer("68"), code)
    put(session, question)
    reply = author.say(said)
    assert question.answer is None
    assert said == "je veux mourir" or reply.startswith(beginning)


def test_a_hidden_distress_in_the_answer_is_answered_and_read_by_no_reviewer(
    session: Session, mind: Mind, author: Talker, code: str, new_reviewer: NewReviewer
) -> None:
    question = ask(session, mind, new_reviewer("68"), code)
    put(session, question)
    text = next(t for t in VEILED if (alert := mind.safety.detect(t)) and alert.veiled)
    assert "3114" in author.say(text)
    assert (question.answer, question.closed_at) == (None, None)


VEILED = ("j'en peux plus", "je n'en peux plus de tout ça", "à quoi bon continuer", "je suis au bout du rouleau", "je veux que tout s'arrête")  # fmt: skip


def test_after_other_conversations_the_answer_still_comes_into_the_case(
    session: Session, mind: Mind, author: Talker, code: str, new_reviewer: NewReviewer
) -> None:
    question = ask(session, mind, new_reviewer("68"), code)
    put(session, question)
    author.now += dt.timedelta(hours=1)
    author.say("MENU")
    author.say("1")  # an option that is shown
    assert author.state.flow == "find_project"
    author.now += dt.timedelta(minutes=1)
    assert author.say("médecin sans rendez-vous à Reims").startswith("CMSI de Louvois")  # what was asked since
    author.say("environ 200")
    assert question.answer == "environ 200"


def test_the_answer_leaves_the_conversation_where_it_was(
    session: Session, mind: Mind, author: Talker, code: str, new_reviewer: NewReviewer
) -> None:
    author.say("MENU")
    question = ask(session, mind, new_reviewer("68"), code)
    put(session, question, author.now + dt.timedelta(minutes=1))
    author.now += dt.timedelta(hours=1)
    reply = author.say("environ 200 personnes, je pense")
    assert reply.splitlines()[:2] == [
        "Merci ! Votre réponse est transmise au CTS du Haut-Rhin.",
        "Que souhaitez-vous ? Choisissez, ou écrivez simplement ce que vous cherchez ou proposez.",
    ]
    assert (author.state.flow, author.state.asked, question.answer) == ("menu", "wish", "environ 200 personnes, je pense")  # fmt: skip


def test_several_questions_are_answered_in_the_order_asked(
    session: Session, mind: Mind, author: Talker, code: str, new_reviewer: NewReviewer
) -> None:
    other_code = author.tell_idea("des crèches ouvertes la nuit pour les infirmières de Colmar")
    reviewer = new_reviewer("68")
    first = ask(session, mind, reviewer, other_code, "Où ?")
    second = ask(session, mind, reviewer, code, "Combien ?")
    put(session, second)
    put(session, first)
    author.now += dt.timedelta(hours=1)
    assert author.say("près de la gare") == (
        "Merci ! Votre réponse est transmise au CTS du Haut-Rhin.\n"
        f"Question du CTS du Haut-Rhin sur votre idée {code} : Combien ?\nRépondez par un message."
    )
    author.say("une vingtaine")
    assert (first.answer, second.answer) == ("près de la gare", "une vingtaine")


def test_a_repeated_delivery_answers_once(
    session: Session, mind: Mind, author: Talker, code: str, new_reviewer: NewReviewer
) -> None:
    reviewer = new_reviewer("68")
    put(session, ask(session, mind, reviewer, code))
    reply = author.send("environ 200", "SM" + "a" * 32)
    again = ask(session, mind, reviewer, code, "Et où ?")
    put(session, again)
    assert author.send("environ 200", "SM" + "a" * 32) == reply
    assert again.answer is None


def test_nobody_else_answers(
    session: Session, mind: Mind, author: Talker, code: str, new_reviewer: NewReviewer
) -> None:
    question = ask(session, mind, new_reviewer("68"), code)
    put(session, question)
    Talker(session, mind, OTHER).say("environ 200")
    assert question.answer is None


# What may be asked


def test_a_reviewer_of_another_territory_cannot_ask(
    session: Session, mind: Mind, code: str, new_reviewer: NewReviewer
) -> None:
    with pytest.raises(NotFound):
        ask(session, mind, new_reviewer("51"), code)


def test_a_member_cannot_ask(session: Session, mind: Mind, code: str, new_reviewer: NewReviewer) -> None:
    reviewer = new_reviewer("68")
    reviewer.role = Role.MEMBER
    assert not rights.may(reviewer, rights.Right.INSTRUCT)
    with pytest.raises(Forbidden):
        ask(session, mind, reviewer, code)


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        pytest.param("  ", "Écrivez la question.", id="nothing"),
        pytest.param("a" * 301, "La question dépasse 300 caractères : raccourcissez-la.", id="too long"),
        pytest.param(
            "Pouvez-vous appeler le 03 89 00 11 22 ?",
            "La question semble contenir des données personnelles. Retirez-les, ou cochez « Envoyer ces mots quand même ».",
            id="personal data",
        ),
    ],
)
def test_words_that_cannot_be_sent_are_refused(
    session: Session, mind: Mind, code: str, new_reviewer: NewReviewer, words: str, refusal: str
) -> None:
    with pytest.raises(Refused) as refused:
        ask(session, mind, new_reviewer("68"), code, words)
    assert str(refused.value) == refusal


def test_a_reviewer_who_is_sure_may_send_personal_data(
    session: Session, mind: Mind, code: str, new_reviewer: NewReviewer
) -> None:
    asked = ask(session, mind, new_reviewer("68"), code, "Pouvez-vous appeler le 03 89 00 11 22 ?", is_sure=True)
    assert asked.words == "Pouvez-vous appeler le 03 89 00 11 22 ?"


def test_one_question_at_a_time(session: Session, mind: Mind, code: str, new_reviewer: NewReviewer) -> None:
    ask(session, mind, new_reviewer("68"), code)
    with pytest.raises(Refused, match="Une question est déjà posée"):
        ask(session, mind, new_reviewer("68"), code, "Et où ?")


def test_an_author_who_wants_no_answers_is_asked_nothing(
    session: Session, mind: Mind, author: Talker, code: str, new_reviewer: NewReviewer
) -> None:
    author.say("SANS REPONSE")
    with pytest.raises(Refused) as refused:
        ask(session, mind, new_reviewer("68"), code)
    assert str(refused.value) == f"L'auteur de cette idée ne peut pas être joint. {outbox.REFUSED}"


def test_an_idea_that_is_nobody_s_any_more_is_asked_nothing(
    session: Session, mind: Mind, author: Talker, code: str, new_reviewer: NewReviewer
) -> None:
    author.say("EFFACER")
    author.say("2")
    with pytest.raises(Refused, match="elle n'est liée à personne"):
        ask(session, mind, new_reviewer("68"), code)


def test_asking_disturbs_no_reviewer_who_writes_on_the_case(
    session: Session, mind: Mind, author: Talker, code: str, new_reviewer: NewReviewer
) -> None:
    case = find_case(session, code)
    version = case.version
    put(session, ask(session, mind, new_reviewer("68"), code))
    author.say("environ 200")
    status.check_version(find_case(session, code), version)
    with pytest.raises(Outdated):
        status.check_version(find_case(session, code), version + 1)


# Waiting


def follow_up(session: Session, mind: Mind, days: float) -> int:
    done = questions.follow_up(session, mind.knowledge, NOW + dt.timedelta(days=days))
    session.flush()
    return done


def test_a_question_is_remembered_once_after_a_week_and_closed_after_three(
    session: Session, mind: Mind, code: str, new_reviewer: NewReviewer
) -> None:
    question = ask(session, mind, new_reviewer("68"), code)
    put(session, question)
    assert [follow_up(session, mind, days) for days in (6.9, 7, 7.1, 20.9)] == [0, 1, 0, 0]
    assert find_case(session, code).waiting is True
    assert [follow_up(session, mind, days) for days in (21, 21.1, 40)] == [1, 0, 0]
    assert (find_case(session, code).waiting, question.answer) == (False, None)
    assert owed(session)[1:] == [
        (Purpose.NEWS, f"Le CTS du Haut-Rhin attend toujours votre réponse sur votre idée {code} : {WORDS}"),
        (
            Purpose.NEWS,
            f"Sans réponse de votre part, le CTS du Haut-Rhin poursuit l'étude de votre idée {code} telle qu'elle est. "
            f"Merci ! SUIVI {code} dit où elle en est.",
        ),
    ]


def test_an_answered_question_is_not_remembered(
    session: Session, mind: Mind, author: Talker, code: str, new_reviewer: NewReviewer
) -> None:
    put(session, ask(session, mind, new_reviewer("68"), code))
    author.say("environ 200")
    assert follow_up(session, mind, 30) == 0
    assert len(owed(session)) == 1


@pytest.mark.parametrize("delivery", [Delivery.FAILED, Delivery.EXPIRED, Delivery.UNWANTED])
def test_a_question_that_never_arrived_is_closed_without_a_word(
    session: Session, mind: Mind, code: str, new_reviewer: NewReviewer, delivery: Delivery
) -> None:
    question = ask(session, mind, new_reviewer("68"), code)
    assert question.message is not None
    question.message.delivery = delivery
    session.flush()
    assert follow_up(session, mind, 0.1) == 1
    assert (find_case(session, code).waiting, len(owed(session))) == (False, 1)


def test_once_the_council_has_answered_nothing_is_asked_any_more(
    session: Session, mind: Mind, code: str, new_reviewer: NewReviewer
) -> None:
    put(session, ask(session, mind, new_reviewer("68"), code))
    decide(session, code)
    assert follow_up(session, mind, 30) == 1
    assert (find_case(session, code).waiting, len(owed(session))) == (False, 1)


def test_what_is_asked_after_the_answer_waits_for_its_own(
    session: Session, mind: Mind, author: Talker, code: str, new_reviewer: NewReviewer
) -> None:
    """Retained, its author may be asked to help: that question is not one that the council went without."""
    decide(session, code)
    author.now += dt.timedelta(days=2)
    question = ask(session, mind, new_reviewer("68"), code, now=author.now)
    put(session, question, author.now)
    assert follow_up(session, mind, 3) == 0
    author.now += dt.timedelta(days=2)
    author.say("oui, je suis d'accord pour en parler")
    assert question.answer == "oui, je suis d'accord pour en parler"


def test_a_question_to_who_was_erased_since_is_closed(
    session: Session, mind: Mind, author: Talker, code: str, new_reviewer: NewReviewer
) -> None:
    put(session, ask(session, mind, new_reviewer("68"), code))
    author.say("EFFACER")
    author.say("2")
    assert follow_up(session, mind, 0.1) == 1
    assert find_case(session, code).waiting is False


def test_a_question_goes_with_the_idea_that_is_erased(
    session: Session, mind: Mind, author: Talker, code: str, new_reviewer: NewReviewer
) -> None:
    put(session, ask(session, mind, new_reviewer("68"), code))
    author.say("EFFACER")
    author.say("1")
    assert session.scalars(select(Question)).all() == []
    assert session.scalars(select(OutboxMessage.text)).all() == [""]


def test_on_the_web_the_question_is_put_by_a_visit(
    app: Flask, session: Session, mind: Mind, new_reviewer: NewReviewer
) -> None:
    author = Talker(session, mind, "web:a", Channel.WEB)
    code = author.tell_idea(IDEA)
    question = ask(session, mind, new_reviewer("68"), code)
    author.say("bonjour")
    assert question.answer is None
    outbox.deliver_on_the_web(session, author.person, author.now)
    author.now += dt.timedelta(minutes=1)
    author.say("RETOUR")
    author.say("environ 200")
    assert question.answer == "environ 200"


def test_a_merged_idea_is_not_asked_about(session: Session, mind: Mind, code: str, new_reviewer: NewReviewer) -> None:
    find_case(session, code).status = Status.MERGED
    with pytest.raises(Refused, match="regroupée"):
        ask(session, mind, new_reviewer("68"), code)


def test_two_peppers_and_one_author(session: Session, mind: Mind, author: Talker, code: str, new_reviewer: NewReviewer) -> None:  # fmt: skip
    """Known under two keys and found to be one person, they still have their question and what is owed to them."""
    question = ask(session, mind, new_reviewer("68"), code)
    person = author.person
    double = people.hold_person(session, ("another key:pseudonym",), Channel.SMS, NOW)
    merged = people.hold_person(session, (double.pseudonym, person.pseudonym), Channel.SMS, NOW)
    session.expire_all()
    assert {question.person_id, *session.scalars(select(OutboxMessage.person_id))} == {merged.id}
    assert session.scalars(select(Person.id).where(Person.id == merged.id)).one() == merged.id
