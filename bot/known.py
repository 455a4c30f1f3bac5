"""Everything a conversation may know: what everyone knows, this moment, this person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.channel import Channel
from bot.matching import Matcher
from bot.places import Places
from bot.safety import Safety
from bot.understanding import Understanding
from knowledge.gazetteer import Commune
from knowledge.loader import Knowledge

PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True)
class Case:
    """A contribution as its author may see it."""

    code: str
    sent_on: dt.date
    departement: str
    status: str  # in French, ready to be read
    words: str | None  # only for its author
    answer: str | None


@dataclass(frozen=True)
class OpenQuestion:
    """A reviewer's question to this person on an idea of theirs, put to them and not answered yet."""

    number: int
    code: str  # of the idea
    departement: str
    words: str
    since: dt.datetime  # when it was put


@dataclass(frozen=True)
class Alike:
    """An idea of others that says almost what this person says."""

    code: str
    words: str  # masked
    people: int  # who said it or support it


@dataclass(frozen=True)
class Banned:
    """A territory's council takes no more ideas from this person."""

    departement: str
    reason: str
    since: dt.date


@dataclass(frozen=True)
class Mind:
    """What is the same for everyone: made once, at start."""

    knowledge: Knowledge
    places: Places
    matcher: Matcher
    safety: Safety
    understanding: Understanding


@dataclass(frozen=True)
class Known:
    """What a flow may know."""

    mind: Mind
    # this moment
    now: dt.datetime  # aware, in Paris
    channel: Channel
    draw_code: Callable[[], str]  # a new one, for a contribution: called once it is made, never before
    fresh_token: str = ""  # for a data link, likewise
    # this deployment
    contact: str = ""  # who answers for the service
    notice_url: str = ""  # where the full notice is
    data_url: str = ""  # a data link, less its token
    provider_answers_stop: bool = True  # whether STOP, START and HELP are answered before they reach us
    # this person
    is_new: bool = False  # never wrote before
    stopped: bool = False  # asked for no more messages
    home: Commune | None = None  # the commune they last spoke of
    find_case: Callable[[str], Case | None] = lambda code: None
    own_cases: Callable[[], tuple[Case, ...]] = tuple
    find_alike: Callable[[str, str], Alike | None] = lambda words, departement: None
    ideas_left: Callable[[], int] = lambda: 1  # that they may still send today
    bans: Callable[[], tuple[Banned, ...]] = tuple
    questions: Callable[[], tuple[OpenQuestion, ...]] = tuple  # in the order asked
    shown_at: dt.datetime | None = None  # when we last answered them
