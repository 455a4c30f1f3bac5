"""A citizen's idea, where it stands, and everything that was done to it."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.models.base import Base, Id, Moment, UtcDateTime, by_value
from service.models.privacy import Opening
from service.models.reviewer import Reviewer


class Status(StrEnum):
    """Where a contribution stands; ``service.status`` holds which may follow which."""

    RECEIVED = "received"
    TO_CLASSIFY = "to_classify"
    INSTRUCTED = "instructed"  # ready for the council
    RETAINED = "retained"
    FORWARDED = "forwarded"
    ATTACHED = "attached"  # to a project that exists
    NOT_RETAINED = "not_retained"
    BECAME_PROJECT = "became_project"
    MERGED = "merged"  # into another that says the same


class Source(StrEnum):
    """How an idea came to us."""

    SMS = "sms"
    WHATSAPP = "whatsapp"
    WEB = "web"
    PHONE = "phone"  # dictated to a reviewer
    PAPER = "paper"
    MEETING = "meeting"  # notes of a dialogue


# Marks that few contributions bear: what they are called, and how to tell.
_MARKS = {
    "flagged": "flagged",
    "waiting": "waiting",
    "alike": "alike",
    "drafted": "drafted_status IS NOT NULL",
    "supported": "support_count > 0",
    "corrected": "solution <> coalesce(suggested, '')",  # as service.queue asks for it
}


def _few(name: str, condition: str) -> Index:
    """An index of the contributions that bear a mark. SQLAlchemy asks SQLite for a true column as ``= 1``."""
    on_sqlite = text(condition if " " in condition else f"{condition} = 1")
    keys = ("departement", "status", "id")
    return Index(f"ix_contribution_{name}", *keys, sqlite_where=on_sqlite, postgresql_where=text(condition))


class Contribution(Base):
    """``words`` are the citizen's, personal data masked and nothing else altered; the original is under seal.

    Only ``service.status`` may change ``status``, the classification and the answers.
    """

    __tablename__ = "contribution"
    # One index for each way to walk the queue: service.queue walks each state of each territory on its own.
    __table_args__ = (
        Index(None, "departement", "status", "id"),
        Index(None, "departement", "status", "received_at", "id"),
        Index(None, "departement", "status", "opinion_count", "id"),
        Index(None, "departement", "status", "axis", "id"),
        Index(None, "departement", "status", "solution", "id"),
        Index(None, "departement", "status", "insee", "id"),
        Index(None, "departement", "status", "channel", "id"),
        # For counting what was done in a time.
        Index(None, "departement", "instructed_at", "solution", "suggested"),
        Index(None, "departement", "decided_at"),
        Index(None, "departement", "answered_at", "answered_after"),
        *(_few(name, condition) for name, condition in _MARKS.items()),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(6), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)  # None: nobody's any more
    channel: Mapped[Source] = mapped_column(by_value(Source))
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
    answer: Mapped[str | None]  # as published, for the web
    answer_sms: Mapped[str | None]  # as published, for a phone
    linked_project: Mapped[str | None] = mapped_column(
        String(80)
    )  # knowledge project id, with ATTACHED, BECAME_PROJECT
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"), index=True)
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"), index=True)  # whose agenda it is on
    # when it first came so far; service.status, but for decided_at, which service.decisions sets too
    instructed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    decided_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)  # perhaps not published yet
    answered_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)  # the council's answer was published
    answered_after: Mapped[
        int | None
    ]  # whole days from reception to answered_at; None when imported: it waited elsewhere
    # counted by those that change them, so that the queue need not count
    support_count: Mapped[int] = mapped_column(server_default="0")  # other people who said the same, or support it
    opinion_count: Mapped[int] = mapped_column(server_default="0")
    flagged: Mapped[bool] = mapped_column(server_default=text("false"))  # abuse, or to be read with care
    waiting: Mapped[bool] = mapped_column(server_default=text("false"))  # for the citizen's answer to a question
    alike: Mapped[bool] = mapped_column(server_default=text("false"))  # others say nearly the same
    drafted_status: Mapped[Status | None] = mapped_column(by_value(Status))  # decided, not yet published
    import_key: Mapped[str | None] = mapped_column(String(64), unique=True)  # the same line is taken in once
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import.id"), index=True)
    version: Mapped[int] = mapped_column()  # raised by every change: the second of two that collide is refused

    history: Mapped[list[Change]] = relationship(order_by="Change.id", back_populates="contribution")
    openings: Mapped[list[Opening]] = relationship(order_by=Opening.id)
    merged_into: Mapped[Contribution | None] = relationship(remote_side="Contribution.id")

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
    forwarded_to: Mapped[str | None] = mapped_column(String(200))  # with FORWARDED
    answer: Mapped[str | None]  # told by the line that published it, and by no other

    contribution: Mapped[Contribution] = relationship(back_populates="history")
    reviewer: Mapped[Reviewer | None] = relationship()


class Claim(Base):
    """Who works on a contribution just now. Expires by itself; apart from it, so that claiming changes no version."""

    __tablename__ = "claim"

    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id", ondelete="CASCADE"), primary_key=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewer.id", ondelete="CASCADE"), index=True)
    until: Mapped[Moment]

    reviewer: Mapped[Reviewer] = relationship()


class Note(Base):
    """What a reviewer tells the others of a contribution; never the citizen."""

    __tablename__ = "note"

    id: Mapped[Id]
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id", ondelete="CASCADE"), index=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewer.id"))
    at: Mapped[Moment]
    words: Mapped[str]

    reviewer: Mapped[Reviewer] = relationship()


class Support(Base):
    """Somebody who says the same. ``person_id`` None: nobody's any more; still counted."""

    __tablename__ = "support"
    __table_args__ = (UniqueConstraint("contribution_id", "person_id"),)

    id: Mapped[Id]
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    at: Mapped[Moment]


class Sketch(Base):
    """One band of the MinHash of a contribution's words, within its territory: equal bands make candidates to look alike."""

    __tablename__ = "sketch"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 -- SQLAlchemy's own declaration; half the room

    band: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class ToldApart(Base):
    """Two contributions that look alike, of which a reviewer said that they are different ideas; the older first."""

    __tablename__ = "told_apart"

    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewer.id"))
    at: Mapped[Moment]


class Import(Base):
    """A file of past contributions that was taken in."""

    __tablename__ = "import"

    id: Mapped[Id]
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewer.id"))
    departement: Mapped[str | None] = mapped_column(String(2))
    at: Mapped[Moment]
    file_name: Mapped[str] = mapped_column(String(200))
    taken_in: Mapped[int]
    known_already: Mapped[int]
    refused: Mapped[int]
    undone_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    reviewer: Mapped[Reviewer] = relationship()
