"""Who supports an idea besides its author: each person once, and only their number is passed on."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    bindparam,
    exists,
    func,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from bot.known import Alike
from bot.likeness import denies
from service.look_alikes import ALMOST_SAME, find_alike
from service.masking.hidden import MARKS
from service.models import Contribution, Person, Status, Support

LOOKED_AT = 5  # of the ideas most alike: those that may not be shown are passed over


def find_supportable(session: Session, person: Person, words: str, departement: str) -> Alike | None:
    """The idea of that territory which says almost the same and which ``person`` may support; None when there is none.

    Nobody is shown what tells of somebody's health, what hid personal data, or what was flagged; nor an idea that was
    refused, that may be the opposite of theirs, or that is theirs already.
    """
    for one in find_alike(session, departement, words, least=ALMOST_SAME, limit=LOOKED_AT):
        idea = one.contribution
        if _may_be_shown(idea) and denies(idea.words) == denies(words) and not is_among(session, idea, person):
            return Alike(idea.code, idea.words, people=1 + idea.support_count)
    return None


def support(session: Session, person: Person, code: str, now: dt.datetime) -> bool:
    """Count ``person`` among those who support the idea, or the one that it was merged into.

    False when they are counted already, say it themselves, or the idea is no more.
    """
    found = session.scalar(select(Contribution).where(Contribution.code == code))
    main = found and (found.merged_into or found)
    if main is None:
        return False
    session.refresh(main, with_for_update={"key_share": True})  # no merging meanwhile: nobody is counted twice
    if main.merged_into_id is not None:  # a moment ago
        return support(session, person, main.code, now)
    if is_among(session, main, person):
        return False
    session.add(Support(contribution_id=main.id, person_id=person.id, at=now))
    # An update, not a change of the object: it outdates nobody who has the case open.
    more = Contribution.support_count + 1
    session.execute(update(Contribution).where(Contribution.id == main.id).values(support_count=more))
    return True


def is_among(session: Session, main: Contribution, person: Person) -> bool:
    """Whether ``person`` wrote or supports the idea, or one that is merged into it."""
    return session.scalars(_is_among, {"main": main.id, "person": person.id}).one()


def count_supporters(session: Session, main: Contribution) -> int:
    """The people who say the same as its author, or support it: authors and supporters of all that is merged into it.

    Each once; of those that we no longer know, or never did, each idea and each support counts.
    """
    authors = select(Contribution.person_id).where(Contribution.merged_into_id == main.id)
    supporters = select(Support.person_id).where(Support.contribution_id.in_(_group_ids(main.id)))
    everyone = union_all(authors, supporters).subquery()
    is_other = everyone.c.person_id != (main.person_id or 0)
    known = session.scalar(select(func.count(everyone.c.person_id.distinct())).where(is_other)) or 0
    unknown = session.scalar(select(func.count()).select_from(everyone).where(everyone.c.person_id.is_(None))) or 0
    return known + unknown


def _may_be_shown(idea: Contribution) -> bool:
    hides_something = any(mark in idea.words for mark in MARKS.values())
    return not (idea.flagged or idea.third_person_health or hides_something or idea.status is Status.NOT_RETAINED)


def _group(main_id: int | BindParameter[int]) -> ColumnElement[bool]:
    return or_(Contribution.id == main_id, Contribution.merged_into_id == main_id)


def _group_ids(main_id: int | BindParameter[int]) -> Select[int]:
    return select(Contribution.id).where(_group(main_id))


_main, _person = bindparam("main", type_=Integer), bindparam("person", type_=Integer)
_own = exists().where(_group(_main), Contribution.person_id == _person)
_supported = exists().where(Support.contribution_id.in_(_group_ids(_main)), Support.person_id == _person)
_is_among = select(or_(_own, _supported))
