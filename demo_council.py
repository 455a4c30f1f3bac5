"""A council at work, for the demonstration: two colleges gave opinions, one answer is published, another is prepared."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.known import Mind
from service import answer_templates, cases, decisions, meetings, opinions, publication
from service.default_answers import DEFAULT_ANSWERS
from service.models import Contribution, Phase, Reviewer, Role, Status, Verdict

DEPARTEMENT = "68"
# what each of its members (demo.REVIEWERS) says of the first idea, then of the second
OPINIONS = (
    (
        opinions.Given(Verdict.FAVOURABLE, (3, 3, 4, 4), "Attendu dans les vallées depuis des années."),
        opinions.Given(Verdict.RESERVED, (2, 2, 3, 3), "Qui paiera ?"),
    ),
    (opinions.Given(Verdict.FAVOURABLE, (4, 2, 3, 4)), opinions.Given(Verdict.ABSTAIN)),
    (
        opinions.Given(Verdict.CONFLICT, comment="Je travaille pour le porteur pressenti."),
        opinions.Given(Verdict.FAVOURABLE, (3, 3, 3, 2), "Peu coûteux, simple à essayer."),
    ),
)


def add_council(session: Session, mind: Mind, now: dt.datetime) -> None:
    """A meeting whose opinions are open, over the ideas of the territory."""
    council = session.scalars(select(Reviewer).where(Reviewer.departement == DEPARTEMENT).order_by(Reviewer.id)).all()
    secretary = next(one for one in council if one.role is Role.SECRETARY)
    members = [one for one in council if one.role is Role.MEMBER]
    answer_templates.add_defaults(session)
    ideas = session.scalars(
        select(Contribution).where(Contribution.departement == DEPARTEMENT).order_by(Contribution.id)
    ).all()
    held_on = now.date() + dt.timedelta(days=14)
    meeting = meetings.hold_meeting(session, secretary, DEPARTEMENT, "Séance plénière", held_on)
    published, *debated = ideas
    for idea in debated:
        _instruct(session, secretary, idea, now)
        meetings.put_on_agenda(session, secretary, idea, meeting)
    meetings.move_phase(session, secretary, meeting.id, Phase.OPINIONS, meeting.version)
    for member, said in zip(members, OPINIONS, strict=True):
        for idea, given in zip(debated, said, strict=False):
            opinions.give_opinion(session, member, idea.code, given, now)
    _instruct(session, secretary, published, now)
    for idea in (published, debated[0]):
        _draft(session, mind, secretary, idea, now)
    publication.publish(session, secretary, {published.code: published.version}, now)


def _instruct(session: Session, secretary: Reviewer, idea: Contribution, now: dt.datetime) -> None:
    label = idea.solution or idea.axis or "A1"
    cases.instruct(session, secretary, idea.code, label, reason="", told_by=(), version=idea.version, now=now)


def _draft(session: Session, mind: Mind, secretary: Reviewer, idea: Contribution, now: dt.datetime) -> None:
    template = next(one for one in DEFAULT_ANSWERS if one.status is Status.RETAINED)
    decision = decisions.Decision(template.status, "Réaliste et utile.", template.answer, template.answer_sms)
    decisions.draft_decision(session, mind, secretary, idea.code, decision, version=idea.version, now=now)
