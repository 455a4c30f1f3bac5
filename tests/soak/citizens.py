"""Who writes in made-up conversations, what one knows of them from outside, and the database that their words end in."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.conversation import YES_NO, Option
from bot.duty import Duty
from bot.flows.erase import CHOICES
from bot.folding import as_phrase
from bot.known import Mind
from service.guards import GuardRules
from service.keyring import Keyring
from service.models import Base
from service.moment import Service
from service.people import CONVERSATION_LASTS

START = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)  # a Friday, 10 o'clock in Paris
PEPPER = "a pepper for the tests"
ACCOUNT = "AC" + "1" * 32
NUMBERS = ("+33639980001", "+33639980002")
ADDRESSES = {  # how each channel names who writes; the first two are one person
    "by SMS": (NUMBERS[0], Channel.SMS),
    "by WhatsApp": (f"whatsapp:{NUMBERS[0]}", Channel.WHATSAPP),
    "another": (NUMBERS[1], Channel.SMS),
    "on the web": ("web:" + "k" * 43, Channel.WEB),
}
# Words of our questions that are the same in every alphabet.
CONSENT, SUPPORT = "sans votre num", "une personne de plus la soutient"
RESUME, ERASE = "Voulez-vous recevoir de nouveau nos messages", "Effacer tout ce que nous gardons de vous"


def write_choices(options: tuple[Option, ...]) -> frozenset[str]:
    """All that chooses one of ``options``, the first that are shown: its number, its label, the words that say it, what its
    button in the chat sends."""
    ways = ((str(number), one.code, one.label, *one.words) for number, one in enumerate(options, 1))
    return frozenset(as_phrase(way) for chosen in ways for way in chosen)


YES = write_choices(YES_NO[:1])
ERASING = write_choices(CHOICES[:2])
ENDS_FOR_WHO_STOPPED = ("C'est noté", "Entendu", "C'est effacé", "Rien n'est effacé")


@dataclass
class Citizen:
    """What one knows of somebody who only reads over their shoulder."""

    refusal: Duty | None = None  # STOP, NO_ANSWER, or none
    read: str = ""  # the last thing that we said to them, an emergency's answer left out
    read_at: dt.datetime = START
    is_unsure: bool = False  # whether their last answer was heard: what came back was withheld

    def may_answer(self, question: str, now: dt.datetime) -> bool:
        """Whether ``question`` is what they would answer now."""
        return question in self.read and now - self.read_at <= CONVERSATION_LASTS


@dataclass
class World:
    """A database, and what is the same in all runs; ``done`` counts what happened in them."""

    engine: Engine
    mind: Mind
    done: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with Session(self.engine) as session, session.begin():
            yield session

    def empty(self) -> None:
        """As if nobody had ever written."""
        with self.transaction() as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(delete(table))

    def make_service(self, most_an_hour: int) -> Service:
        """The service as a process makes it at start."""
        rules = GuardRules(most_an_hour=most_an_hour)
        return Service(self.mind, Keyring((PEPPER,)), "l'ARS Grand Est", "https://voix.example.fr", True, rules)
