"""Contributions read for an export: everything that a reviewer sees of them, a batch at a time, in flat memory.

Rows, not objects, and one look at each other table a batch: a million contributions are read in less than a minute. The
door ends the transaction after each batch, so that on SQLite nobody who writes waits for an export.
"""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, cast

import numpy as np
from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from service.filters import Filter
from service.models import (
    Ban,
    Change,
    Contribution,
    Draft,
    Import,
    Meeting,
    Note,
    Opening,
    Opinion,
    OutboxMessage,
    Person,
    Phase,
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
    person_id: int | None
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
    """What a college, or all, think of one contribution: how many said what, the sum and number of marks of each of CRITERIA."""

    verdicts: dict[Verdict, int] = field(default_factory=dict)
    sums: list[int] = field(default_factory=lambda: [0] * len(CRITERIA))
    marked: list[int] = field(default_factory=lambda: [0] * len(CRITERIA))

    def add(self, verdict: Verdict, marks: Sequence[int | None]) -> None:
        """One opinion more."""
        self.verdicts[verdict] = self.verdicts.get(verdict, 0) + 1
        for criterion, mark in enumerate(marks):
            if mark is not None:
                self.sums[criterion] += mark
                self.marked[criterion] += 1

    def mean(self, criterion: int) -> float | None:
        """The mean mark of one of CRITERIA; None when nobody marked it."""
        return round(self.sums[criterion] / self.marked[criterion], 2) if self.marked[criterion] else None


@dataclass(slots=True)
class Exported:
    """One contribution, and the rows about it in the other tables."""

    place: int  # in the export, from 1
    row: Idea
    gathered: tuple[str, ...] = ()  # codes of those merged into it
    opinions: Opinions | None = None  # all of them
    by_college: dict[str | None, Opinions] = field(default_factory=dict)
    # rows, oldest first, with the columns that _RECORDS reads
    changes: tuple[Any, ...] = ()
    openings: tuple[Any, ...] = ()  # of sealed originals
    notes: tuple[Any, ...] = ()
    questions: tuple[Any, ...] = ()
    given: tuple[Any, ...] = ()  # opinions, one by one
    drafts: tuple[Any, ...] = ()  # one at most
    messages: tuple[Any, ...] = ()  # to whomever it concerns
    bans: tuple[Any, ...] = ()  # of its author: one at most
    decision: Any = None  # the change by which the last decision was published; None when there is none

    @property
    def own_messages(self) -> list[Any]:
        """Those of the messages that are the author's."""
        author = self.row.person_id
        return [one for one in self.messages if author is not None and one.person_id == author]


def _about(table: Any, *columns: Any) -> Select[*tuple[Any, ...]]:
    """Rows of a table that is about contributions, the id of theirs first; in its order, the oldest first."""
    return select(table.contribution_id, *columns).order_by(table.contribution_id, *table.__table__.primary_key)


_RECORDS: dict[str, Select[*tuple[Any, ...]]] = {
    "changes": _about(
        Change,
        Change.at,
        Reviewer.name,
        Change.from_status,
        Change.to_status,
        Change.from_solution,
        Change.to_solution,
        Change.forwarded_to,
        Change.reason,
        Change.answer,
    ).outerjoin(Change.reviewer),
    "openings": _about(Opening, Opening.question_id, Opening.at, Reviewer.name, Opening.reason).join(Opening.reviewer),
    "notes": _about(Note, Note.at, Reviewer.name, Note.words).join(Note.reviewer),
    "questions": _about(
        Question,
        Question.asked_at,
        Reviewer.name,
        Question.words,
        OutboxMessage.delivery,
        Question.reminded_at,
        Question.closed_at,
        Question.answer,
    )
    .join(Question.reviewer)
    .outerjoin(Question.message),
    "given": _about(
        Opinion,
        Reviewer.name,
        Opinion.college,
        Opinion.verdict,
        Opinion.comment,
        *(getattr(Opinion, name) for name in CRITERIA),
    ).join(Opinion.reviewer),
    "drafts": _about(
        Draft,
        Draft.at,
        Reviewer.name,
        Draft.reason,
        Draft.forwarded_to,
        Draft.project,
        Draft.answer,
        Draft.answer_sms,
    ).join(Draft.reviewer),
    "messages": _about(
        OutboxMessage,
        OutboxMessage.person_id,
        OutboxMessage.purpose,
        OutboxMessage.delivery,
        OutboxMessage.owed_at,
        OutboxMessage.tried_at,
        OutboxMessage.delivered_at,
        OutboxMessage.error,
        OutboxMessage.text,
    ),
    "bans": select(Contribution.id, Ban.since, Ban.reason)
    .join(Person, Person.id == Contribution.person_id)
    .join(Ban, and_(Ban.pseudonym == Person.pseudonym, Ban.departement == Contribution.departement)),
}


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
    rows = {row[0]: Idea._make(row) for row in connection.execute(_IDEAS.where(_among(Contribution.id, ids))).all()}
    places = enumerate(ids, first_place)
    found = {number: Exported(place, rows[number]) for place, number in places if number in rows}
    merged = select(Contribution.merged_into_id, Contribution.code).where(_among(Contribution.merged_into_id, ids))
    for main, code in connection.execute(merged.order_by(Contribution.id)):
        if main in found:
            found[main].gathered += (code,)
    for name, records in _RECORDS.items():
        rows_there = connection.execute(records.where(_among(records.selected_columns[0], ids))).all()
        for number, those in groupby(rows_there, itemgetter(0)):
            if number in found:
                setattr(found[number], name, tuple(those))
    for one in found.values():
        if one.given:
            _count_opinions(one)
        for change in one.changes:
            if change.answer is not None and change.to_status in DECISIONS:
                one.decision = change
    return list(found.values())


def _among(column: Any, ids: Sequence[int]) -> ColumnElement[bool]:
    """That a column holds one of these ids, which are in order; where they are dense, one of those between will do as
    well: it is looked up no slower, and written in a thousandth of the time.
    """
    is_dense = ids[-1] - ids[0] < _DENSE * len(ids)
    return cast(ColumnElement[bool], column.between(ids[0], ids[-1]) if is_dense else column.in_(ids))


def _count_opinions(one: Exported) -> None:
    one.opinions = Opinions()
    for _, _, college, verdict, _, *marks in one.given:
        one.opinions.add(verdict, marks)
        one.by_college.setdefault(college, Opinions()).add(verdict, marks)
