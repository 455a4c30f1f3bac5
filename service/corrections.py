"""A reviewer's correction of the matcher becomes a proposed phrase, never a live one."""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.features import is_small
from bot.folding import split_words
from bot.matching import LEAST_WORD_TOLD
from service.models import Contribution, PhraseProposal, ProposalState, Reviewer

_MASKED = re.compile(r"\[[^\]]*\]")  # what service.masking writes in place of personal data


def list_telling_words(words: str) -> list[str]:
    """The words of a contribution by which its subject may be told, as they are written, each once; not what was masked."""
    text = _MASKED.sub(" ", words)
    found = {word.folded: text[word.start : word.end] for word in split_words(text)}
    return [written for folded, written in found.items() if len(folded) >= LEAST_WORD_TOLD and not is_small(folded)]


def propose_phrase(
    session: Session, reviewer: Reviewer, contribution: Contribution, told_by: tuple[str, ...], now: dt.datetime
) -> None:
    """Propose the words of ``contribution`` for its solution or axis, if that is not the one suggested first.

    ``told_by``: the words by which the reviewer says that it shows. The same correction made twice keeps what became of
    the first, and takes its words; another one takes its place while it is not live.
    """
    telling = [word for word in list_telling_words(contribution.words) if word in told_by]
    label = contribution.solution or contribution.axis
    label = label if label != contribution.suggested else None
    known = session.scalars(select(PhraseProposal).where(PhraseProposal.contribution_id == contribution.id)).all()
    for proposal in known:
        if proposal.state is not ProposalState.LIVE and proposal.label != label:
            session.delete(proposal)
        elif proposal.label == label and telling:
            proposal.told_by = telling
    if label is not None and all(proposal.label != label for proposal in known):
        session.add(
            PhraseProposal(
                contribution_id=contribution.id,
                words=contribution.words,
                told_by=telling,
                label=label,
                suggested=contribution.suggested,
                reviewer_id=reviewer.id,
                at=now,
                state=ProposalState.PROPOSED,
            )
        )
    session.flush()
