"""Contributions read for an export: everything that a reviewer sees of them, a batch at a time, in flat memory.

Rows, not objects, and one look at each other table a batch: a million contributions are read in less than a minute. The
door ends the transaction after each batch, so that on SQLite nobody who writes waits for an export.
"""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

import numpy as np
from sqlalchemy import ColumnElement, Connection, func, select
from sqlalchemy.orm import Session, aliased

from service.filters import Filter
from service.models import (
    Change,
    Contribution,
    Delivery,
    Draft,
    Import,
    Meeting,
    Note,
    Opening,
    Opinion,
    OutboxMessage,
    Phase,
    Purpose,
    Question,
    Reviewer,
    Source,
    Status,
    Verdict,
)
from service.opinions import CRITERIA
from service.queue import select_matching
from service.rights import Right, require
from service.status import DECISIONS

BATCH = 1000  # contributions read at once
_FETCHED = 10_000  # ids fetched at once
_DENSE = 3  # times as many ids as are asked for


class Idea(NamedTuple):
    """The row of a contribution, with what it names in other tables. A row of SQLAlchemy's is read ten times as slowly."""

    id: int
    code: str
    channel: Source
    received_at: dt.datetime
    words: str
    third_person_health: bool
    departement: str
    insee: str | None
    suggestions: list[dict[str, Any]]
    suggested: str | None
    chosen_by_citizen: str | None
    axis: str | None
    solution: str | None
    status: Status
    answer: str | None
    answer_sms: str | None
    linked_project: str | None
    instructed_at: dt.datetime | None
    decided_at: dt.datetime | None
    answered_at: dt.datetime | None
    answered_after: int | None
    support_count: int
    opinion_count: int
    flagged: bool
    waiting: bool
    alike: bool
    drafted_status: Status | None
    merged_into: str | None  # code
    meeting_title: str | None
    meeting_held_on: dt.date | None
    meeting_phase: Phase | None
    import_file: str | None


_main = aliased(Contribution)
_ELSEWHERE: dict[str, Any] = {
    "merged_into": _main.code,
    "meeting_title": Meeting.title,
    "meeting_held_on": Meeting.held_on,
    "meeting_phase": Meeting.phase,
    "import_file": Import.file_name,
}
_IDEAS = (
    select(*(_ELSEWHERE[name] if name in _ELSEWHERE else getattr(Contribution, name) for name in Idea._fields))
    .outerjoin(_main, _main.id == Contribution.merged_into_id)
    .outerjoin(Meeting, Meeting.id == Contribution.meeting_id)
    .outerjoin(Import, Import.id == Contribution.import_id)
)


@dataclass(slots=True)
class Opinions:
    """What the council thinks of one contribution: how many said what, the sum and number of marks of each of CRITERIA."""

    verdicts: dict[Verdict, int] = field(default_factory=dict)
    sums: list[int] = field(default_factory=lambda: [0] * len(CRITERIA))
    marked: list[int] = field(default_factory=lambda: [0] * len(CRITERIA))
    comments: list[str] = field(default_factory=list)

    def mean(self, criterion: int) -> float | None:
        """The mean mark of one of CRITERIA; None when nobody marked it."""
        return round(self.sums[criterion] / self.marked[criterion], 2) if self.marked[criterion] else None


@dataclass(slots=True)
class Exported:
    """One contribution, and the rows about it in the other tables."""

    place: int  # in the export, from 1
    row: Idea
    changes: int = 0
    changed_at: dt.datetime | None = None
    reason: str = ""  # of the last decision published
    openings: int = 0  # of the sealed original
    gathered: tuple[str, ...] = ()  # codes of those merged into it
    notes: tuple[Any, ...] = ()  # rows: at, name, words
    questions: tuple[Any, ...] = ()  # rows: asked_at, words, answer, closed_at
    opinions: Opinions | None = None
    draft: Any = None  # a row: at, status, reason, forwarded_to, project, answer, answer_sms
    deliveries: dict[Delivery, int] | None = None  # of the messages that tell the answer


def list_ids(session: Session, reviewer: Reviewer, asked: Filter, now: dt.datetime) -> array[int]:
    """The ids of everything that ``asked`` lets through, as it arrived: 8 bytes each. Raises Forbidden."""
    require(reviewer, Right.INSTRUCT)
    ids = select_matching(session, reviewer, asked, now).with_only_columns(Contribution.id)
    found = array("q")
    # By the connection: the session would prepare each row for being an object.
    streamed = session.connection().execute(ids, execution_options={"stream_results": True, "yield_per": _FETCHED})
    for some in streamed.scalars().partitions():
        found.extend(some)
    np.frombuffer(found, dtype=np.int64).sort()  # here, in place: ordered by id, SQLite would read the rows whole
    return found


