"""What privacy itself must remember: refusals, counts of alerts, links to one's data, openings of sealed originals."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.models.base import Base, Id, Moment
from service.models.reviewer import Reviewer


class OptOut(Base):
    """A refusal of our messages. It outlives the person's erasure, so as to be respected."""

    __tablename__ = "opt_out"

    id: Mapped[Id]
    pseudonym: Mapped[str] = mapped_column(String(80), unique=True)
    since: Mapped[Moment]
    answers_only: Mapped[bool]  # only the CTS's answers are not wanted


class AlertCount(Base):
    """How many messages of one kind of emergency came on one day; never what they said or who wrote."""

    __tablename__ = "alert_count"

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    departement: Mapped[str] = mapped_column(String(2), primary_key=True)  # "" when the person named no place
    count: Mapped[int]


class DataLink(Base):
    """An address under which a person reads what is held on them. Only a hash of its token is kept."""

    __tablename__ = "data_link"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[Moment]


class Opening(Base):
    """A sealed original that a reviewer opened, and why: of the idea, or of the answer to a question about it."""

    __tablename__ = "opening"

    id: Mapped[Id]
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id", ondelete="CASCADE"), index=True)
    question_id: Mapped[int | None] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), index=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewer.id"))
    at: Mapped[Moment]
    reason: Mapped[str]

    reviewer: Mapped[Reviewer] = relationship()
