"""Open sessions: a random token in the browser's cookie, its hash here, until it is idle, old, or ended by its owner."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from sqlalchemy import ColumnElement, CursorResult, delete, select, update
from sqlalchemy.orm import Session, joinedload

from service.models import Reviewer, SignIn

# NIST SP 800-63B-3: sign in again at least every 30 days (§4.1.3, AAL1), every 12 hours where two factors are asked
# (§4.2.3, AAL2). Ours ends 12 hours after it was last used: by the next working day, whatever screen was left open.
LONGEST_IDLE = dt.timedelta(hours=12)
LONGEST = dt.timedelta(days=30)
TOUCHED_EVERY = dt.timedelta(minutes=1)  # a page is then not a write each time
TOKEN_BYTES = 32
LONGEST_DEVICE = 120  # characters


def is_open(now: dt.datetime) -> ColumnElement[bool]:
    """The condition of a session that may still be used."""
    return (SignIn.last_seen > now - LONGEST_IDLE) & (SignIn.at > now - LONGEST)


def open_session(session: Session, reviewer: Reviewer, device: str, now: dt.datetime) -> str:
    """The token of a new session of ``reviewer``, told once; their expired ones are cleared away."""
    session.execute(delete(SignIn).where(SignIn.reviewer_id == reviewer.id, ~is_open(now)))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    made = SignIn(
        token_hash=_hash(token), reviewer_id=reviewer.id, at=now, last_seen=now, device=device[:LONGEST_DEVICE]
    )
    session.add(made)
    session.flush()
    return token


def find(session: Session, token: str, now: dt.datetime) -> SignIn | None:
    """The open session of this token with its reviewer; None when it ended or the account is closed."""
    query = select(SignIn).join(SignIn.reviewer).where(SignIn.token_hash == _hash(token), is_open(now))
    return session.scalar(query.where(Reviewer.closed_at.is_(None)).options(joinedload(SignIn.reviewer)))


def touch(session: Session, found: SignIn, now: dt.datetime) -> bool:
    """Note that the session is in use; whether there is something to commit."""
    if now - found.last_seen < TOUCHED_EVERY:
        return False
    session.execute(update(SignIn).where(SignIn.id == found.id).values(last_seen=now))
    return True


def list_open(session: Session, reviewer: Reviewer, now: dt.datetime) -> list[SignIn]:
    """The reviewer's open sessions, the last used first."""
    query = select(SignIn).where(SignIn.reviewer_id == reviewer.id, is_open(now))
    return list(session.scalars(query.order_by(SignIn.last_seen.desc(), SignIn.id.desc())))


def end(session: Session, reviewer: Reviewer, number: int) -> bool:
    """End one session of the reviewer's own; whether there was one."""
    done = session.execute(delete(SignIn).where(SignIn.id == number, SignIn.reviewer_id == reviewer.id))
    assert isinstance(done, CursorResult)  # noqa: S101 -- what a DELETE returns
    return bool(done.rowcount)


def end_all(session: Session, reviewer: Reviewer, *, but: int | None = None) -> None:
    """End every session of the reviewer's, less the one numbered ``but``."""
    ended = delete(SignIn).where(SignIn.reviewer_id == reviewer.id)
    session.execute(ended if but is None else ended.where(SignIn.id != but))


def _hash(token: str) -> str:
    """A token is 256 random bits: a plain hash hides it well enough."""
    return hashlib.sha256(token.encode()).hexdigest()
