"""A council's work in tests: people who wrote, ideas ready to be debated, a meeting that debates them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channel import Channel
from service import meetings
from service.models import Contribution, Meeting, Person, Phase, Reviewer, Source, Status

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=14)


def citizen(session: Session, name: str, channel: Channel = Channel.SMS) -> Person:
    """The person of that name, whose address is kept: an answer is owed."""
    found = session.scalar(select(Person).where(Person.pseudonym == name))
    if found is None:
        found = Person(pseudonym=name, channel=channel, first_seen=NOW, last_seen=NOW, sealed_address=b"sealed")
        session.add(found)
        session.flush()
    return found


def idea(
    session: Session,
    code: str,
    departement: str = "68",
    status: Status = Status.INSTRUCTED,
    author: str | None = None,
    channel: Channel = Channel.SMS,
    solution: str | None = "A4.2",
) -> Contribution:
    """An idea of its own author, who is called after its code unless told."""
    made = Contribution(
        code=code,
        person_id=citizen(session, author or f"author of {code}", channel).id,
        channel=Source(channel),
        received_at=NOW,
        words=f"un bus dentaire, dit {code}",
        third_person_health=False,
        departement=departement,
        insee="68224" if departement == "68" else None,
        suggestions=[],
        axis=solution[:2] if solution else None,
        solution=solution,
        status=status,
    )
    session.add(made)
    session.commit()
    return made


def meeting(
    session: Session,
    secretary: Reviewer,
    *debated: Contribution,
    phase: Phase = Phase.OPINIONS,
    departement: str = "68",
) -> Meeting:
    """A meeting that debates these ideas."""
    held = meetings.hold_meeting(session, secretary, departement, "Plénière", dt.date(2026, 12, 4))
    for one in debated:
        meetings.put_on_agenda(session, secretary, one, held)
    for step in (Phase.OPINIONS, Phase.CLOSED):
        if held.phase is not phase:
            meetings.move_phase(session, secretary, held.id, step, held.version)
    session.commit()
    return held
