"""What protects the councils from abuse: so many ideas a day, a flag on an idea, a ban of its author's pseudonym, an appeal.

None of it ever stands before an emergency, a duty word or a search for care: ``bot.dialogue`` and ``bot.flows``.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, joinedload

from bot.known import PARIS, Banned
from knowledge.loader import Knowledge
from service import outbox, people
from service.cases import read_case
from service.database import insert
from service.errors import NotFound, Refused
from service.masking import mask
from service.models import Ban, Contribution, Delivery, Person, Purpose, Reviewer
from service.rights import Right, require, visible_to
from service.status import check_version, record

# In the dialogues of 2022, 1,100 people gave 1,700 ideas in all (knowledge/story.toml): ten from one person on one day are
# a meeting, which the secretary enters, or a machine.
IDEAS_A_DAY = 10
LONGEST_REASON = 150  # characters: its author reads it in a message of two segments
UPHELD = (
    "Le CTS {council} a lu votre recours et maintient sa décision. Motif : {reason}\n"
    "Pour contester encore : RECOURS suivi de votre message."
)
LIFTED = "Le conseil territorial de santé a relu sa décision : vous pouvez de nouveau lui envoyer vos idées."


def count_ideas_left(session: Session, person: Person, now: dt.datetime) -> int:
    """How many ideas ``person`` may still send before midnight in Paris."""
    midnight = dt.datetime.combine(now.astimezone(PARIS).date(), dt.time(), PARIS)
    today = select(func.count()).where(Contribution.person_id == person.id, Contribution.received_at >= midnight)
    return IDEAS_A_DAY - (session.scalar(today) or 0)


def flag(
    session: Session, reviewer: Reviewer, code: str, reason: str, *, is_abuse: bool, version: int, now: dt.datetime
) -> Contribution:
    """Mark an idea as abuse, or no longer; it stays where it is. Raises NotFound, Forbidden, Refused or Outdated."""
    require(reviewer, Right.INSTRUCT)
    contribution = read_case(session, reviewer, code)
    if contribution.flagged == is_abuse:
        return contribution  # a double click
    check_version(contribution, version)
    reason = _check_reason(reason)
    contribution.flagged = is_abuse
    what = "Signalée comme abus" if is_abuse else "Signalement retiré"
    record(session, contribution, f"{what} : {reason}", reviewer, now)
    return contribution


def ban_author(session: Session, reviewer: Reviewer, code: str, reason: str, now: dt.datetime) -> None:
    """Take in no more ideas for this territory from the author of one, whom the reviewer need not know.

    Raises NotFound, Forbidden, or Refused without a reason, or when nobody knows the author.
    """
    require(reviewer, Right.DECIDE)
    contribution = read_case(session, reviewer, code)
    reason = _check_reason(reason)
    author = session.get(Person, contribution.person_id) if contribution.person_id else None
    if author is None:
        raise Refused("L'auteur de cette idée n'est pas connu : rien ne peut être bloqué.")
    row = {
        "pseudonym": author.pseudonym,
        "departement": contribution.departement,
        "contribution_id": contribution.id,
        "reviewer_id": reviewer.id,
        "since": now,
        "reason": reason,
    }
    made = insert(session, Ban).values(row).on_conflict_do_nothing(index_elements=["pseudonym", "departement"])
    if session.scalar(made.returning(Ban.id)) is not None:  # else a double click
        record(session, contribution, f"Auteur bloqué pour abus : {reason}", reviewer, now)


def lift_ban(session: Session, reviewer: Reviewer, number: int, now: dt.datetime) -> None:
    """Take in the person's ideas again; who appealed is told. Raises NotFound or Forbidden."""
    ban = _hold_ban(session, reviewer, number)
    if ban.contribution is not None:
        record(session, ban.contribution, "Blocage de l'auteur levé.", reviewer, now)
    author = people.find_person(session, (ban.pseudonym,))
    if ban.appealed_at is not None and author is not None:
        outbox.owe(session, author, LIFTED, Purpose.NEWS, now)
    session.delete(ban)
    session.flush()


