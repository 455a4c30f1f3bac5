"""What was said in a web chat, to be shown again on its page."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import Delivery, Exchange, OutboxMessage, Person

LINES_SHOWN = 50


@dataclass(frozen=True)
class Line:
    """One exchange: what the person wrote, what was answered, what was offered as (message to send, label) pairs.

    ``is_ours``: nothing was written before it, we had something to say.
    """

    said: str | None  # None: of an emergency, not kept; or ours
    reply: str
    options: tuple[tuple[str, str], ...]
    is_ours: bool = False


def read(session: Session, person: Person) -> tuple[Line, ...]:
    """The person's last exchanges and what was delivered to them meanwhile, oldest first."""
    newest = select(Exchange).where(Exchange.person_id == person.id).order_by(Exchange.id.desc()).limit(LINES_SHOWN)
    found = [
        (exchange.received_at, Line(exchange.said, exchange.reply, _pairs(exchange)))
        for exchange in session.scalars(newest)
    ]
    own = (
        select(OutboxMessage)
        .where(OutboxMessage.person_id == person.id, OutboxMessage.delivery == Delivery.DELIVERED)
        .order_by(OutboxMessage.id.desc())
        .limit(LINES_SHOWN)
    )
    ours = [
        (message.delivered_at or message.owed_at, Line(None, message.text, (), is_ours=True))
        for message in reversed(session.scalars(own).all())
    ]
    lines: list[Line] = []
    for _, line in sorted([*reversed(found), *ours], key=lambda one: one[0]):  # stable: what came first stays first
        # What was offered before still is, after words of ours.
        lines.append(replace(line, options=lines[-1].options) if line.is_ours and lines else line)
    return tuple(lines[-LINES_SHOWN:])


def _pairs(exchange: Exchange) -> tuple[tuple[str, str], ...]:
    return tuple((code, label) for code, label in exchange.options)
