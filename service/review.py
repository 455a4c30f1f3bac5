"""The only door to a contribution's status: who may see it, what may follow what, and a line of history for each change."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.exc import StaleDataError

from service.corrections import propose_phrase
from service.errors import NotFound, Outdated, Refused
from service.keyring import Keyring
from service.models import Change, Contribution, Opening, Reviewer, Status

OPEN = (Status.RECEIVED, Status.TO_CLASSIFY)
# A decision may be revised: any other state may follow, but nothing returns to "received".
NEXT = {status: tuple(s for s in Status if s is not Status.RECEIVED) for status in Status}
NEEDS_REASON = frozenset({Status.NOT_RETAINED})
NEEDS_ANSWER = frozenset({Status.RETAINED, Status.NOT_RETAINED, Status.BECAME_PROJECT})
LONGEST_ANSWER = 1000  # characters: six SMS, and one WhatsApp message with what is said around it
PAGE = 50


@dataclass(frozen=True)
class Decision:
    """What a reviewer decides. ``version`` is that of the contribution they read."""

    status: Status
    solution: str | None
    reason: str
    answer: str
    version: int


def visible_to(reviewer: Reviewer) -> Select[Contribution]:
    """The contributions a reviewer may see: those of their territory, or of the whole region."""
    everything = select(Contribution)
    if reviewer.departement is None:
        return everything
    return everything.where(Contribution.departement == reviewer.departement)


def list_queue(
    session: Session,
    reviewer: Reviewer,
    statuses: tuple[Status, ...],
    departement: str | None = None,
    after: int | None = None,
) -> list[Contribution]:
    """A page of the queue, oldest first, from the contribution after id ``after``; one more than PAGE tells there is more."""
    query = visible_to(reviewer).where(Contribution.status.in_(statuses)).order_by(Contribution.id).limit(PAGE + 1)
    if departement:
        query = query.where(Contribution.departement == departement)
    if after is not None:
        query = query.where(Contribution.id > after)
    return list(session.scalars(query))


def read_contribution(session: Session, reviewer: Reviewer, code: str) -> Contribution:
    """One contribution with its history. Raises NotFound, also when it is another territory's."""
    query = visible_to(reviewer).where(Contribution.code == code.replace("\0", ""))
    found = session.scalar(
        query.options(
            selectinload(Contribution.history).joinedload(Change.reviewer),
            selectinload(Contribution.openings).joinedload(Opening.reviewer),
        )
    )
    if found is None:
        raise NotFound("Cette contribution n'existe pas, ou n'est pas de votre territoire.")
    return found


def decide(session: Session, reviewer: Reviewer, code: str, decision: Decision, now: dt.datetime) -> Contribution:
    """Carry out ``decision`` and log it. Raises NotFound, Refused, or Outdated when somebody else was quicker."""
    contribution = read_contribution(session, reviewer, code)
    if _is_saved_already(contribution, reviewer, decision):
        return contribution
    if contribution.version != decision.version:
        raise Outdated("Cette contribution a été modifiée pendant que vous l'instruisiez : relisez-la.")
    _check(contribution, decision)
    contribution.history.append(
        Change(
            reviewer_id=reviewer.id,
            at=now,
            from_status=contribution.status,
            to_status=decision.status,
            from_solution=contribution.solution,
            to_solution=decision.solution,
            reason=decision.reason.strip(),
            answer=decision.answer.strip() or None,
        )
    )
    contribution.status = decision.status
    contribution.solution = decision.solution
    contribution.axis = decision.solution.split(".")[0] if decision.solution else None
    contribution.answer = decision.answer.strip() or None
    try:
        session.flush()
    except StaleDataError as error:
        raise Outdated("Cette contribution a été modifiée pendant que vous l'instruisiez : relisez-la.") from error
    propose_phrase(session, reviewer, contribution, now)
    return contribution


def _is_saved_already(contribution: Contribution, reviewer: Reviewer, decision: Decision) -> bool:
    """Whether the last change is this very decision by this very person: a double click."""
    if not contribution.history:
        return False
    last = contribution.history[-1]
    return (last.reviewer_id, last.to_status, last.to_solution, last.reason, last.answer) == (
        reviewer.id,
        decision.status,
        decision.solution,
        decision.reason.strip(),
        decision.answer.strip() or None,
    )


def open_original(
    session: Session, keyring: Keyring, reviewer: Reviewer, code: str, reason: str, now: dt.datetime
) -> str:
    """The words before masking; who opened them, when and why is noted. Raises NotFound, or Refused without a reason."""
    contribution = read_contribution(session, reviewer, code)
    if contribution.sealed_words is None:
        raise NotFound("Il n'y a pas de texte d'origine sous scellé : rien n'a été masqué, ou il a été détruit.")
    if not reason.strip():
        raise Refused("Dites pourquoi vous ouvrez le texte d'origine : ce sera noté.")
    original = keyring.open(contribution.sealed_words, contribution.code)
    contribution.openings.append(Opening(reviewer_id=reviewer.id, at=now, reason=reason.strip()))
    session.flush()
    return original


def _check(contribution: Contribution, decision: Decision) -> None:
    if decision.status not in NEXT[contribution.status]:
        raise Refused("Ce changement d'état n'est pas possible.")
    if decision.status in NEEDS_REASON and not decision.reason.strip():
        raise Refused("Indiquez pourquoi l'idée n'est pas retenue.")
    if decision.status in NEEDS_ANSWER and not decision.answer.strip():
        raise Refused("Écrivez la réponse que la personne recevra.")
    if len(decision.answer) > LONGEST_ANSWER:
        raise Refused(f"La réponse dépasse {LONGEST_ANSWER} caractères : raccourcissez-la.")


def count_by_status(session: Session, reviewer: Reviewer, departement: str | None = None) -> dict[Status, int]:
    """How many contributions this reviewer sees in each state; every state is there, with 0 if need be."""
    seen = visible_to(reviewer)
    if departement:
        seen = seen.where(Contribution.departement == departement)
    rows = seen.with_only_columns(Contribution.status, func.count()).group_by(Contribution.status)
    return dict.fromkeys(Status, 0) | {row[0]: row[1] for row in session.execute(rows)}


def next_open(session: Session, reviewer: Reviewer, code: str) -> str | None:
    """The code of the oldest contribution still to be dealt with, after that of ``code``, else before; None when done."""
    here = session.scalar(select(Contribution.id).where(Contribution.code == code)) or 0
    waiting = visible_to(reviewer).where(Contribution.status.in_(OPEN), Contribution.id != here)
    oldest_after_first = waiting.order_by(Contribution.id < here, Contribution.id).limit(1)
    found = session.scalar(oldest_after_first)
    return found.code if found else None
