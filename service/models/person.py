"""Someone who writes to us, known by a pseudonym only, and where their conversation stands."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from bot.channel import Channel
from service.models.base import Base, Id, Moment, UtcDateTime, by_value


class Person(Base):
    """One row per address; locking it puts the messages of one person one after the other."""

    __tablename__ = "person"

    id: Mapped[Id]
    pseudonym: Mapped[str] = mapped_column(String(80), unique=True)  # service.keyring
    channel: Mapped[Channel] = mapped_column(by_value(Channel))
    first_seen: Mapped[Moment]
    last_seen: Mapped[Moment]
    noticed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)  # when they were told who we are
    # kept between messages
    state: Mapped[str | None]  # bot.conversation.State as JSON
    state_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    home_insee: Mapped[str | None] = mapped_column(String(5))
    sealed_address: Mapped[bytes | None]  # service.keyring; only while an answer is owed, and never for the web
    # guesses of follow-up codes
    wrong_codes: Mapped[int] = mapped_column(default=0)
    wrong_codes_since: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
