"""Forgetting: one person at their word, and everyone's data when its time has come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import CursorResult, Select, delete, or_, select, true, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import Delete, Update

from bot.known import PARIS
from service import addresses, guards, look_alikes, merging, outbox, sign_ins, throttle
from service.models import (
    AlertCount,
    Change,
    Contribution,
    DataLink,
    Exchange,
    Invitation,
    Opening,
    OutboxMessage,
    Person,
    PhraseProposal,
    ProposalState,
    Question,
    SignIn,
    SignInFailure,
)
from service.retention import Kept, oldest_kept

# Of an exchange its number stays for ever: a signed request never grows too old to be sent again, and tells no date.
HOLDS_SOMETHING = or_(Exchange.person_id.is_not(None), Exchange.said.is_not(None), Exchange.reply != "")
NOT_LIVE = PhraseProposal.state != ProposalState.LIVE


def erase_person(session: Session, person: Person, now: dt.datetime, *, keep_ideas: bool) -> None:
    """Nothing leads to this person any more. Their ideas go too, unless ``keep_ideas``: those are then nobody's.

    What was exchanged goes; what is left of it is the provider's message numbers, without which a repeated delivery
    would be acted on again.
    """
    own = select(Contribution.id).where(Contribution.person_id == person.id)
    # In this order, as who publishes does: the ideas, then the person, who until the end is owed nothing more.
    ideas = merging.hold(session, Contribution.person_id == person.id)
    session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    outbox.forget_person(session, person)
    session.execute(update(Question).where(Question.person_id == person.id).values(person_id=None, sealed_answer=None))
    session.execute(delete(Opening).where(Opening.contribution_id.in_(own)))
    if keep_ideas:
        session.execute(
            update(Contribution).where(Contribution.person_id == person.id).values(person_id=None, sealed_words=None)
        )
    else:
        _erase_phrases(session, own)
        merging.release(session, own, now)
        beside = look_alikes.find_beside(session, ideas)
        session.execute(delete(Change).where(Change.contribution_id.in_(own)))
        session.execute(delete(Contribution).where(Contribution.person_id == person.id))
        look_alikes.renew_marks(session, beside)
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
        (
            "EXCHANGES",
            update(Exchange)
            .where(Exchange.received_at < before["EXCHANGES"], HOLDS_SOMETHING)
            .values(person_id=None, said=None, reply="", options=[]),
        ),
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
        (
            "ANSWERS",
            update(Question)
            .where(Question.sealed_answer.is_not(None), Question.asked_at < before["ORIGINALS"])
            .values(sealed_answer=None),
        ),
        ("MESSAGES", delete(OutboxMessage).where(OutboxMessage.owed_at < before["MESSAGES"])),
        (
            "OWN_MESSAGES",
            update(OutboxMessage).where(OutboxMessage.person_id.in_(old_people)).values(person_id=None, text=""),
        ),
        ("ASKED", update(Question).where(Question.person_id.in_(old_people)).values(person_id=None)),
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
        ("SIGN_INS", delete(SignIn).where(~sign_ins.is_open(now))),
        ("INVITATIONS", delete(Invitation).where(Invitation.expires_at < now)),
        ("REPLY_COUNTS", guards.forget_counts(now)),
        ("SIGN_IN_FAILURES", delete(SignInFailure).where(SignInFailure.last < now - throttle.FORGOTTEN_AFTER)),
        ("ALERTS", delete(AlertCount).where(AlertCount.day < before["ALERTS"].astimezone(PARIS).date())),
    ]
    trial = session.begin_nested()
    merging.release(session, old_ideas, now)
    lookers = select(Contribution).where(Contribution.id.in_(old_ideas), Contribution.alike == true())
    beside = look_alikes.find_beside(session, session.scalars(lookers).all()) - set(session.scalars(old_ideas))
    counts = {}
    for name, statement in statements:
        done = session.execute(statement, execution_options={"synchronize_session": False})
        assert isinstance(done, CursorResult)  # noqa: S101 -- what a DELETE or an UPDATE returns
        counts[name] = done.rowcount
    look_alikes.renew_marks(session, beside)
    counts["ADDRESSES"] = addresses.forget_addresses(session)
    if dry_run:
        trial.rollback()  # counted by doing it: what one statement takes away, the next does not find
    else:
        trial.commit()
    return counts
