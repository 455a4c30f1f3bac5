"""Changing the pepper: what the older key sealed is sealed anew; people follow as they write."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from service.keyring import Keyring
from service.models import Ban, Contribution, OptOut, Person, Question, Reviewer
from service.second_factor import context_of


def rotate(session: Session, keyring: Keyring) -> tuple[int, int]:
    """How many originals, addresses and second factors were sealed anew, and how many pseudonyms still depend on an older key.

    A pseudonym cannot be made anew without its number: it changes when the person next writes. Raises SealError when an
    original was sealed by a key that is no longer there.
    """
    resealed = 0
    sealed = select(Contribution.id, Contribution.code, Contribution.sealed_words).where(
        Contribution.sealed_words.is_not(None)
    )
    for number, code, words in session.execute(sealed).all():
        if words is not None and not keyring.is_current(words):
            renewed = keyring.seal(keyring.open(words, code), code)
            # An update, not a change of the object: a reviewer who has the page open is not told of it.
            session.execute(update(Contribution).where(Contribution.id == number).values(sealed_words=renewed))
            resealed += 1
    resealed += _reseal_answers(session, keyring) + _reseal_addresses(session, keyring)
    resealed += _reseal_second_factors(session, keyring)
    waiting = 0
    for kind in (Person, OptOut, Ban):
        older = select(func.count()).select_from(kind).where(~kind.pseudonym.startswith(f"{keyring.name}:"))
        waiting += session.scalar(older) or 0
    return resealed, waiting


def _reseal_answers(session: Session, keyring: Keyring) -> int:
    sealed = select(Question).where(Question.sealed_answer.is_not(None)).options(joinedload(Question.contribution))
    count = 0
    for question in session.scalars(sealed):
        if question.sealed_answer is not None and not keyring.is_current(question.sealed_answer):
            code = question.contribution.code
            question.sealed_answer = keyring.seal(keyring.open(question.sealed_answer, code), code)
            count += 1
    return count


def _reseal_addresses(session: Session, keyring: Keyring) -> int:
    count = 0
    for person in session.scalars(select(Person).where(Person.sealed_address.is_not(None)).with_for_update()):
        if person.sealed_address is not None and not keyring.is_current(person.sealed_address):
            address = keyring.open(person.sealed_address, person.pseudonym)
            person.sealed_address = keyring.seal(address, person.pseudonym)
            count += 1
    return count


def _reseal_second_factors(session: Session, keyring: Keyring) -> int:
    count = 0
    for reviewer in session.scalars(select(Reviewer).where(Reviewer.sealed_totp_secret.is_not(None)).with_for_update()):
        if reviewer.sealed_totp_secret is not None and not keyring.is_current(reviewer.sealed_totp_secret):
            context = context_of(reviewer)
            reviewer.sealed_totp_secret = keyring.seal(keyring.open(reviewer.sealed_totp_secret, context), context)
            count += 1
    return count
