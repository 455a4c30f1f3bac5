"""People who text, all at once: the conversations of the transcripts, signed as Twilio signs them, over loopback.

gunicorn's sync workers close each connection after its answer, so that every message is a connection of its own, as it is
for the floor that the service is compared with. A message is built before its turn comes: the client takes little of
the machine that it shares with what it measures.
"""

from __future__ import annotations

import itertools
import random
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from tests.telephone import ACCOUNT, TOKEN, new_message_id
from tests.transcript import FOLDER

# Words that change nothing of what is meant: some of them end each conversation's free texts, so that no two people say
# quite the same. Else the service would read the same few texts for ever, and take all ideas for one.
ASIDES = (
    "bus tram colline fontaine marronnier vitrine escalier gouttiere tabouret parapluie lanterne carrefour brouette moulin "
    "clairiere sentier ruisseau grenier corniche plateau"
).split()
OWN_WORDS = 4
FREE_FROM = 4  # words: a shorter message is an option, a code or a word that we know
UNDER_WAY = 8  # conversations of one caller, one message of each in turn
ANSWERED = b"HTTP/1.1 200"
_numbers = itertools.count(0)  # each conversation is a person's first


@dataclass(frozen=True)
class Message:
    """What one line of a transcript sends: the words, or a point."""

    text: str
    point: tuple[str, str] | None = None
    prefix: str = ""  # of the number: "whatsapp:"


@dataclass
class Tally:
    """What the callers saw: seconds that each answer took, in the order given, and how long all of it lasted."""

    latencies: list[float] = field(default_factory=list)
    refused: int = 0  # answers that are no 200
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds


def read_scripts() -> list[list[Message]]:
    """The transcripts that come by telephone, each a conversation; a new scene of one is the same person's."""
    return [script for path in sorted(FOLDER.glob("*.txt")) if (script := _read_script(path))]


def _read_script(path: Path) -> list[Message]:
    messages, prefix, point = [], "", None
    for line in path.read_text(encoding="utf-8").splitlines():
        if line == "@ channel web":
            return []
        if line == "@ channel whatsapp":
            prefix = "whatsapp:"
        elif line.startswith("@ point "):
            latitude, longitude = line.split()[2:]
            point = (latitude, longitude)
        elif line.startswith(">"):
            messages.append(Message(line[2:].replace("\\n", "\n"), point, prefix))
            point = None
    return messages


def talk(base: str, seconds: float, connections: int) -> Tally:
    """So many callers text to the service at ``base``, each its next message as soon as it has the answer to the last."""
    tally, tallies = Tally(), [Tally() for _ in range(connections)]
    began = time.perf_counter()
    threads = [
        threading.Thread(target=_call, args=(base, began + seconds, number, one)) for number, one in enumerate(tallies)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally.seconds = time.perf_counter() - began
    tally.latencies = [latency for one in tallies for latency in one.latencies]
    tally.refused = sum(one.refused for one in tallies)
    return tally


def _call(base: str, until: float, first_script: int, tally: Tally) -> None:
    address, port = base.removeprefix("http://").split(":")
    for request in _write_requests(base, first_script):
        began = time.perf_counter()
        if began >= until:
            return
        with socket.create_connection((address, int(port)), timeout=30) as connection:
            connection.sendall(request)
            answer = b""
            while part := connection.recv(65536):
                answer += part
        tally.latencies.append(time.perf_counter() - began)
        tally.refused += not answer.startswith(ANSWERED)


def _write_requests(base: str, first_script: int) -> Iterator[bytes]:
    """Requests without end: the messages of UNDER_WAY conversations in turn, a new one for each that ends."""
    scripts = itertools.islice(itertools.cycle(read_scripts()), first_script, None)
    validator, url = RequestValidator(TOKEN), f"{base}/webhooks/sms"
    talks = [_write_conversation(next(scripts)) for _ in range(UNDER_WAY)]
    while True:
        for place, conversation in enumerate(talks):
            form = next(conversation, None)
            if form is None:
                talks[place] = _write_conversation(next(scripts))
                form = next(talks[place])
            body = urlencode(form).encode()
            head = (
                f"POST /webhooks/sms HTTP/1.1\r\nHost: {base.removeprefix('http://')}\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n"
                f"X-Twilio-Signature: {validator.compute_signature(url, form)}\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            yield head.encode() + body


def _write_conversation(script: list[Message]) -> Iterator[dict[str, str]]:
    """Twilio's form for each message of one person."""
    count = next(_numbers)
    number = f"+336{count % 10_000:04d}{count // 10_000:04d}"  # of a block of its own, as those of a region mostly are
    aside = " ".join(random.Random(count).sample(ASIDES, OWN_WORDS))
    for message in script:
        is_free = len(message.text.split()) >= FREE_FROM
        form = {
            "AccountSid": ACCOUNT,
            "ApiVersion": "2010-04-01",
            "Body": f"{message.text} {aside}" if is_free else message.text,
            "From": f"{message.prefix}{number}",
            "FromCountry": "FR",
            "MessageSid": new_message_id(),
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsMessageSid": "",
            "SmsSid": "",
            "SmsStatus": "received",
            "To": "38063",
            "ToCountry": "FR",
        }
        if message.point:
            form |= {"Latitude": message.point[0], "Longitude": message.point[1]}
        yield form
