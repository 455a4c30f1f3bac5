"""What reviewers teach the matcher: a phrase whose solution they corrected, on its way to the lexicon."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.models.base import Base, Id, Moment, UtcDateTime, by_value
from service.models.contribution import Contribution
from service.models.reviewer import Reviewer


class ProposalState(StrEnum):
    """Where a proposed phrase stands. A correction is only ever proposed; ``service.gate`` alone makes it live."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    LIVE = "live"
    HELD_BACK = "held_back"  # tried by the gate: it would have lowered the figures


class PhraseProposal(Base):
    """``words`` are a contribution's, masked; empty once their author had them erased after they went live.

    At most one proposal of a contribution is not live.
    """

    __tablename__ = "phrase_proposal"

    id: Mapped[Id]
    contribution_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id", ondelete="SET NULL"), index=True)
    words: Mapped[str]
    told_by: Mapped[list[str]] = mapped_column(JSON, server_default=text("'[]'"))  # the words that should have counted
    label: Mapped[str] = mapped_column(String(4))  # the reviewer's solution, or axis
    suggested: Mapped[str | None] = mapped_column(String(4))  # the matcher's first; None: it had none
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewer.id"))
    at: Mapped[Moment]
    state: Mapped[ProposalState] = mapped_column(by_value(ProposalState), index=True)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("reviewer.id"))  # None: nobody yet, or the gate
    decided_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(default="")  # in French, for reviewers: the gate's figures

    contribution: Mapped[Contribution | None] = relationship()
    reviewer: Mapped[Reviewer] = relationship(foreign_keys=reviewer_id)
    decider: Mapped[Reviewer | None] = relationship(foreign_keys=decided_by)
