"""The sealed address of a person whom we owe something: kept as long as that, and only then."""

from __future__ import annotations

from sqlalchemy import ColumnElement, CursorResult, and_, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from bot.channel import Channel
from service.delivery import UNFINISHED
from service.keyring import Keyring
from service.models import Contribution, OutboxMessage, Person, Question, Status, Support

AT_ONCE = 1000  # ids given to the database; it takes 32 766 at most


def keep_address(keyring: Keyring, person: Person, address: str) -> None:
    """Seal ``address``, as the channel gave it; on the web there is none, the person comes back by themselves."""
    if person.channel is not Channel.WEB:
        person.sealed_address = keyring.seal(address, person.pseudonym)


def renew_address(keyring: Keyring, person: Person, address: str) -> None:
    """An address that is kept follows its person: to another channel, to a new pseudonym, under which it is sealed."""
    if person.sealed_address is not None:
        keep_address(keyring, person, address)


def open_address(keyring: Keyring, person: Person) -> str | None:
    """Where to write to the person; None when it is not kept. Raises SealError when it cannot be opened."""
    return keyring.open(person.sealed_address, person.pseudonym) if person.sealed_address is not None else None


def forget_addresses(session: Session) -> int:
    """How many addresses were forgotten, because nothing is owed any more to their persons.

    Whom somebody else holds may be owed something there: they are left for the next time. Looked at again once held,
    by a statement of its own: PostgreSQL lets a statement see what was committed before it began, not before it held a row.
    """
    is_left = and_(Person.sealed_address.is_not(None), ~_is_owed_something())
    held = session.scalars(select(Person.id).where(is_left).with_for_update(skip_locked=True)).all()
    forgotten = 0
    for start in range(0, len(held), AT_ONCE):
        own = update(Person).where(Person.id.in_(held[start : start + AT_ONCE]), is_left).values(sealed_address=None)
        done = session.execute(own, execution_options={"synchronize_session": False})
        assert isinstance(done, CursorResult)  # noqa: S101 -- what an UPDATE returns
        forgotten += done.rowcount
    return forgotten


def _is_owed_something() -> ColumnElement[bool]:
    """A message under way, a question still open, an answer to an idea of theirs, or to one that they support."""
    message = exists().where(OutboxMessage.person_id == Person.id, OutboxMessage.delivery.in_(UNFINISHED))
    question = exists().where(Question.person_id == Person.id, Question.closed_at.is_(None))
    into = aliased(Contribution)
    merged_unanswered = exists().where(into.id == Contribution.merged_into_id, into.answer.is_(None))
    unanswered = or_(
        and_(Contribution.status != Status.MERGED, Contribution.answer.is_(None)),
        and_(Contribution.status == Status.MERGED, merged_unanswered),
    )
    own = exists().where(Contribution.person_id == Person.id, unanswered)
    supported = exists().where(Support.person_id == Person.id, Support.contribution_id == Contribution.id, unanswered)
    return or_(message, question, own, supported)
