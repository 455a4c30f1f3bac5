"""The provider of the demonstration."""

from __future__ import annotations

import datetime as dt
import io

from service.models import Delivery
from service.providers.console import ConsoleProvider
from service.providers.provider import Parcel


def test_it_prints_the_words_and_not_the_number() -> None:
    out = io.StringIO()
    provider = ConsoleProvider(out)
    receipt = provider.send(Parcel("key", "+33639980001", "Bonjour", "https://voix.example.fr/…", 60))
    assert (out.getvalue(), receipt.delivery) == ("SMS …01 : Bonjour\n", Delivery.DELIVERED)
    assert (list(provider.find("+33639980001")), list(provider.list_arrivals(dt.datetime.now(dt.UTC)))) == ([], [])
