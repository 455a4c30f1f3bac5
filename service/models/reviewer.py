"""A person who works in the inbox: their account, their sessions, the invitation that made it."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.models.base import Base, Id, Moment, UtcDateTime, by_value


class Role(StrEnum):
    """What a reviewer may do: ``service.rights`` says what each may."""

    MEMBER = "member"  # reads, and gives an opinion
    SECRETARY = "secretary"  # instructs and decides, in one territory
    REGION = "region"  # all territories; people, settings, lexicon


class Reviewer(Base):
    """``departement`` is None for the region alone."""

    __tablename__ = "reviewer"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(254), unique=True)  # lower case
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(200))  # argon2id
    role: Mapped[Role] = mapped_column(by_value(Role), server_default=Role.SECRETARY)
    departement: Mapped[str | None] = mapped_column(String(2))
    college: Mapped[str | None] = mapped_column(String(40))  # of a member: knowledge/colleges.toml
    sealed_totp_secret: Mapped[bytes | None]  # service.keyring; None: no second factor
    totp_step: Mapped[int] = mapped_column(server_default="0")  # the last one used: a code is good once
    created_at: Mapped[Moment]
    closed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)  # the account opens no more


class SignIn(Base):
    """One open session of a reviewer. The cookie holds the token; only its hash is kept."""

    __tablename__ = "sign_in"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewer.id", ondelete="CASCADE"), index=True)
    at: Mapped[Moment]
    last_seen: Mapped[Moment]
    device: Mapped[str] = mapped_column(String(120))  # « Firefox, Android »: by which its owner knows it

    reviewer: Mapped[Reviewer] = relationship()


class SignInFailure(Base):
    """How often signing in failed of late, for an account, a network address or a known device; see ``service.throttle``."""

    __tablename__ = "sign_in_failure"

    subject: Mapped[str] = mapped_column(String(80), primary_key=True)  # a pseudonym made by the keyring
    count: Mapped[int]
    last: Mapped[Moment] = mapped_column(index=True)
    until: Mapped[Moment]  # no attempt is heard before


class RecoveryCode(Base):
    """Replaces a second factor that was lost, once: used, its row goes. Only its hash is kept."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("reviewer_id", "code_hash"),)

    id: Mapped[Id]
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewer.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(64))


class Invitation(Base):
    """A link by which somebody makes their own account. Only its token's hash is kept; used once."""

    __tablename__ = "invitation"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[Role] = mapped_column(by_value(Role))
    departement: Mapped[str | None] = mapped_column(String(2))
    college: Mapped[str | None] = mapped_column(String(40))
    invited_by: Mapped[int] = mapped_column(ForeignKey("reviewer.id"))
    expires_at: Mapped[Moment]
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class SavedView(Base):
    """A reviewer's own filter of the queue, under a name."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("reviewer_id", "name"),)

    id: Mapped[Id]
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewer.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(String(500))  # of the address, without its "?"
