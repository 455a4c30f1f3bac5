"""The queue: which contributions a reviewer sees, in which order, a page at a time, and how many there are.

A page must cost the same among a thousand contributions and a million, so the queue is walked along an index from where
the page before ended. No index is in order across states, nor across the territories of the region: each of these is
walked on its own, no further than a page, and the walks are merged.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    and_,
    exists,
    func,
    literal_column,
    select,
    text,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from bot.known import PARIS
from knowledge.gazetteer import GRAND_EST
from service import claims, database, search
from service.errors import Refused
from service.filters import LARGEST_ID, NONE, Filter, Order, Step
from service.models import Claim, Contribution, Delivery, OutboxMessage, Purpose, Reviewer, Status
from service.rights import visible_to

PAGE = 50
COUNTED = 999  # more are not counted one by one
STEP_MOMENTS = {
    Step.RECEIVED: Contribution.received_at,
    Step.INSTRUCTED: Contribution.instructed_at,
    Step.DECIDED: Contribution.decided_at,
    Step.ANSWERED: Contribution.answered_at,
}
_before = aliased(OutboxMessage)
Walk = Select[Any]  # of the columns that a Place is made of


@dataclass(frozen=True)
class Place:
    """Where a contribution stands in any order of the queue. ``moment``: that of the step asked for."""

    opinion_count: int
    moment: dt.datetime
    id: int

    def __str__(self) -> str:
        return f"{self.opinion_count}.{self.moment.timestamp():.6f}.{self.id}"


@dataclass(frozen=True)
class Page:
    """Contributions in the order asked, and who works on them by contribution id. ``end``: where the next page begins."""

    contributions: list[Contribution]
    claims: dict[int, Claim]
    end: Place | None


def locate(contribution: Contribution, asked: Filter) -> Place:
    """Where a contribution stands in the queue of ``asked``; one that never came so far stands as if on its arrival."""
    moment = getattr(contribution, STEP_MOMENTS[asked.step].key) or contribution.received_at
    return Place(contribution.opinion_count, moment, contribution.id)


def read_place(written: str) -> Place | None:
    """The place that ``str(place)`` wrote; None for anything else."""
    found = re.fullmatch(r"([0-9]{1,4})\.([0-9]{1,10}\.[0-9]{6})\.([0-9]{1,10})", written)
    if found is None:
        return None
    moment = dt.datetime.fromtimestamp(float(found[2]), dt.UTC)
    return Place(int(found[1]), moment, min(int(found[3]), LARGEST_ID))


def list_page(
    session: Session, reviewer: Reviewer, asked: Filter, now: dt.datetime, after: Place | None = None
) -> Page:
    """A page of what ``asked`` lets through, beyond ``after``."""
    ids = _walk(session, reviewer, asked, now, PAGE + 1, after)
    found = {one.id: one for one in session.scalars(select(Contribution).where(Contribution.id.in_(ids[:PAGE])))}
    contributions = [found[one] for one in ids[:PAGE] if one in found]  # but those erased just now
    end = locate(contributions[-1], asked) if len(ids) > PAGE and contributions else None
    return Page(contributions, claims.read_claims(session, contributions, now), end)


def find_neighbours(
    session: Session, reviewer: Reviewer, asked: Filter, contribution: Contribution, now: dt.datetime
) -> tuple[str | None, str | None]:
    """The codes before and after a contribution in the queue of ``asked``; None where it ends."""
    here = locate(contribution, asked)
    before = _walk(session, reviewer, asked, now, 1, here, backwards=True)
    after = _walk(session, reviewer, asked, now, 1, here)
    return _read_code(session, before), _read_code(session, after)


def pass_on(
    session: Session, reviewer: Reviewer, asked: Filter, contribution: Contribution, now: dt.datetime
) -> str | None:
    """Give up ``contribution`` for the next one that nobody else works on, at the end from the start again: its code.

    It is claimed at once: of two colleagues who save at the same moment, each goes on with another. None when nothing is
    left.
    """
    claims.release(session, reviewer, contribution)
    while (following := _find_free(session, reviewer, asked, contribution, now)) is not None:
        try:
            claims.claim(session, reviewer, following, now)
            return following
        except Refused:  # a colleague was quicker, and it is no longer free
            continue
    return None


def _find_free(
    session: Session, reviewer: Reviewer, asked: Filter, contribution: Contribution, now: dt.datetime
) -> str | None:
    free = (claims.is_not_anothers(reviewer, now), Contribution.id != contribution.id)
    after = _walk(session, reviewer, asked, now, 1, locate(contribution, asked), also=free)
    return _read_code(session, after or _walk(session, reviewer, asked, now, 1, also=free))


def count(session: Session, reviewer: Reviewer, asked: Filter, now: dt.datetime) -> int:
    """How many contributions ``asked`` lets through; COUNTED + 1 for any number above COUNTED."""
    walks = union_all(*_list_walks(session, reviewer, asked, now)).limit(COUNTED + 1)
    return session.scalar(select(func.count()).select_from(walks.subquery())) or 0


def select_matching(session: Session, reviewer: Reviewer, asked: Filter, now: dt.datetime) -> Select[Contribution]:
    """Everything that ``asked`` lets through, in no order: for exports and figures."""
    conditions = _list_conditions(session, reviewer, asked, now)
    if asked.delivery:
        conditions.append(Contribution.id.in_(select(OutboxMessage.contribution_id).where(*_became(asked.delivery))))
    return visible_to(reviewer).where(Contribution.status.in_(asked.states), *conditions)


def _walk(
    session: Session,
    reviewer: Reviewer,
    asked: Filter,
    now: dt.datetime,
    length: int,
    after: Place | None = None,
    *,
    backwards: bool = False,
    also: tuple[ColumnElement[bool], ...] = (),
) -> list[int]:
    """The ids of the next ``length`` contributions beyond a place in the order asked, or before it."""
    descending = (asked.order is Order.NEWEST) is not backwards
    keys, columns = _choose_keys(asked), _list_columns(asked)
    own = [columns[key] for key in keys]
    walks: list[Walk] = []
    if asked.delivery:
        also += (_is_between_answers(asked.delivery),)
    for walk in _list_walks(session, reviewer, asked, now):
        steps = walk.where(*also)
        if after is not None:
            here, there = tuple_(*own), tuple(getattr(after, key) for key in keys)
            steps = steps.where(here < there if descending else here > there)
        steps = steps.order_by(*_sort(own, descending)).limit(length)
        walks.append(select(literal_column("*")).select_from(steps.subquery()))
    # Columns are named in words: proxies of those of a hundred walks took longer to make than the walks.
    merged = select(literal_column("id", Integer)).select_from(union_all(*walks).subquery())
    query = merged.order_by(*_sort([literal_column(key) for key in keys], descending)).limit(length)
    return list(session.scalars(query))


def _choose_keys(asked: Filter) -> tuple[str, ...]:
    """What the order goes by. Ids follow the arrival; of a time asked for, the dates are in an index, and say it better."""
    if asked.order is Order.LEAST_REVIEWED:
        return "opinion_count", "id"
    is_timed = asked.older_than or asked.younger_than or asked.since or asked.until or asked.step is not Step.RECEIVED
    return ("moment", "id") if is_timed else ("id",)


def _list_columns(asked: Filter) -> dict[str, SQLColumnExpression[Any]]:
    """What a Place is made of."""
    moment = STEP_MOMENTS[asked.step].label("moment")
    # The same number by either name; SQLite walks the index only of the one that it orders by.
    number = OutboxMessage.contribution_id.label("id") if asked.delivery else Contribution.id
    return {"id": number, "opinion_count": Contribution.opinion_count, "moment": moment}


def _sort(columns: Sequence[SQLColumnExpression[Any]], descending: bool) -> list[SQLColumnExpression[Any]]:
    return [column.desc() if descending else column for column in columns]


def _list_walks(session: Session, reviewer: Reviewer, asked: Filter, now: dt.datetime) -> list[Walk]:
    """The queries that together find what ``asked`` lets through, each along an index of its own."""
    narrowed = _narrow(session, reviewer, asked, now)
    # Without a condition on the state where there is none: it would lead SQLite to the wrong index.
    among = () if set(asked.states) == set(Status) else (Contribution.status.in_(asked.states),)
    if _is_few(asked):
        database.plan_by_values(session)
        return [narrowed.where(*among)]
    territories = _list_territories(reviewer, asked)
    if asked.step is not Step.RECEIVED:  # its moments are in order across states
        return [narrowed.where(Contribution.departement == territory, *among) for territory in territories]
    return [
        narrowed.where(Contribution.departement == territory, Contribution.status == state)
        for territory, state in product(territories, asked.states)
    ]


def _narrow(session: Session, reviewer: Reviewer, asked: Filter, now: dt.datetime) -> Walk:
    visible = visible_to(reviewer).with_only_columns(*_list_columns(asked).values())
    if (
        asked.delivery
    ):  # along the messages, which are in the order of their contributions, and of those the first of each
        answers = visible.join(OutboxMessage, OutboxMessage.contribution_id == Contribution.id)
        before = and_(_before.contribution_id == OutboxMessage.contribution_id, _before.id < OutboxMessage.id)
        is_first = ~exists().where(*_became(asked.delivery, _before), before)
        visible = answers.where(*_became(asked.delivery), is_first)
    return visible.where(*_list_conditions(session, reviewer, asked, now))


def _is_few(asked: Filter) -> bool:
    """Whether what is asked for is found first, in an index of its own, and its state and territory looked at then."""
    return bool(asked.words or asked.mine or asked.meeting or asked.imported or asked.delivery)


def _list_territories(reviewer: Reviewer, asked: Filter) -> list[str]:
    only = asked.territory or reviewer.departement or (asked.commune or "")[:2]
    return [only] if only in GRAND_EST else list(GRAND_EST)


def _list_conditions(
    session: Session, reviewer: Reviewer, asked: Filter, now: dt.datetime
) -> list[ColumnElement[bool]]:
    """What is asked of each contribution but its state."""
    table = Contribution
    conditions = [
        column.is_(None) if value == NONE else column == value
        for column, value in (
            (table.departement, asked.territory),
            (table.axis, asked.axis),
            (table.solution, asked.solution),
            (table.insee, asked.commune),
            (table.channel, asked.channel),
            (table.meeting_id, asked.meeting),
            (table.import_id, asked.imported),
        )
        if value is not None
    ]
    if asked.older_than:
        conditions.append(table.received_at <= now - dt.timedelta(days=asked.older_than))
    if asked.younger_than:
        conditions.append(table.received_at > now - dt.timedelta(days=asked.younger_than))
    conditions += _list_moments(asked)
    if search.list_words(asked.words):
        conditions.append(search.find(session, asked.words, asked.territory or reviewer.departement))
    choices: tuple[tuple[bool, ColumnElement[bool]], ...] = (
        (asked.unassigned, claims.is_free(now)),
        (asked.mine, claims.is_own(reviewer, now)),
        (asked.waiting, table.waiting == true()),
        (asked.alike, table.alike == true()),
        (asked.flagged, table.flagged == true()),
        (asked.drafted, table.drafted_status.is_not(None)),
        (asked.corrected, is_corrected()),
        # "0" is written out: an index of few rows serves only who asks for its very condition.
        (asked.supported, table.support_count > text("0")),
    )
    return conditions + [condition for is_asked, condition in choices if is_asked]


def is_corrected() -> ColumnElement[bool]:
    """That a reviewer's solution is not the first that the matcher suggested, or that it suggested none."""
    first = func.coalesce(Contribution.suggested, text("''"))  # written as the index of few rows says it
    return Contribution.solution != first


