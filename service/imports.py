"""Files of past contributions: compared with what is known, taken in line by line, undone as a whole.

The same line is taken in once, whoever imports it and however often: an import that was cut short is simply run again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased, joinedload

from bot.effects import NewContribution
from bot.known import PARIS, Mind
from service import contributions, look_alikes
from service.errors import NotFound, Refused
from service.filters import LARGEST_ID
from service.keyring import Keyring
from service.masking import mask
from service.models import (
    Change,
    Claim,
    Contribution,
    Import,
    Note,
    Opening,
    Opinion,
    PhraseProposal,
    Question,
    Reviewer,
    Support,
)
from service.past_ideas import PastIdea, fold_text, tell_moment
from service.rights import Right, require, visible_to

LONGEST_FILE_NAME = 200  # characters
_AT_ONCE = 500  # keys looked up
_COMPARED = 10_000  # contributions read at once, to be compared with the lines of a file
_other = aliased(Contribution)


@dataclass(frozen=True)
class Undone:
    """What undoing an import did: how many ideas are gone, the codes of those that were worked on and stay."""

    gone: int
    kept: tuple[str, ...]


def find_territory(reviewer: Reviewer, chosen: str) -> str:
    """Where a reviewer imports to: their own territory; the region chooses. Raises Forbidden, or Refused without one."""
    require(reviewer, Right.INSTRUCT)
    if not (reviewer.departement or chosen):
        raise Refused("Choisissez le territoire dont viennent ces idées.", "territory")
    return reviewer.departement or chosen


def find_known(session: Session, ideas: Sequence[PastIdea]) -> set[str]:
    """The keys of those of these that were taken in before."""
    keys = [idea.key for idea in ideas]
    known: set[str] = set()
    for start in range(0, len(keys), _AT_ONCE):
        found = select(Contribution.import_key).where(Contribution.import_key.in_(keys[start : start + _AT_ONCE]))
        known.update(key for key in session.scalars(found) if key)
    return known


def find_same_words(session: Session, departement: str, ideas: Sequence[PastIdea]) -> dict[int, str]:
    """Which of these say, word for word, what the territory knows already: line and code. Of another place or day they
    would be taken in; the same file read by other columns would be there twice.

    Looks at each contribution of the territory, 100,000 in a second or two; the transaction ends with each batch, so that
    nobody waits to write.
    """
    lines: dict[str, list[int]] = {}
    for idea in ideas:
        lines.setdefault(idea.folded, []).append(idea.line)
    said = select(Contribution.id, Contribution.code, Contribution.words).order_by(Contribution.id.desc())
    own, before = said.where(Contribution.departement == departement).limit(_COMPARED), LARGEST_ID
    found: dict[int, str] = {}
    while rows := session.execute(own.where(Contribution.id < before)).all():
        session.rollback()
        for before, code, words in rows:  # noqa: B007 -- the last is where the next batch begins
            found.update(dict.fromkeys(lines.get(fold_text(words), ()), code))
    return dict(sorted(found.items()))


def begin(
    session: Session, reviewer: Reviewer, departement: str, file_name: str, refused: int, now: dt.datetime
) -> Import:
    """A new import, of which nothing is taken in yet; ``refused``: how many lines will not be."""
    require(reviewer, Right.INSTRUCT)
    made = Import(
        reviewer_id=reviewer.id,
        departement=departement,
        at=now,
        file_name=file_name[:LONGEST_FILE_NAME] or "fichier sans nom",
        taken_in=0,
        known_already=0,
        refused=refused,
    )
    session.add(made)
    session.flush()
    return made


def read_import(session: Session, reviewer: Reviewer, number: int) -> Import:
    """One import. Raises NotFound, also when it is another territory's."""
    found = session.scalar(visible_to(reviewer, Import).where(Import.id == number))
    if found is None:
        raise NotFound("Cette reprise n'existe pas, ou n'est pas de votre territoire.")
    return found


def list_imports(session: Session, reviewer: Reviewer) -> list[Import]:
    """The imports a reviewer may see, the last first."""
    return list(
        session.scalars(visible_to(reviewer, Import).options(joinedload(Import.reviewer)).order_by(Import.id.desc()))
    )


