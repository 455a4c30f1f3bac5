"""What the members of a council think of the ideas on its agenda: each by themselves first, then all together.

Nobody is swayed: a member sees the others' opinions and the results only once theirs is given, or opinions are closed.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from service.cases import read_case
from service.database import insert
from service.errors import Refused
from service.meetings import list_agenda, list_past
from service.models import Contribution, Meeting, Opinion, Phase, Reviewer, Role, Status, Verdict
from service.rights import Right, may, require

CRITERIA = ("innovative", "sustainable", "assessable", "reproducible")  # in the order of the story's criteria
MARKS = range(1, 5)
LONGEST_COMMENT = 1000  # characters
COUNTED = tuple(verdict for verdict in Verdict if verdict is not Verdict.CONFLICT)


@dataclass(frozen=True)
class Given:
    """An opinion as it is given; ``marks`` are those of the four CRITERIA, None for one that is left out."""

    verdict: Verdict
    marks: tuple[int | None, ...] = (None,) * len(CRITERIA)
    comment: str = ""


@dataclass(frozen=True)
class Tally:
    """Opinions counted: how many of each verdict, the mean mark of each criterion (None: nobody marked it)."""

    verdicts: dict[Verdict, int]
    means: tuple[float | None, ...]

    @property
    def total(self) -> int:
        """How many opinions count."""
        return sum(self.verdicts.values())


@dataclass(frozen=True)
class Result:
    """What the council thinks of one idea. Conflicts of interest are told, and count in nothing."""

    overall: Tally
    by_college: dict[str | None, Tally]
    conflicts: int
    opinions: tuple[Opinion, ...]


@dataclass(frozen=True)
class Progress:
    """How far a college, or a member, is: opinions given of those that are expected."""

    members: int
    given: int
    expected: int


def give_opinion(session: Session, reviewer: Reviewer, code: str, given: Given, now: dt.datetime) -> None:
    """Keep a member's opinion, in place of the one they gave before in this meeting. Raises NotFound, Forbidden or Refused."""
    require(reviewer, Right.OPINE)
    contribution = read_case(session, reviewer, code)
    _check(given)
    # Held until the end: the phase cannot change meanwhile, and two opinions given at once are both counted.
    held = select(Contribution.meeting_id).where(Contribution.id == contribution.id).with_for_update(key_share=True)
    meeting_id = session.scalar(held)
    open_now = select(Meeting.id).where(Meeting.id == meeting_id, Meeting.phase == Phase.OPINIONS)
    if contribution.status is Status.MERGED or session.scalar(open_now.with_for_update(read=True)) is None:
        raise Refused("Les avis sur cette idée ne sont pas ouverts.")
    # A conflict of interest is told and nothing else: what was thought before it was declared does not stay.
    marks = (None,) * len(CRITERIA) if given.verdict is Verdict.CONFLICT else given.marks
    said = {
        "college": reviewer.college,
        "at": now,
        "verdict": given.verdict,
        "comment": given.comment.strip(),
        **dict(zip(CRITERIA, marks, strict=True)),
    }
    row = {"contribution_id": contribution.id, "reviewer_id": reviewer.id, **said}
    kept = insert(session, Opinion).values(row)
    session.execute(kept.on_conflict_do_update(index_elements=["contribution_id", "reviewer_id"], set_=said))
    count = select(func.count()).where(Opinion.contribution_id == contribution.id).scalar_subquery()
    # Not by the object: an opinion is no change of the case, and outdates nobody who works on it.
    counted = update(Contribution).where(Contribution.id == contribution.id).values(opinion_count=count)
    session.execute(counted.execution_options(synchronize_session=False))
    session.expire_all()


def _check(given: Given) -> None:
    if any(mark is not None and mark not in MARKS for mark in given.marks):
        raise Refused("Une note va de 1 à 4.")
    if given.verdict is Verdict.CONFLICT and any(given.marks):
        raise Refused(
            "Avec un conflit d'intérêts, vous ne notez pas l'idée : laissez les quatre critères sans note.", "verdict"
        )
    if len(given.comment) > LONGEST_COMMENT:
        raise Refused(f"Le commentaire dépasse {LONGEST_COMMENT} caractères : raccourcissez-le.", "comment")


