"""What was said in a web chat, to be shown again on its page."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import Exchange, Person

LINES_SHOWN = 50


@dataclass(frozen=True)
class Line:
    """One exchange: what the person wrote, what was answered, what was offered as (message to send, label) pairs."""

    said: str | None  # None: of an emergency, not kept
    reply: str
    options: tuple[tuple[str, str], ...]


def read(session: Session, person: Person) -> tuple[Line, ...]:
    """The person's last exchanges, oldest first."""
    newest = select(Exchange).where(Exchange.person_id == person.id).order_by(Exchange.id.desc()).limit(LINES_SHOWN)
    found = [
        Line(exchange.said, exchange.reply, tuple((code, label) for code, label in exchange.options))
        for exchange in session.scalars(newest)
    ]
    return tuple(reversed(found))