def uphold_ban(
    session: Session,
    reviewer: Reviewer,
    knowledge: Knowledge,
    number: int,
    reason: str,
    read: dt.datetime | None,
    now: dt.datetime,
) -> bool:
    """Answer an appeal: the ban stays, and the person is told why; whether they can be. ``read``: when the appeal that
    was read came.

    Raises NotFound, Forbidden, or Refused without a reason, or when another has answered, or the person wrote again.
    """
    ban = _hold_ban(session, reviewer, number)
    reason = _check_reason(reason)
    if ban.appeal is None:
        raise Refused("Ce recours a déjà reçu une réponse.")
    if ban.appealed_at != read:
        raise Refused("La personne a envoyé un nouveau recours : lisez-le avant de répondre.")
    ban.appeal = None  # answered; that they appealed is still known, and they are told if the ban is lifted
    if ban.contribution is not None:
        record(session, ban.contribution, f"Recours lu, blocage maintenu : {reason}", reviewer, now)
    author = people.find_person(session, (ban.pseudonym,))
    words = UPHELD.format(council=knowledge.territory(ban.departement).of_name, reason=reason)
    told = outbox.owe(session, author, words, Purpose.NEWS, now) if author is not None else None
    session.flush()
    return told is not None and told.delivery is Delivery.OWED


def list_bans(session: Session, reviewer: Reviewer) -> list[Ban]:
    """The bans that the reviewer may see: appeals first, the oldest first, then the newest bans."""
    require(reviewer, Right.INSTRUCT)
    order = (Ban.appeal.is_(None), case((Ban.appeal.is_not(None), Ban.appealed_at)), Ban.id.desc())
    together = (joinedload(Ban.contribution), joinedload(Ban.reviewer))
    return list(session.scalars(visible_to(reviewer, Ban).options(*together).order_by(*order)))


def find_ban(session: Session, contribution: Contribution) -> Ban | None:
    """The ban of a contribution's author in its territory."""
    if contribution.person_id is None:
        return None
    author = select(Person.pseudonym).where(Person.id == contribution.person_id).scalar_subquery()
    return session.scalar(select(Ban).where(Ban.pseudonym == author, Ban.departement == contribution.departement))


def tell_bans(session: Session, pseudonyms: tuple[str, ...]) -> tuple[Banned, ...]:
    """The bans of somebody who is writing, as they are told of them."""
    bans = _hold_bans(session, pseudonyms)
    return tuple(Banned(ban.departement, ban.reason, ban.since.astimezone(PARIS).date()) for ban in bans)


def take_appeal(session: Session, pseudonyms: tuple[str, ...], words: str, now: dt.datetime) -> None:
    """Keep what somebody says against their bans, masked, in place of what they said before."""
    for ban in _hold_bans(session, pseudonyms):
        ban.appeal, ban.appealed_at = mask(words).text, now
    session.flush()


def _hold_ban(session: Session, reviewer: Reviewer, number: int) -> Ban:
    require(reviewer, Right.DECIDE)
    ban = session.scalar(visible_to(reviewer, Ban).where(Ban.id == number).with_for_update(of=Ban))
    if ban is None:
        raise NotFound("Ce blocage n'existe pas, ou n'est pas de votre territoire.")
    return ban


def _hold_bans(session: Session, pseudonyms: tuple[str, ...]) -> list[Ban]:
    """The bans of a person, known from now on under the key in use; one a territory."""
    # Held: an appeal in the words of one that is being answered is another one.
    own = select(Ban).where(Ban.pseudonym.in_(pseudonyms)).order_by(Ban.id).with_for_update()
    found = session.scalars(own).all()
    by_territory: dict[str, Ban] = {}
    for ban in found:
        if by_territory.setdefault(ban.departement, ban) is not ban:
            session.delete(ban)  # the same person, known twice
    session.flush()
    for ban in by_territory.values():
        ban.pseudonym = pseudonyms[0]
    session.flush()
    return list(by_territory.values())


def _check_reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise Refused("Indiquez le motif : il est gardé dans l'historique.", "abuse_reason")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"Le motif dépasse {LONGEST_REASON} caractères : raccourcissez-le.", "abuse_reason")
    return reason
