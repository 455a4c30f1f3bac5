"""What we owe to say, and what became of it; the questions to citizens that some of it asks."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.models.base import Base, Id, Moment, UtcDateTime, by_value
from service.models.contribution import Contribution
from service.models.reviewer import Reviewer


class Purpose(StrEnum):
    """Why a message is owed: safety first, and what we start ourselves waits for the day."""

    SAFETY = "safety"
    REPLY = "reply"  # to a message just received
    QUESTION = "question"  # a reviewer's
    DECISION = "decision"  # the council's answer
    NEWS = "news"  # of an idea: merged, supported, a reminder


class Delivery(StrEnum):
    """Where an owed message stands. Only ever goes forward: ``service.delivery`` holds the order."""

    OWED = "owed"
    SENDING = "sending"  # given to the provider; its answer is not known yet
    SENT = "sent"  # accepted by the provider
    DELIVERED = "delivered"
    FAILED = "failed"  # known undeliverable
    EXPIRED = "expired"  # too old to be sent
    UNWANTED = "unwanted"  # the person refused our messages


class OutboxMessage(Base):
    """One message owed to one person. Its ``key`` names it to the provider, in the address of its callbacks."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(None, "delivery", "due_at"),
        Index(None, "person_id", "id"),
        Index(None, "contribution_id"),
        Index(None, "purpose", "delivery", "contribution_id"),  # what became of the answers
        Index(None, "batch"),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(36), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # None once erased
    contribution_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id", ondelete="SET NULL"))
    batch: Mapped[str | None] = mapped_column(String(36))  # of one publication
    purpose: Mapped[Purpose] = mapped_column(by_value(Purpose))
    text: Mapped[str]  # as it is sent; emptied with the person's erasure
    owed_at: Mapped[Moment]
    due_at: Mapped[Moment]  # not before
    expires_at: Mapped[Moment]  # not after
    delivery: Mapped[Delivery] = mapped_column(by_value(Delivery))
    delivered_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)  # the last time
    leased_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)  # in hand; after, what became of it is asked
    provider_id: Mapped[str | None] = mapped_column(String(64), index=True)
    error: Mapped[str | None] = mapped_column(String(120))  # the provider's code, and our words


class Question(Base):
    """A reviewer's question to the author of a contribution, and the answer; both masked for readers."""

    __tablename__ = "question"

    id: Mapped[Id]
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)  # whom it is put to
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewer.id"))
    words: Mapped[str]
    asked_at: Mapped[Moment]
    reminded_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)  # answered, or nobody answered in time
    answer: Mapped[str | None]
    sealed_answer: Mapped[bytes | None]  # the original, when masking changed it
    message_id: Mapped[int | None] = mapped_column(ForeignKey("outbox.id", ondelete="SET NULL"))  # that puts it to them

    contribution: Mapped[Contribution] = relationship()
    reviewer: Mapped[Reviewer] = relationship()
    message: Mapped[OutboxMessage | None] = relationship()


class Line(Base):
    """What all workers must know of the line to a provider's account: when it may be used, what was read of it."""

    __tablename__ = "line"

    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    free_at: Mapped[Moment]  # the next message may leave then: no more of them a second than allowed
    paused_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    paused_because: Mapped[str | None] = mapped_column(String(120))  # None with a pause: only too many at once
    day: Mapped[dt.date]  # in Paris, of the count
    sent_that_day: Mapped[int]
    swept_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)  # the last time a worker looked after it
    read_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)  # all that came in before is taken in


class Ban(Base):
    """A pseudonym whose ideas are not taken in by one territory, because of abuse; it may appeal."""

    __tablename__ = "ban"
    __table_args__ = (UniqueConstraint("pseudonym", "departement"),)

    id: Mapped[Id]
    pseudonym: Mapped[str] = mapped_column(String(80))
    departement: Mapped[str] = mapped_column(String(2))  # whose council decided it
    # The idea that led to it; None once erased.
    contribution_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id", ondelete="SET NULL"), index=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewer.id"))
    since: Mapped[Moment]
    reason: Mapped[str]
    appeal: Mapped[str | None]  # masked
    appealed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    contribution: Mapped[Contribution | None] = relationship()
    reviewer: Mapped[Reviewer] = relationship()
