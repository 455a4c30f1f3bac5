"""Claims: who works on a contribution just now. Seen by colleagues; expires by itself, so that none is ever stuck.

A claim forbids nothing: it is the version of a contribution that keeps two from overwriting each other (``service.status``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session, joinedload

from service.database import insert
from service.errors import NotFound, Refused
from service.models import Claim, Contribution, Reviewer
from service.rights import Right, require, visible_to

LEASE = dt.timedelta(minutes=10)  # time to read a long idea; renewed while one types
TAKEN = "Quelqu'un d'autre travaille sur cette idée."


def claim(session: Session, reviewer: Reviewer, code: str, now: dt.datetime, instead_of: int = 0) -> Contribution:
    """Let ``reviewer`` have the contribution for LEASE from now on.

    ``instead_of``: id of the reviewer from whom it is taken over, 0 for nobody. Raises NotFound, Forbidden, or Refused
    while anybody else has it.
    """
    require(reviewer, Right.INSTRUCT)
    contribution = _find(session, reviewer, code)
    wanted = {"reviewer_id": reviewer.id, "until": now + LEASE}
    may_be_had = or_(Claim.until <= now, Claim.reviewer_id == reviewer.id, Claim.reviewer_id == instead_of)
    statement = insert(session, Claim).values(contribution_id=contribution.id, **wanted)
    # One statement, decided on the row under its lock: of two at once the second finds the first one's claim.
    written = statement.on_conflict_do_update(index_elements=["contribution_id"], set_=wanted, where=may_be_had)
    if session.scalar(written.returning(Claim.contribution_id)) is None:
        raise Refused(TAKEN)
    return contribution


def renew(session: Session, reviewer: Reviewer, contribution: Contribution, now: dt.datetime) -> None:
    """Another LEASE for the reviewer's own claim, if they have one."""
    own = update(Claim).where(Claim.contribution_id == contribution.id, Claim.reviewer_id == reviewer.id)
    session.execute(own.values(until=now + LEASE))


def give_up(session: Session, reviewer: Reviewer, code: str) -> None:
    """End the reviewer's own claim on the contribution of that code. Raises NotFound."""
    release(session, reviewer, _find(session, reviewer, code))


def release(session: Session, reviewer: Reviewer, contribution: Contribution) -> None:
    """End the reviewer's own claim on a contribution; another's stays."""
    own = delete(Claim).where(Claim.contribution_id == contribution.id, Claim.reviewer_id == reviewer.id)
    session.execute(own)


def read_claims(session: Session, contributions: Sequence[Contribution], now: dt.datetime) -> dict[int, Claim]:
    """The claims on these contributions that hold now, each with its reviewer, by contribution id."""
    ids = [one.id for one in contributions]
    query = select(Claim).where(Claim.contribution_id.in_(ids), Claim.until > now).options(joinedload(Claim.reviewer))
    fresh = session.scalars(query.execution_options(populate_existing=True))  # claims are written past the session
    return {found.contribution_id: found for found in fresh}


def is_free(now: dt.datetime) -> ColumnElement[bool]:
    """The condition that nobody works on a contribution."""
    return Contribution.id.not_in(select(Claim.contribution_id).where(Claim.until > now))


def is_not_anothers(reviewer: Reviewer, now: dt.datetime) -> ColumnElement[bool]:
    """The condition that nobody but ``reviewer`` works on a contribution."""
    others = select(Claim.contribution_id).where(Claim.until > now, Claim.reviewer_id != reviewer.id)
    return Contribution.id.not_in(others)


def is_own(reviewer: Reviewer, now: dt.datetime) -> ColumnElement[bool]:
    """The condition that ``reviewer`` works on a contribution."""
    own = select(Claim.contribution_id).where(Claim.until > now, Claim.reviewer_id == reviewer.id)
    return Contribution.id.in_(own)


def _find(session: Session, reviewer: Reviewer, code: str) -> Contribution:
    found = session.scalar(visible_to(reviewer).where(Contribution.code == code.replace("\0", "")))
    if found is None:
        raise NotFound("Cette idée n'existe pas, ou n'est pas de votre territoire.")
    return found
