"""What was done in a time: ideas received, instructed, decided, answered, and how long the answers took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, literal, union_all
from sqlalchemy.orm import Session

from service.filters import Step
from service.models import Contribution, Status
from service.periods import Span, bound
from service.queue import STEP_MOMENTS
from service.scope import Scope


@dataclass(frozen=True)
class Delay:
    """How many ideas had their first answer, and by how many whole days half of them had it; None when none had."""

    answered: int
    median: int | None


def count_steps(session: Session, scope: Scope, spans: Sequence[Span]) -> dict[Step, tuple[int, ...]]:
    """How many contributions came how far, span by span."""
    counts = []
    for step, moment in STEP_MOMENTS.items():
        for number, span in enumerate(spans):
            since, until = bound([span])
            seen = scope.select().where(
                Contribution.departement.in_(scope.territories), moment >= since, moment < until
            )
            if step is Step.RECEIVED:  # its index begins with the state: all of them are named
                seen = seen.where(Contribution.status.in_(Status))
            counts.append(seen.with_only_columns(literal(step.value), literal(number), func.count()))
    found = {(step, number): count for step, number, count in session.execute(union_all(*counts))}
    return {step: tuple(found[step.value, number] for number in range(len(spans))) for step in Step}


def measure_delay(session: Session, scope: Scope, spans: Sequence[Span]) -> Delay:
    """How long the first answers published during these spans had been waited for, imported ideas left out."""
    days = Contribution.answered_after
    since, until = bound(spans)
    seen = scope.select().where(
        Contribution.departement.in_(scope.territories),
        Contribution.answered_at >= since,
        Contribution.answered_at < until,
        days.is_not(None),
    )
    by_days = session.execute(seen.with_only_columns(days, func.count()).group_by(days).order_by(days)).all()
    answered, passed = sum(count for _, count in by_days), 0
    for waited, count in by_days:
        passed += count
        if 2 * passed >= answered:
            return Delay(answered, waited)
    return Delay(0, None)
