"""From which queue a case was opened: the way back to it, and to the ideas before and after.

The queue's address travels as ``vue`` in the address of the case, and of everything that is done there.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask import has_request_context, request, url_for
from sqlalchemy.orm import Session

from inbox.blueprint import inbox
from service import queue
from service.filters import Filter, read_filter, write_query
from service.models import Contribution, Reviewer


@dataclass(frozen=True)
class Trail:
    """The address of the queue, and the codes of the ideas around one."""

    back: str
    before: str | None
    after: str | None


def read_asked() -> Filter:
    """The filter of the queue from which the case was opened; the usual one when it was not."""
    return read_filter(request.args.get("vue", ""))


def address_queue(asked: Filter) -> str:
    """Where that queue is."""
    query = write_query(asked)
    return url_for("inbox.queue") + (f"?{query}" if query else "")


def find_trail(session: Session, reviewer: Reviewer, contribution: Contribution, now: dt.datetime) -> Trail:
    """The way from a case."""
    asked = read_asked()
    before, after = queue.find_neighbours(session, reviewer, asked, contribution, now)
    return Trail(address_queue(asked), before, after)


@inbox.url_defaults
def _keep_the_queue(endpoint: str, values: dict[str, Any]) -> None:
    if "code" in values and has_request_context() and (query := write_query(read_asked())):
        values.setdefault("vue", query)
