"""Decisions published: the status moves, the answer can be read, and everybody concerned is told. Once each."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.channel import Channel
from service import outbox
from service.cases import read_case
from service.contributions import STATUS_FOR_CITIZEN
from service.decisions import MERGED_MEANWHILE, find_draft
from service.errors import Outdated, Refused
from service.meetings import find_meeting
from service.models import (
    Contribution,
    Delivery,
    Draft,
    Meeting,
    OutboxMessage,
    Person,
    Phase,
    Purpose,
    Reviewer,
    Status,
    Support,
)
from service.rights import Right, require
from service.status import Move, check_version, move

NOT_CLOSED = "Les avis ne sont pas clos : fermez-les avant de publier les réponses de la séance."

NOT_DEBATED = "Elle n'est pas à l'ordre du jour de cette séance."
STILL_OPEN = "Le conseil donne encore ses avis sur cette idée : fermez-les, ou retirez-la de l'ordre du jour."


@dataclass(frozen=True)
class Publication:
    """What one publication did: the codes published, and those that were not, each with the reason in French."""

    batch: str
    published: tuple[str, ...]
    refused: dict[str, str]


def publish_meeting(
    session: Session, reviewer: Reviewer, meeting: Meeting, chosen: Mapping[str, int], now: dt.datetime
) -> Publication:
    """``publish`` decisions of a meeting whose opinions are closed. Raises Refused, nothing being saved, while they are not."""
    if meeting.phase is not Phase.CLOSED:
        raise Refused(NOT_CLOSED)
    done = publish(session, reviewer, chosen, now, of=meeting)
    if done.published:
        # Not by the object: it is no change of the meeting that would outdate somebody who reads it.
        closed = update(Meeting).where(Meeting.id == meeting.id, Meeting.phase == Phase.CLOSED)
        if session.scalar(closed.values(published_at=now).returning(Meeting.id)) is None:
            raise Refused(NOT_CLOSED)  # reopened meanwhile
    return done


def publish(
    session: Session,
    reviewer: Reviewer,
    chosen: Mapping[str, int],
    now: dt.datetime,
    of: Meeting | None = None,
) -> Publication:
    """Publish drafted decisions in one batch. ``chosen``: codes, each with the version of the case that was read; ``of``: the
    meeting on whose agenda they are, if they are published as its own.

    Each case is published whole or not at all, and a case that cannot be keeps its draft and holds up no other. What has no
    draft any more (a double click) is left as it is. Raises Forbidden, or NotFound for another territory's case.
    """
    require(reviewer, Right.DECIDE)
    batch = str(uuid.uuid4())
    published, refused = [], {}
    for code in sorted(chosen):  # in one order: two batches at once wait for each other, never crosswise
        try:
            with session.begin_nested():
                if _publish_one(session, reviewer, code, chosen[code], batch, now, of):
                    published.append(code)
        except (Outdated, Refused) as error:
            refused[code] = str(error)
    return Publication(batch, tuple(published), refused)


def _publish_one(
    session: Session, reviewer: Reviewer, code: str, version: int, batch: str, now: dt.datetime, of: Meeting | None
) -> bool:
    """Whether there was something to publish."""
    contribution = read_case(session, reviewer, code)
    hold(session, contribution)
    draft = find_draft(session, contribution)
    if draft is None:
        return False
    check_version(contribution, version)
    if contribution.status is Status.MERGED:
        raise Refused(MERGED_MEANWHILE)
    if of is not None and contribution.meeting_id != of.id:
        raise Refused(NOT_DEBATED)
    held = find_meeting(session, contribution)
    if held is not None and held.phase is Phase.OPINIONS:
        raise Refused(STILL_OPEN)
    decided = Move(
        draft.status,
        contribution.solution or contribution.axis,
        draft.reason,
        draft.answer,
        draft.answer_sms,
        draft.project,
        draft.forwarded_to or None,
    )
    contribution.drafted_status = None
    session.delete(draft)
    move(session, contribution, decided, reviewer, now)
    for person, opening in find_audience(session, contribution):
        answer = draft.answer if person.channel is Channel.WEB else draft.answer_sms
        text = write_answer(opening, draft.status, answer)
        outbox.owe(session, person, text, Purpose.DECISION, now, contribution=contribution, batch=batch)
    return True


def hold(session: Session, contribution: Contribution) -> None:
    """The case as it stands now, nobody else's until the transaction ends."""
    session.refresh(contribution, with_for_update={"key_share": True})


