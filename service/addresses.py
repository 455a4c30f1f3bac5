"""The sealed address of a person whom we owe something: kept as long as that, and only then."""

from __future__ import annotations

from sqlalchemy import ColumnElement, CursorResult, and_, exists, or_, update
from sqlalchemy.orm import Session, aliased

from bot.channel import Channel
from service.delivery import UNFINISHED
from service.keyring import Keyring
from service.models import Contribution, OutboxMessage, Person, Question, Status, Support


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
    """How many addresses were forgotten, because nothing is owed any more to their persons."""
    forgotten = session.execute(
        update(Person).where(Person.sealed_address.is_not(None), ~_is_owed_something()).values(sealed_address=None),
        execution_options={"synchronize_session": False},
    )
    assert isinstance(forgotten, CursorResult)  # noqa: S101 -- what an UPDATE returns
    return forgotten.rowcount


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
