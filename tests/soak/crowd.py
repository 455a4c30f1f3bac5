"""Many people who write at once, and their provider, which tries as Twilio does: 15 seconds in all, and once again.

Each waits for the answer before the next message, as people do. Whatever becomes of a message, the provider has it.
"""

from __future__ import annotations

import itertools
import random
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPException
from queue import Empty, SimpleQueue

from tests.server import Server
from tests.telephone import ACCOUNT, read_twiml, sign
from tests.twilio_fake import Fake

PROVIDER_WAITS = 15.0  # seconds in all, for all tries (twilio.com/docs/usage/webhooks/webhooks-connection-overrides)
TRIES = 2
AT_ONCE = 12
TRIED_AGAIN_AFTER = 0.2  # seconds: who gets no answer does not write faster for it
THINGS = (
    "dentistes", "kinés", "infirmières", "pharmacies", "orthophonistes", "psychologues", "podologues", "navettes",
    "téléconsultations", "diététiciens", "ergothérapeutes", "ostéopathes", "fauteuils", "interprètes", "ateliers",
)  # fmt: skip
WHOM = (
    "collégiens",
    "agriculteurs",
    "retraités",
    "aidants",
    "étudiants",
    "apprentis",
    "vignerons",
    "bergers",
    "mineurs",
)
COMMUNES = ("Colmar", "Reims", "Troyes", "Metz", "Nancy", "Strasbourg", "Chaumont", "Charleville-Mézières", "Verdun")
CHATTER = ("menu", "medecin sans rdv a reims", "merci", "contact", "bonjour", "suivi", "menu")


@dataclass(frozen=True)
class Sent:
    """A message as its provider saw it end: ``status`` 200 is an acknowledgement, 0 no answer in time."""

    number: str
    message_id: str
    status: int
    reply: str
    at: float  # when it ended, by time.monotonic()


@dataclass
class Crowd:
    """Everybody's scripts, told to one server; ``sent`` is what became of each message."""

    server: Server
    fake: Fake
    scripts: dict[str, list[str]]
    pause: float = 0.0  # seconds between an answer and the same person's next message
    patience: float = 0.0  # seconds that a reply is waited for when there was none in the answer
    sent: list[Sent] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def speak(self) -> list[threading.Thread]:
        """All scripts, AT_ONCE people at a time, until they end or ``stop``; the threads to be joined."""
        waiting: SimpleQueue[str] = SimpleQueue()
        for number in self.scripts:
            waiting.put(number)

        def work() -> None:
            while not self.stop.is_set():
                try:
                    number = waiting.get_nowait()
                except Empty:
                    return
                for text in self.scripts[number]:
                    if self.stop.is_set():
                        return
                    self.sent.append(self.deliver(number, text))
                    time.sleep(self.pause if self.sent[-1].status == 200 else TRIED_AGAIN_AFTER)

        threads = [threading.Thread(target=work) for _ in range(AT_ONCE)]
        threads.append(threading.Thread(target=self.confirm, args=[tuple(threads)]))
        for thread in threads:
            thread.start()
        return threads

    def deliver(self, number: str, text: str) -> Sent:
        """One message, tried as its provider does."""
        with self.fake.lock:
            message = self.fake.receive(number, text)
            heard = len(self.fake.texts(number))
        deadline, status, reply = time.monotonic() + PROVIDER_WAITS, 0, ""
        for _ in range(TRIES):
            left = deadline - time.monotonic()
            if left > 0 and status != 200:
                status, reply = post(self.server, message["sid"], number, text, left)
        if reply:
            with self.fake.lock:
                self.fake.reply(number, reply)
        ended = time.monotonic()
        while status == 200 and not reply and time.monotonic() < ended + self.patience:
            time.sleep(0.02)
            with self.fake.lock:
                reply = "".join(self.fake.texts(number)[heard:])
        return Sent(number, message["sid"], status, reply, ended)

    def confirm(self, talkers: tuple[threading.Thread, ...]) -> None:
        """Tell, as long as anybody talks, of each message that was sent that it reached its phone."""
        looked_at = 0
        while any(one.is_alive() for one in talkers):
            with self.fake.lock:
                sent = [one for one in self.fake.messages[looked_at:] if one["callback"]]
                looked_at = len(self.fake.messages)
                forms = [(one["callback"], self.fake.write_state(one, "delivered")) for one in sent]
            for url, form in forms:
                post_form(url, form, PROVIDER_WAITS)
            time.sleep(0.02)

    def wait_for_answer(self, since: float, seconds: float) -> float | None:
        """How long after ``since`` the first message was acknowledged; None when none was in so many seconds."""
        while time.monotonic() < since + seconds:
            answered = [one.at for one in list(self.sent) if one.status == 200 and one.at > since]
            if answered:
                return min(answered) - since
            time.sleep(0.02)
        return None

    @property
    def acknowledged(self) -> set[str]:
        return {one.message_id for one in self.sent if one.status == 200}


def post(server: Server, message_id: str, number: str, text: str, seconds: float) -> tuple[int, str]:
    """The status and the words of the answer; 0 when none came in time."""
    form = {"AccountSid": ACCOUNT, "MessageSid": message_id, "From": number, "To": "38063", "Body": text}
    status, body = post_form(f"{server.base}/webhooks/sms", form, seconds)
    return status, read_twiml(body) if body else ""


def post_form(url: str, form: dict[str, str], seconds: float) -> tuple[int, bytes]:
    """The status and the body of the answer to a signed call; 0 when none came in time."""
    request = urllib.request.Request(
        url, urllib.parse.urlencode(form).encode(), {"X-Twilio-Signature": sign(form, url)}
    )
    try:
        with urllib.request.urlopen(request, timeout=seconds) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        error.close()
        return error.code, b""
    except (OSError, HTTPException):
        return 0, b""


def write_scripts(people: int, ideas: int) -> dict[str, list[str]]:
    """By number: what somebody writes, ``ideas`` ideas of theirs among it, no two of which anybody else has."""
    words = make_ideas()
    scripts = {}
    for place in range(people):
        script = []
        for chatter in itertools.islice(itertools.cycle(CHATTER), ideas):
            script += [chatter, "nouvelle idée", next(words), "1", "oui"]
        scripts[f"+3363998{place:04}"] = script
    return scripts


def make_ideas() -> Iterator[str]:
    """Ideas in another territory each, in turn: the few in a row that one person has are not alike."""
    dice = random.Random(6)
    wishes = [(*pair, whom) for pair in itertools.combinations(THINGS, 2) for whom in WHOM]
    for round_ in zip(*(dice.sample(wishes, len(wishes)) for _ in COMMUNES), strict=True):
        for (one, other, whom), where in zip(round_, COMMUNES, strict=True):
            yield f"il faudrait plus de {one} et des {other} pour les {whom} à {where}"
