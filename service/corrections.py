"""A reviewer's correction of the matcher becomes a proposed phrase, never a live one."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import Contribution, PhraseProposal, ProposalState, Reviewer


def propose_phrase(session: Session, reviewer: Reviewer, contribution: Contribution, now: dt.datetime) -> None:
    """Propose the words of ``contribution`` for its solution, if that is not the one suggested first.

    The same correction made twice keeps what became of the first; another one takes its place while it is not live.
    """
    label = contribution.solution if contribution.solution != contribution.suggested else None
    known = session.scalars(select(PhraseProposal).where(PhraseProposal.contribution_id == contribution.id)).all()
    for proposal in known:
        if proposal.state is not ProposalState.LIVE and proposal.label != label:
            session.delete(proposal)
    if label is not None and all(proposal.label != label for proposal in known):
        session.add(
            PhraseProposal(
                contribution_id=contribution.id,
                words=contribution.words,
                label=label,
                suggested=contribution.suggested,
                reviewer_id=reviewer.id,
                at=now,
                state=ProposalState.PROPOSED,
            )
        )
    session.flush()
