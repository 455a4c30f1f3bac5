"""Any gateway that speaks plain JSON over HTTP: a modem of one's own, or an adapter before another operator.

POST /messages {"id", "to", "text", "valid_seconds"} → {"id", "text", "at", "state", "error"}; the same id is sent once.
GET /messages?to=… or ?since=… → a list of the same, and "to". GET /arrivals?since=… → [{"id", "from", "text", "at"}].
Times are ISO 8601, with their offset; a state is sent, delivered or failed. Errors: 422, this person cannot be written
to; 410, they refuse our messages; 429, too fast.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from service.models import Delivery
from service.providers.provider import TIMEOUT, UNREADABLE, Arrival, Parcel, Problem, Receipt, Sort, choose_following

# By HTTP status. 422 and 410 no proxy answers of itself; whatever else it refuses, an administrator is to mend.
SORTS = {408: Sort.UNSURE, 410: Sort.OPTED_OUT, 422: Sort.NEVER, 429: Sort.WAIT}
STATES = {state.value: state for state in (Delivery.SENT, Delivery.DELIVERED, Delivery.FAILED)}


class HttpProvider:
    """``base_url`` without a slash at its end; ``token`` is sent as a bearer's."""

    def __init__(self, account: str, base_url: str, token: str) -> None:
        self.account = account
        self._base_url = base_url
        self._token = token

    def send(self, parcel: Parcel) -> Receipt:
        """See Provider."""
        body = {"id": parcel.key, "to": parcel.address, "text": parcel.text, "valid_seconds": parcel.valid_seconds}
        with _readable():
            return _read(self._call("/messages", body))

    def find(self, address: str) -> Iterable[Receipt]:
        """See Provider."""
        with _readable():
            return [_read(one) for one in self._call(f"/messages?{urlencode({'to': address})}")]

    def list_arrivals(self, since: dt.datetime) -> Iterable[Arrival]:
        """See Provider."""
        with _readable():
            query = urlencode({"since": since.isoformat()})
            sent: dict[str, list[tuple[str, dt.datetime]]] = {}
            for one in self._call(f"/messages?{query}"):
                sent.setdefault(_text(one, "to"), []).append((_text(one, "id"), _moment(one)))
            return [
                Arrival(
                    _text(one, "id"),
                    _text(one, "from"),
                    _text(one, "text"),
                    at := _moment(one),
                    followed_by=choose_following(sent.get(_text(one, "from"), ()), at),
                )
                for one in self._call(f"/arrivals?{query}")
            ]

    def _call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._base_url + path, data, headers)  # noqa: S310 -- the administrator's own address
        try:
            with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 -- the same
                return json.load(answer)
        except HTTPError as error:
            error.close()
            default = Sort.UNSURE if error.code >= 500 else Sort.ALARM
            raise Problem(SORTS.get(error.code, default), str(error.code)) from error
        except (OSError, HTTPException) as error:
            raise Problem(Sort.UNSURE) from error


@contextmanager
def _readable() -> Iterator[None]:
    """An answer that is not what was agreed, as a Problem: what was asked may have been done."""
    try:
        yield
    except UNREADABLE as error:
        raise Problem(Sort.UNSURE) from error


def _read(one: dict[str, Any]) -> Receipt:
    error = None if one.get("error") is None else str(one["error"])
    return Receipt(_text(one, "id"), _text(one, "text"), _moment(one), STATES[one["state"]], error)


def _text(one: dict[str, Any], name: str) -> str:
    if not isinstance(one[name], str):
        raise TypeError(name)
    return str(one[name])


def _moment(one: dict[str, Any]) -> dt.datetime:
    at = dt.datetime.fromisoformat(one["at"])
    if at.utcoffset() is None:
        raise ValueError("no offset")
    return at
