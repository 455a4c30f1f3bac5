"""Any gateway that speaks plain JSON over HTTP: a modem of one's own, or an adapter before another operator.

POST /messages {"id", "to", "text", "valid_seconds"} → {"id", "text", "at", "state", "error"}; the same id is sent once.
GET /messages?to=… → a list of the same. GET /arrivals?since=… → [{"id", "from", "text", "at"}]. Times are ISO 8601.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from service.models import Delivery
from service.providers.provider import TIMEOUT, Arrival, Parcel, Problem, Receipt, Sort

SORTS = {401: Sort.ALARM, 403: Sort.ALARM, 410: Sort.OPTED_OUT, 429: Sort.WAIT, 503: Sort.RETRY}


class HttpProvider:
    """``base_url`` without a slash at its end; ``token`` is sent as a bearer's."""

    def __init__(self, account: str, base_url: str, token: str) -> None:
        self.account = account
        self._base_url = base_url
        self._token = token

    def send(self, parcel: Parcel) -> Receipt:
        """See Provider."""
        body = {"id": parcel.key, "to": parcel.address, "text": parcel.text, "valid_seconds": parcel.valid_seconds}
        return _read(self._call("/messages", body))

    def find(self, address: str) -> Iterable[Receipt]:
        """See Provider."""
        return [_read(one) for one in self._call(f"/messages?{urlencode({'to': address})}")]

    def list_arrivals(self, since: dt.datetime) -> Iterable[Arrival]:
        """See Provider."""
        found = self._call(f"/arrivals?{urlencode({'since': since.isoformat()})}")
        return [Arrival(one["id"], one["from"], one["text"], dt.datetime.fromisoformat(one["at"])) for one in found]

    def _call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._base_url + path, data, headers)  # noqa: S310 -- the administrator's own address
        try:
            with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 -- the same
                return json.load(answer)
        except HTTPError as error:
            error.close()
            default = Sort.UNSURE if error.code >= 500 else Sort.NEVER
            raise Problem(SORTS.get(error.code, default), str(error.code)) from error
        except (OSError, HTTPException, ValueError) as error:
            raise Problem(Sort.UNSURE) from error


def _read(one: dict[str, Any]) -> Receipt:
    at = dt.datetime.fromisoformat(one["at"])
    return Receipt(one["id"], one["text"], at, Delivery(one["state"]), one.get("error"))
