"""Where an owed message stands: which state may follow which, and what is certain."""

from __future__ import annotations

import datetime as dt

from service.models import Delivery, OutboxMessage

# A state gives way to a later one of this list only. Callbacks of one message come in any order, some twice:
# whatever their order, the state is the last of those that were told.
ORDER = (
    Delivery.OWED,
    Delivery.SENDING,
    Delivery.SENT,
    Delivery.EXPIRED,
    Delivery.FAILED,
    Delivery.UNWANTED,
    Delivery.DELIVERED,  # an operator that says "delivered" after "failed" is believed: the person has read it
)
UNFINISHED = (Delivery.OWED, Delivery.SENDING, Delivery.SENT)
DEAD = (Delivery.EXPIRED, Delivery.UNWANTED, Delivery.FAILED)
LONGEST_ERROR = 120  # characters, of its column
# An accepted message is followed by callbacks within seconds; without one, the provider is asked.
ASK_AFTER = dt.timedelta(hours=1)


def advance(message: OutboxMessage, to: Delivery, now: dt.datetime, error: str | None = None) -> None:
    """Bring ``message`` to a later state; an earlier one, or the same, is old news and changes nothing."""
    if ORDER.index(to) <= ORDER.index(message.delivery):
        return
    message.delivery = to
    message.error = error[:LONGEST_ERROR] if error else None
    message.leased_until = now + ASK_AFTER if to is Delivery.SENT else None
    if to is Delivery.DELIVERED:
        message.delivered_at = now
