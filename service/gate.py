"""The gate to the lexicon: of the phrases that the region accepted, those that lower no figure go live.

Two sets are replayed with the models as they are and as they would be: the texts that reviewers decided on, and the
judged texts of the folder's ``gate.jsonl``. Training takes minutes, so nothing here holds the database meanwhile:
``read_batch``, end the transaction, ``try_batch``, then ``record`` and put the candidate in place.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.matching import OFF_TOPIC, Matcher, load_matcher
from bot.training import train
from service import lexicon_folder
from service.agreement import CLASSIFIED
from service.errors import Refused
from service.lexicon_folder import Learnt
from service.models import Contribution, PhraseProposal, ProposalState

MOST_PHRASES = 200  # tried at once; the others wait for the next time
MOST_TRIALS = 12  # trainings of about a minute; halving 200 phrases down to a single one takes 9
CHANGED = "Des phrases ont été revues pendant l'essai : rien n'est changé, recommencez."
STALE = "Un apprentissage sans rien de nouveau baisse déjà les chiffres : lancez « train », puis vérifiez-les."


@dataclass(frozen=True)
class Judged:
    """A text and the solutions that are right for it ("none": off topic)."""

    text: str
    accepted: frozenset[str]


@dataclass(frozen=True)
class Batch:
    """What the gate works on, read at once."""

    phrases: tuple[Learnt, ...]  # accepted
    erased: frozenset[int]  # proposals whose author had their words erased: they leave the folder in any case
    reviewed: tuple[Judged, ...]
    judged: tuple[Judged, ...]


@dataclass(frozen=True)
class Figures:
    """How many first suggestions are right, of how many: over the reviewed texts, over the judged ones."""

    reviewed: tuple[int, int]
    judged: tuple[int, int]

    def __str__(self) -> str:
        return f"avis des CTS {self.reviewed[0]}/{self.reviewed[1]}, textes d'épreuve {self.judged[0]}/{self.judged[1]}"

    def is_lower_than(self, other: Figures) -> bool:
        """Whether either is."""
        return self.reviewed[0] < other.reviewed[0] or self.judged[0] < other.judged[0]


@dataclass(frozen=True)
class Trial:
    """Figures without and with some phrases, over the same texts: the phrases' own are left out."""

    before: Figures
    after: Figures

    @property
    def is_harmless(self) -> bool:
        return not self.after.is_lower_than(self.before)

    def __str__(self) -> str:
        return f"avant : {self.before} ; après : {self.after}"


@dataclass(frozen=True)
class Verdict:
    """What becomes of the batch. ``candidate``: the trained folder to put in place, if there is one.

    A phrase in neither list was not tried on its own before the trials ran out: it waits for the next time.
    """

    live: tuple[tuple[Learnt, Trial], ...]
    held_back: tuple[tuple[Learnt, Trial], ...]
    candidate: Path | None


def read_batch(session: Session, folder: Path) -> Batch:
    """The accepted phrases, oldest first, and the texts to replay."""
    accepted = select(PhraseProposal).where(PhraseProposal.state == ProposalState.ACCEPTED).order_by(PhraseProposal.id)
    erased = select(PhraseProposal.id).where(PhraseProposal.state == ProposalState.LIVE, PhraseProposal.words == "")
    decided = select(Contribution.words, Contribution.solution).where(
        Contribution.status.in_(CLASSIFIED), Contribution.solution.is_not(None)
    )
    return Batch(
        tuple(_as_learnt(proposal) for proposal in session.scalars(accepted.limit(MOST_PHRASES))),
        frozenset(session.scalars(erased)) & {one.proposal for one in lexicon_folder.read_learnt(folder)},
        tuple(Judged(_unfold(words), frozenset({str(solution)})) for words, solution in session.execute(decided)),
        tuple(read_judged(folder / "gate.jsonl")),
    )


