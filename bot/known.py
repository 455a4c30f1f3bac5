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
    fresh_code: str  # for a contribution, should one be made in this turn
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
