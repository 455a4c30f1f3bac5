"""What is counted for Prometheus, and the page that tells it. Labels name routes, channels, states: never a person.

Each process counts for itself. With PROMETHEUS_MULTIPROC_DIR they write into that folder, and any of them tells the sum.
"""

from __future__ import annotations

import datetime as dt
import hmac
import os
import time
from collections.abc import Iterator

from flask import Blueprint, Flask, Response, abort, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from bot.channel import Channel
from extensions import db
from service import gauges, guards
from service.talk import Reply

metrics = Blueprint("metrics", __name__)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})  # a visitor may invent others
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15)  # seconds; Twilio waits no longer than 15

REQUESTS = Counter("voix_requests", "Requests answered.", ["endpoint", "method", "status"], registry=None)
SECONDS = Histogram("voix_request_seconds", "Time to answer.", ["endpoint", "method"], buckets=BUCKETS, registry=None)
MESSAGES = Counter(
    "voix_messages", "Messages at the doors, and what became of them.", ["channel", "outcome"], registry=None
)


def count_message(channel: Channel, reply: Reply | None) -> None:
    """One more message; ``reply``: what it got in the end, None when it was not let in."""
    if reply is None:
        outcome = "refused"
    elif reply.is_repeat:
        outcome = "repeated"
    else:
        outcome = f"withheld_{reply.withheld}" if reply.withheld else "taken_in"
    MESSAGES.labels(channel.value, outcome).inc()


def count_requests(app: Flask) -> None:
    """Count and time every request of ``app``."""

    @app.before_request
    def begin() -> None:
        g.counted_from = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(endpoint, method, response.status_code).inc()
        SECONDS.labels(endpoint, method).observe(time.perf_counter() - g.counted_from)
        return response


@metrics.get("/metrics")
def show() -> Response:
    """Everything that is counted, to whoever bears the token; 404 when none is set."""
    token = current_app.extensions["voix"].settings.metrics_token
    if not token:
        abort(404)
    if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()):
        abort(401)
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        for counted in (REQUESTS, SECONDS, MESSAGES):
            registry.register(counted)
    registry.register(_Readings())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Readings(Collector):
    """What is read anew each time: of the database, the same from every process; of the lexicon, this process's."""

    def collect(self) -> Iterator[Metric]:
        now, voix = dt.datetime.now(dt.UTC), current_app.extensions["voix"]
        edition = voix.live_mind.edition
        yield _one(
            "voix_lexicon_age_seconds", "Since the lexicon in use was changed.", now.timestamp() - edition.changed_at
        )
        yield _many("voix_lexicon_info", "The edition of the lexicon in use.", ("edition",), {(edition.name,): 1})
        try:
            read = list(self._read_database(now))
        except SQLAlchemyError:
            db.session.rollback()
            read = []
        yield _one("voix_database_up", "Whether the database could be read.", bool(read))
        yield from read

    def _read_database(self, now: dt.datetime) -> Iterator[Metric]:
        session = db.session()
        unfinished, finished = gauges.count_outbox(session, now)
        labels = ("delivery", "purpose")
        yield _many("voix_outbox_unfinished", "Messages owed or on their way.", labels, unfinished)
        yield _many("voix_outbox_finished_last_day", "Messages due within a day that are done with.", labels, finished)
        wait = gauges.find_longest_wait(session, now).total_seconds()
        yield _one("voix_outbox_longest_wait_seconds", "How long the oldest message that should have left waits.", wait)
        queue = gauges.count_queue(session)
        told = f"Ideas not decided yet; {gauges.MOST_COUNTED} means as many or more."
        yield _many("voix_queue", told, ("departement", "status"), queue)
        yield _many(
            "voix_emergencies_today", "Emergencies recognised.", ("kind",), gauges.count_emergencies(session, now)
        )
        spending = guards.read_spending(session, now)
        yield _one("voix_replies_today", "Replies to telephones.", spending.replies)
        yield _one("voix_reply_segments_today", "SMS segments of these replies.", spending.segments)
        yield _one("voix_replies_withheld_today", "Messages taken in and not answered.", spending.withheld)


def _one(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(name, told, value=value)


def _many(name: str, told: str, labels: tuple[str, ...], values: dict[tuple[str, ...], int]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family
