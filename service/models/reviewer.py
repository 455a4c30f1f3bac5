"""A person who reads contributions in the inbox."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import Base, Id, Moment


class Reviewer(Base):
    """``departement`` None means the whole region. ``session_key`` changes to sign out every session."""

    __tablename__ = "reviewer"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(254), unique=True)  # lower case
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(200))  # argon2id
    departement: Mapped[str | None] = mapped_column(String(2))
    session_key: Mapped[str] = mapped_column(String(32), unique=True)
    created_at: Mapped[Moment]
