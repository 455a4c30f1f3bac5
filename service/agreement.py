"""How often the solution that a reviewer decides on is the one the matcher suggested first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.known import PARIS
from service.models import Change, Contribution, Reviewer, Status
from service.periods import Span, bound
from service.rights import visible_to
from service.scope import Scope
from service.status import DECISIONS

CLASSIFIED = (Status.INSTRUCTED, *DECISIONS)
MONTHS_SHOWN = 6


@dataclass(frozen=True)
class Share:
    """Of ``total`` contributions decided, how many kept the solution suggested first."""

    agreed: int
    total: int

    @property
    def percent(self) -> int | None:
        """0–100; None when nothing was decided."""
        return round(100 * self.agreed / self.total) if self.total else None


@dataclass(frozen=True)
class Agreement:
    """How often the reviewer's solution is the one suggested first, by the reviewer's solution and over time."""

    months: tuple[str, ...]  # "2026-11", the oldest first, the last one not over
    by_month: dict[tuple[str, str], Share]  # (solution, month); a pair without decisions is not there
    by_solution: dict[str, Share]  # since the beginning
    month_totals: dict[str, Share]
    overall: Share


def count_agreement(session: Session, scope: Scope, spans: Sequence[Span]) -> dict[str, Share]:
    """How often they agreed on the ideas first instructed during these spans, by the reviewers' solution."""
    since, until = bound(spans)
    table = Contribution
    seen = scope.select().where(
        table.departement.in_(scope.territories),
        table.instructed_at >= since,
        table.instructed_at < until,
        table.solution.is_not(None),
    )
    is_agreed = table.suggested.is_not_distinct_from(table.solution)
    rows = session.execute(
        seen.with_only_columns(table.solution, is_agreed, func.count()).group_by(table.solution, is_agreed)
    )
    shares: dict[str, Share] = {}
    for solution, agreed, count in rows:
        before = shares.get(str(solution), Share(0, 0))
        shares[str(solution)] = Share(before.agreed + count * bool(agreed), before.total + count)
    return shares


def measure_agreement(session: Session, reviewer: Reviewer, now: dt.datetime) -> Agreement:
    """How often matcher and reviewers agreed on the contributions that this reviewer sees."""
    decided_at = (
        select(Change.contribution_id, func.max(Change.at).label("at"))
        .where(Change.reviewer_id.is_not(None))
        .group_by(Change.contribution_id)
        .subquery()
    )
    query = (
        visible_to(reviewer)
        .with_only_columns(Contribution.solution, Contribution.suggested, decided_at.c.at)
        .join(decided_at, decided_at.c.contribution_id == Contribution.id)
        .where(Contribution.status.in_(CLASSIFIED), Contribution.solution.is_not(None))
    )
    rows = [
        (str(solution), solution == suggested, f"{at.astimezone(PARIS):%Y-%m}")
        for solution, suggested, at in session.execute(query)
    ]
    months = _last_months(now.astimezone(PARIS).date())
    recent = [row for row in rows if row[2] in months]
    return Agreement(
        months=months,
        by_month={
            (solution, month): _share(agreed for one, agreed, when in recent if (one, when) == (solution, month))
            for solution, month in sorted({(solution, month) for solution, _, month in recent})
        },
        by_solution={
            solution: _share(agreed for one, agreed, _ in rows if one == solution)
            for solution in sorted({solution for solution, _, _ in rows})
        },
        month_totals={month: _share(agreed for _, agreed, when in recent if when == month) for month in months},
        overall=_share(agreed for _, agreed, _ in rows),
    )


def _last_months(today: dt.date) -> tuple[str, ...]:
    """The last six months, the oldest first, this one included."""
    number = today.year * 12 + today.month - 1
    return tuple(f"{month // 12}-{month % 12 + 1:02}" for month in range(number - MONTHS_SHOWN + 1, number + 1))


def _share(answers: Iterable[bool]) -> Share:
    found = list(answers)
    return Share(sum(found), len(found))