def _became(delivery: Delivery, table: type[OutboxMessage] = OutboxMessage) -> tuple[ColumnElement[bool], ...]:
    """What is true of the messages that tell a decision, and that this became of."""
    return table.purpose == Purpose.DECISION, table.delivery == delivery


def _is_between_answers(delivery: Delivery) -> ColumnElement[bool]:
    """Between the first and the last contribution of which this became: where PostgreSQL walks along contributions, it is
    not to begin with years of which no message is kept.
    """
    first, last = (
        select(end(OutboxMessage.contribution_id)).where(*_became(delivery)).scalar_subquery()
        for end in (func.min, func.max)
    )
    return Contribution.id.between(first, last)


def _list_moments(asked: Filter) -> list[ColumnElement[bool]]:
    moment = STEP_MOMENTS[asked.step]
    conditions: list[ColumnElement[bool]] = [moment.is_not(None)] if asked.step is not Step.RECEIVED else []
    if asked.since:
        conditions.append(moment >= dt.datetime.combine(asked.since, dt.time(), PARIS))
    if asked.until:
        conditions.append(moment < dt.datetime.combine(asked.until + dt.timedelta(days=1), dt.time(), PARIS))
    return conditions


def _read_code(session: Session, ids: list[int]) -> str | None:
    return session.scalar(select(Contribution.code).where(Contribution.id.in_(ids)))
