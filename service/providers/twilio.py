"""Twilio, by its own client."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from service.models import Delivery
from service.providers.provider import TIMEOUT, UNREADABLE, Arrival, Parcel, Problem, Receipt, Sort, choose_following

# twilio.com/docs/messaging/api/message-resource#message-status-values, read 2026-11-21
STATES = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), Delivery.SENT),
    **dict.fromkeys(("delivered", "read"), Delivery.DELIVERED),
    **dict.fromkeys(("undelivered", "failed", "canceled"), Delivery.FAILED),
}
# Error codes: twilio.com/docs/api/errors/<code>, read 2026-11-22.
OPTED_OUT = 21610  # the person sent STOP to Twilio
# Credentials, account closed, and a sender that is not ours or cannot send: nothing can go.
ALARMS = frozenset({20003, 20005, 21212, 21601, 21603, 21606, 21659, 21660, 21705})
WAITS = frozenset({14107, 20429, 21611})  # sending too fast, too many requests, the sender's queue is full
# No number, a short code, our own, of a country that we do not send to, not a mobile's, a landline's; a text too long.
NEVER = frozenset({21211, 21265, 21266, 21408, 21614, 21635, 21617})
# What Twilio took and told later that it did not send. Whatever else it tells the operator has refused, or may have
# delivered: 30410, a time-out of the operator's, Twilio itself does not try again, "to avoid duplicate delivery".
FAILURES = {
    "30001": Sort.RETRY,  # the queue overflowed
    "30036": Sort.RETRY,  # it waited there for as long as Twilio keeps one; ours may be good for longer
    "30500": Sort.RETRY,  # an internal error: "try sending the message again"
    "30002": Sort.ALARM,  # the account was suspended
    str(OPTED_OUT): Sort.OPTED_OUT,
}
LONGEST_VALIDITY = 36_000  # seconds; …/docs/api/errors/90007
REPLIED_WITHIN = dt.timedelta(seconds=30)  # of a call that may take 15 s in all
LAST_SENT = 50  # messages to one person that are looked through for one


class TwilioProvider:
    """``sender`` is a number or short code, or a messaging service (MG…); ``base_url``: another region's host."""

    def __init__(self, account: str, token: str, sender: str, base_url: str = "") -> None:
        self.account = account
        self._token = token
        self._sender = sender
        self._base_url = base_url
        self._connected: Any = None

    def send(self, parcel: Parcel) -> Receipt:
        """See Provider."""
        with _problems():
            return _read(
                self._client.messages.create(
                    to=parcel.address,
                    body=parcel.text,
                    status_callback=parcel.callback_url,
                    validity_period=max(1, min(parcel.valid_seconds, LONGEST_VALIDITY)),
                    **self._from(parcel.address),
                )
            )

    def find(self, address: str) -> Iterable[Receipt]:
        """See Provider. Not filtered by date: a message that is still queued has no date of sending."""
        with _problems():
            return [_read(found) for found in self._client.messages.list(to=address, limit=LAST_SENT) if _is_out(found)]

    def list_arrivals(self, since: dt.datetime) -> Iterable[Arrival]:
        """See Provider. Twilio filters by day, lists the newest first, and its times have whole seconds."""
        with _problems():
            found = self._client.messages.list(date_sent_after=since, page_size=1000)
            sent: dict[tuple[str, str], list[Any]] = {}  # by person, and the number that it was sent from
            for one in reversed(found):
                if _is_out(one):
                    sent.setdefault((one.to, one.from_), []).append(one)
            return [
                _read_arrival(one, at, sent.get((one.from_, one.to), []))
                for one in reversed(found)
                if not _is_out(one) and self._is_ours(one) and (at := one.date_sent or one.date_created) >= since
            ]

    @property
    def _client(self) -> Any:
        if self._connected is None:
            from twilio.http.http_client import TwilioHttpClient  # noqa: PLC0415 -- half a second, for the worker alone
            from twilio.rest import Client  # noqa: PLC0415 -- the same

            self._connected = Client(self.account, self._token, http_client=TwilioHttpClient(timeout=TIMEOUT))
            if self._base_url:
                self._connected.api.base_url = self._base_url
        return self._connected

    def _from(self, address: str) -> dict[str, str]:
        if self._sender.startswith("MG"):
            return {"messaging_service_sid": self._sender}
        return {"from_": f"whatsapp:{self._sender}" if address.startswith("whatsapp:") else self._sender}

    def _is_ours(self, message: Any) -> bool:
        """Whether it was written to our number: an account may have others."""
        return self._sender in {str(message.to).removeprefix("whatsapp:"), message.messaging_service_sid}


def sort_error(status: int, code: int | None) -> Sort:
    """What to do after an HTTP status and an error code of Twilio's; without one, or with the status, it is a proxy's."""
    if code == OPTED_OUT:
        return Sort.OPTED_OUT
    if code in WAITS or status == 429:
        return Sort.WAIT
    if status >= 500 or status == 408:  # it may have been taken before that
        return Sort.UNSURE
    if status != 400 or code in {None, status, *ALARMS}:
        return Sort.ALARM
    # What we do not know may be the number's fault or ours: neither is it given up, nor do the others wait for it.
    return Sort.NEVER if code in NEVER else Sort.RETRY


def sort_failure(code: str | None) -> Sort:
    """What to do about a message that Twilio took and could not send."""
    return FAILURES.get(code or "", Sort.NEVER)


@contextmanager
def _problems() -> Iterator[None]:
    """What goes wrong, as a Problem."""
    from requests.exceptions import RequestException  # noqa: PLC0415 -- as the client
    from twilio.base import exceptions  # noqa: PLC0415 -- the same

    try:
        yield
    except (exceptions.TwilioRestException, exceptions.TwilioServiceException) as error:
        raise Problem(sort_error(error.status, error.code), str(error.code or error.status)) from error
    except exceptions.TwilioException as error:  # of a list: the client only hands on the answer
        response = next((one for one in error.args if hasattr(one, "status_code")), None)
        if response is None:
            raise Problem(Sort.UNSURE) from error
        raise Problem(sort_error(response.status_code, None), str(response.status_code)) from error
    except (RequestException, *UNREADABLE) as error:
        raise Problem(Sort.UNSURE) from error


def _read_arrival(message: Any, at: dt.datetime, sent: list[Any]) -> Arrival:
    """``sent``: what its sender was sent, by TwiML or by the API, oldest first."""
    replies = (one.date_created for one in sent if one.direction == "outbound-reply")
    replied_at = next((reply for reply in replies if at <= reply <= at + REPLIED_WITHIN), None)
    following = choose_following(((one.sid, one.date_created) for one in sent if one.direction == "outbound-api"), at)
    return Arrival(message.sid, message.from_, message.body or "", at, replied_at, following)


def _is_out(message: Any) -> bool:
    return bool(message.direction.startswith("outbound"))


def _read(message: Any) -> Receipt:
    if not message.sid or not message.date_created:
        raise ValueError("not a message")
    state = STATES.get(str(message.status), Delivery.SENT)
    error = str(message.error_code) if message.error_code else None
    return Receipt(message.sid, message.body or "", message.date_created, state, error, sort_failure(error))
