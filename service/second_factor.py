"""A reviewer's second factor: codes of their phone, and recovery codes for the day the phone is lost."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import secrets

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import Delete, Update

from service import totp
from service.errors import Refused
from service.keyring import Keyring
from service.models import RecoveryCode, Reviewer, Role

RECOVERY_CODES = 10
RECOVERY_BYTES = 10  # 80 random bits: a plain hash hides them well enough
REQUIRED_OF = (Role.SECRETARY, Role.REGION)  # they read the sealed originals, decide, govern
GRACE = dt.timedelta(days=14)  # of a new account: nobody is kept out on their first day


def has_one(reviewer: Reviewer) -> bool:
    """Whether a code is asked for after the password."""
    return reviewer.sealed_totp_secret is not None


def due(reviewer: Reviewer) -> dt.datetime | None:
    """When a reviewer without a second factor must have one; None when they need none, or have it."""
    return None if has_one(reviewer) or reviewer.role not in REQUIRED_OF else reviewer.created_at + GRACE


def set_up(
    session: Session, keyring: Keyring, reviewer: Reviewer, secret: str, code: str, now: dt.datetime
) -> list[str]:
    """Ask for ``secret``'s codes from now on; the new recovery codes, told once. Raises Refused for a wrong code."""
    step = totp.find_step(secret, code, now) if totp.is_secret(secret) else None
    if step is None:
        raise Refused(
            "Ce code n'est pas celui de votre téléphone : vérifiez-en l'heure et tapez le code suivant.", "code"
        )
    reviewer.sealed_totp_secret, reviewer.totp_step = keyring.seal(secret, context_of(reviewer)), step
    return renew_recovery_codes(session, reviewer)


def check(session: Session, keyring: Keyring, reviewer: Reviewer, code: str, now: dt.datetime) -> bool:
    """Whether ``code`` is the phone's, or a recovery code; each is good once. Raises SealError without the key."""
    if reviewer.sealed_totp_secret is None:
        return False
    step = totp.find_step(keyring.open(reviewer.sealed_totp_secret, context_of(reviewer)), code, now)
    if step is None:
        used = delete(RecoveryCode).where(
            RecoveryCode.reviewer_id == reviewer.id, RecoveryCode.code_hash == _hash(code)
        )
        return _did_one(session, used)
    newer = update(Reviewer).where(Reviewer.id == reviewer.id, Reviewer.totp_step < step)
    return _did_one(session, newer.values(totp_step=step))  # of two browsers with the same code, one gets in


def renew_recovery_codes(session: Session, reviewer: Reviewer) -> list[str]:
    """Ten new recovery codes, told once, in place of those there were."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.reviewer_id == reviewer.id))
    codes = [_make_recovery_code() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(reviewer_id=reviewer.id, code_hash=_hash(code)) for code in codes)
    session.flush()
    return codes


def count_recovery_codes(session: Session, reviewer: Reviewer) -> int:
    """How many are left."""
    left = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.reviewer_id == reviewer.id)
    return session.scalar(left) or 0


def remove(session: Session, reviewer: Reviewer) -> None:
    """No second factor any more, nor recovery codes."""
    reviewer.sealed_totp_secret = None
    session.execute(delete(RecoveryCode).where(RecoveryCode.reviewer_id == reviewer.id))
    session.flush()


def context_of(reviewer: Reviewer) -> str:
    """What a secret is sealed to: another account's row cannot use it."""
    return f"reviewer {reviewer.id} totp"


def _make_recovery_code() -> str:
    letters = base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _hash(code: str) -> str:
    """As it is typed: with or without its dashes, in any case."""
    bare = "".join(character for character in code.lower() if character.isalnum())
    return hashlib.sha256(bare.encode()).hexdigest()


def _did_one(session: Session, statement: Delete | Update) -> bool:
    done = session.execute(statement)
    assert isinstance(done, CursorResult)  # noqa: S101 -- what a DELETE or an UPDATE returns
    return done.rowcount == 1
