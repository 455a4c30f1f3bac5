"""One act on several contributions of the queue: each is done or refused on its own, and nothing of it is lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from service import cases, claims, meetings
from service.errors import Outdated, Refused, ServiceError
from service.models import Change, Contribution, Meeting, Reviewer
from service.rights import Right, require


@dataclass(frozen=True, order=True)
class Chosen:
    """A contribution as its row of the queue showed it."""

    code: str
    version: int


@dataclass(frozen=True)
class Refusal:
    """A contribution that stays as it is, and why; ``last``: its last change, when somebody made it meanwhile."""

    code: str
    problem: str
    last: Change | None


@dataclass(frozen=True)
class Outcome:
    """What became of the contributions chosen."""

    done: tuple[str, ...]
    refused: tuple[Refusal, ...]


def classify(
    session: Session, reviewer: Reviewer, chosen: Iterable[Chosen], solution: str, reason: str, now: dt.datetime
) -> Outcome:
    """Give each the same solution, or axis. Raises Forbidden."""

    def act(row: Chosen) -> None:
        cases.instruct(session, reviewer, row.code, solution, reason=reason, told_by=(), version=row.version, now=now)

    return _do_each(session, reviewer, chosen, act)


def make_ready(session: Session, reviewer: Reviewer, chosen: Iterable[Chosen], now: dt.datetime) -> Outcome:
    """Let each go before the council as it is classified. Raises Forbidden."""

    def act(row: Chosen) -> None:
        contribution = cases.read_case(session, reviewer, row.code)
        solution = contribution.solution or contribution.axis
        if solution is None:
            raise Refused("Elle n'a ni axe ni solution : classez-la d'abord.")
        cases.instruct(session, reviewer, row.code, solution, reason="", told_by=(), version=row.version, now=now)

    return _do_each(session, reviewer, chosen, act)


def put_on_agenda(session: Session, reviewer: Reviewer, chosen: Iterable[Chosen], meeting: Meeting) -> Outcome:
    """Put each on the agenda of ``meeting``. Raises Forbidden."""

    def act(row: Chosen) -> None:
        contribution = cases.read_case(session, reviewer, row.code)
        meetings.put_on_agenda(session, reviewer, contribution, meeting, row.version)

    return _do_each(session, reviewer, chosen, act)


def release(session: Session, reviewer: Reviewer, chosen: Iterable[Chosen], now: dt.datetime) -> Outcome:
    """Give up the reviewer's own claim on each. Raises Forbidden."""

    def act(row: Chosen) -> None:
        contribution = cases.read_case(session, reviewer, row.code)
        held = claims.read_claims(session, [contribution], now).get(contribution.id)
        if held is not None and held.reviewer_id != reviewer.id:
            raise Refused(f"{held.reviewer.name} y travaille.")
        claims.release(session, reviewer, contribution)

    return _do_each(session, reviewer, chosen, act)


def _do_each(session: Session, reviewer: Reviewer, chosen: Iterable[Chosen], act: Callable[[Chosen], None]) -> Outcome:
    """Each in a savepoint of its own, in the order of codes: two such acts at once do not wait for each other in a ring."""
    require(reviewer, Right.INSTRUCT)
    done, refused = [], []
    for row in sorted(set(chosen)):
        try:
            with session.begin_nested():
                act(row)
            done.append(row.code)
        except ServiceError as error:
            last = _read_last_change(session, row.code) if isinstance(error, Outdated) else None
            refused.append(Refusal(row.code, str(error), last))
    return Outcome(tuple(done), tuple(refused))


def _read_last_change(session: Session, code: str) -> Change | None:
    newest = select(Change).join(Contribution).where(Contribution.code == code).order_by(Change.id.desc()).limit(1)
    return session.scalar(newest.options(joinedload(Change.reviewer)))
