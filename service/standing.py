"""How things stand now: the contributions counted by state, solution, age, commune, channel, mark and delivery.

Each count walks one index in its own order: at a million contributions that is what a page has time for.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from sqlalchemy import func, literal, select, text, true, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.models import Contribution, Delivery, OutboxMessage, Purpose, Source, Status
from service.scope import Scope
from service.status import OPEN

WAITING = (*OPEN, Status.INSTRUCTED)  # for a decision
AGES = (0, 7, 30, 90, 365)  # days from which on: this week, a week, a month, a quarter, a year
# The few that bear a mark, by the field of service.filters.Filter that shows them. Each has its index.
_MARKS = {
    "waiting": Contribution.waiting == true(),
    "drafted": Contribution.drafted_status.is_not(None),
    "alike": Contribution.alike == true(),
    "supported": Contribution.support_count > text("0"),
    "flagged": Contribution.flagged == true(),
}


def count_by_label(session: Session, scope: Scope) -> Counter[tuple[str | None, Status]]:
    """How many contributions of each solution ("A2.1"), bare axis ("A2") or none, and state."""
    counts = _count(session, scope, Contribution.solution)
    # Found first in the index of solutions: grouped at once, SQLite would rather read everything along that of axes.
    without = scope.select().where(
        Contribution.departement.in_(scope.territories),
        Contribution.status.in_(Status),
        Contribution.solution.is_(None),
    )
    keys = (Contribution.axis, Contribution.status)
    bare = scope.select().where(Contribution.id.in_(without.with_only_columns(Contribution.id)))
    for axis, status, count in session.execute(bare.with_only_columns(*keys, func.count()).group_by(*keys)):
        counts[None, status] -= count
        counts[axis, status] += count
    return +counts


def count_by_channel(session: Session, scope: Scope) -> Counter[tuple[Source, Status]]:
    """How many contributions came by each channel, and their state."""
    return _count(session, scope, Contribution.channel)


def count_by_commune(session: Session, scope: Scope) -> Counter[str | None]:
    """How many contributions came of each commune (INSEE code); None: only the territory is known."""
    keys = (Contribution.departement, Contribution.status, Contribution.insee)  # of the index
    grouped = (
        scope.select().with_only_columns(Contribution.insee, func.count().label("count")).group_by(*keys).subquery()
    )
    summed = select(grouped.c.insee, func.sum(grouped.c.count)).group_by(grouped.c.insee)
    return Counter({row[0]: int(row[1]) for row in session.execute(summed)})  # PostgreSQL sums to a Decimal


def count_by_age(session: Session, scope: Scope, now: dt.datetime) -> Counter[tuple[int, Status]]:
    """How many contributions wait for a decision since AGES days or more, but not since the next of AGES; and their state."""
    counts = []
    for age, older in zip(AGES, (*AGES[1:], None), strict=True):
        for status in WAITING:
            seen = scope.select().where(
                Contribution.departement.in_(scope.territories),
                Contribution.status == status,
                Contribution.received_at <= now - dt.timedelta(days=age),
            )
            if older is not None:
                seen = seen.where(Contribution.received_at > now - dt.timedelta(days=older))
            counts.append(seen.with_only_columns(literal(age), literal(status.value), func.count()))
    return Counter({(age, Status(status)): count for age, status, count in session.execute(union_all(*counts))})


def count_marks(session: Session, scope: Scope) -> Counter[str]:
    """How many contributions bear each mark, whatever their state."""
    counts = [
        # Found first by the mark: SQLite does not know that few bear it.
        scope.select()
        .where(Contribution.id.in_(select(Contribution.id).where(condition)))
        .with_only_columns(literal(mark), func.count())
        for mark, condition in _MARKS.items()
    ]
    return Counter({row[0]: row[1] for row in session.execute(union_all(*counts))})


def count_deliveries(session: Session, scope: Scope) -> Counter[Delivery]:
    """Of how many contributions some message that tells the council's answer stands so."""
    about = OutboxMessage.contribution_id
    told = select(OutboxMessage.delivery, func.count(about.distinct())).where(
        OutboxMessage.purpose == Purpose.DECISION, about.is_not(None)
    )
    if scope.territory:  # of all that there is, no idea need be looked up
        told = told.where(about.in_(scope.select().with_only_columns(Contribution.id)))
    return Counter({row[0]: row[1] for row in session.execute(told.group_by(OutboxMessage.delivery))})


def _count(session: Session, scope: Scope, column: InstrumentedAttribute[Any]) -> Counter[tuple[Any, Status]]:
    """By value and state; grouped as the index is, by territory first, so that nothing is sorted."""
    keys = (Contribution.departement, Contribution.status, column)
    counts: Counter[tuple[Any, Status]] = Counter()
    rows = session.execute(scope.select().with_only_columns(*keys, func.count()).group_by(*keys))
    for _territory, status, value, count in rows:
        counts[value, status] += count
    return counts
