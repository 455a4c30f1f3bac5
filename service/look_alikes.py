"""Contributions of one territory that say nearly the same: found through their sketches, ranked word by word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select, union_all, update
from sqlalchemy.orm import Session

from bot.likeness import compare, find_stems
from bot.sketches import BANDS, sketch
from service.models import Contribution, Sketch, ToldApart

# Chosen on the first half of tests/data/look_alikes.jsonl, tested on the other.
ALMOST_SAME = 0.82  # a reader says so of all such pairs: enough to ask a citizen whether it is their idea
VERY_CLOSE = 0.7  # same subject and same wish, but for 1 pair in 12: enough to tell a reviewer
CLOSE = 0.58  # worth a look beside the case
# Both bound the time of a query: however many say a common thing, the newest of them are enough to find it by.
PER_BAND = 64
COMPARED = 64
BATCH = 500  # contributions sketched at once by ``sketch_anew``

_newest_of_band = [
    select(Sketch.contribution_id)
    .where(Sketch.band == bindparam(f"band_{number}"))
    .order_by(Sketch.contribution_id.desc())
    .limit(PER_BAND)
    .subquery()
    for number in range(BANDS)
]
_candidates = union_all(*(select(newest.c.contribution_id) for newest in _newest_of_band))
_among = Contribution.id.in_(bindparam("ids", expanding=True))
_words_of = select(Contribution.id, Contribution.merged_into_id, Contribution.departement, Contribution.words).where(
    _among
)
_mains = select(Contribution).where(_among)


@dataclass(frozen=True)
class LookAlike:
    """A contribution, and how far it says the same: 0 to 1, ``bot.likeness``."""

    contribution: Contribution
    likeness: float


def find_alike(
    session: Session,
    departement: str,
    words: str,
    *,
    least: float,
    limit: int,
    but: Contribution | None = None,
    apart: Collection[int] = (),
) -> list[LookAlike]:
    """The contributions of a territory whose likeness to ``words`` is ``least`` or more, most alike first.

    For one that is merged stands the one that it was merged into. ``but``: is left out, with all that is merged into it;
    ``apart``: the ids of others that are left out.
    """
    stems = find_stems(words)
    keys = sketch(stems, departement)
    if not keys:
        return []
    found = session.scalars(_candidates, {f"band_{number}": key for number, key in enumerate(keys)})
    ranked = sorted(Counter(found).items(), key=lambda one: (-one[1], -one[0]))
    if not ranked:
        return []
    rows = session.execute(_words_of, {"ids": [number for number, _ in ranked[:COMPARED]]})
    likeness: dict[int, float] = {}
    for number, merged_into, where, said in rows:
        # The keys are the territory's own; not asked of the database, which would then read all of the territory.
        if where == departement:
            main = merged_into or number
            likeness[main] = max(compare(stems, find_stems(said)), likeness.get(main, 0.0))
    if but is not None:
        likeness.pop(but.merged_into_id or but.id, None)
    for number in apart:
        likeness.pop(number, None)
    best = sorted((-value, main) for main, value in likeness.items() if value >= least)[:limit]
    loaded = {one.id: one for one in session.scalars(_mains, {"ids": [main for _, main in best]})} if best else {}
    return [LookAlike(loaded[main], -value) for value, main in best if main in loaded]


def enter(session: Session, contribution: Contribution) -> None:
    """Add a new contribution so that its look-alikes find it; it and they are marked as alike.

    An update, not a change of the others: a reviewer who has one of them open is not told of it.
    """
    found = find_alike(session, contribution.departement, contribution.words, least=VERY_CLOSE, limit=COMPARED)
    contribution.alike = bool(found)
    session.add(contribution)
    session.flush()
    add_sketches(session, [contribution])
    unmarked = [one.contribution.id for one in found if not one.contribution.alike]
    # What somebody holds just now goes unmarked: the new one is, and leads to it. A citizen's message never waits for
    # a reviewer who may be about to write to that citizen.
    free = (
        select(Contribution.id).where(Contribution.id.in_(unmarked)).with_for_update(skip_locked=True, key_share=True)
    )
    ids = session.scalars(free).all()
    session.execute(update(Contribution).where(Contribution.id.in_(ids)).values(alike=True))


def add_sketches(session: Session, contributions: Sequence[Contribution]) -> None:
    """Let contributions be found by their look-alikes."""
    rows = [
        {"band": key, "contribution_id": one.id}
        for one in contributions
        for key in sorted(set(sketch(find_stems(one.words), one.departement)))
    ]
    if rows:
        session.execute(insert(Sketch), rows)


def sketch_anew(session: Session, after: int = 0) -> int | None:
    """Sketch the next BATCH of contributions from the one after id ``after``; the last one's id, None at the end.

    After a change of ``bot.likeness``, or for rows that were there before the table. Their marks stay: ``mark_anew``.
    """
    following = select(Contribution).where(Contribution.id > after).order_by(Contribution.id).limit(BATCH)
    batch = session.scalars(following).all()
    session.execute(delete(Sketch).where(Sketch.contribution_id.in_([one.id for one in batch])))
    add_sketches(session, batch)
    return batch[-1].id if batch else None


def mark_anew(session: Session, after: int = 0) -> int | None:
    """Renew the marks of the next BATCH of contributions from the one after id ``after``, once all are sketched; the last
    one's id, None at the end."""
    following = select(Contribution.id).where(Contribution.id > after).order_by(Contribution.id).limit(BATCH)
    ids = session.scalars(following).all()
    renew_marks(session, ids)
    return ids[-1] if ids else None


def find_beside(session: Session, doomed: Sequence[Contribution]) -> set[int]:
    """The ids of the contributions that stay and look like one that goes: their marks may have to go too."""
    gone = {one.id for one in doomed}
    return {
        found.contribution.id
        for one in doomed
        if one.alike
        for found in find_alike(session, one.departement, one.words, least=VERY_CLOSE, limit=COMPARED, but=one)
        if found.contribution.id not in gone
    }


def renew_marks(session: Session, ids: Collection[int]) -> None:
    """``renew_mark`` of each, but for those that somebody holds just now: a mark is worth no waiting."""
    free = select(Contribution).where(Contribution.id.in_(ids)).order_by(Contribution.id)
    for one in session.scalars(free.with_for_update(skip_locked=True, key_share=True, of=Contribution)).all():
        renew_mark(session, one)


def renew_mark(session: Session, contribution: Contribution) -> None:
    """Mark whether a contribution still has look-alikes, now that some were merged, separated, erased or told apart."""
    session.flush()
    words, departement, apart = contribution.words, contribution.departement, list_told_apart(session, contribution)
    found = find_alike(session, departement, words, least=VERY_CLOSE, limit=1, but=contribution, apart=apart)
    session.execute(update(Contribution).where(Contribution.id == contribution.id).values(alike=bool(found)))


def list_told_apart(session: Session, contribution: Contribution) -> set[int]:
    """The ids of the contributions that a reviewer said to be another idea than this one."""
    younger = select(ToldApart.other_id).where(ToldApart.contribution_id == contribution.id)
    older = select(ToldApart.contribution_id).where(ToldApart.other_id == contribution.id)
    return set(session.scalars(union_all(younger, older)))
