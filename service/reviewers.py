"""Reviewers' accounts: made by an administrator or an invitation, opened by a password."""

from __future__ import annotations

import datetime as dt
import secrets
from base64 import b64encode

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service import sign_ins
from service.errors import NotFound, Refused
from service.models import Reviewer, Role

SHORTEST_PASSWORD = (
    12  # characters; ANSSI, "Recommandations relatives à l'authentification multifacteur et aux mots de passe", 2021
)
LONGEST_PASSWORD = 1000  # hashing must stay quick; no sentence that one remembers is longer
LONGEST_EMAIL = 254  # RFC 5321
LONGEST_NAME = 120
_hasher = PasswordHasher()


def _draw_hash() -> str:
    """A hash as ``_hasher`` writes them, which no password is known to give: drawn, for making one slows each start."""
    salt, drawn = (
        b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (_hasher.salt_len, _hasher.hash_len)
    )
    return f"$argon2id$v=19$m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}${salt}${drawn}"


# Verified when the account does not exist, so that the answer takes as long: nobody learns who has an account.
_NOBODY = _draw_hash()


def sign_in(session: Session, email: str, password: str) -> Reviewer | None:
    """The reviewer whose password this is, or None; as slow for an unknown or closed account as for a wrong password."""
    reviewer = session.scalar(select(Reviewer).where(Reviewer.email == normalise(email), Reviewer.closed_at.is_(None)))
    try:
        _hasher.verify(reviewer.password_hash if reviewer else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return None
    if reviewer is not None and _hasher.check_needs_rehash(reviewer.password_hash):
        reviewer.password_hash = _hasher.hash(password)
    return reviewer


def is_password(reviewer: Reviewer, password: str) -> bool:
    """Whether this is the reviewer's password."""
    try:
        return _hasher.verify(reviewer.password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def add_reviewer(
    session: Session,
    email: str,
    name: str,
    password: str,
    departement: str | None,
    now: dt.datetime,
    role: Role | None = None,
    college: str | None = None,
) -> Reviewer:
    """A new account for a territory (None: the whole region), a secretary's unless told. Raises Refused when it cannot be."""
    address = check_email(session, email)
    role = role or (Role.SECRETARY if departement else Role.REGION)
    check_post(role, departement, college)
    _check_password(password)
    reviewer = Reviewer(
        email=address,
        name=check_name(name) or address[:LONGEST_NAME],
        password_hash=_hasher.hash(password),
        role=role,
        departement=departement,
        college=college,
        created_at=now,
    )
    session.add(reviewer)
    session.flush()
    return reviewer


def rename(session: Session, reviewer: Reviewer, name: str) -> None:
    """Another name. Raises Refused for none, or a long one."""
    kept = check_name(name)
    if not kept:
        raise Refused("Écrivez votre nom, tel que vos collègues le liront.", "name")
    reviewer.name = kept
    session.flush()


def set_password(session: Session, reviewer: Reviewer, password: str, *, but: int | None = None) -> None:
    """A new password for an account, whose sessions end, less the one numbered ``but``. Raises Refused."""
    _check_password(password)
    reviewer.password_hash = _hasher.hash(password)
    sign_ins.end_all(session, reviewer, but=but)
    session.flush()


def find_by_email(session: Session, email: str) -> Reviewer:
    """The account of an address. Raises NotFound."""
    reviewer = session.scalar(select(Reviewer).where(Reviewer.email == normalise(email)))
    if reviewer is None:
        raise NotFound(f"Il n'y a pas de compte pour {email}.")
    return reviewer


def normalise(email: str) -> str:
    """An address as it is kept; PostgreSQL holds no NUL."""
    return email.replace("\0", "").strip().lower()


def check_email(session: Session, email: str) -> str:
    """The address as it is kept. Raises Refused when it is none, or somebody's already."""
    address = normalise(email)
    if "@" not in address or len(address) > LONGEST_EMAIL:
        raise Refused(f"« {email} » n'est pas une adresse électronique.", "email")
    if session.scalar(select(Reviewer.id).where(Reviewer.email == address)) is not None:
        raise Refused(f"Un compte existe déjà pour {address}.", "email")
    return address


def check_name(name: str) -> str:
    """The name as it is kept. Raises Refused for a long one."""
    if len(name.strip()) > LONGEST_NAME:
        raise Refused(f"Le nom dépasse {LONGEST_NAME} caractères : raccourcissez-le.", "name")
    return name.strip()


def check_post(role: Role, departement: str | None, college: str | None) -> None:
    """Raises Refused when a role lacks its territory or college, or has one that is not its own."""
    if (departement is None) != (role is Role.REGION):
        raise Refused("La région n'a pas de territoire ; un membre ou un secrétariat en a un.", "departement")
    if (college is None) == (role is Role.MEMBER):
        raise Refused("Un membre du conseil a un collège ; les autres n'en ont pas.", "college")


def _check_password(password: str) -> None:
    if len(password) < SHORTEST_PASSWORD:
        raise Refused(f"Le mot de passe doit avoir au moins {SHORTEST_PASSWORD} caractères.", "password")
    if len(password) > LONGEST_PASSWORD:
        raise Refused(f"Le mot de passe dépasse {LONGEST_PASSWORD} caractères : raccourcissez-le.", "password")


def count(session: Session) -> int:
    """How many accounts there are."""
    return session.scalar(select(func.count()).select_from(Reviewer)) or 0


def find_for_territory(session: Session, departement: str) -> Reviewer | None:
    """The oldest account of a territory."""
    return session.scalars(select(Reviewer).where(Reviewer.departement == departement).order_by(Reviewer.id)).first()
