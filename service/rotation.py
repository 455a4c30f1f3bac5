"""Changing the pepper: what the older key sealed is sealed anew; people follow as they write."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.keyring import Keyring
from service.models import Contribution, OptOut, Person


def rotate(session: Session, keyring: Keyring) -> tuple[int, int]:
    """How many originals were sealed anew, and how many pseudonyms still depend on an older key.

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
    waiting = 0
    for kind in (Person, OptOut):
        older = select(func.count()).select_from(kind).where(~kind.pseudonym.startswith(f"{keyring.name}:"))
        waiting += session.scalar(older) or 0
    return resealed, waiting
