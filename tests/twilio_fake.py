"""A stand-in for Twilio's REST API, over loopback HTTP: it keeps state, fails as told, and knows what reached phones.

Behaviour after the stored facts (docs of Twilio read 2026-11-21): sids are two letters and 32 hexadecimal digits; lists are
newest first, 50 a page, 1000 at most; DateSent filters by day in GMT and only what has such a date; 1600 characters at
most (21617); validity from 1 to 36 000 seconds (90007); a person who said STOP is not sent to (21610); too many requests
are 429 (20429), wrong credentials 401 (20003), no sender is 400 (21603); several callbacks share one MessageSid and come in any order.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import random
import secrets
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Flask

from tests.telephone import ACCOUNT, BASE_URL, NOTICE, TOKEN, Telephone, read_twiml, sign

PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
PAGE, LARGEST_PAGE = 50, 1000
SENT_AFTER = dt.timedelta(seconds=10)  # until then a message of ours is queued, and has no date of sending


class Fault(Enum):
    """How a request may go wrong: (HTTP status, error code), or what happens to the connection."""

    TOO_MANY = (429, 20429)
    UNAVAILABLE = (503, 20503)
    UNAVAILABLE_AFTER = (503, 20503, "the message is taken")
    BROKEN = (500, 20500)
    AUTHENTICATION = (401, 20003)
    NOT_FOUND = (404, 20404)
    UNHEARD_OF = (400, 29999)
    INVALID_NUMBER = (400, 21211)
    NOT_A_MOBILE = (400, 21614)
    SILENT_BEFORE = "no answer, nothing taken"
    SILENT_AFTER = "no answer, the message is taken"
    RESET_BEFORE = "connection reset, nothing taken"
    RESET_AFTER = "connection reset, the message is taken"


AFTER = {Fault.SILENT_AFTER, Fault.RESET_AFTER, Fault.UNAVAILABLE_AFTER}


@dataclass
class Fake:
    """The account's state. ``faults`` happen to the next requests that send, one each; ``chances`` to any; ``drawn``
    counts those that happened. ``calls``: the application that is told each state of each message, in any order, twice.
    """

    clock: Any = lambda: dt.datetime.now(dt.UTC)
    base_url: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)  # oldest first
    faults: list[Fault] = field(default_factory=list)
    chances: dict[Fault, float] = field(default_factory=dict)
    drawn: Counter[Fault] = field(default_factory=Counter)
    calls: Flask | None = None
    callers: list[threading.Thread] = field(default_factory=list)
    stopped: set[str] = field(default_factory=set)  # numbers that said STOP
    is_down: bool = False
    requests: Counter[str] = field(default_factory=Counter)
    token: str = TOKEN
    dice: random.Random = field(default_factory=lambda: random.Random(6))
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def ledger(self) -> list[tuple[str, str]]:
        """What reached phones, in order: (number, text)."""
        return [(one["to"], one["body"]) for one in self.messages if one["direction"] == "outbound-api"]

    def texts(self, number: str) -> list[str]:
        return [text for to, text in self.ledger if to == number]

    def take(self, direction: str, **fields: str | None) -> dict[str, Any]:
        """A message of the account, in or out."""
        now = self.clock()
        has_date = direction != "outbound-api"  # queued: not sent yet
        message = {
            "account_sid": ACCOUNT, "api_version": "2010-04-01", "body": fields["body"], "date_created": format_datetime(now),
            "date_sent": format_datetime(now) if has_date else None, "date_updated": format_datetime(now),
            "direction": direction, "error_code": None, "error_message": None, "from": fields["from_"],
            "messaging_service_sid": fields.get("service"), "num_media": "0", "num_segments": "1", "price": None, "price_unit": "USD",
            "sid": "SM" + secrets.token_hex(16), "status": {"inbound": "received", "outbound-reply": "delivered"}.get(direction, "queued"), "subresource_uris": {},
            "to": fields["to"], "uri": "",
        }  # fmt: skip
        self.messages.append({**message, "at": now, "callback": fields.get("callback", "")})
        return self.messages[-1]

    def receive(self, number: str, text: str) -> dict[str, Any]:
        """A person's message reaches Twilio, which has not told us yet."""
        return self.take("inbound", body=text, from_=number, to="38063")

    def reply(self, number: str, text: str) -> dict[str, Any]:
        """We answered Twilio's call with TwiML."""
        return self.take("outbound-reply", body=text, from_="38063", to=number)

    def tell_inbound(self, app: Flask, message: dict[str, Any]) -> str:
        """Twilio calls our webhook for ``message``, and sends on what it is answered; that, less the notice."""
        phone = Telephone(app, message["from"])
        response = phone.post(phone.form(message["body"], message["sid"]))
        assert response.status_code == 200, response.status
        told = read_twiml(response.data)
        if told:
            self.reply(message["from"], told)
        return NOTICE.sub("", told)

    def write_state(self, message: dict[str, Any], state: str, error: str = "") -> dict[str, str]:
        """The form of the callback that tells a state of ``message``, which it is in from now on."""
        message["status"], message["error_code"] = state, int(error) if error else None
        form = {"AccountSid": ACCOUNT, "MessageSid": message["sid"], "MessageStatus": state, "To": message["to"]}
        return form | ({"ErrorCode": error} if error else {})

    def call_back(self, app: Flask, message: dict[str, Any], state: str, error: str = "") -> int:
        """Twilio tells us a state of ``message``; the HTTP status it is answered."""
        form = self.write_state(message, state, error)
        path = message["callback"].removeprefix(BASE_URL)
        headers = {"X-Twilio-Signature": sign(form, message["callback"])}
        return app.test_client().post(path, data=form, headers=headers).status_code

    def call_back_at_random(self, app: Flask, message: dict[str, Any]) -> None:
        """Every state of a message that arrives, twice, in any order."""
        told = ["queued", "sent", "delivered"] * 2
        self.dice.shuffle(told)
        for state in told:
            assert self.call_back(app, message, state) == 204
        message["status"] = "delivered"

    def wait_for_callers(self) -> None:
        """All callbacks that were begun are made."""
        for caller in self.callers:
            caller.join()

    def draw_fault(self) -> Fault | None:
        fault = Fault.SILENT_BEFORE if self.is_down else self._draw()
        if fault is not None:
            self.drawn[fault] += 1
        return fault

    def _draw(self) -> Fault | None:
        if self.faults:
            return self.faults.pop(0)
        drawn = self.dice.random()
        for fault, chance in self.chances.items():
            drawn -= chance
            if drawn < 0:
                return fault
        return None


