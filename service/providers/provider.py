"""What a provider of messages must do for us: send one, say what became of those sent, list those that came in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter
from typing import Protocol

from service.models import Delivery

ANSWERED_WITHIN = dt.timedelta(hours=12)  # as long as a reply stays owed (service.outbox.VALID)
TIMEOUT = 10  # seconds for an answer: what takes longer is unsure, and asked about later
# What reading an answer raises that is JSON and not what was agreed, or no JSON at all: a proxy's page, an error's.
UNREADABLE = (AttributeError, LookupError, OverflowError, TypeError, ValueError)


@dataclass(frozen=True)
class Parcel:
    """A message to be sent. ``key`` is ours, and the last part of ``callback_url``, where its states are told."""

    key: str
    address: str  # E.164, or "whatsapp:" and E.164
    text: str
    callback_url: str
    valid_seconds: int  # how long the provider may go on trying


class Sort(StrEnum):
    """What is to be done about a message that could not be sent."""

    RETRY = "retry"  # later, and later still
    WAIT = "wait"  # too many at once: everything waits
    NEVER = "never"  # it cannot be sent to this person
    OPTED_OUT = "opted_out"  # the person told the provider to stop
    ALARM = "alarm"  # nothing can be sent before an administrator has done something
    UNSURE = "unsure"  # it may have been taken: to be asked before it is sent again


@dataclass(frozen=True)
class Receipt:
    """A message as the provider knows it."""

    provider_id: str
    text: str
    at: dt.datetime  # when the provider took it
    delivery: Delivery  # SENT, DELIVERED or FAILED
    error: str | None = None
    sort: Sort = Sort.NEVER  # of a failure: RETRY, ALARM, OPTED_OUT or NEVER


@dataclass(frozen=True)
class Arrival:
    """A message that came in at the provider, whether or not it told us."""

    message_id: str
    sender: str
    text: str
    at: dt.datetime
    answered_at: dt.datetime | None = None  # in the provider's call itself: it had reached us
    followed_by: tuple[
        tuple[str, dt.datetime], ...
    ] = ()  # its id and when: what we sent since, of which one may answer it


def choose_following(sent: Iterable[tuple[str, dt.datetime]], at: dt.datetime) -> tuple[tuple[str, dt.datetime], ...]:
    """What of ``sent`` may answer what came in ``at`` that time, oldest first."""
    return tuple(one for one in sorted(sent, key=itemgetter(1)) if at <= one[1] <= at + ANSWERED_WITHIN)


class Problem(Exception):
    """The provider did not do as it was asked: ``code`` is its own, "" when it did not answer."""

    def __init__(self, sort: Sort, code: str = "") -> None:
        super().__init__(f"{sort.value} {code}".strip())
        self.sort = sort
        self.code = code


class Provider(Protocol):
    """Each method may raise Problem, and nothing else that a network or a provider does."""

    account: str  # whose messages these are: with a message's id, what names it among all

    def send(self, parcel: Parcel) -> Receipt:
        """Send one message, once."""

    def find(self, address: str) -> Iterable[Receipt]:
        """The last messages sent to ``address``, newest first."""

    def list_arrivals(self, since: dt.datetime) -> Iterable[Arrival]:
        """What came in since then; of what has the same time, the older first."""