def take_in(
    session: Session,
    keyring: Keyring,
    mind: Mind,
    reviewer: Reviewer,
    imported: Import,
    idea: PastIdea,
    now: dt.datetime,
) -> bool:
    """Whether the idea was taken in; it was not when it is known already.

    For a transaction of its own: the marks that it sets on look-alikes are then held no longer than a message's.
    Raises Forbidden, or Refused when the import was undone meanwhile.
    """
    require(reviewer, Right.INSTRUCT)
    if imported.undone_at is not None:
        raise Refused("Cette reprise a été annulée : recommencez avec le fichier.", "file")
    is_new = session.scalar(select(Contribution.id).where(Contribution.import_key == idea.key)) is None
    if is_new:
        try:
            with session.begin_nested():
                _queue(session, keyring, mind, reviewer, imported, idea, now)
        except IntegrityError:  # another import of the same line was quicker
            is_new = False
    counter = Import.taken_in if is_new else Import.known_already
    session.execute(update(Import).where(Import.id == imported.id).values({counter: counter + 1}))
    return is_new


def _queue(
    session: Session,
    keyring: Keyring,
    mind: Mind,
    reviewer: Reviewer,
    imported: Import,
    idea: PastIdea,
    now: dt.datetime,
) -> None:
    new = NewContribution(
        code=contributions.draw_code(session),
        words=idea.words,
        departement=idea.departement,
        insee=idea.insee,
        axis=idea.solution[:2] if idea.solution else None,
        solution=idea.solution if idea.solution and "." in idea.solution else None,
        suggestions=mind.matcher.match(mask(idea.words).text).likely,
    )
    contributions.take_in(
        session,
        keyring,
        mind.matcher,
        None,
        new,
        now,
        source=idea.source,
        reason=f"Importée du fichier « {imported.file_name} » par {reviewer.name} le {now.astimezone(PARIS):%d/%m/%Y}.",
        reviewer=reviewer,
        import_key=idea.key,
        imported=imported,
        said_at=tell_moment(idea, now),
    )


def undo(session: Session, reviewer: Reviewer, number: int, now: dt.datetime) -> Undone:
    """Take back an import: its ideas go, but for those that somebody worked on. Raises NotFound or Forbidden."""
    require(reviewer, Right.INSTRUCT)
    imported = read_import(session, reviewer, number)
    own = select(Contribution).where(Contribution.import_id == imported.id).order_by(Contribution.id)
    held = session.scalars(own.with_for_update()).all()
    untouched = set(
        session.scalars(
            select(Contribution.id).where(Contribution.import_id == imported.id, *_is_untouched(reviewer, now))
        )
    )
    doomed = [one for one in held if one.id in untouched]
    beside = look_alikes.find_beside(session, doomed)
    for start in range(0, len(doomed), _AT_ONCE):
        ids = [one.id for one in doomed[start : start + _AT_ONCE]]
        session.execute(delete(Change).where(Change.contribution_id.in_(ids)))
        session.execute(delete(Contribution).where(Contribution.id.in_(ids)))
    session.expire_all()
    look_alikes.renew_marks(session, beside)
    imported.undone_at = now
    return Undone(len(doomed), tuple(one.code for one in held if one.id not in untouched))


def _is_untouched(reviewer: Reviewer, now: dt.datetime) -> list[ColumnElement[bool]]:
    """That nobody did anything with a contribution: it is as it was taken in, and nothing speaks of it."""
    table = Contribution
    speaks_of_it = [
        exists().where(child.contribution_id == table.id)
        for child in (Note, Opinion, Opening, Question, Support, PhraseProposal)
    ]
    claimed = and_(Claim.contribution_id == table.id, Claim.until > now, Claim.reviewer_id != reviewer.id)
    return [
        table.version == 1,
        table.flagged.is_(False),
        table.meeting_id.is_(None),
        table.merged_into_id.is_(None),
        ~exists().where(_other.merged_into_id == table.id),
        ~exists().where(claimed),
        *(~one for one in speaks_of_it),
    ]
