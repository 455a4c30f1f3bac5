"""The council's meetings (« séances »): held on a day, with an agenda, moved from one phase to the next by the secretary."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from service.errors import NotFound, Outdated, Refused
from service.models import Contribution, Meeting, Phase, Reviewer, Status
from service.rights import Right, require, visible_to
from service.status import DECISIONS, save

LONGEST_TITLE = 120  # characters
MAY_BE_DEBATED = (Status.INSTRUCTED, *DECISIONS)
NOT_THERE = "Cette séance n'existe pas, ou n'est pas de votre territoire."
MOVED_MEANWHILE = "Cette séance a été modifiée pendant que vous la lisiez : relisez-la."


def list_meetings(session: Session, reviewer: Reviewer) -> list[Meeting]:
    """The meetings a reviewer may see, the next or last held first."""
    return list(session.scalars(visible_to(reviewer, Meeting).order_by(Meeting.held_on.desc(), Meeting.id.desc())))


def read_meeting(session: Session, reviewer: Reviewer, number: int) -> Meeting:
    """One meeting. Raises NotFound, also when it is another territory's."""
    found = session.scalar(visible_to(reviewer, Meeting).where(Meeting.id == number))
    if found is None:
        raise NotFound(NOT_THERE)
    return found


def hold_meeting(session: Session, reviewer: Reviewer, departement: str, title: str, held_on: dt.date) -> Meeting:
    """A new meeting of a territory's council, its agenda empty. Raises Forbidden, NotFound or Refused."""
    require(reviewer, Right.DECIDE)
    if reviewer.departement not in {None, departement}:
        raise NotFound(NOT_THERE)
    if not title.strip():
        raise Refused("Donnez un titre à la séance.", "title")
    if len(title) > LONGEST_TITLE:
        raise Refused(f"Le titre dépasse {LONGEST_TITLE} caractères : raccourcissez-le.", "title")
    meeting = Meeting(departement=departement, title=title.strip(), held_on=held_on, phase=Phase.INSTRUCTION)
    session.add(meeting)
    session.flush()
    return meeting


def move_phase(session: Session, reviewer: Reviewer, number: int, phase: Phase, version: int) -> Meeting:
    """The meeting in another phase, a former one included: opinions may be opened again until answers are published.

    Raises NotFound, Forbidden, Refused, or Outdated when somebody else moved it meanwhile.
    """
    require(reviewer, Right.DECIDE)
    meeting = read_meeting(session, reviewer, number)
    if meeting.phase is phase:
        return meeting  # a double click
    if meeting.version != version:
        raise Outdated(MOVED_MEANWHILE)
    if phase is Phase.OPINIONS and not count_agenda(session, meeting):
        raise Refused("L'ordre du jour est vide : mettez-y des idées avant d'ouvrir les avis.")
    meeting.phase = phase
    save(session)
    return meeting


def find_meeting(session: Session, contribution: Contribution) -> Meeting | None:
    """The meeting on whose agenda a contribution is."""
    return session.get(Meeting, contribution.meeting_id) if contribution.meeting_id is not None else None


def put_on_agenda(session: Session, reviewer: Reviewer, contribution: Contribution, meeting: Meeting) -> None:
    """``contribution`` on the agenda of ``meeting``, and on no other. Raises Forbidden, Refused or Outdated."""
    require(reviewer, Right.DECIDE)
    if contribution.departement != meeting.departement:
        raise Refused("Cette idée et cette séance ne sont pas du même territoire.")
    if meeting.phase is Phase.CLOSED:
        raise Refused("Les avis de cette séance sont clos : son ordre du jour ne change plus.")
    if contribution.status not in MAY_BE_DEBATED:
        raise Refused(f"L'idée {contribution.code} n'est pas instruite : classez-la d'abord.")
    contribution.meeting_id = meeting.id
    save(session)


def take_off_agenda(session: Session, reviewer: Reviewer, contribution: Contribution) -> None:
    """``contribution`` on no agenda; the opinions given stay. Raises Forbidden, Refused or Outdated."""
    require(reviewer, Right.DECIDE)
    meeting = find_meeting(session, contribution)
    if meeting is not None and meeting.phase is Phase.CLOSED:
        raise Refused("Les avis de cette séance sont clos : son ordre du jour ne change plus.")
    contribution.meeting_id = None
    save(session)


def fill_agenda(session: Session, reviewer: Reviewer, meeting: Meeting) -> int:
    """Every instructed idea of the territory that is on no agenda put on this one; how many. Raises as ``put_on_agenda``."""
    waiting = list(session.scalars(_list_waiting(meeting)))
    for contribution in waiting:
        put_on_agenda(session, reviewer, contribution, meeting)
    return len(waiting)


def count_waiting(session: Session, meeting: Meeting) -> int:
    """How many ideas ``fill_agenda`` would put on it."""
    return session.scalar(select(func.count()).select_from(_list_waiting(meeting).subquery())) or 0


def _list_waiting(meeting: Meeting) -> Select[Contribution]:
    own = (Contribution.departement == meeting.departement, Contribution.status == Status.INSTRUCTED)
    return select(Contribution).where(*own, Contribution.meeting_id.is_(None)).order_by(Contribution.id)


def list_agenda(session: Session, meeting: Meeting) -> list[Contribution]:
    """What the meeting debates, by axis and solution, the oldest first; merged ideas are debated with theirs."""
    on_agenda = select(Contribution).where(Contribution.meeting_id == meeting.id, Contribution.status != Status.MERGED)
    return list(session.scalars(on_agenda.order_by(Contribution.axis, Contribution.solution, Contribution.id)))


def count_agenda(session: Session, meeting: Meeting) -> int:
    """How many contributions the meeting debates."""
    debated = (Contribution.meeting_id == meeting.id, Contribution.status != Status.MERGED)
    return session.scalar(select(func.count()).select_from(Contribution).where(*debated)) or 0