@contextmanager
def running_fake() -> Iterator[Fake]:
    """The fake, reached at its ``base_url``."""
    fake = Fake()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"fake": fake}))
    server.daemon_threads = True
    fake.base_url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    fake: Fake
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # an answer leaves in two pieces: the second would wait 40 ms

    def do_POST(self) -> None:
        """A message is to be sent."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
        with self.fake.lock:
            self.fake.requests["send"] += 1
            fault = self.fake.draw_fault()
            refusal = self._refuse(form)
            taken = None
            if refusal is None and (fault is None or fault in AFTER):
                taken = self.fake.take(
                    "outbound-api",
                    body=form["Body"],
                    from_=form.get("From"),
                    to=form["To"],
                    callback=form["StatusCallback"],
                    service=form.get("MessagingServiceSid"),
                )
                if self.fake.calls is not None:
                    caller = threading.Thread(target=self.fake.call_back_at_random, args=(self.fake.calls, taken))
                    self.fake.callers.append(caller)
                    caller.start()
        if fault is not None and isinstance(fault.value, tuple):
            refusal = fault.value[:2]
        if fault is not None and isinstance(fault.value, str):
            return self._break_off(fault)
        if refusal is not None:
            return self._answer(refusal[0], {"code": refusal[1], "message": "refused", "status": refusal[0]})
        self._answer(201, self._show(taken or {}))

    def do_GET(self) -> None:
        """A page of the messages."""
        address = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        with self.fake.lock:
            self.fake.requests["list"] += 1
            if self.fake.is_down:
                return self._break_off(Fault.SILENT_BEFORE)
            if not self._is_known():
                return self._answer(401, {"code": 20003, "message": "Authenticate", "status": 401})
            for one in self.fake.messages:
                if one["at"] <= self.fake.clock() - SENT_AFTER:
                    one["date_sent"] = one["date_created"]
            found = [one for one in reversed(self.fake.messages) if self._fits(one, asked)]
        size, page = min(int(asked.get("PageSize", PAGE)), LARGEST_PAGE), int(asked.get("Page", 0))
        shown = found[page * size : (page + 1) * size]
        more = len(found) > (page + 1) * size
        following = f"{PATH}?{urlencode({**asked, 'PageSize': size, 'Page': page + 1})}" if more else None
        self._answer(
            200,
            {
                "messages": [self._show(one) for one in shown],
                "next_page_uri": following,
                "page": page,
                "page_size": size,
            },
        )

    def _refuse(self, form: dict[str, str]) -> tuple[int, int] | None:
        if not self._is_known():
            return 401, 20003
        if not (form.get("From") or form.get("MessagingServiceSid")):
            return 400, 21603
        if len(form["Body"]) > 1600:
            return 400, 21617
        if not 1 <= int(form.get("ValidityPeriod", 36_000)) <= 36_000:
            return 400, 90007
        return (400, 21610) if form["To"] in self.fake.stopped else None

    def _is_known(self) -> bool:
        expected = base64.b64encode(f"{ACCOUNT}:{self.fake.token}".encode()).decode()
        return self.headers.get("Authorization") == f"Basic {expected}"

    @staticmethod
    def _fits(message: dict[str, Any], asked: dict[str, str]) -> bool:
        day = message["at"].astimezone(dt.UTC).date().isoformat() if message["date_sent"] else ""
        bounds = {"DateSent>": lambda asked: day and day >= asked, "DateSent<": lambda asked: day and day <= asked,
                  "DateSent": lambda asked: day == asked}  # fmt: skip
        is_party = all(message[key.lower()] == asked[key] for key in ("To", "From") if key in asked)
        return is_party and all(holds(asked[key][:10]) for key, holds in bounds.items() if key in asked)

    @staticmethod
    def _show(message: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in message.items() if key not in {"at", "callback"}}

    def _break_off(self, fault: Fault) -> None:
        """No answer: the connection stays silent until the caller is tired of it, or is reset at once."""
        self.close_connection = True
        if "reset" in fault.value:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        self.connection.settimeout(15)
        try:
            self.connection.recv(1)  # nothing more comes: returns when the caller hangs up
        except OSError:
            pass

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        written = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""
