"""What an operator watches, read from the database by its indexes: the same cost at a thousand ideas and a million."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.known import PARIS
from knowledge.gazetteer import GRAND_EST
from service.delivery import UNFINISHED
from service.models import AlertCount, Contribution, Delivery, OutboxMessage, Person, Status
from service.status import OPEN

MOST_COUNTED = 1000  # ideas in one state of one territory
FINISHED_WITHIN = dt.timedelta(days=1)
Counts = dict[tuple[str, ...], int]


def count_outbox(session: Session, now: dt.datetime) -> tuple[Counts, Counts]:
    """How many messages are in each state of delivery, for each purpose: those under way, those of a day that are done with."""
    finished = [delivery for delivery in Delivery if delivery not in UNFINISHED]
    lately = OutboxMessage.delivery.in_(finished) & (OutboxMessage.due_at > now - FINISHED_WITHIN)
    counted = (
        select(OutboxMessage.delivery, OutboxMessage.purpose, func.count())
        .where(or_(OutboxMessage.delivery.in_(UNFINISHED), lately))
        .group_by(OutboxMessage.delivery, OutboxMessage.purpose)
    )
    under_way: Counts = {}
    done: Counts = {}
    for delivery, purpose, number in session.execute(counted):
        (under_way if delivery in UNFINISHED else done)[delivery.value, purpose.value] = number
    return under_way, done


def find_longest_wait(session: Session, now: dt.datetime) -> dt.timedelta:
    """How long the oldest message to a telephone that should have left by now has been waiting; zero when none does."""
    owed = (
        select(func.min(OutboxMessage.due_at))
        .join(Person, Person.id == OutboxMessage.person_id)
        .where(OutboxMessage.delivery == Delivery.OWED, OutboxMessage.due_at <= now, Person.channel != Channel.WEB)
    )
    oldest = session.scalar(owed)
    return now - oldest if oldest else dt.timedelta(0)


def count_queue(session: Session) -> Counts:
    """How many ideas wait in each territory, in each state before a decision; no more than MOST_COUNTED are counted."""
    counted = []
    for departement in GRAND_EST:
        for status in (*OPEN, Status.INSTRUCTED):
            own = select(literal(1)).where(Contribution.departement == departement, Contribution.status == status)
            some = own.limit(MOST_COUNTED).subquery()
            counted.append(
                select(
                    literal(departement),
                    literal(status.value),
                    select(func.count()).select_from(some).scalar_subquery(),
                )
            )
    return {(departement, status): number for departement, status, number in session.execute(union_all(*counted))}


def count_emergencies(session: Session, now: dt.datetime) -> Counts:
    """How many emergencies of each kind were recognised today, in Paris."""
    today = select(AlertCount.kind, func.sum(AlertCount.count)).where(AlertCount.day == now.astimezone(PARIS).date())
    return {(kind,): int(number) for kind, number in session.execute(today.group_by(AlertCount.kind))}
