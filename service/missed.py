"""Messages that the provider took and that never reached us: Twilio tries for 15 seconds, then drops them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.conversation import Said
from service import talk
from service.line import hold_line
from service.models import Exchange
from service.moment import Service
from service.providers.provider import Arrival

# A message so young may still be at the door: taken in here as well, it would be answered twice.
YOUNGEST = dt.timedelta(seconds=45)
OVERLAP = dt.timedelta(minutes=10)  # read again: the provider's clock is not ours, and its list may lag
AT_ONCE = 1000  # ids asked of the database; it takes 32 766 at most
FIRST_LOOK_BACK = dt.timedelta(hours=1)  # when the list was never read


def find_start(session: Session, account: str, now: dt.datetime) -> dt.datetime:
    """From when on the provider's list is to be read."""
    line = hold_line(session, account, now)
    if line.read_until is None:
        # Never read; in a copy that was restored, from the last message that it holds.
        last = session.scalar(select(Exchange.received_at).order_by(Exchange.id.desc()).limit(1))
        line.read_until = min(last or now, now - FIRST_LOOK_BACK)
    # A clock that was ahead, and is right again, must not leave out all that comes until then.
    return min(line.read_until, now) - OVERLAP


def choose_missed(session: Session, account: str, arrivals: Iterable[Arrival], now: dt.datetime) -> list[Arrival]:
    """Those that never reached us, in the order they were sent; of one second, in the order of the list."""
    old = sorted((one for one in arrivals if one.at <= now - YOUNGEST), key=lambda one: one.at)
    seen: set[str] = set()
    for start in range(0, len(old), AT_ONCE):
        ids = [one.message_id for one in old[start : start + AT_ONCE]]
        found = select(Exchange.message_id).where(Exchange.account == account, Exchange.message_id.in_(ids))
        seen.update(session.scalars(found))
    return [one for one in old if one.message_id not in seen]


def take_in(session: Session, service: Service, account: str, missed: Arrival, now: dt.datetime) -> None:
    """Deal with one of them as if it had come by the door; its reply is owed, unless the provider finds it was given.

    The reply to someone whom the message erased is lost: we no longer know where to send it.
    """
    channel = Channel.WHATSAPP if missed.sender.startswith("whatsapp:") else Channel.SMS
    incoming = talk.Incoming(
        account, missed.message_id, missed.sender, channel, Said(missed.text), talk.Late(missed.at, missed.was_answered)
    )
    talk.answer(session, service, incoming, now, owed=True)


def note_read(session: Session, account: str, now: dt.datetime) -> None:
    """All that came in up to now, but the youngest, is taken in."""
    hold_line(session, account, now).read_until = now - YOUNGEST
