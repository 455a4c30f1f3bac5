"""Forgetting: one person at their word, and everyone's data when its time has come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import CursorResult, Select, delete, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import Delete, Update

from bot.known import PARIS
from service.models import (
    AlertCount,
    Change,
    Contribution,
    DataLink,
    Exchange,
    Opening,
    Person,
    PhraseProposal,
    ProposalState,
)
from service.retention import Kept, oldest_kept

NOT_LIVE = PhraseProposal.state != ProposalState.LIVE


def erase_person(session: Session, person: Person, *, keep_ideas: bool) -> None:
    """Nothing leads to this person any more. Their ideas go too, unless ``keep_ideas``: those are then nobody's.

    What was exchanged goes; what is left of it is the provider's message numbers, without which a repeated delivery
    would be acted on again.
    """
    own = select(Contribution.id).where(Contribution.person_id == person.id)
    session.execute(delete(Opening).where(Opening.contribution_id.in_(own)))
    if keep_ideas:
        session.execute(
            update(Contribution).where(Contribution.person_id == person.id).values(person_id=None, sealed_words=None)
        )
    else:
        _erase_phrases(session, own)
        session.execute(delete(Change).where(Change.contribution_id.in_(own)))
        session.execute(delete(Contribution).where(Contribution.person_id == person.id))
    session.execute(
        update(Exchange).where(Exchange.person_id == person.id).values(person_id=None, said=None, reply="", options=[])
    )
    session.execute(delete(DataLink).where(DataLink.person_id == person.id))
    session.expire_all()
    session.execute(delete(Person).where(Person.id == person.id))


def _erase_phrases(session: Session, own: Select[int]) -> None:
    """The phrases drawn from these ideas. Of a live one an empty row is left, by which the gate takes it out of its file."""
    session.execute(delete(PhraseProposal).where(PhraseProposal.contribution_id.in_(own), NOT_LIVE))
    live = update(PhraseProposal).where(PhraseProposal.contribution_id.in_(own))
    session.execute(live.values(contribution_id=None, words=""))


def purge(session: Session, table: Mapping[str, Kept], now: dt.datetime, *, dry_run: bool = False) -> dict[str, int]:
    """How many rows of each kind went (with ``dry_run``: would go), by the table's delays."""
    before = {name: oldest_kept(kept, now) for name, kept in table.items()}
    old_ideas = select(Contribution.id).where(Contribution.received_at < before["CONTRIBUTIONS"])
    old_people = select(Person.id).where(Person.last_seen < before["PEOPLE"])
    statements: list[tuple[str, Delete | Update]] = [
        ("EXCHANGES", delete(Exchange).where(Exchange.received_at < before["EXCHANGES"])),
        (
            "CONVERSATIONS",
            update(Person)
            .where(Person.state.is_not(None), Person.state_at < before["CONVERSATIONS"])
            .values(state=None),
        ),
        (
            "ORIGINALS",
            update(Contribution)
            .where(Contribution.sealed_words.is_not(None), Contribution.received_at < before["ORIGINALS"])
            .values(sealed_words=None),
        ),
        ("CHANGES", delete(Change).where(Change.contribution_id.in_(old_ideas))),
        ("OPENINGS", delete(Opening).where(Opening.contribution_id.in_(old_ideas))),
        ("PHRASES", delete(PhraseProposal).where(PhraseProposal.contribution_id.in_(old_ideas), NOT_LIVE)),
        (
            "LEARNT",
            update(PhraseProposal)
            .where(PhraseProposal.contribution_id.in_(old_ideas), ~NOT_LIVE)
            .values(contribution_id=None),
        ),
        ("CONTRIBUTIONS", delete(Contribution).where(Contribution.id.in_(old_ideas))),
        ("OWNERS", update(Contribution).where(Contribution.person_id.in_(old_people)).values(person_id=None)),
        ("OWN_EXCHANGES", update(Exchange).where(Exchange.person_id.in_(old_people)).values(person_id=None, said=None)),
        ("DATA_LINKS", delete(DataLink).where((DataLink.expires_at < now) | DataLink.person_id.in_(old_people))),
        ("PEOPLE", delete(Person).where(Person.last_seen < before["PEOPLE"])),
        ("ALERTS", delete(AlertCount).where(AlertCount.day < before["ALERTS"].astimezone(PARIS).date())),
    ]
    counts = {}
    trial = session.begin_nested()
    for name, statement in statements:
        done = session.execute(statement, execution_options={"synchronize_session": False})
        assert isinstance(done, CursorResult)  # noqa: S101 -- what a DELETE or an UPDATE returns
        counts[name] = done.rowcount
    if dry_run:
        trial.rollback()  # counted by doing it: what one statement takes away, the next does not find
    else:
        trial.commit()
    return counts
