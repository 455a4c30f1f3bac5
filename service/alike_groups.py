"""The ideas of a territory that look alike and still wait, in groups to be looked at one after the other."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import combinations

from sqlalchemy import true
from sqlalchemy.orm import Session

from service.database import insert
from service.look_alikes import VERY_CLOSE, LookAlike, find_alike, list_told_apart, renew_mark
from service.merging import read_group
from service.models import Contribution, Reviewer, Status, ToldApart
from service.rights import Right, require, visible_to
from service.status import OPEN

PAGE = 8  # groups: a screen or two, and as many queries for look-alikes
READ = 30  # ideas read to make a page of groups
MOST_ALIKE = 12  # of one group shown


@dataclass(frozen=True)
class Group:
    """An idea and those that look like it, most alike first."""

    first: Contribution
    others: tuple[LookAlike, ...]


def list_groups(
    session: Session, reviewer: Reviewer, departement: str | None = None, after: int = 0
) -> tuple[list[Group], int | None]:
    """A page of groups, by their oldest idea, from the contribution after id ``after``; the id to go on after, if any.

    An idea stands in one group of a page. Raises Forbidden.
    """
    require(reviewer, Right.INSTRUCT)
    table = Contribution
    waiting = visible_to(reviewer).where(table.alike == true(), table.status.in_((*OPEN, Status.INSTRUCTED)))
    if departement:
        waiting = waiting.where(table.departement == departement)
    read = list(session.scalars(waiting.where(table.id > after).order_by(table.id).limit(READ)))
    groups: list[Group] = []
    shown: set[int] = set()
    for number, first in enumerate(read, 1):
        if first.id not in shown:
            others = find_alike(
                session,
                first.departement,
                first.words,
                least=VERY_CLOSE,
                limit=MOST_ALIKE,
                but=first,
                apart=list_told_apart(session, first),
            )
            shown |= {one.contribution.id for one in others}
            if others:
                groups.append(Group(first, tuple(others)))
        if len(groups) == PAGE:
            return groups, first.id if number < len(read) or len(read) == READ else None
    return groups, read[-1].id if len(read) == READ else None


def tell_apart(session: Session, reviewer: Reviewer, codes: list[str], now: dt.datetime) -> None:
    """Keep that these contributions are different ideas, each from all the others: they make no group any more.

    Beside a case they still stand, and may be merged there. Raises Forbidden, NotFound or Refused.
    """
    group = read_group(session, reviewer, codes)
    rows = [
        {"contribution_id": one.id, "other_id": other.id, "reviewer_id": reviewer.id, "at": now}
        for one, other in combinations(group, 2)
    ]
    session.execute(insert(session, ToldApart).values(rows).on_conflict_do_nothing())
    for one in group:
        renew_mark(session, one)
