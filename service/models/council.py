"""The council at work: its meetings, its members' opinions, the decisions that wait for publication."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.models.base import Base, Id, Moment, UtcDateTime, by_value
from service.models.contribution import Change, Contribution, Status
from service.models.reviewer import Reviewer


class Phase(StrEnum):
    """Where a meeting of the council stands."""

    INSTRUCTION = "instruction"  # the secretary makes up the agenda
    OPINIONS = "opinions"  # members give theirs
    CLOSED = "closed"  # opinions are in; decisions are published in one batch


class Meeting(Base):
    """A session (« séance ») of one territory's council. Its agenda: the contributions whose ``meeting_id`` it is, and, once
    its opinions are closed, its PastItems.
    """

    __tablename__ = "meeting"

    id: Mapped[Id]
    departement: Mapped[str] = mapped_column(String(2), index=True)
    title: Mapped[str] = mapped_column(String(120))
    held_on: Mapped[dt.date] = mapped_column(Date)
    phase: Mapped[Phase] = mapped_column(by_value(Phase))
    published_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's own declaration


class PastItem(Base):
    """A contribution that left the agenda of a meeting which had debated it: what is told of it there changes no more."""

    __tablename__ = "past_item"
    __table_args__ = (UniqueConstraint("contribution_id", "meeting_id"),)

    id: Mapped[Id]
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id", ondelete="CASCADE"))
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
    # the last decision published by then, and the project that it named
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("change.id", ondelete="SET NULL"), index=True)
    project: Mapped[str | None] = mapped_column(String(80))

    decision: Mapped[Change | None] = relationship()


class Verdict(StrEnum):
    """A member's opinion on a contribution."""

    FAVOURABLE = "favourable"
    RESERVED = "reserved"
    UNFAVOURABLE = "unfavourable"
    ABSTAIN = "abstain"
    CONFLICT = "conflict"  # of interest: the member takes no part


class Opinion(Base):
    """One member's opinion on one contribution in one meeting: that on whose agenda it is, or that of a PastItem.

    The four criteria go from 1 to 4; None: not given.
    """

    __tablename__ = "opinion"
    __table_args__ = (
        UniqueConstraint("contribution_id", "reviewer_id"),
        UniqueConstraint("past_item_id", "reviewer_id"),
    )

    id: Mapped[Id]
    # one of the two
    contribution_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id", ondelete="CASCADE"))
    past_item_id: Mapped[int | None] = mapped_column(ForeignKey("past_item.id", ondelete="CASCADE"))
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewer.id"), index=True)
    college: Mapped[str | None] = mapped_column(String(40))  # of the member then: a record does not change with them
    at: Mapped[Moment]
    verdict: Mapped[Verdict] = mapped_column(by_value(Verdict))
    innovative: Mapped[int | None]
    sustainable: Mapped[int | None]
    assessable: Mapped[int | None]
    reproducible: Mapped[int | None]
    comment: Mapped[str]

    reviewer: Mapped[Reviewer] = relationship()
    past_item: Mapped[PastItem | None] = relationship()

    @property
    def debated_id(self) -> int | None:
        """Of the contribution that it is on."""
        return self.past_item.contribution_id if self.past_item else self.contribution_id


class Draft(Base):
    """What was decided of a contribution and not yet published: it becomes its status and answer in one batch."""

    __tablename__ = "draft"

    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id", ondelete="CASCADE"), primary_key=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewer.id"))
    at: Mapped[Moment]
    status: Mapped[Status] = mapped_column(by_value(Status))
    reason: Mapped[str]
    forwarded_to: Mapped[str] = mapped_column(String(200))  # with FORWARDED
    project: Mapped[str | None] = mapped_column(String(80))  # knowledge project id, with ATTACHED, BECAME_PROJECT
    answer: Mapped[str]  # for the web
    answer_sms: Mapped[str]  # for a phone

    contribution: Mapped[Contribution] = relationship()
    reviewer: Mapped[Reviewer] = relationship()


class AnswerTemplate(Base):
    """A ready-made answer to a decision; {commune}, {code}… are filled in. ``departement`` None: the region's, for all."""

    __tablename__ = "answer_template"

    id: Mapped[Id]
    departement: Mapped[str | None] = mapped_column(String(2), index=True)
    status: Mapped[Status] = mapped_column(by_value(Status))
    name: Mapped[str] = mapped_column(String(80))
    answer: Mapped[str]
    answer_sms: Mapped[str]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's own declaration
