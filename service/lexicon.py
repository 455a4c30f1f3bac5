"""The phrases that reviewers proposed for the lexicon: who sees them, and who may let the gate try them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from service.errors import NotFound, Refused
from service.models import Contribution, PhraseProposal, ProposalState, Reviewer
from service.rights import Right, may, visible_to

WAITING = (ProposalState.PROPOSED,)
PAGE = 50


def may_decide(reviewer: Reviewer) -> bool:
    """Whether this reviewer lets phrases be tried: the lexicon is the whole region's."""
    return may(reviewer, Right.GOVERN)


def list_proposals(
    session: Session, reviewer: Reviewer, states: Collection[ProposalState] = WAITING
) -> list[PhraseProposal]:
    """A page of the proposals that this reviewer may see: those waiting oldest first, others newest first."""
    oldest_first = tuple(states) == WAITING
    query = _visible(reviewer).where(PhraseProposal.state.in_(states)).limit(PAGE)
    query = query.order_by(PhraseProposal.id if oldest_first else PhraseProposal.id.desc())
    related = (PhraseProposal.reviewer, PhraseProposal.decider, PhraseProposal.contribution)
    return list(session.scalars(query.options(*(joinedload(one) for one in related))))


def count_by_state(session: Session, reviewer: Reviewer) -> dict[ProposalState, int]:
    """How many proposals this reviewer sees in each state; every state is there, with 0 if need be."""
    seen = _visible(reviewer).with_only_columns(PhraseProposal.state, func.count()).group_by(PhraseProposal.state)
    return dict.fromkeys(ProposalState, 0) | {row[0]: row[1] for row in session.execute(seen)}


def _visible(reviewer: Reviewer) -> Select[PhraseProposal]:
    everything = select(PhraseProposal)
    if may_decide(reviewer):
        return everything
    own = visible_to(reviewer).with_only_columns(Contribution.id)
    return everything.where(PhraseProposal.contribution_id.in_(own))


def accept(session: Session, reviewer: Reviewer, proposal_id: int, now: dt.datetime) -> PhraseProposal:
    """Let the gate try this phrase. Raises NotFound, or Refused to a territory's reviewer and for a live phrase."""
    return _decide(session, reviewer, proposal_id, ProposalState.ACCEPTED, now)


def refuse(session: Session, reviewer: Reviewer, proposal_id: int, now: dt.datetime) -> PhraseProposal:
    """Leave this phrase out of the lexicon. Raises as ``accept`` does."""
    return _decide(session, reviewer, proposal_id, ProposalState.REFUSED, now)


def _decide(
    session: Session, reviewer: Reviewer, proposal_id: int, state: ProposalState, now: dt.datetime
) -> PhraseProposal:
    proposal = session.scalar(_visible(reviewer).where(PhraseProposal.id == proposal_id))
    if proposal is None:
        raise NotFound("Cette phrase n'existe pas, ou n'est pas de votre territoire.")
    if not may_decide(reviewer):
        raise Refused("Seule la région accepte ou refuse une phrase : le lexique sert à tous les territoires.")
    session.refresh(proposal, with_for_update=True)  # the gate may just be making it live
    if proposal.state is ProposalState.LIVE:
        raise Refused("Cette phrase est déjà dans le lexique.")
    proposal.state, proposal.decided_by, proposal.decided_at, proposal.note = state, reviewer.id, now, ""
    session.flush()
    return proposal
