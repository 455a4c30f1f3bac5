"""A territory or the region at a glance: what was done of late, and how things stand."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.known import PARIS
from service import agreement, alerts, flow, standing
from service.agreement import Share
from service.filters import Step
from service.flow import Delay
from service.models import Delivery, Source, Status
from service.periods import Span, Unit, list_spans
from service.scope import Scope


@dataclass(frozen=True)
class Dashboard:
    """Every figure is the length of a list of contributions, but for ``alerts``, of which nothing else is kept."""

    # during the spans, the oldest first
    spans: tuple[Span, ...]
    steps: dict[Step, tuple[int, ...]]  # span by span
    delay: Delay
    agreement: dict[str, Share]  # by the reviewers' solution
    alerts: dict[str, int]  # by kind
    # now
    labels: Counter[tuple[str | None, Status]]  # solution, bare axis or none
    ages: Counter[tuple[int, Status]]  # service.standing.AGES
    channels: Counter[tuple[Source, Status]]
    communes: Counter[str | None]  # INSEE code
    marks: Counter[str]  # by the field of Filter that shows them
    deliveries: Counter[Delivery]

    def count(self, *states: Status) -> int:
        """How many contributions are in one of these states."""
        return sum(count for (_, status), count in self.labels.items() if status in states)

    @property
    def located(self) -> dict[str, int]:
        """How many contributions come from each commune, by INSEE code."""
        return {insee: count for insee, count in self.communes.items() if insee}

    @property
    def agreed(self) -> Share:
        """The agreement over all solutions."""
        shares = self.agreement.values()
        return Share(sum(share.agreed for share in shares), sum(share.total for share in shares))


def read_dashboard(session: Session, scope: Scope, unit: Unit, now: dt.datetime) -> Dashboard:
    """The dashboard as it is now."""
    spans = list_spans(unit, now.astimezone(PARIS).date())
    return Dashboard(
        spans=spans,
        steps=flow.count_steps(session, scope, spans),
        delay=flow.measure_delay(session, scope, spans),
        agreement=agreement.count_agreement(session, scope, spans),
        alerts=alerts.count_by_kind(session, scope.reviewer, spans[0].since, scope.territory),
        labels=standing.count_by_label(session, scope),
        ages=standing.count_by_age(session, scope, now),
        channels=standing.count_by_channel(session, scope),
        communes=standing.count_by_commune(session, scope),
        marks=standing.count_marks(session, scope),
        deliveries=standing.count_deliveries(session, scope),
    )
