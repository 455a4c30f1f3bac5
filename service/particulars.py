"""What few people have, asked of everyone who writes, in one statement: a refusal, a ban, an open question; and whether
their message was dealt with while it waited for them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BindParameter, bindparam, exists, select
from sqlalchemy.orm import Session

from service.models import Ban, Exchange, OptOut, Person, Question

_names: BindParameter[str] = bindparam("pseudonyms", expanding=True)
_asked = select(
    exists().where(OptOut.pseudonym.in_(_names)),
    exists().where(Ban.pseudonym.in_(_names)),
    exists().where(Question.person_id == bindparam("person_id"), Question.closed_at.is_(None)),
    exists().where(Exchange.account == bindparam("account"), Exchange.message_id == bindparam("message_id")),
)


@dataclass(frozen=True)
class Particulars:
    """Which of them there is: what they say is for others to read."""

    refusal: bool
    ban: bool
    question: bool
    exchange: bool


def find_particulars(
    session: Session, person: Person, pseudonyms: tuple[str, ...], account: str, message_id: str
) -> Particulars:
    """Those of ``person``, known under these pseudonyms, and of their message."""
    asked = {"pseudonyms": pseudonyms, "person_id": person.id, "account": account, "message_id": message_id}
    return Particulars(*session.execute(_asked, asked).one())
