"""What a reviewer may do with a contribution, each act ready to be tried on any: it is done whole, or refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.known import Mind
from service import abuse, cases, decisions, merging, publication, questions
from service.models import Contribution, Reviewer, Status

Act = Callable[[Session, Mind, Reviewer, Contribution, dt.datetime], object]


def classify(session: Session, _mind: Mind, reviewer: Reviewer, one: Contribution, now: dt.datetime) -> None:
    cases.instruct(session, reviewer, one.code, "A4.2", reason="", told_by=(), version=one.version, now=now)


def unclassify(session: Session, _mind: Mind, reviewer: Reviewer, one: Contribution, now: dt.datetime) -> None:
    cases.instruct(session, reviewer, one.code, None, reason="", told_by=(), version=one.version, now=now)


def ask(session: Session, mind: Mind, reviewer: Reviewer, one: Contribution, now: dt.datetime) -> None:
    questions.ask(session, mind.knowledge, reviewer, one.code, "Combien de personnes ?", now)


def draft(session: Session, mind: Mind, reviewer: Reviewer, one: Contribution, now: dt.datetime) -> None:
    decision = decisions.Decision(Status.NOT_RETAINED, "Débattue.", "Merci, c'est étudié.", "Merci.")
    decisions.draft_decision(session, mind, reviewer, one.code, decision, version=one.version, now=now)


def decide(session: Session, mind: Mind, reviewer: Reviewer, one: Contribution, now: dt.datetime) -> None:
    decision = decisions.Decision(Status.RETAINED, "", "Merci, c'est étudié.", "Merci.")
    decisions.draft_decision(session, mind, reviewer, one.code, decision, version=one.version, now=now)
    session.refresh(one)
    publication.publish(session, reviewer, {one.code: one.version}, now)


def merge(session: Session, _mind: Mind, reviewer: Reviewer, one: Contribution, now: dt.datetime) -> None:
    near = select(Contribution).where(Contribution.departement == one.departement, Contribution.status != Status.MERGED)
    versions = {other.code: other.version for other in session.scalars(near)}
    merging.merge(session, reviewer, one.code, versions, now)


def separate(session: Session, _mind: Mind, reviewer: Reviewer, one: Contribution, now: dt.datetime) -> None:
    merging.separate(session, reviewer, one.code, one.version, now)


def flag(session: Session, _mind: Mind, reviewer: Reviewer, one: Contribution, now: dt.datetime) -> None:
    abuse.flag(session, reviewer, one.code, "Injures.", is_abuse=not one.flagged, version=one.version, now=now)


def ban_or_lift(session: Session, _mind: Mind, reviewer: Reviewer, one: Contribution, now: dt.datetime) -> None:
    if found := abuse.find_ban(session, one):
        abuse.lift_ban(session, reviewer, found.id, now)
    else:
        abuse.ban_author(session, reviewer, one.code, "Injures.", now)


ACTS: dict[str, Act] = {
    act.__name__: act for act in (classify, unclassify, ask, draft, decide, merge, separate, flag, ban_or_lift)
}
