"""Changing the pepper: what the older key sealed is sealed anew; people follow as they write."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.keyring import Keyring
from service.models import Contribution, OptOut, Person


def rotate(session: Session, keyring: Keyring) -> tuple[int, int]:
    """How many originals were sealed anew, and how many pseudonyms still depend on an older key.

    A pseudonym cannot be made anew without its number: it changes when the person next writes. Raises SealError when an
    original was sealed by a key that is no longer there.
    """
    resealed = 0
    sealed = select(Contribution).where(Contribution.sealed_words.is_not(None))
    for contribution in session.scalars(sealed.execution_options(yield_per=500)):
        if contribution.sealed_words is not None and not keyring.is_current(contribution.sealed_words):
            original = keyring.open(contribution.sealed_words, contribution.code)
            contribution.sealed_words = keyring.seal(original, contribution.code)
            resealed += 1
    session.flush()
    waiting = 0
    for table in (Person, OptOut):
        older = select(func.count()).select_from(table).where(~table.pseudonym.startswith(f"{keyring.name}:"))
        waiting += session.scalar(older) or 0
    return resealed, waiting
