"""Counting emergencies, by day, kind and territory: how many, never what was said."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func
from sqlalchemy.orm import Session

from bot.known import PARIS
from service.database import insert
from service.models import AlertCount, Reviewer
from service.rights import visible_to


def count_alert(session: Session, kind: str, departement: str, now: dt.datetime) -> None:
    """One more message of ``kind`` today."""
    row = {"day": now.astimezone(PARIS).date(), "kind": kind, "departement": departement, "count": 1}
    statement = insert(session, AlertCount).values(row)
    one_more = {"count": AlertCount.count + 1}
    session.execute(statement.on_conflict_do_update(index_elements=["day", "kind", "departement"], set_=one_more))


def count_by_kind(session: Session, reviewer: Reviewer, since: dt.date, territory: str | None = None) -> dict[str, int]:
    """How many of each kind came since a day, in the reviewer's territory, or in the region or a territory of it."""
    seen = visible_to(reviewer, AlertCount).where(AlertCount.day >= since)
    if territory is not None:
        seen = seen.where(AlertCount.departement == territory)
    counts = seen.with_only_columns(AlertCount.kind, func.sum(AlertCount.count)).group_by(AlertCount.kind)
    return {row[0]: row[1] for row in session.execute(counts)}
