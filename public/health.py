"""Whether the service is well, for whoever watches it or shares the visitors out among several machines."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from flask import Response, current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError

from extensions import db
from public.blueprint import public
from service import readiness
from service.readiness import Readiness

DEADLINE = 2.0  # seconds; who asks whether we are ready does not wait much longer


@public.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@public.get("/readyz")
def readyz() -> tuple[Response, int]:
    """200 when a message can be taken in here, 503 otherwise; and what an administrator should know."""
    voix, engine, now = current_app.extensions["voix"], db.engine, dt.datetime.now(dt.UTC)
    account, rules = voix.settings.twilio_account_sid, voix.first_service.guard_rules
    found = _within(DEADLINE, lambda: readiness.examine(engine, account, rules, now))
    if found is None:
        return jsonify(ready=False, database="unavailable", mind=voix.live_mind.edition.name), 503
    return jsonify(
        ready=found.is_ready,
        database="ok",
        schema=found.schema,
        mind=voix.live_mind.edition.name,
        paused_because=found.paused_because,
        longest_wait_seconds=round(found.longest_wait.total_seconds()),
        worker_seen_seconds=round((now - found.worker_seen).total_seconds()) if found.worker_seen else None,
        warnings=found.warnings,
    ), 200 if found.is_ready else 503


def _within(seconds: float, examine: Callable[[], Readiness]) -> Readiness | None:
    """What ``examine`` finds; None when the database refuses, or does not answer in time. It is then left to end alone."""
    found: SimpleQueue[Readiness | None] = SimpleQueue()

    def work() -> None:
        try:
            found.put(examine())
        except SQLAlchemyError:
            found.put(None)

    threading.Thread(target=work, daemon=True).start()
    try:
        return found.get(timeout=seconds)
    except Empty:
        return None
