"""The only door to a contribution's status: what may follow what, and a line of history for each change."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from service.errors import Outdated, Refused
from service.models import Change, Contribution, Reviewer, Status

OPEN = (Status.RECEIVED, Status.TO_CLASSIFY)
DECISIONS = (Status.RETAINED, Status.FORWARDED, Status.ATTACHED, Status.NOT_RETAINED, Status.BECAME_PROJECT)
# A decision may be revised; nothing returns to "received", but an idea that is no longer merged.
_AFTER_ANY = (Status.TO_CLASSIFY, Status.INSTRUCTED, *DECISIONS, Status.MERGED)
NEXT = dict.fromkeys(Status, _AFTER_ANY) | {Status.MERGED: tuple(Status)}
CHANGED_MEANWHILE = "Cette idée a été modifiée pendant que vous l'instruisiez : relisez-la."


@dataclass(frozen=True)
class Move:
    """A change of a contribution: where it goes, why, and how it is classified then.

    ``solution`` is a solution ("A2.1"), a bare axis ("A2") or None. The answers are what the citizen will read from now on;
    without an answer, what was published before stays, and the line of history tells none.
    """

    status: Status
    solution: str | None
    reason: str = ""
    answer: str | None = None
    answer_sms: str | None = None
    project: str | None = None
    forwarded_to: str | None = None


def move(session: Session, contribution: Contribution, to: Move, reviewer: Reviewer | None, now: dt.datetime) -> None:
    """Carry out ``to`` and log it. Raises Refused when it may not follow, Outdated when somebody else was quicker."""
    if to.status not in NEXT[contribution.status]:
        raise Refused("Ce changement d'état n'est pas possible.")
    before = contribution.solution or contribution.axis
    contribution.history.append(
        Change(
            reviewer_id=reviewer.id if reviewer else None,
            at=now,
            from_status=contribution.status,
            to_status=to.status,
            from_solution=before,
            to_solution=to.solution,
            reason=to.reason.strip(),
            forwarded_to=to.forwarded_to,
            answer=to.answer,
        )
    )
    contribution.status = to.status
    contribution.axis = to.solution[:2] if to.solution else None
    contribution.solution = to.solution if to.solution and "." in to.solution else None
    if to.answer is not None:
        contribution.answer, contribution.answer_sms, contribution.linked_project = to.answer, to.answer_sms, to.project
    _note_first_time(contribution, now)
    save(session)


def _note_first_time(contribution: Contribution, now: dt.datetime) -> None:
    if contribution.status is Status.INSTRUCTED and contribution.instructed_at is None:
        contribution.instructed_at = now
    if contribution.status in DECISIONS and contribution.answered_at is None:
        contribution.decided_at = contribution.decided_at or now
        contribution.answered_at = now
        came_here_first = contribution.import_id is None
        contribution.answered_after = (now - contribution.received_at).days if came_here_first else None


def record(
    session: Session, contribution: Contribution, what: str, reviewer: Reviewer | None, now: dt.datetime
) -> None:
    """A line of history for what changed neither status nor classification."""
    solution = contribution.solution or contribution.axis
    contribution.history.append(
        Change(
            reviewer_id=reviewer.id if reviewer else None,
            at=now,
            from_status=contribution.status,
            to_status=contribution.status,
            from_solution=solution,
            to_solution=solution,
            reason=what,
        )
    )
    save(session)


def check_version(contribution: Contribution, version: int) -> None:
    """Raises Outdated when the contribution is not the one that was read."""
    if contribution.version != version:
        raise Outdated(CHANGED_MEANWHILE)


def save(session: Session) -> None:
    """Write what changed. Raises Outdated when somebody else changed the same rows meanwhile."""
    try:
        session.flush()
    except StaleDataError as error:
        raise Outdated(CHANGED_MEANWHILE) from error
