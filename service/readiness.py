"""Whether messages may be sent here, and what an administrator should look at."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from service import gauges, guards
from service.line import tell_alarm
from service.models import Line

MIGRATIONS = Path(__file__).parent.parent / "migrations"
LATE = dt.timedelta(minutes=10)  # owed since then, or not taken in: the worker does not keep up, or is not there
GONE = dt.timedelta(minutes=5)  # ten sweeps of a worker (service.line)


@dataclass(frozen=True)
class Readiness:
    """``schema``: "ok", "newer" (the next version's: it serves us too), "older" (to be migrated) or "none"."""

    schema: str
    paused_because: str | None = None  # what keeps our own messages from leaving
    longest_wait: dt.timedelta = dt.timedelta(0)
    worker_seen: dt.datetime | None = None
    warnings: tuple[str, ...] = ()

    @property
    def is_ready(self) -> bool:
        """Whether a message that comes in can be kept. What we owe is told, and is no reason to refuse one."""
        return self.schema in {"ok", "newer"}


def examine(engine: Engine, account: str, rules: guards.GuardRules, now: dt.datetime) -> Readiness:
    """How the database stands, which must take a change; the change is none. Raises SQLAlchemyError when it does not."""
    with Session(engine) as session:
        schema = _compare_schema(session.scalar(text("SELECT max(version_num) FROM alembic_version")))
        session.execute(text("UPDATE alembic_version SET version_num = version_num WHERE 1 = 0"))
        if schema in {"none", "older"}:
            return Readiness(schema)
        paused = tell_alarm(session, account, now)
        wait = gauges.find_longest_wait(session, now)
        seen, read_until = session.execute(
            select(func.max(Line.swept_at), func.max(Line.read_until)).where(Line.account == account)
        ).one()
        is_spent = guards.read_spending(session, now).segments >= rules.most_segments
    told = {
        "sending_paused": paused is not None,
        "messages_late": wait > LATE,
        "worker_gone": seen is not None and now - seen > GONE,
        "arrivals_missing": read_until is not None and now - read_until > LATE,
        "daily_segments_spent": is_spent,
    }
    return Readiness(schema, paused, wait, seen, tuple(name for name, is_so in told.items() if is_so))


def _compare_schema(version: str | None) -> str:
    head, known = read_versions()
    if version is None:
        return "none"
    if version == head:
        return "ok"
    return "older" if version in known else "newer"  # while machines change version one by one


@cache
def read_versions() -> tuple[str | None, frozenset[str]]:
    """The newest version of the tables that this code knows, and all of them."""
    versions = ScriptDirectory(str(MIGRATIONS))
    return versions.get_current_head(), frozenset(version.revision for version in versions.walk_revisions())
