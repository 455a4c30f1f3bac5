"""A message taken in and the reply it got: what makes a repeated delivery harmless."""

from __future__ import annotations

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import Base, Id, Moment


class Exchange(Base):
    """``said`` is kept for the web chat only, whose page shows the conversation again; an SMS is on the phone."""

    __tablename__ = "exchange"
    __table_args__ = (UniqueConstraint("account", "message_id"),)

    id: Mapped[Id]
    account: Mapped[str] = mapped_column(String(64))  # the provider's account, or "web"
    message_id: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)  # None once erased
    received_at: Mapped[Moment]
    said: Mapped[str | None]
    reply: Mapped[str]
    options: Mapped[list[list[str]]] = mapped_column(JSON)  # [message to send, label] pairs, for the web chat
