"""Slowing down whoever guesses passwords, without letting them lock out the person whose account it is.

After the OWASP "device cookies" protocol (https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies,
read 2026-11): a device on which an account was opened before is counted by itself; all others are counted together, by the
account, and by their network address. An attacker elsewhere uses up the tries of "all others", never those of the owner's device.
An attempt is counted before it is made, and forgotten when it was right: a hundred at once are no quicker than one.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.database import insert
from service.errors import ServiceError
from service.keyring import Keyring
from service.models import SignInFailure

FREE_FOR_ACCOUNT = 5  # a person who mistypes is not slowed down
FREE_FOR_ADDRESS = 30  # a whole delegation shares one
FIRST_PAUSE = dt.timedelta(seconds=30)  # then twice as long each time
# About 100 tries a day: NIST SP 800-63B-3 §5.2.2 allows no more than 100 failures in a row on an account.
LONGEST_PAUSE = dt.timedelta(minutes=15)
FORGOTTEN_AFTER = dt.timedelta(days=1)


class TooMany(ServiceError):
    """Too many attempts failed: none is heard for ``pause``."""

    code = "too_many"

    def __init__(self, pause: dt.timedelta) -> None:
        minutes = -(-int(pause.total_seconds()) // 60)
        super().__init__(f"Trop d'essais : réessayez dans {minutes} minute{'s' if minutes > 1 else ''}.")
        self.pause = pause


@dataclass(frozen=True)
class Attempt:
    """Somebody who tries to open an account: the pseudonyms under which failures are counted, and how many are free."""

    by: str  # the account, or the device of its owner
    address: str | None  # None from a known device: a neighbour's attack does not hold it up

    @property
    def limits(self) -> dict[str, int]:
        """How many attempts each is free to miss."""
        return {self.by: FREE_FOR_ACCOUNT} | ({self.address: FREE_FOR_ADDRESS} if self.address else {})


def identify(keyring: Keyring, email: str, address: str, device: str | None) -> Attempt:
    """Who tries: ``device`` is what a device known for this account is called, None for any other."""

    def hide(subject: str) -> str:
        return keyring.make_pseudonyms(subject)[0]

    if device is not None:
        return Attempt(hide(f"device:{device}"), None)
    return Attempt(hide(f"account:{email}"), hide_network(keyring, address))


def hide_network(keyring: Keyring, address: str) -> str:
    """The pseudonym under which the network of ``address`` is counted."""
    return keyring.make_pseudonyms(f"address:{_network(address)}")[0]


def count_attempt(session: Session, attempt: Attempt, now: dt.datetime) -> None:
    """Count an attempt that is about to be made: to be committed before it is. Raises TooMany instead when one must wait."""
    rows = [(_hold(session, subject, now), free) for subject, free in attempt.limits.items()]
    pause = max(row.until - now for row, _ in rows)
    if pause > dt.timedelta(0):
        raise TooMany(pause)
    for row, free in rows:
        row.count = row.count + 1 if now - row.last < FORGOTTEN_AFTER else 1
        row.last, row.until = now, now + _pause_after(row.count - free)
    session.flush()


def was_right(session: Session, attempt: Attempt, now: dt.datetime, *, is_in: bool) -> None:
    """The attempt was no failure of its network address; with ``is_in`` the account is open, and its failures forgotten.

    Until then they stay: a second factor may follow, and whoever has the password must not guess it for ever.
    """
    if is_in:
        session.execute(delete(SignInFailure).where(SignInFailure.subject == attempt.by))
    if attempt.address is not None:
        row = _hold(session, attempt.address, now)
        row.count, row.until = max(row.count - 1, 0), now
        session.flush()


def _hold(session: Session, subject: str, now: dt.datetime) -> SignInFailure:
    """The row of ``subject``, made if need be, locked until the transaction ends."""
    made = insert(session, SignInFailure).values(subject=subject, count=0, last=now, until=now)
    session.execute(made.on_conflict_do_update(index_elements=["subject"], set_={"subject": subject}))
    held = select(SignInFailure).where(SignInFailure.subject == subject)
    return session.scalars(held, execution_options={"populate_existing": True}).one()


def _pause_after(failures: int) -> dt.timedelta:
    """How long to wait after the nth failure that is not free."""
    if failures < 0:
        return dt.timedelta(0)
    return min(FIRST_PAUSE * int(2 ** min(failures, 16)), LONGEST_PAUSE)


def _network(address: str) -> str:
    """An address as it is counted: whoever has one IPv6 address has the 2^64 of its network."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