def write_answer(opening: str, status: Status, answer: str) -> str:
    """The message that tells an answer; ``opening`` as ``find_audience`` gives it."""
    return f"{opening} : {STATUS_FOR_CITIZEN[status]}.\nRéponse du CTS : {answer}"


def open_for_author(code: str) -> str:
    """How the message to the author of an idea begins."""
    return f"Voix Santé, votre idée {code}"


def find_audience(session: Session, contribution: Contribution) -> list[tuple[Person, str]]:
    """Whom the answer concerns, each once, with how their message begins: its author, those of the ideas merged into
    it, and who supports any of them.
    """
    merged = _list_merged(session, contribution)
    openings: dict[int, str] = {}
    if contribution.person_id is not None:
        openings[contribution.person_id] = open_for_author(contribution.code)
    for other in merged:
        if other.person_id is not None:
            opening = f"{open_for_author(other.code)}, regroupée avec {contribution.code}"
            openings.setdefault(other.person_id, opening)
    codes = {one.id: one.code for one in (contribution, *merged)}
    supports = select(Support.person_id, Support.contribution_id).where(Support.contribution_id.in_(codes))
    for person_id, supported in session.execute(supports.order_by(Support.id)):
        if person_id is not None:
            # By the code that they were told when they supported it.
            merged_with = f", regroupée avec {contribution.code}" if supported != contribution.id else ""
            opening = f"Voix Santé, l'idée {codes[supported]} que vous soutenez{merged_with}"
            openings.setdefault(person_id, opening)
    people = session.scalars(select(Person).where(Person.id.in_(openings)).order_by(Person.id))
    return [(person, openings[person.id]) for person in people]


def count_sms_openings(audience: Collection[tuple[Person, str]]) -> Counter[str]:
    """How the messages begin that leave by SMS, which is paid for; and how many of them begin so."""
    return Counter(opening for person, opening in audience if person.channel is Channel.SMS)


def _list_merged(session: Session, contribution: Contribution) -> list[Contribution]:
    """What was merged into it, and into that."""
    found: list[Contribution] = []
    layer = [contribution.id]
    while layer:
        into = select(Contribution).where(
            Contribution.merged_into_id.in_(layer),
            Contribution.id.not_in([contribution.id, *(one.id for one in found)]),
        )
        merged = list(session.scalars(into.order_by(Contribution.id)))
        found += merged
        layer = [one.id for one in merged]
    return found


def list_drafts(session: Session, contributions: Collection[Contribution]) -> dict[int, Draft]:
    """The decisions that wait for publication, by contribution id."""
    ids = [contribution.id for contribution in contributions]
    return {
        draft.contribution_id: draft for draft in session.scalars(select(Draft).where(Draft.contribution_id.in_(ids)))
    }


def count_deliveries(session: Session, contributions: Collection[Contribution]) -> dict[int, dict[Delivery, int]]:
    """Where the messages of each case's last publication stand, by contribution id."""
    ids = [contribution.id for contribution in contributions]
    own = (OutboxMessage.contribution_id.in_(ids), OutboxMessage.purpose == Purpose.DECISION)
    newest = select(func.max(OutboxMessage.id)).where(*own).group_by(OutboxMessage.contribution_id)
    batches = select(OutboxMessage.contribution_id, OutboxMessage.batch).where(OutboxMessage.id.in_(newest)).subquery()
    rows = session.execute(
        select(OutboxMessage.contribution_id, OutboxMessage.delivery, func.count())
        .join(batches, OutboxMessage.contribution_id == batches.c.contribution_id)
        .where(*own, OutboxMessage.batch == batches.c.batch)
        .group_by(OutboxMessage.contribution_id, OutboxMessage.delivery)
    )
    counted: dict[int, dict[Delivery, int]] = {}
    for contribution_id, delivery, count in rows:
        if contribution_id is not None:
            counted.setdefault(contribution_id, {})[delivery] = count
    return counted