def find_own(session: Session, reviewer: Reviewer, contribution: Contribution) -> Opinion | None:
    """The opinion this reviewer gave in the meeting on whose agenda it is."""
    own = select(Opinion).where(Opinion.contribution_id == contribution.id, Opinion.reviewer_id == reviewer.id)
    return session.scalar(own)


def read_results(
    session: Session, reviewer: Reviewer, meeting: Meeting, contributions: Sequence[Contribution]
) -> dict[int, Result]:
    """What ``meeting`` thinks of what it debates, as far as this reviewer may know yet, by contribution id."""
    given: dict[int | None, list[Opinion]] = defaultdict(list)
    found = select(Opinion).where(_is_given_in(session, meeting, contributions)).options(joinedload(Opinion.reviewer))
    for opinion in session.scalars(found.options(joinedload(Opinion.past_item)).order_by(Opinion.id)):
        given[opinion.debated_id].append(opinion)
    return {
        contribution.id: _tell(given[contribution.id])
        for contribution in contributions
        if may(reviewer, Right.DECIDE)
        or meeting.phase is Phase.CLOSED
        or any(opinion.reviewer_id == reviewer.id for opinion in given[contribution.id])
    }


def _is_given_in(session: Session, meeting: Meeting, contributions: Iterable[Contribution]) -> ColumnElement[bool]:
    """That an opinion was given in ``meeting``, on these of its agenda or on what left it."""
    ids = [contribution.id for contribution in contributions if contribution.meeting_id == meeting.id]
    past = [item.id for item in list_past(session, meeting).values()]
    return or_(Opinion.contribution_id.in_(ids), Opinion.past_item_id.in_(past))


def _tell(opinions: list[Opinion]) -> Result:
    counted = [opinion for opinion in opinions if opinion.verdict is not Verdict.CONFLICT]
    colleges: dict[str | None, list[Opinion]] = defaultdict(list)
    for opinion in counted:
        colleges[opinion.college].append(opinion)
    by_college = {college: _count(those) for college, those in colleges.items()}
    return Result(_count(counted), by_college, len(opinions) - len(counted), tuple(opinions))


def _count(opinions: list[Opinion]) -> Tally:
    verdicts: dict[Verdict, int] = {
        verdict: sum(opinion.verdict is verdict for opinion in opinions) for verdict in COUNTED
    }
    return Tally(verdicts, tuple(_mean(getattr(opinion, name) for opinion in opinions) for name in CRITERIA))


def _mean(marks: Iterable[int | None]) -> float | None:
    given = [mark for mark in marks if mark is not None]
    return fmean(given) if given else None


def measure_progress(session: Session, meeting: Meeting) -> dict[str | None, Progress]:
    """How far each college of the council is with a meeting's agenda; what the opinions say is not told."""
    agenda = list_agenda(session, meeting)
    council = (Reviewer.departement == meeting.departement, Reviewer.role == Role.MEMBER, Reviewer.closed_at.is_(None))
    members = session.execute(select(Reviewer.college, func.count()).where(*council).group_by(Reviewer.college))
    given = session.execute(
        select(Reviewer.college, func.count(Opinion.id))
        .join(Opinion, Opinion.reviewer_id == Reviewer.id)
        .where(*council, _is_given_in(session, meeting, agenda))
        .group_by(Reviewer.college)
    )
    by_college = {row[0]: row[1] for row in given}
    return {row[0]: Progress(row[1], by_college.get(row[0], 0), row[1] * len(agenda)) for row in members}


def find_next(
    session: Session, reviewer: Reviewer, meeting: Meeting, after: str | None = None
) -> tuple[Contribution | None, Progress]:
    """The next idea of the agenda without this member's opinion, past that of code ``after`` if any; how far they are."""
    agenda = [one for one in list_agenda(session, meeting) if one.meeting_id == meeting.id]  # not what left it
    own = select(Opinion.contribution_id).where(Opinion.reviewer_id == reviewer.id)
    given = set(session.scalars(own.where(Opinion.contribution_id.in_([one.id for one in agenda]))))
    start = next((place + 1 for place, one in enumerate(agenda) if one.code == after), 0)
    unread = [one for one in (*agenda[start:], *agenda[:start]) if one.id not in given]
    return (unread[0] if unread else None), Progress(1, len(given), len(agenda))
