"""Who has an account: listed, given another post, closed and opened again by the region, which never loses its last one."""

from __future__ import annotations

import datetime as dt
import logging

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import reviewers, sign_ins
from service.errors import NotFound, Refused
from service.models import Reviewer, Role
from service.rights import Right, require, visible_to

LAST_OF_REGION = "C'est le dernier compte de la région : ouvrez-en un autre d'abord."
logger = logging.getLogger("voix.people")


def list_people(session: Session, reviewer: Reviewer) -> list[Reviewer]:
    """The accounts that the reviewer may see, by territory and name; the closed ones last. Raises Forbidden."""
    require(reviewer, Right.INVITE)
    order = (Reviewer.closed_at.is_not(None), Reviewer.departement.is_not(None), Reviewer.departement, Reviewer.name)
    return list(session.scalars(visible_to(reviewer, Reviewer).order_by(*order, Reviewer.id)))


def read_person(session: Session, reviewer: Reviewer, number: int) -> Reviewer:
    """One account. Raises Forbidden, or NotFound."""
    require(reviewer, Right.GOVERN)
    found = session.scalar(visible_to(reviewer, Reviewer).where(Reviewer.id == number))
    if found is None:
        raise NotFound("Ce compte n'existe pas.")
    return found


def assign(
    session: Session, reviewer: Reviewer, number: int, role: Role, departement: str | None, college: str | None
) -> Reviewer:
    """Another role, territory or college for an account, whose sessions end. Raises Forbidden, NotFound or Refused."""
    person = read_person(session, reviewer, number)
    reviewers.check_post(role, departement, college)
    if (person.role, person.departement, person.college) == (role, departement, college):
        return person  # a double click
    if role is not Role.REGION:
        _keep_the_region(session, person)
    person.role, person.departement, person.college = role, departement, college
    sign_ins.end_all(session, person)
    session.flush()
    _log("assigned", person, reviewer, role=role.value, departement=departement, college=college)
    return person


def close(session: Session, reviewer: Reviewer, number: int, now: dt.datetime) -> Reviewer:
    """An account that opens no more; what its owner did keeps their name. Raises Forbidden, NotFound or Refused."""
    person = read_person(session, reviewer, number)
    if person.closed_at is not None:
        return person
    _keep_the_region(session, person)
    person.closed_at = now
    sign_ins.end_all(session, person)
    session.flush()
    _log("closed", person, reviewer)
    return person


def reopen(session: Session, reviewer: Reviewer, number: int) -> Reviewer:
    """A closed account opens again, with the same password. Raises Forbidden or NotFound."""
    person = read_person(session, reviewer, number)
    person.closed_at = None
    session.flush()
    _log("reopened", person, reviewer)
    return person


def _keep_the_region(session: Session, person: Reviewer) -> None:
    """Raises Refused when ``person`` is the last of the region. All of them are held: two could leave at once."""
    if person.role is not Role.REGION:
        return
    region = select(Reviewer.id).where(Reviewer.role == Role.REGION, Reviewer.closed_at.is_(None)).order_by(Reviewer.id)
    if set(session.scalars(region.with_for_update())) <= {person.id}:
        raise Refused(LAST_OF_REGION, "role")


def _log(did: str, person: Reviewer, by: Reviewer, **more: str | None) -> None:
    """A line that names accounts by their number alone."""
    logger.info(did, extra={"fields": {"did": did, "account": person.id, "by": by.id, **more}})
