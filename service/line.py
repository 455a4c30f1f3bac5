"""The line to a provider's account, which all workers share: how fast it goes, whether it is paused, who looks after it."""

from __future__ import annotations

import datetime as dt
import logging

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.known import PARIS
from service.database import insert
from service.models import Line
from service.sending_rules import SendingRules

LONGEST_PAUSE = dt.timedelta(minutes=5)
LONGEST_QUEUE = dt.timedelta(minutes=1)  # at the line: a worker holds one place in it, and there are few workers
SWEEP_EVERY = dt.timedelta(seconds=30)  # what went wrong is looked for so often: half of the two minutes we promise
logger = logging.getLogger(__name__)


def hold_line(session: Session, account: str, now: dt.datetime) -> Line:
    """The line, made if new, locked until the transaction ends."""
    held = select(Line).where(Line.account == account).with_for_update()
    line = session.scalar(held)
    if line is None:
        row = {"account": account, "free_at": now, "day": now.astimezone(PARIS).date(), "sent_that_day": 0}
        session.execute(insert(session, Line).values(row).on_conflict_do_nothing(index_elements=["account"]))
        line = session.scalars(held).one()
    return line


def is_paused(session: Session, account: str, now: dt.datetime) -> bool:
    """Whether nothing may be sent just now."""
    until = session.scalar(select(Line.paused_until).where(Line.account == account))
    return until is not None and _is_ahead(until, now, LONGEST_PAUSE)


def tell_alarm(session: Session, account: str, now: dt.datetime) -> str | None:
    """Why sending waits for an administrator; None when it does not."""
    if not is_paused(session, account, now):
        return None
    return session.scalar(select(Line.paused_because).where(Line.account == account))


def pause(session: Session, account: str, now: dt.datetime, lasts: dt.timedelta, because: str | None = None) -> None:
    """Send nothing for a while; ``because``: what an administrator must mend."""
    line = hold_line(session, account, now)
    line.paused_until, line.paused_because = now + lasts, because
    if because:
        logger.error("sending is paused until %s: %s", line.paused_until.isoformat(timespec="seconds"), because)


def count_sent_today(session: Session, account: str, now: dt.datetime) -> int:
    """How many messages left today, in Paris."""
    today = Line.day == now.astimezone(PARIS).date()
    return session.scalar(select(Line.sent_that_day).where(Line.account == account, today)) or 0


def take_slot(session: Session, account: str, rules: SendingRules, now: dt.datetime) -> dt.datetime:
    """When the next message may leave; the one after it later by the rules' pace, whichever worker sends it."""
    line = hold_line(session, account, now)
    slot = line.free_at if _is_ahead(line.free_at, now, LONGEST_QUEUE) else now
    line.free_at = slot + dt.timedelta(seconds=1 / rules.per_second)
    today = now.astimezone(PARIS).date()
    line.sent_that_day = line.sent_that_day + 1 if line.day == today else 1
    line.day = today
    return slot


def take_sweep(session: Session, account: str, now: dt.datetime) -> bool:
    """Whether the caller is to look after the line now: one worker does at a time."""
    line = hold_line(session, account, now)
    if line.swept_at is not None and abs(now - line.swept_at) < SWEEP_EVERY:
        return False
    line.swept_at = now
    return True


def _is_ahead(time: dt.datetime, now: dt.datetime, most: dt.timedelta) -> bool:
    """Whether ``time`` is still to come; when it is further away than it can be, a clock was wrong: it counts as past."""
    return now < time <= now + most
