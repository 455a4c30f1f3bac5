"""A citizen's idea, where it stands, and everything that was done to it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.channel import Channel
from service.models.base import Base, Id, Moment, by_value
from service.models.privacy import Opening
from service.models.reviewer import Reviewer


class Status(StrEnum):
    """Where a contribution stands; ``service.review`` holds which may follow which."""

    RECEIVED = "received"
    TO_CLASSIFY = "to_classify"
    RETAINED = "retained"
    NOT_RETAINED = "not_retained"
    BECAME_PROJECT = "became_project"


class Contribution(Base):
    """``words`` are the citizen's, personal data masked and nothing else altered; the original is under seal.

    Only ``service.review`` may change ``status`` and ``answer``.
    """

    __tablename__ = "contribution"
    __table_args__ = (Index(None, "departement", "status", "received_at"), Index(None, "status", "received_at"))

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(6), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)  # None: nobody's any more
    channel: Mapped[Channel] = mapped_column(by_value(Channel))
    received_at: Mapped[Moment]
    words: Mapped[str]
    sealed_words: Mapped[bytes | None]  # the original, when masking changed it; service.keyring
    third_person_health: Mapped[bool]  # tells of the health of somebody who can be recognised: read with care
    departement: Mapped[str] = mapped_column(String(2))
    insee: Mapped[str | None] = mapped_column(String(5))
    suggestions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # bot.effects.Suggestion, as they were shown
    suggested: Mapped[str | None] = mapped_column(String(4))  # the first of them, for counting; None: there was none
    chosen_by_citizen: Mapped[str | None] = mapped_column(String(4))  # solution id
    # as the reviewers leave it
    axis: Mapped[str | None] = mapped_column(String(2))
    solution: Mapped[str | None] = mapped_column(String(4))
    status: Mapped[Status] = mapped_column(by_value(Status))
    answer: Mapped[str | None]
    version: Mapped[int] = mapped_column()  # raised by every change: the second of two that collide is refused

    history: Mapped[list[Change]] = relationship(order_by="Change.id", back_populates="contribution")

    openings: Mapped[list[Opening]] = relationship(order_by=Opening.id)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's own declaration


class Change(Base):
    """One line of a contribution's history: who, when, from, to, why. Append-only."""

    __tablename__ = "change"

    id: Mapped[Id]
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), index=True)
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("reviewer.id"))  # None: the citizen's own sending
    at: Mapped[Moment]
    from_status: Mapped[Status | None] = mapped_column(by_value(Status))
    to_status: Mapped[Status] = mapped_column(by_value(Status))
    from_solution: Mapped[str | None] = mapped_column(String(4))
    to_solution: Mapped[str | None] = mapped_column(String(4))
    reason: Mapped[str]
    answer: Mapped[str | None]

    contribution: Mapped[Contribution] = relationship(back_populates="history")
    reviewer: Mapped[Reviewer | None] = relationship()
