"""A provider for the demonstration and for development: it prints."""

from __future__ import annotations

import datetime as dt
import sys
import uuid
from collections.abc import Iterable
from typing import TextIO

from service.models import Delivery
from service.providers.provider import Arrival, Parcel, Receipt


class ConsoleProvider:
    """What is printed is delivered; nothing ever comes in."""

    account = "console"

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout

    def send(self, parcel: Parcel) -> Receipt:
        """See Provider. The number stays unprinted but for its end: a terminal is a log."""
        print(f"SMS …{parcel.address[-2:]} : {parcel.text}", file=self._out, flush=True)
        return Receipt(uuid.uuid4().hex, parcel.text, dt.datetime.now(dt.UTC), Delivery.DELIVERED)

    def find(self, address: str) -> Iterable[Receipt]:
        """See Provider."""
        return ()

    def list_arrivals(self, since: dt.datetime) -> Iterable[Arrival]:
        """See Provider."""
        return ()
