"""The council's meetings (« séances »): held on a day, with an agenda, moved from one phase to the next by the secretary."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from service.decisions import list_published
from service.errors import NotFound, Outdated, Refused
from service.models import Contribution, Meeting, Opinion, PastItem, Phase, Reviewer, Status
from service.rights import Right, require, visible_to
from service.status import DECISIONS, check_version, save

LONGEST_TITLE = 120  # characters
MAY_BE_DEBATED = (Status.INSTRUCTED, *DECISIONS)
NOT_THERE = "Cette séance n'existe pas, ou n'est pas de votre territoire."
MOVED_MEANWHILE = "Cette séance a été modifiée pendant que vous la lisiez : relisez-la."
PUBLISHED = "Les réponses de cette séance sont publiées : ses avis ne rouvrent plus."
AGENDA_CLOSED = "Les avis de cette séance sont clos : son ordre du jour ne change plus."


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
    meeting = _hold_meeting(session, read_meeting(session, reviewer, number), to_move=True)
    if meeting.phase is phase:
        return meeting  # a double click
    if meeting.version != version:
        raise Outdated(MOVED_MEANWHILE)
    if meeting.published_at is not None:
        raise Refused(PUBLISHED)
    if phase is Phase.OPINIONS and not count_agenda(session, meeting):
        raise Refused("L'ordre du jour est vide : mettez-y des idées avant d'ouvrir les avis.")
    meeting.phase = phase
    save(session)
    return meeting


def find_meeting(session: Session, contribution: Contribution) -> Meeting | None:
    """The meeting on whose agenda a contribution is."""
    return session.get(Meeting, contribution.meeting_id) if contribution.meeting_id is not None else None


def put_on_agenda(
    session: Session, reviewer: Reviewer, contribution: Contribution, meeting: Meeting, version: int | None = None
) -> None:
    """``contribution`` on the agenda of ``meeting``, and on no other. ``version``: as it was read; None: only its code was.

    Raises Forbidden, Refused or Outdated.
    """
    require(reviewer, Right.DECIDE)
    if contribution.departement != meeting.departement:
        raise Refused("Cette idée et cette séance ne sont pas du même territoire.")
    _hold(session, contribution)
    if contribution.meeting_id == meeting.id:
        return  # a double click
    if version is not None:
        check_version(contribution, version)
    if _hold_meeting(session, meeting).phase is Phase.CLOSED:
        raise Refused(AGENDA_CLOSED)
    if contribution.status not in MAY_BE_DEBATED:
        raise Refused(f"L'idée {contribution.code} n'est pas instruite : classez-la d'abord.")
    _leave(session, contribution)
    _join(session, contribution, meeting)
    save(session)


def take_off_agenda(
    session: Session, reviewer: Reviewer, contribution: Contribution, meeting: Meeting, version: int
) -> None:
    """``contribution`` off the agenda of ``meeting``; the opinions given come back with it. Raises as ``put_on_agenda``."""
    require(reviewer, Right.DECIDE)
    _hold(session, contribution)
    if contribution.meeting_id is None:
        return  # a double click
    if contribution.meeting_id != meeting.id:
        raise Refused(f"L'idée {contribution.code} est à l'ordre du jour d'une autre séance : rien n'est retiré.")
    check_version(contribution, version)
    if _hold_meeting(session, meeting).phase is Phase.CLOSED:
        raise Refused(AGENDA_CLOSED)
    _leave(session, contribution)
    save(session)


def _hold(session: Session, contribution: Contribution) -> None:
    """The row, nobody else's until the transaction ends: an opinion that is being given is waited for. Raises Outdated."""
    held = select(Contribution.version).where(Contribution.id == contribution.id).with_for_update(key_share=True)
    check_version(contribution, session.scalar(held) or 0)


def _hold_meeting(session: Session, meeting: Meeting, to_move: bool = False) -> Meeting:
    """The meeting as it stands now; nobody else moves it until the transaction ends. After contributions, never before."""
    held = select(Meeting).where(Meeting.id == meeting.id).with_for_update(read=not to_move)
    return session.scalars(held, execution_options={"populate_existing": True}).one()


