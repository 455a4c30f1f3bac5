"""One contribution on a reviewer's desk: read it, classify it, note something of it, open what is sealed."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from service import claims
from service.corrections import propose_phrase
from service.errors import NotFound, Refused
from service.keyring import Keyring
from service.models import Change, Contribution, Note, Opening, Question, Reviewer, Status
from service.rights import Right, require, visible_to
from service.status import DECISIONS, Move, check_version, move

LONGEST_NOTE = 2000  # characters


def read_case(session: Session, reviewer: Reviewer, code: str) -> Contribution:
    """One contribution with its history. Raises NotFound, also when it is another territory's."""
    query = visible_to(reviewer).where(Contribution.code == code.replace("\0", ""))
    found = session.scalar(
        query.options(
            selectinload(Contribution.history).joinedload(Change.reviewer),
            selectinload(Contribution.openings).joinedload(Opening.reviewer),
        )
    )
    if found is None:
        raise NotFound("Cette idée n'existe pas, ou n'est pas de votre territoire.")
    return found


def instruct(
    session: Session,
    reviewer: Reviewer,
    code: str,
    solution: str | None,
    *,
    reason: str,
    told_by: tuple[str, ...],
    version: int,
    now: dt.datetime,
) -> Contribution:
    """Classify a contribution, which is then ready for the council; without even an axis it stays to be classified.

    One that is decided stays so. ``told_by``: its words by which the matcher should have known. Renews the reviewer's
    claim. Raises NotFound, Forbidden, Refused or Outdated.
    """
    require(reviewer, Right.INSTRUCT)
    contribution = read_case(session, reviewer, code)
    status = Status.INSTRUCTED if solution else Status.TO_CLASSIFY
    if contribution.status in DECISIONS:
        status = contribution.status
    if _is_said_already(contribution, reviewer, status, solution, reason):  # a double click, or words ticked afterwards
        propose_phrase(session, reviewer, contribution, told_by, now)
        return contribution
    check_version(contribution, version)
    if contribution.status is Status.MERGED:
        raise Refused("Cette idée est regroupée avec une autre : séparez-les d'abord.")
    move(session, contribution, Move(status, solution, reason), reviewer, now)
    propose_phrase(session, reviewer, contribution, told_by, now)
    claims.renew(session, reviewer, contribution, now)
    return contribution


def _is_said_already(
    contribution: Contribution, reviewer: Reviewer, status: Status, solution: str | None, reason: str
) -> bool:
    if not contribution.history:
        return False
    last = contribution.history[-1]
    said = (last.reviewer_id, last.to_status, last.to_solution, last.reason)
    return said == (reviewer.id, status, solution, reason.strip())


def add_note(session: Session, reviewer: Reviewer, code: str, words: str, now: dt.datetime) -> Note:
    """Tell one's colleagues something of a contribution. Raises NotFound, Forbidden or Refused."""
    require(reviewer, Right.INSTRUCT)
    contribution = read_case(session, reviewer, code)
    if not words.strip():
        raise Refused("Écrivez la note.")
    if len(words) > LONGEST_NOTE:
        raise Refused(f"La note dépasse {LONGEST_NOTE} caractères : raccourcissez-la.")
    note = Note(contribution_id=contribution.id, reviewer_id=reviewer.id, at=now, words=words.strip())
    session.add(note)
    session.flush()
    return note


def list_notes(session: Session, contribution: Contribution) -> list[Note]:
    """What reviewers noted of a contribution, oldest first."""
    query = select(Note).where(Note.contribution_id == contribution.id).order_by(Note.id)
    return list(session.scalars(query.options(joinedload(Note.reviewer))))


def open_original(
    session: Session, keyring: Keyring, reviewer: Reviewer, code: str, reason: str, now: dt.datetime
) -> str:
    """The words before masking; who opened them, when and why is noted.

    Raises NotFound, Forbidden, or Refused without a reason.
    """
    require(reviewer, Right.INSTRUCT)
    contribution = read_case(session, reviewer, code)
    if contribution.sealed_words is None:
        raise NotFound("Il n'y a pas de texte d'origine sous scellé : rien n'a été masqué, ou il a été détruit.")
    return _open(session, keyring, reviewer, contribution, contribution.sealed_words, Opening(at=now, reason=reason))


def open_answer(
    session: Session, keyring: Keyring, reviewer: Reviewer, code: str, number: int, reason: str, now: dt.datetime
) -> str:
    """The author's answer to the question of that id, before masking; noted, and raises, as ``open_original`` does."""
    require(reviewer, Right.INSTRUCT)
    contribution = read_case(session, reviewer, code)
    asked = session.scalar(select(Question).where(Question.id == number, Question.contribution_id == contribution.id))
    if asked is None or asked.sealed_answer is None:
        raise NotFound("Il n'y a pas de réponse d'origine sous scellé : rien n'a été masqué, ou elle a été détruite.")
    opening = Opening(question_id=asked.id, at=now, reason=reason)
    return _open(session, keyring, reviewer, contribution, asked.sealed_answer, opening)


def _open(
    session: Session, keyring: Keyring, reviewer: Reviewer, contribution: Contribution, sealed: bytes, opening: Opening
) -> str:
    opening.reviewer_id, opening.reason = reviewer.id, opening.reason.strip()
    if not opening.reason:
        raise Refused("Dites pourquoi vous ouvrez le texte d'origine : ce sera noté.")
    original = keyring.open(sealed, contribution.code)
    contribution.openings.append(opening)
    session.flush()
    return original
