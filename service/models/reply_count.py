"""How much was answered on one day, to one number, to its block and in all: what the guards against spam and toll fraud count."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import Base


class ReplyCount(Base):
    """``subject`` is a number or a block of numbers, under a pseudonym of that day only, which leads to no person, or a part
    of the whole."""

    __tablename__ = "reply_count"

    day: Mapped[dt.date] = mapped_column(primary_key=True)  # in Paris
    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    hour: Mapped[int]  # in Paris, of the last message
    replies: Mapped[int]  # that day
    replies_that_hour: Mapped[int]
    segments: Mapped[int]  # of those replies, that day
    withheld: Mapped[int]  # messages of that day that were taken in and not answered