def count(session: Session, reviewer: Reviewer, asked: Filter, now: dt.datetime) -> int:
    """How many ids ``list_ids`` would list, to the last. Raises Forbidden."""
    require(reviewer, Right.INSTRUCT)
    ids = select_matching(session, reviewer, asked, now).with_only_columns(Contribution.id)
    return session.scalar(select(func.count()).select_from(ids.subquery())) or 0


def read_batch(session: Session, ids: Sequence[int], first_place: int) -> list[Exported]:
    """The contributions of these ids, in this order; BATCH of them at most, and one at least.

    One that was erased meanwhile is left out; its place is not given to another.
    """
    connection = session.connection()
    rows = {row[0]: Idea._make(row) for row in connection.execute(_IDEAS.where(_among(Contribution.id, ids)))}
    places = enumerate(ids, first_place)
    found = {number: Exported(place, rows[number]) for place, number in places if number in rows}
    for number, changes, changed_at in connection.execute(
        select(Change.contribution_id, func.count(), func.max(Change.at))
        .where(_among(Change.contribution_id, ids))
        .group_by(Change.contribution_id)
    ):
        if number in found:
            found[number].changes, found[number].changed_at = changes, changed_at
    reasons = select(Change.contribution_id, Change.reason).where(
        _among(Change.contribution_id, ids), Change.to_status.in_(DECISIONS), Change.answer.is_not(None)
    )
    for number, reason in connection.execute(reasons.order_by(Change.id)):
        if number in found:
            found[number].reason = reason
    for number in connection.scalars(select(Opening.contribution_id).where(_among(Opening.contribution_id, ids))):
        if number in found:
            found[number].openings += 1
    merged = select(Contribution.merged_into_id, Contribution.code).where(_among(Contribution.merged_into_id, ids))
    for main, code in connection.execute(merged.order_by(Contribution.id)):
        if main in found:
            found[main].gathered += (code,)
    notes = select(Note.contribution_id, Note.at, Reviewer.name, Note.words).join(
        Reviewer, Reviewer.id == Note.reviewer_id
    )
    for note in connection.execute(notes.where(_among(Note.contribution_id, ids)).order_by(Note.id)):
        if note.contribution_id in found:
            found[note.contribution_id].notes += (note,)
    table = Question
    questions = select(table.contribution_id, table.asked_at, table.words, table.answer, table.closed_at)
    for question in connection.execute(questions.where(_among(table.contribution_id, ids)).order_by(table.id)):
        if question.contribution_id in found:
            found[question.contribution_id].questions += (question,)
    _add_opinions(connection, ids, found)
    _add_drafts(connection, ids, found)
    _add_deliveries(connection, ids, found)
    return list(found.values())


def _among(column: Any, ids: Sequence[int]) -> ColumnElement[bool]:
    """That a column holds one of these ids, which are in order; where they are dense, one of those between will do as
    well: it is looked up no slower, and written in a thousandth of the time.
    """
    is_dense = ids[-1] - ids[0] < _DENSE * len(ids)
    return cast(ColumnElement[bool], column.between(ids[0], ids[-1]) if is_dense else column.in_(ids))


def _add_opinions(connection: Connection, ids: Sequence[int], found: dict[int, Exported]) -> None:
    marks = [getattr(Opinion, name) for name in CRITERIA]
    given = select(Opinion.contribution_id, Opinion.verdict, Opinion.comment, *marks)
    for number, verdict, comment, *marked in connection.execute(
        given.where(_among(Opinion.contribution_id, ids)).order_by(Opinion.id)
    ):
        if number not in found:
            continue
        opinions = found[number].opinions = found[number].opinions or Opinions()
        opinions.verdicts[verdict] = opinions.verdicts.get(verdict, 0) + 1
        if comment:
            opinions.comments.append(comment)
        for criterion, mark in enumerate(marked):
            if mark is not None:
                opinions.sums[criterion] += mark
                opinions.marked[criterion] += 1


def _add_drafts(connection: Connection, ids: Sequence[int], found: dict[int, Exported]) -> None:
    drafts = select(
        Draft.contribution_id,
        Draft.at,
        Draft.status,
        Draft.reason,
        Draft.forwarded_to,
        Draft.project,
        Draft.answer,
        Draft.answer_sms,
    )
    for draft in connection.execute(drafts.where(_among(Draft.contribution_id, ids))):
        if draft.contribution_id in found:
            found[draft.contribution_id].draft = draft


def _add_deliveries(connection: Connection, ids: Sequence[int], found: dict[int, Exported]) -> None:
    # The purpose is told apart here: asked of SQLite, it walks all messages of that purpose.
    messages = select(OutboxMessage.contribution_id, OutboxMessage.purpose, OutboxMessage.delivery)
    for number, purpose, delivery in connection.execute(messages.where(_among(OutboxMessage.contribution_id, ids))):
        if purpose is Purpose.DECISION and number in found:
            deliveries = found[number].deliveries = found[number].deliveries or {}
            deliveries[delivery] = deliveries.get(delivery, 0) + 1
