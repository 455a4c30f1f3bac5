"""Contributions that say the same, gathered under one of them, the main; each keeps its words, and can be separated again.

A group has one floor: what is merged into a main has nothing merged into itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, Select, exists, select, update
from sqlalchemy.orm import Session

from bot.channel import Channel
from service import outbox, publication
from service.errors import NotFound, Refused
from service.look_alikes import renew_mark
from service.models import Change, Contribution, Person, Purpose, Reviewer, Status
from service.rights import Right, require, visible_to
from service.status import OPEN, Move, check_version, move, record
from service.supports import count_supporters

MOST_MERGED = 50  # at once: more cannot be read side by side
MAIN_ERASED = "L'idée principale a été effacée."


def read_group(session: Session, reviewer: Reviewer, codes: list[str]) -> list[Contribution]:
    """The contributions of these codes, oldest first, to be read side by side.

    Raises Forbidden, NotFound when one is not there for this reviewer, Refused when they are too few or too many.
    """
    require(reviewer, Right.INSTRUCT)
    wanted = {code.replace("\0", "") for code in codes}
    if len(wanted) < 2:
        raise Refused("Cochez au moins deux idées à regrouper.", "idee")
    if len(wanted) > MOST_MERGED:
        raise Refused(f"Regroupez {MOST_MERGED} idées au plus à la fois.", "idee")
    found = list(session.scalars(visible_to(reviewer).where(Contribution.code.in_(wanted)).order_by(Contribution.id)))
    if len(found) < len(wanted):
        raise NotFound("Une de ces idées n'existe pas, ou n'est pas de votre territoire.")
    return found


def merge(
    session: Session, reviewer: Reviewer, main_code: str, versions: Mapping[str, int], now: dt.datetime
) -> Contribution:
    """Merge contributions into the one of ``main_code``, which is given back; the authors of the others are told. That of
    the main is not: their idea keeps its code, and is answered as before.

    ``versions``: of all of them, the main too, as they were read. Nothing is merged unless everything is. Raises
    Forbidden, NotFound, Refused, or Outdated when one of them was changed since it was read.
    """
    group = read_group(session, reviewer, list(versions))
    main = next((one for one in group if one.code == main_code), None)
    if main is None:
        raise Refused("Choisissez l'idée principale.", "principale")
    if len(hold(session, Contribution.id.in_([one.id for one in group]))) < len(group):
        raise NotFound("Une de ces idées vient d'être effacée.")
    merged = [one for one in group if one is not main]
    if all(one.merged_into_id == main.id for one in merged):
        return main  # a double click
    for one in group:
        check_version(one, versions[one.code])
    _check_main(main)
    for one in merged:
        _check_merged(session, one, main)
    answered = [person for person, _ in publication.find_audience(session, main)] if main.answer is not None else []
    for one in merged:
        if main.answer is None:
            _tell(session, one, f"rejoint une idée semblable, {main.code}. Nous vous tiendrons au courant.", now)
        else:
            answered += _answer(session, one, main, answered, now)
        one.merged_into = main
        joined = Move(Status.MERGED, one.solution or one.axis, f"Regroupée avec l'idée {main.code}.")
        move(session, one, joined, reviewer, now)
    gathered = ", ".join(one.code for one in merged)
    record(session, main, f"Réunit désormais aussi : {gathered}.", reviewer, now)
    _recount(session, main)
    return main


def separate(session: Session, reviewer: Reviewer, code: str, version: int, now: dt.datetime) -> Contribution:
    """Undo a merging: the contribution is as it was before, and its author is told.

    Raises Forbidden, NotFound, or Outdated when it was changed since it was read.
    """
    require(reviewer, Right.INSTRUCT)
    contribution = session.scalar(visible_to(reviewer).where(Contribution.code == code.replace("\0", "")))
    if contribution is None:
        raise NotFound("Cette idée n'existe pas, ou n'est pas de votre territoire.")
    main = contribution.merged_into
    hold(session, Contribution.id.in_([contribution.id, *([main.id] if main else [])]))
    if main is None or contribution.merged_into_id != main.id:
        return contribution  # a double click
    check_version(contribution, version)
    _restore(session, contribution, f"Séparée de l'idée {main.code}.", reviewer, now)
    record(session, main, f"Ne réunit plus : {contribution.code}.", reviewer, now)
    _recount(session, main)
    renew_mark(session, contribution)
    return contribution


def list_merged(session: Session, main: Contribution) -> list[Contribution]:
    """What is merged into a contribution, oldest first."""
    found = select(Contribution).where(Contribution.merged_into_id == main.id).order_by(Contribution.id)
    return list(session.scalars(found))


def release(session: Session, doomed: Select[int], now: dt.datetime) -> None:
    """Before contributions are erased (their ids): what is merged into them stands again by itself, with the answer that
    was published for it; what they are merged into counts without them."""
    orphans = select(Contribution).where(Contribution.merged_into_id.in_(doomed), Contribution.id.not_in(doomed))
    for one in session.scalars(orphans).all():
        if one.merged_into is not None and one.merged_into.answer is not None:
            _inherit(session, one, one.merged_into, now)
        else:
            _restore(session, one, MAIN_ERASED, None, now)
    left = select(Contribution.merged_into_id).where(Contribution.id.in_(doomed))
    mains = session.scalars(select(Contribution).where(Contribution.id.in_(left), Contribution.id.not_in(doomed))).all()
    session.execute(update(Contribution).where(Contribution.id.in_(doomed)).values(merged_into_id=None))
    for main in mains:
        _recount(session, main)


def hold(session: Session, condition: ColumnElement[bool]) -> Sequence[Contribution]:
    """These rows as they stand now, nobody else's until the transaction ends; in the order of codes, as all who hold
    several do (``service.publication``, ``service.bulk``), so that nobody waits crosswise."""
    held = select(Contribution).where(condition).order_by(Contribution.code)
    return session.scalars(
        held.with_for_update(key_share=True, of=Contribution), execution_options={"populate_existing": True}
    ).all()


def _check_main(main: Contribution) -> None:
    if main.merged_into is not None:
        raise Refused(
            f"{main.code} est elle-même regroupée avec {main.merged_into.code} : choisissez une autre idée principale.",
            "principale",
        )


def _check_merged(session: Session, one: Contribution, main: Contribution) -> None:
    if one.departement != main.departement:
        raise Refused(f"{one.code} et {main.code} ne sont pas du même territoire.", "idee")
    if one.status is Status.MERGED:
        raise Refused(f"{one.code} est déjà regroupée avec une autre idée : séparez-les d'abord.", "idee")
    if session.scalar(exists().where(Contribution.merged_into_id == one.id).select()):
        raise Refused(f"{one.code} réunit déjà d'autres idées : choisissez-la comme idée principale.", "principale")
    if one.drafted_status is not None:
        raise Refused(f"Une décision sur {one.code} attend d'être publiée : abandonnez-la d'abord.", "idee")
    if one.status not in (*OPEN, Status.INSTRUCTED):
        raise Refused(f"{one.code} a déjà sa décision : choisissez-la comme idée principale.", "principale")


def _restore(session: Session, one: Contribution, reason: str, reviewer: Reviewer | None, now: dt.datetime) -> None:
    """Status and classification as they were before the last merging."""
    # Not a line noted while it was merged, a flag say: that one comes from MERGED too.
    merging = select(Change).where(
        Change.contribution_id == one.id, Change.to_status == Status.MERGED, Change.from_status != Status.MERGED
    )
    last = session.scalars(merging.order_by(Change.id.desc()).limit(1)).one()
    one.merged_into = None
    before = Move(last.from_status or Status.TO_CLASSIFY, last.from_solution, reason)
    move(session, one, before, reviewer, now)
    _tell(session, one, "est de nouveau suivie à part, sous son propre code.", now)


def _inherit(session: Session, one: Contribution, main: Contribution, now: dt.datetime) -> None:
    """The answer to ``main`` is its own from now on: its author was told it."""
    one.merged_into = None
    one.decided_at, one.answered_at = main.decided_at, main.answered_at
    solution = one.solution or one.axis
    given = Move(main.status, solution, MAIN_ERASED, main.answer, main.answer_sms, main.linked_project)
    move(session, one, given, None, now)


def _recount(session: Session, main: Contribution) -> None:
    """Its supporters counted anew, and whether others are alike: both told to nobody who has the case open."""
    session.flush()
    supporters = count_supporters(session, main)
    session.execute(update(Contribution).where(Contribution.id == main.id).values(support_count=supporters))
    renew_mark(session, main)


def _answer(
    session: Session, one: Contribution, main: Contribution, answered: Collection[Person], now: dt.datetime
) -> list[Person]:
    """Tell the answer to ``main``, published before, to those whom ``one`` concerns and who have not had it; who they are."""
    told = []
    for person, opening in publication.find_audience(session, one):
        if person not in answered:
            answer = main.answer if person.channel is Channel.WEB else main.answer_sms
            text = publication.write_answer(f"{opening}, regroupée avec {main.code}", main.status, answer or "")
            outbox.owe(session, person, text, Purpose.DECISION, now, contribution=one)
            told.append(person)
    return told


def _tell(session: Session, one: Contribution, news: str, now: dt.datetime) -> None:
    if one.person_id is not None:
        author = session.get_one(Person, one.person_id)
        outbox.owe(session, author, f"Votre idée {one.code} {news}", Purpose.NEWS, now, contribution=one)
