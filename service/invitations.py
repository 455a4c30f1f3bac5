"""Invitations: a link, shown once to whoever invites, by which somebody makes their own account."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import secrets

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from service import reviewers
from service.errors import Forbidden, NotFound, Refused
from service.models import Invitation, Reviewer, Role
from service.rights import Right, may, require, visible_to

LASTS = dt.timedelta(days=7)  # a link in a mailbox opens nothing for ever; long enough for somebody on leave
TOKEN_BYTES = 32
NO_MORE = "Cette invitation a expiré, a été retirée ou a déjà servi : demandez-en une nouvelle."
logger = logging.getLogger("voix.people")


def invite(
    session: Session,
    reviewer: Reviewer,
    email: str,
    name: str,
    role: Role,
    departement: str | None,
    college: str | None,
    now: dt.datetime,
) -> tuple[Invitation, str]:
    """An invitation and its token, told once; a waiting one for the same address ends. Raises Forbidden, NotFound or Refused."""
    check_may_invite(reviewer, role, departement)
    address = reviewers.check_email(session, email)
    reviewers.check_post(role, departement, college)
    for former in list_waiting(session, reviewer, now):
        if former.email == address:
            session.delete(former)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    made = Invitation(
        token_hash=_hash(token),
        email=address,
        name=reviewers.check_name(name),
        role=role,
        departement=departement,
        college=college,
        invited_by=reviewer.id,
        expires_at=now + LASTS,
    )
    session.add(made)
    session.flush()
    logger.info("invited", extra={"fields": {"did": "invited", "invitation": made.id, "by": reviewer.id}})
    return made, token


def check_may_invite(reviewer: Reviewer, role: Role, departement: str | None) -> None:
    """A secretary invites members, of their own territory. Raises Forbidden or NotFound."""
    require(reviewer, Right.INVITE)
    if may(reviewer, Right.GOVERN):
        return
    if role is not Role.MEMBER:
        raise Forbidden("Seule la région invite un secrétariat ou la région.")
    if departement != reviewer.departement:
        raise NotFound("Ce territoire n'est pas le vôtre.")


def list_waiting(session: Session, reviewer: Reviewer, now: dt.datetime) -> list[Invitation]:
    """The invitations that may still be used, among those the reviewer may see, the newest first."""
    waiting = visible_to(reviewer, Invitation).where(Invitation.used_at.is_(None), Invitation.expires_at > now)
    return list(session.scalars(waiting.order_by(Invitation.id.desc())))


def revoke(session: Session, reviewer: Reviewer, number: int) -> None:
    """End an invitation. Raises NotFound, Forbidden, or Refused when it was used."""
    require(reviewer, Right.INVITE)
    found = session.scalar(visible_to(reviewer, Invitation).where(Invitation.id == number).with_for_update())
    if found is None:
        raise NotFound("Cette invitation n'existe pas, ou n'est pas de votre territoire.")
    check_may_invite(reviewer, found.role, found.departement)
    if found.used_at is not None:
        raise Refused("Cette invitation a déjà servi : fermez plutôt le compte.")
    session.delete(found)
    session.flush()
    logger.info("revoked", extra={"fields": {"did": "revoked", "invitation": number, "by": reviewer.id}})


def find(session: Session, token: str, now: dt.datetime) -> Invitation:
    """The invitation of a link. Raises NotFound when it may not be used, or no longer."""
    found = session.scalar(
        select(Invitation).where(
            Invitation.token_hash == _hash(token), Invitation.used_at.is_(None), Invitation.expires_at > now
        )
    )
    if found is None:
        raise NotFound(NO_MORE)
    return found


def accept(session: Session, token: str, name: str, password: str, now: dt.datetime) -> Reviewer:
    """The account that an invitation makes. Raises NotFound, or Refused when it cannot be: the link then still works."""
    found = find(session, token, now)
    used = update(Invitation).where(Invitation.id == found.id, Invitation.used_at.is_(None)).values(used_at=now)
    done = session.execute(used)
    assert isinstance(done, CursorResult)  # noqa: S101 -- what an UPDATE returns
    if not done.rowcount:  # by somebody quicker
        raise NotFound(NO_MORE)
    made = reviewers.add_reviewer(
        session, found.email, name or found.name, password, found.departement, now, found.role, found.college
    )
    logger.info("joined", extra={"fields": {"did": "joined", "invitation": found.id, "account": made.id}})
    return made


def _hash(token: str) -> str:
    """A token is 256 random bits: a plain hash hides it well enough."""
    return hashlib.sha256(token.encode()).hexdigest()