def _leave(session: Session, contribution: Contribution) -> None:
    """On no agenda. A meeting that debated it, being closed or having opinions, keeps it as a PastItem."""
    meeting = find_meeting(session, contribution)
    if meeting is None:
        return
    own = Opinion.contribution_id == contribution.id
    if _hold_meeting(session, meeting).phase is Phase.CLOSED or session.scalar(exists().where(own).select()):
        decision = list_published(session, [contribution]).get(contribution.id)
        left = PastItem(
            contribution_id=contribution.id,
            meeting_id=meeting.id,
            decision_id=decision.id if decision else None,
            project=contribution.linked_project,
        )
        session.add(left)
        session.flush()
        session.execute(update(Opinion).where(own).values(contribution_id=None, past_item_id=left.id))
    contribution.meeting_id, contribution.opinion_count = None, 0


def _join(session: Session, contribution: Contribution, meeting: Meeting) -> None:
    """On this agenda, with what was said of it there before, if it was on it already."""
    contribution.meeting_id = meeting.id
    before = and_(PastItem.contribution_id == contribution.id, PastItem.meeting_id == meeting.id)
    item = session.scalar(select(PastItem).where(before))
    if item is not None:
        own = update(Opinion).where(Opinion.past_item_id == item.id)
        session.execute(own.values(contribution_id=contribution.id, past_item_id=None))
        session.delete(item)
        given = select(func.count()).where(Opinion.contribution_id == contribution.id)
        contribution.opinion_count = session.scalar(given) or 0


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
    """In the order in which all who hold several hold them (``service.merging.hold``)."""
    own = (Contribution.departement == meeting.departement, Contribution.status == Status.INSTRUCTED)
    return select(Contribution).where(*own, Contribution.meeting_id.is_(None)).order_by(Contribution.code)


def list_agenda(session: Session, meeting: Meeting) -> list[Contribution]:
    """What the meeting debates, by axis and solution, the oldest first; merged ideas are debated with theirs."""
    on_agenda = select(Contribution).where(_is_debated(meeting))
    return list(session.scalars(on_agenda.order_by(Contribution.axis, Contribution.solution, Contribution.id)))


def count_agenda(session: Session, meeting: Meeting) -> int:
    """How many contributions the meeting would debate, were its opinions open."""
    return session.scalar(select(func.count()).select_from(Contribution).where(_is_on_agenda(meeting))) or 0


def list_past(session: Session, meeting: Meeting) -> dict[int, PastItem]:
    """What left the agenda of a meeting and stays in its record, by contribution id."""
    left = select(PastItem).where(PastItem.meeting_id == meeting.id).options(joinedload(PastItem.decision))
    return {item.contribution_id: item for item in session.scalars(left)} if meeting.phase is Phase.CLOSED else {}


def list_former(session: Session, contribution: Contribution) -> list[Meeting]:
    """The meetings that debated a contribution before the one on whose agenda it is, the first held first."""
    closed = select(Meeting).join(PastItem, PastItem.meeting_id == Meeting.id).where(Meeting.phase == Phase.CLOSED)
    own = closed.where(PastItem.contribution_id == contribution.id)
    return list(session.scalars(own.order_by(Meeting.held_on, Meeting.id)))


def _is_debated(meeting: Meeting) -> ColumnElement[bool]:
    if meeting.phase is not Phase.CLOSED:  # what left it is debated elsewhere
        return _is_on_agenda(meeting)
    left = select(PastItem.contribution_id).where(PastItem.meeting_id == meeting.id)
    return or_(_is_on_agenda(meeting), Contribution.id.in_(left))


def _is_on_agenda(meeting: Meeting) -> ColumnElement[bool]:
    return and_(Contribution.meeting_id == meeting.id, Contribution.status != Status.MERGED)
