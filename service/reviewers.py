"""Reviewers' accounts: made by an administrator, opened by a password."""

from __future__ import annotations

import datetime as dt
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.errors import NotFound, Refused
from service.models import Reviewer

SHORTEST_PASSWORD = (
    12  # characters; ANSSI, "Recommandations relatives à l'authentification multifacteur et aux mots de passe", 2021
)
_hasher = PasswordHasher()
# Verified when the account does not exist, so that the answer takes as long: nobody learns who has an account.
_NOBODY = _hasher.hash(secrets.token_hex(16))


def sign_in(session: Session, email: str, password: str) -> Reviewer | None:
    """The reviewer whose password this is, or None; as slow for an unknown account as for a wrong password."""
    reviewer = session.scalar(select(Reviewer).where(Reviewer.email == _normalise(email)))
    try:
        _hasher.verify(reviewer.password_hash if reviewer else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return None
    if reviewer is not None and _hasher.check_needs_rehash(reviewer.password_hash):
        reviewer.password_hash = _hasher.hash(password)
    return reviewer


def find_by_session_key(session: Session, session_key: str) -> Reviewer | None:
    """The reviewer signed in under that key; None once they were signed out everywhere."""
    return session.scalar(select(Reviewer).where(Reviewer.session_key == session_key))


def add_reviewer(
    session: Session, email: str, name: str, password: str, departement: str | None, now: dt.datetime
) -> Reviewer:
    """A new account for a territory (None: the whole region). Raises Refused when it cannot be."""
    address = _normalise(email)
    if "@" not in address:
        raise Refused(f"« {email} » n'est pas une adresse électronique.")
    _check_password(password)
    if session.scalar(select(Reviewer.id).where(Reviewer.email == address)) is not None:
        raise Refused(f"Un compte existe déjà pour {address}.")
    reviewer = Reviewer(
        email=address,
        name=name.strip() or address,
        password_hash=_hasher.hash(password),
        departement=departement,
        session_key=secrets.token_hex(16),
        created_at=now,
    )
    session.add(reviewer)
    session.flush()
    return reviewer


def set_password(session: Session, email: str, password: str) -> None:
    """A new password for an account, whose sessions end. Raises NotFound or Refused."""
    reviewer = session.scalar(select(Reviewer).where(Reviewer.email == _normalise(email)))
    if reviewer is None:
        raise NotFound(f"Il n'y a pas de compte pour {email}.")
    _check_password(password)
    reviewer.password_hash = _hasher.hash(password)
    reviewer.session_key = secrets.token_hex(16)


def _normalise(email: str) -> str:
    """An address as it is kept; PostgreSQL holds no NUL."""
    return email.replace("\0", "").strip().lower()


def _check_password(password: str) -> None:
    if len(password) < SHORTEST_PASSWORD:
        raise Refused(f"Le mot de passe doit avoir au moins {SHORTEST_PASSWORD} caractères.")


def count(session: Session) -> int:
    """How many accounts there are."""
    return session.scalar(select(func.count()).select_from(Reviewer)) or 0


def find_for_territory(session: Session, departement: str) -> Reviewer | None:
    """The oldest account of a territory."""
    return session.scalars(select(Reviewer).where(Reviewer.departement == departement).order_by(Reviewer.id)).first()