def read_judged(path: Path) -> list[Judged]:
    """The judged texts of a file; not those of which only the axis was judged."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Judged(row["text"], frozenset({row["solution"], *row["also"]}))
        for row in rows
        if row["solution"] != OFF_TOPIC or row["axis"] == OFF_TOPIC
    ]


def try_batch(folder: Path, batch: Batch, bench: Path, today: dt.date, tell: Callable[[str], None]) -> Verdict:
    """Train with the whole batch, then with halves of what lowers a figure, in copies of ``folder`` under ``bench``.

    Raises Refused when training lowers the figures by itself: no phrase could be judged.
    """
    current, candidate = load_matcher(folder), None
    learnt = [one for one in lexicon_folder.read_learnt(folder) if one.proposal not in batch.erased]
    live: list[tuple[Learnt, Trial]] = []
    held_back: list[tuple[Learnt, Trial]] = []
    trials = 0

    def teach(phrases: Sequence[Learnt]) -> tuple[Path, Matcher]:
        nonlocal trials
        trials += 1
        copy = lexicon_folder.copy_to(folder, bench / str(trials))
        lexicon_folder.write_learnt(copy, [*learnt, *phrases])
        train(copy, today)
        return copy, load_matcher(copy)

    if batch.erased:
        candidate, current = teach(())
        tell(f"{len(batch.erased)} phrase(s) effacée(s) à la demande de leur auteur.")
    groups = [list(batch.phrases)] if batch.phrases else []
    while groups and trials < MOST_TRIALS:
        group, kept = groups.pop(0), [phrase for phrase, _ in live]
        copy, matcher = teach([*kept, *group])
        trial = replay(current, matcher, batch, [*kept, *group])
        tell(f"{len(group)} phrase(s) de plus : {trial}")
        if trial.is_harmless:
            live += [(phrase, trial) for phrase in group]
            candidate = copy
            continue
        shutil.rmtree(copy.parent)
        if not kept and group == list(batch.phrases) and not batch.erased:
            copy, matcher = teach(())
            if not replay(current, matcher, batch, ()).is_harmless:
                raise Refused(STALE)
            shutil.rmtree(copy.parent)
        if len(group) == 1:
            held_back.append((group[0], trial))
        else:
            half = len(group) // 2
            groups[:0] = [group[:half], group[half:]]
    return Verdict(tuple(live), tuple(held_back), candidate)


def replay(current: Matcher, candidate: Matcher, batch: Batch, phrases: Sequence[Learnt]) -> Trial:
    """The figures of both matchers on what the candidate was not just taught."""
    taught = {phrase.text: phrase.label for phrase in phrases}

    def is_new(judged: Judged) -> bool:
        return taught.get(judged.text) not in judged.accepted

    def measure(matcher: Matcher) -> Figures:
        return Figures(
            _count_right(matcher, [judged for judged in batch.reviewed if is_new(judged)]),
            _count_right(matcher, [judged for judged in batch.judged if is_new(judged)]),
        )

    return Trial(measure(current), measure(candidate))


def _count_right(matcher: Matcher, texts: Sequence[Judged]) -> tuple[int, int]:
    right = sum((matcher.match(judged.text).solution or OFF_TOPIC) in judged.accepted for judged in texts)
    return right, len(texts)


def record(session: Session, verdict: Verdict, now: dt.datetime) -> None:
    """Write down what became of each phrase. Raises Refused when one of them changed since ``read_batch``."""
    for state, found in ((ProposalState.LIVE, verdict.live), (ProposalState.HELD_BACK, verdict.held_back)):
        for phrase, trial in found:
            proposal = session.get(PhraseProposal, phrase.proposal, with_for_update=True, populate_existing=True)
            if proposal is None or proposal.state is not ProposalState.ACCEPTED or _as_learnt(proposal) != phrase:
                raise Refused(CHANGED)
            proposal.state, proposal.note = state, f"{str(trial)[0].upper()}{str(trial)[1:]}."
    session.flush()


def _as_learnt(proposal: PhraseProposal) -> Learnt:
    return Learnt(_unfold(proposal.words), proposal.label, proposal.id)


def _unfold(words: str) -> str:
    """One line: a text of a lexicon file holds no line end."""
    return " ".join(words.split())
