"""What the database holds, looked at from outside: every row of every table, and what must hold of them whatever was said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.guards import LAST_WORD
from service.models import (
    Base,
    Change,
    Contribution,
    Delivery,
    Draft,
    Exchange,
    Opinion,
    OptOut,
    OutboxMessage,
    Person,
    Question,
    Status,
    Support,
)
from service.outbox import STARTED
from service.supports import count_supporters

Row = tuple[object, ...]
FAREWELL = "C'est effacé."


def read_everything(session: Session) -> dict[str, list[Row]]:
    """Every row of every table."""
    tables = Base.metadata.sorted_tables
    return {table.name: sorted(map(tuple, session.execute(select(table))), key=repr) for table in tables}


def check_no_number(session: Session, numbers: tuple[str, ...]) -> None:
    """No telephone number of anybody who wrote is in any table, however it is spaced."""
    for table, text in _read_texts(session):
        digits = re.sub(r"\D", "", text)
        assert not [number for number in numbers if number[-9:] in digits], f"a number in {table}: {text}"


def check_forgotten(session: Session, person_id: int, pseudonym: str) -> None:
    """Nothing leads to who is erased: no row is theirs, no word that they exchanged with us is kept but the farewell.

    Their pseudonym is kept where they refused us, or were banned: no other row could be kept for them.
    """
    for table in Base.metadata.sorted_tables:
        if "person_id" in table.c:
            theirs = select(func.count()).select_from(table).where(table.c.person_id == person_id)
            assert session.scalar(theirs) == 0, f"{table.name} still leads to them"
    assert session.get(Person, person_id) is None
    kept = {name for name, text in _read_texts(session) if pseudonym in text}
    assert kept <= {"opt_out", "ban"}, f"their pseudonym is in {kept}"
    for exchange in session.scalars(select(Exchange).where(Exchange.person_id.is_(None))):
        assert exchange.said is None
        assert not exchange.reply or exchange.reply.startswith((FAREWELL, LAST_WORD)), exchange.reply


def check_counts(session: Session) -> None:
    """The counts and marks of a contribution are what a count of the rows gives.

    Where somebody counted was forgotten since, nobody can tell any more that they were two of those counted: the count
    that was made while they were known stays, and a new one may be higher.
    """
    opinions = Counter(session.scalars(select(Opinion.contribution_id)))
    waiting = set(session.scalars(select(Question.contribution_id).where(Question.closed_at.is_(None))))
    drafts = {draft.contribution_id: draft.status for draft in session.scalars(select(Draft))}
    for one in session.scalars(select(Contribution)):
        told = (one.opinion_count, one.waiting, one.drafted_status)
        assert told == (opinions[one.id], one.id in waiting, drafts.get(one.id)), one.code
        assert (one.status is Status.MERGED) == (one.merged_into_id is not None), one.code
        if one.merged_into_id is None:
            counted = count_supporters(session, one)
            is_known = _is_everybody_known(session, one)
            assert one.support_count == counted or (one.support_count < counted and not is_known), one.code


def _is_everybody_known(session: Session, main: Contribution) -> bool:
    """Whether we know who wrote and supports an idea and those merged into it."""
    group = select(Contribution.id).where((Contribution.id == main.id) | (Contribution.merged_into_id == main.id))
    authors = session.scalars(select(Contribution.person_id).where(Contribution.id.in_(group))).all()
    supporters = session.scalars(select(Support.person_id).where(Support.contribution_id.in_(group))).all()
    return None not in (*authors, *supporters)


def check_owed(session: Session) -> None:
    """Nothing that we start ourselves is owed to somebody who had refused our messages before."""
    refused = select(OutboxMessage.key).join(Person, OutboxMessage.person_id == Person.id)
    refused = refused.join(OptOut, OptOut.pseudonym == Person.pseudonym)
    owed = refused.where(
        OutboxMessage.delivery == Delivery.OWED,
        OutboxMessage.purpose.in_(STARTED),
        OutboxMessage.owed_at > OptOut.since,
    )
    assert session.scalars(owed).all() == []


def read_history(session: Session) -> dict[int, Row]:
    """Every line of every contribution's history, by its number; the contribution's own first."""
    table = Change.__table__
    return {row.id: (row.contribution_id, *row) for row in session.execute(select(table))}


def read_codes(session: Session) -> set[str]:
    """The code of every contribution."""
    return set(session.scalars(select(Contribution.code)))


def _read_texts(session: Session) -> Iterator[tuple[str, str]]:
    for name, rows in read_everything(session).items():
        for row in rows:
            yield from ((name, value) for value in _flatten(row) if value)


def _flatten(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case bytes():
            yield value.decode("latin-1")
        case dict():
            yield from _flatten(tuple(value.values()))
        case list() | tuple():
            for one in value:
                yield from _flatten(one)
