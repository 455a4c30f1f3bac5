"""What the council decides of an idea, drafted: it waits, and may be rewritten, until ``service.publication`` publishes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import flag_modified

from bot.known import Mind
from service.answer_templates import complete_answer, name_fields
from service.cases import read_case
from service.errors import Refused
from service.models import Change, Contribution, Draft, Reviewer, Status
from service.rights import Right, require
from service.status import DECISIONS, check_version, save

WITH_PROJECT = (Status.ATTACHED, Status.BECAME_PROJECT)
LONGEST_ADDRESSEE = 200  # characters
LONGEST_REASON = 2000  # characters
MERGED_MEANWHILE = "Cette idée est regroupée avec une autre : c'est l'autre qui reçoit la décision."


@dataclass(frozen=True)
class Decision:
    """What is decided: why, to whom or to which project (its id in the knowledge), and the two versions of the answer."""

    status: Status
    reason: str
    answer: str
    answer_sms: str
    forwarded_to: str = ""
    project: str | None = None

    @classmethod
    def of(cls, draft: Draft) -> Decision:
        """The decision that a draft keeps."""
        return cls(draft.status, draft.reason, draft.answer, draft.answer_sms, draft.forwarded_to, draft.project)


def draft_decision(
    session: Session,
    mind: Mind,
    reviewer: Reviewer,
    code: str,
    decision: Decision,
    *,
    version: int,
    now: dt.datetime,
) -> Draft:
    """Keep ``decision`` until it is published, in place of a former draft; the fields of its answers are filled in.

    Raises NotFound, Forbidden, Refused, or Outdated when the case is no longer the one that was read.
    """
    require(reviewer, Right.DECIDE)
    contribution = read_case(session, reviewer, code)
    decision = _complete(mind, contribution, _tidy(decision))
    draft = find_draft(session, contribution)
    if draft is not None and draft.reviewer_id == reviewer.id and Decision.of(draft) == decision:
        return draft  # a double click
    check_version(contribution, version)
    if draft is None:
        draft = Draft(contribution_id=contribution.id)
        session.add(draft)
    draft.reviewer_id, draft.at = reviewer.id, now
    draft.status, draft.reason, draft.forwarded_to = decision.status, decision.reason, decision.forwarded_to
    draft.project, draft.answer, draft.answer_sms = decision.project, decision.answer, decision.answer_sms
    contribution.decided_at = contribution.decided_at or now
    _mark(session, contribution, decision.status)
    return draft


def discard_draft(session: Session, reviewer: Reviewer, code: str, version: int) -> None:
    """Forget a draft; the case stands as it did. Raises NotFound, Forbidden or Outdated."""
    require(reviewer, Right.DECIDE)
    contribution = read_case(session, reviewer, code)
    draft = find_draft(session, contribution)
    if draft is None:
        return  # a double click
    check_version(contribution, version)
    session.delete(draft)
    contribution.decided_at = contribution.answered_at  # of a decision before, if there was one
    _mark(session, contribution, None)


def find_draft(session: Session, contribution: Contribution) -> Draft | None:
    """The decision that waits to be published."""
    found = select(Draft).where(Draft.contribution_id == contribution.id)
    return session.scalar(found.options(joinedload(Draft.reviewer)))


def list_published(session: Session, contributions: Collection[Contribution]) -> dict[int, Change]:
    """The last decision published on each, by contribution id: the line of its history."""
    ids = [contribution.id for contribution in contributions]
    told = (Change.contribution_id.in_(ids), Change.to_status.in_(DECISIONS), Change.answer.is_not(None))
    newest = select(func.max(Change.id)).where(*told).group_by(Change.contribution_id)
    return {line.contribution_id: line for line in session.scalars(select(Change).where(Change.id.in_(newest)))}


def _mark(session: Session, contribution: Contribution, status: Status | None) -> None:
    """Tell the case that it is drafted. Its version rises even for the same decision in other words."""
    contribution.drafted_status = status
    flag_modified(contribution, "drafted_status")
    save(session)


def _tidy(decision: Decision) -> Decision:
    """The decision without the fields of another: what was typed before another decision was chosen."""
    return replace(
        decision,
        reason=decision.reason.strip(),
        answer=decision.answer.strip(),
        answer_sms=decision.answer_sms.strip(),
        forwarded_to=decision.forwarded_to.strip() if decision.status is Status.FORWARDED else "",
        project=decision.project if decision.status in WITH_PROJECT else None,
    )


def _complete(mind: Mind, contribution: Contribution, decision: Decision) -> Decision:
    """The decision with its answers as they will be sent. Raises Refused when it cannot be published so."""
    if contribution.status is Status.MERGED:
        raise Refused(MERGED_MEANWHILE)
    if decision.status not in DECISIONS:
        raise Refused("Choisissez une décision.", "status")
    if decision.status is Status.FORWARDED and not decision.forwarded_to:
        raise Refused("Dites à qui l'idée est transmise.", "forwarded_to")
    if len(decision.forwarded_to) > LONGEST_ADDRESSEE:
        raise Refused(f"Le destinataire dépasse {LONGEST_ADDRESSEE} caractères : raccourcissez-le.", "forwarded_to")
    if decision.status in WITH_PROJECT and decision.project not in {one.id for one in mind.knowledge.projects}:
        raise Refused("Choisissez le projet.", "project")
    if decision.status is Status.NOT_RETAINED and not decision.reason:
        raise Refused("Indiquez pourquoi l'idée n'est pas retenue.", "reason")
    if len(decision.reason) > LONGEST_REASON:
        raise Refused(f"Le motif dépasse {LONGEST_REASON} caractères : raccourcissez-le.", "reason")
    fields = name_fields(mind, contribution, decision.project, decision.forwarded_to)
    return replace(
        decision,
        answer=complete_answer(decision.answer, fields, "answer"),
        answer_sms=complete_answer(decision.answer_sms, fields, "answer_sms"),
    )
