"""Twilio's errors, sorted; its client is brought in only when it is used."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator

import pytest

from service.models import Delivery
from service.providers import twilio
from service.providers.provider import Parcel, Problem, Sort
from service.providers.twilio import TwilioProvider, sort_error, sort_failure
from tests.answering import answering
from tests.telephone import ACCOUNT, TOKEN
from tests.twilio_fake import Fake, Fault, running_fake

NUMBER = "+33639980001"


@pytest.fixture
def fake() -> Iterator[Fake]:
    with running_fake() as running:
        yield running


def provider(fake: Fake, sender: str = "38063") -> TwilioProvider:
    return TwilioProvider(ACCOUNT, TOKEN, sender, fake.base_url)


def parcel(address: str = NUMBER, text: str = "Bonjour", valid: int = 3600) -> Parcel:
    return Parcel("key", address, text, "https://voix.example.fr/webhooks/sms/status/key", valid)


@pytest.mark.parametrize(
    ("status", "code", "sort"),
    [
        (400, 21610, Sort.OPTED_OUT), (400, 21211, Sort.NEVER), (400, 21614, Sort.NEVER), (400, 21617, Sort.NEVER),
        (400, 21606, Sort.ALARM), (401, 20003, Sort.ALARM), (403, 20005, Sort.ALARM), (401, None, Sort.ALARM),
        (429, 20429, Sort.WAIT), (429, None, Sort.WAIT), (400, 21611, Sort.WAIT), (503, None, Sort.UNSURE),
        (500, None, Sort.UNSURE), (502, None, Sort.UNSURE), (504, None, Sort.UNSURE), (404, 20404, Sort.ALARM),
        (302, 302, Sort.ALARM), (400, None, Sort.ALARM), (400, 400, Sort.ALARM), (403, 403, Sort.ALARM),
        (404, None, Sort.ALARM), (407, 407, Sort.ALARM), (408, 408, Sort.UNSURE), (400, 29999, Sort.RETRY),
    ],
)  # fmt: skip
def test_each_error_is_sorted(status: int, code: int | None, sort: Sort) -> None:
    assert sort_error(status, code) is sort


@pytest.mark.parametrize(
    ("code", "sort"),
    [
        ("30001", Sort.RETRY), ("30036", Sort.RETRY), ("30500", Sort.RETRY), ("30002", Sort.ALARM),
        ("21610", Sort.OPTED_OUT), ("30003", Sort.NEVER), ("30008", Sort.NEVER), ("30410", Sort.NEVER), (None, Sort.NEVER),
    ],
)  # fmt: skip
def test_each_failure_told_later_is_sorted(code: str | None, sort: Sort) -> None:
    assert sort_failure(code) is sort


def test_a_message_taken_is_known_again(fake: Fake) -> None:
    before = dt.datetime.now(dt.UTC).replace(microsecond=0)
    receipt = provider(fake).send(parcel())
    assert (receipt.text, receipt.delivery, receipt.at >= before) == ("Bonjour", Delivery.SENT, True)
    fake.take("outbound-api", body="bruit", from_="38063", to="+33639980099")
    fake.receive(NUMBER, "entrant")
    assert list(provider(fake).find(NUMBER)) == [receipt]


@pytest.mark.parametrize(
    ("address", "sender"), [(NUMBER, "38063"), (f"whatsapp:{NUMBER}", "whatsapp:38063")], ids=["SMS", "WhatsApp"]
)
def test_a_message_leaves_from_the_number_of_its_channel(fake: Fake, address: str, sender: str) -> None:
    provider(fake).send(parcel(address))
    assert fake.messages[0]["from"] == sender


def test_with_a_messaging_service_twilio_chooses_the_number(fake: Fake) -> None:
    service = "MG" + "1" * 32
    receipt = provider(fake, service).send(parcel())
    assert [(one["from"], one["messaging_service_sid"]) for one in fake.messages] == [(None, service)]
    assert list(provider(fake, service).find(NUMBER)) == [receipt]


def test_without_any_sender_nothing_goes_and_the_administrator_is_told(fake: Fake) -> None:
    with pytest.raises(Problem) as problem:
        provider(fake, "").send(parcel())
    assert (problem.value.sort, problem.value.code, fake.messages) == (Sort.ALARM, "21603", [])


@pytest.mark.parametrize("valid", [-5, 0, 1, 36_000, 36_001, 30 * 24 * 3600])
def test_the_validity_asked_for_is_one_that_twilio_accepts(fake: Fake, valid: int) -> None:
    assert provider(fake).send(parcel(valid=valid)).delivery is Delivery.SENT


@pytest.mark.parametrize(
    ("fault", "sort"),
    [
        (Fault.TOO_MANY, Sort.WAIT), (Fault.UNAVAILABLE, Sort.UNSURE), (Fault.BROKEN, Sort.UNSURE),
        (Fault.UNAVAILABLE_AFTER, Sort.UNSURE), (Fault.NOT_FOUND, Sort.ALARM), (Fault.UNHEARD_OF, Sort.RETRY),
        (Fault.AUTHENTICATION, Sort.ALARM), (Fault.INVALID_NUMBER, Sort.NEVER), (Fault.RESET_BEFORE, Sort.UNSURE),
        (Fault.SILENT_AFTER, Sort.UNSURE),
    ],
)  # fmt: skip
def test_whatever_goes_wrong_is_a_problem(
    fake: Fake, monkeypatch: pytest.MonkeyPatch, fault: Fault, sort: Sort
) -> None:
    monkeypatch.setattr(twilio, "TIMEOUT", 0.2)
    fake.faults = [fault]
    with pytest.raises(Problem) as problem:
        provider(fake).send(parcel())
    assert problem.value.sort is sort


@pytest.mark.parametrize(
    ("status", "body", "sort"),
    [
        pytest.param(200, b"<html>", Sort.UNSURE, id="a page"),
        pytest.param(200, b"[]", Sort.UNSURE, id="a list"),
        pytest.param(200, b'{"messages": [{"sid": "SM1"}]}', Sort.UNSURE, id="half a message"),
        pytest.param(302, b"", Sort.ALARM, id="sent elsewhere"),
        pytest.param(403, b"<html>", Sort.ALARM, id="a proxy's 403"),
        pytest.param(404, b"<html>", Sort.ALARM, id="a proxy's 404"),
        pytest.param(407, b"<html>", Sort.ALARM, id="a proxy's 407"),
        pytest.param(408, b"<html>", Sort.UNSURE, id="a proxy's 408"),
        pytest.param(503, b"<html>", Sort.UNSURE, id="a proxy's 503"),
    ],
)
def test_what_is_not_twilio_s_answer_is_a_problem_whatever_was_asked(status: int, body: bytes, sort: Sort) -> None:
    with answering(status, body) as base_url:
        asked = TwilioProvider(ACCOUNT, TOKEN, "38063", base_url)
        for ask in (
            lambda: asked.send(parcel()),
            lambda: asked.find(NUMBER),
            lambda: asked.list_arrivals(dt.datetime.now(dt.UTC)),
        ):
            with pytest.raises(Problem) as problem:
                ask()
            assert problem.value.sort is sort


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b'{"sid": "SM1", "status": "queued"}'])
def test_a_201_that_names_no_message_leaves_us_unsure(body: bytes) -> None:
    with answering(201, body) as base_url, pytest.raises(Problem) as problem:
        TwilioProvider(ACCOUNT, TOKEN, "38063", base_url).send(parcel())
    assert problem.value.sort is Sort.UNSURE


def test_what_is_too_long_for_twilio_is_refused_by_the_stand_in_too(fake: Fake) -> None:
    with pytest.raises(Problem) as problem:
        provider(fake).send(parcel(text="a" * 1601))
    assert (problem.value.sort, problem.value.code) == (Sort.NEVER, "21617")


def test_who_said_stop_is_told_apart(fake: Fake) -> None:
    fake.stopped = {NUMBER}
    with pytest.raises(Problem) as problem:
        provider(fake).send(parcel())
    assert (problem.value.sort, problem.value.code) == (Sort.OPTED_OUT, "21610")


def test_the_web_processes_never_load_twilio_s_client() -> None:
    """Half a second and 30 MB that only the worker needs."""
    program = "import sys; import service.providers.choice; sys.exit('twilio.rest' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
