"""A reviewer's questions to the author of an idea: one at a time, until it is answered or nobody answers."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, joinedload

from bot.known import OpenQuestion
from bot.questions import write_closing, write_question, write_reminder
from knowledge.loader import Knowledge
from service import outbox
from service.cases import read_case
from service.delivery import DEAD
from service.errors import Refused
from service.keyring import Keyring
from service.masking import mask
from service.models import Contribution, Delivery, OutboxMessage, Person, Purpose, Question, Reviewer, Status
from service.rights import Right, require

LONGEST_QUESTION = 300  # characters; with the words around it, three SMS segments
REMIND_AFTER = dt.timedelta(days=7)
CLOSE_AFTER = dt.timedelta(days=21)
PUT = (Delivery.SENDING, Delivery.SENT, Delivery.DELIVERED)  # the citizen may have read it


def ask(
    session: Session,
    knowledge: Knowledge,
    reviewer: Reviewer,
    code: str,
    words: str,
    now: dt.datetime,
    *,
    is_sure: bool = False,
) -> Question:
    """Ask the author of a contribution something, on their channel.

    Raises NotFound, Forbidden, or Refused: another question is open, nobody can be asked, or the words hold personal
    data and the reviewer is not yet sure (``is_sure``) that they must be sent.
    """
    require(reviewer, Right.INSTRUCT)
    contribution = read_case(session, reviewer, code)
    words = " ".join(words.split())
    _check_words(words, is_sure)
    if contribution.status is Status.MERGED:
        raise Refused("Cette idée est regroupée avec une autre : posez la question sur celle-là.")
    held = select(Person).where(Person.id == contribution.person_id)
    person = session.scalar(held.with_for_update(key_share=True))  # as service.people.hold_person
    if person is None:
        raise Refused("L'auteur de cette idée ne peut pas être joint : elle n'est liée à personne.")
    if find_open(session, contribution) is not None:
        raise Refused("Une question est déjà posée : attendez sa réponse, ou qu'elle soit close.")
    text = write_question(knowledge.territory(contribution.departement), contribution.code, words)
    message = outbox.owe(session, person, text, Purpose.QUESTION, now, contribution=contribution)
    if message.delivery in DEAD:
        raise Refused(f"L'auteur de cette idée ne peut pas être joint. {message.error}")
    question = Question(
        contribution_id=contribution.id,
        person_id=person.id,
        reviewer_id=reviewer.id,
        words=words,
        asked_at=now,
        message_id=message.id,
    )
    session.add(question)
    session.flush()
    _mark_waiting(session, contribution.id, waiting=True)
    return question


def list_questions(session: Session, contribution: Contribution) -> list[Question]:
    """All that was asked of a contribution's author, oldest first."""
    of_case = select(Question).where(Question.contribution_id == contribution.id).order_by(Question.id)
    return list(session.scalars(of_case.options(joinedload(Question.reviewer), joinedload(Question.message))))


def find_open(session: Session, contribution: Contribution) -> Question | None:
    """The question that waits for an answer."""
    return session.scalar(
        select(Question).where(Question.contribution_id == contribution.id, Question.closed_at.is_(None))
    )


def list_open(session: Session, person: Person, until: dt.datetime | None = None) -> tuple[OpenQuestion, ...]:
    """The questions put to a person (by ``until``) and not answered yet, in the order asked."""
    found = session.execute(
        select(Question, Contribution.code, Contribution.departement, OutboxMessage)
        .join(Contribution, Question.contribution_id == Contribution.id)
        .join(OutboxMessage, Question.message_id == OutboxMessage.id)
        .where(Question.person_id == person.id, Question.closed_at.is_(None), OutboxMessage.delivery.in_(PUT))
        .order_by(Question.id)
    )
    put = (
        OpenQuestion(one.id, code, departement, one.words, message.tried_at or message.delivered_at or one.asked_at)
        for one, code, departement, message in found
    )
    return tuple(one for one in put if until is None or one.since <= until)


def take_answer(session: Session, keyring: Keyring, number: int, words: str, now: dt.datetime) -> None:
    """Keep the answer to an open question, personal data masked and the original under seal."""
    question = session.get_one(Question, number)
    masked = mask(words)
    question.answer = masked.text
    if masked.kinds:
        question.sealed_answer = keyring.seal(words, question.contribution.code)
    if masked.third_person_health:
        session.execute(
            update(Contribution).where(Contribution.id == question.contribution_id).values(third_person_health=True)
        )
    _close(session, question, now)


def follow_up(session: Session, knowledge: Knowledge, now: dt.datetime) -> int:
    """How many questions were remembered to their persons, or closed: to be run now and then.

    One that nobody will answer any more, or need, is closed without a word.
    """
    idle = (
        select(Question)
        .join(Contribution, Question.contribution_id == Contribution.id)
        .outerjoin(OutboxMessage, Question.message_id == OutboxMessage.id)
        .where(
            Question.closed_at.is_(None),
            or_(
                OutboxMessage.delivery.in_(DEAD),  # never read
                Question.person_id.is_(None),  # its reader is erased
                Contribution.answered_at >= Question.asked_at,  # the council has decided without
            ),
        )
        .with_for_update(of=Question, skip_locked=True)
    )
    closed = session.scalars(idle).all()
    for question in closed:
        _close(session, question, now)
    late = (
        select(Question)
        .where(Question.closed_at.is_(None), Question.asked_at <= now - REMIND_AFTER)
        .where(Question.reminded_at.is_(None) | (Question.asked_at <= now - CLOSE_AFTER))
        .order_by(Question.id)
        .with_for_update(of=Question, skip_locked=True)
    )
    followed = session.scalars(late).all()
    for question in followed:
        _follow_up(session, knowledge, question, now)
    return len(closed) + len(followed)


def _follow_up(session: Session, knowledge: Knowledge, question: Question, now: dt.datetime) -> None:
    contribution = question.contribution
    territory = knowledge.territory(contribution.departement)
    is_over = question.asked_at <= now - CLOSE_AFTER
    person = session.get(Person, question.person_id) if question.person_id else None
    if person is not None:
        text = (
            write_closing(territory, contribution.code)
            if is_over
            else write_reminder(territory, contribution.code, question.words)
        )
        outbox.owe(session, person, text, Purpose.NEWS, now, contribution=contribution)
    if is_over:
        _close(session, question, now)
    else:
        question.reminded_at = now
    session.flush()


def _close(session: Session, question: Question, now: dt.datetime) -> None:
    question.closed_at = now
    session.flush()
    _mark_waiting(session, question.contribution_id, waiting=False)


def _mark_waiting(session: Session, contribution_id: int, *, waiting: bool) -> None:
    """An update, not a change of the object: whoever is writing on the case loses nothing by it."""
    session.execute(update(Contribution).where(Contribution.id == contribution_id).values(waiting=waiting))


def _check_words(words: str, is_sure: bool) -> None:
    if not words:
        raise Refused("Écrivez la question.")
    if len(words) > LONGEST_QUESTION:
        raise Refused(f"La question dépasse {LONGEST_QUESTION} caractères : raccourcissez-la.")
    if mask(words).kinds and not is_sure:
        raise Refused(
            "La question semble contenir des données personnelles. Retirez-les, ou cochez « Envoyer ces mots quand même »."
        )
