"""What a reviewer asks of the queue: which contributions, in which order. Read from an address and written to one here."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qs, urlencode

from knowledge.gazetteer import GRAND_EST
from service.models import Delivery, Source, Status
from service.status import DECISIONS, OPEN
from service.talk import clean_text

STATES = {
    "a-instruire": OPEN,
    "recues": (Status.RECEIVED,),
    "a-classer": (Status.TO_CLASSIFY,),
    "instruites": (Status.INSTRUCTED,),
    "non-decidees": (*OPEN, Status.INSTRUCTED),
    "decidees": DECISIONS,
    "retenues": (Status.RETAINED,),
    "transmises": (Status.FORWARDED,),
    "rattachees": (Status.ATTACHED,),
    "non-retenues": (Status.NOT_RETAINED,),
    "projets": (Status.BECAME_PROJECT,),
    "regroupees": (Status.MERGED,),
    "toutes": tuple(Status),
}
# Whoever opens the queue wants to know what is to be done.
USUAL_STATE = "a-instruire"
NONE = "aucun"  # in place of an axis, a solution or a commune: those that have none
LONGEST_WORDS = 100  # characters searched for
LONGEST_AGE = 3650  # days
LARGEST_ID = 2**31 - 1  # PostgreSQL's integer
MOST_PARAMETERS = 50
_MARKS = {  # what may be asked to be shown alone, as addresses call it
    "libres": "unassigned",
    "miennes": "mine",
    "en-attente": "waiting",
    "semblables": "alike",
    "signalees": "flagged",
    "decision-prete": "drafted",
    "corrigees": "corrected",
    "soutenues": "supported",
}
_AXIS, _SOLUTION = re.compile(rf"A\d|{NONE}"), re.compile(rf"A\d\.\d|{NONE}")
_COMMUNE = re.compile(rf"\d{{5}}|{NONE}")
Kind = TypeVar("Kind", bound=StrEnum)


class Order(StrEnum):
    """In which order the queue is read; the values stand in addresses."""

    OLDEST = "anciennes"
    NEWEST = "recentes"
    LEAST_REVIEWED = "moins-vues"  # fewest opinions first


class Step(StrEnum):
    """How far a contribution first came at a time; the values stand in addresses."""

    RECEIVED = "recue"
    INSTRUCTED = "instruite"
    DECIDED = "decidee"  # its answer perhaps not published yet
    ANSWERED = "repondue"


@dataclass(frozen=True)
class Filter:
    """Which contributions: those of ``state``, a key of STATES, narrowed by every other field that is given."""

    state: str = USUAL_STATE
    axis: str | None = None  # "A2", or NONE
    solution: str | None = None  # "A2.1", or NONE
    commune: str | None = None  # INSEE code, or NONE
    channel: Source | None = None
    older_than: int | None = None  # days since it was received
    younger_than: int | None = None  # days
    step: Step = Step.RECEIVED  # that was made from the day ``since`` to the day ``until``, in Paris
    since: dt.date | None = None
    until: dt.date | None = None
    delivery: Delivery | None = None  # where a message that tells the council's answer stands
    meeting: int | None = None
    imported: int | None = None  # by the import of that number
    territory: str | None = None  # département
    words: str = ""  # searched for
    unassigned: bool = False  # nobody works on it now
    mine: bool = False  # the reviewer works on it now
    waiting: bool = False  # for the citizen's answer
    alike: bool = False  # others say nearly the same
    flagged: bool = False
    drafted: bool = False  # decided, not published
    corrected: bool = False  # classified otherwise than the matcher suggested first
    supported: bool = False  # others said the same, or support it
    order: Order = Order.OLDEST

    @property
    def states(self) -> tuple[Status, ...]:
        """The states it lets through."""
        return STATES[self.state]

    @property
    def is_narrowed(self) -> bool:
        """Whether more than state, territory and order was chosen."""
        return replace(self, state=USUAL_STATE, territory=None, order=Order.OLDEST) != Filter()


def read_filter(query: str) -> Filter:
    """The filter of an address's query, without its "?". What means nothing is passed over."""
    try:
        given = parse_qs(query, max_num_fields=MOST_PARAMETERS)
    except ValueError:  # more parameters than any page of ours writes
        return Filter()
    state, territory, commune = (_last(given, name) for name in ("etat", "territoire", "commune"))
    marks = given.get("montrer", [])
    return Filter(
        state=state if state in STATES else USUAL_STATE,
        axis=_matching(_AXIS, _last(given, "axe")),
        solution=_matching(_SOLUTION, _last(given, "solution")),
        commune=_matching(_COMMUNE, commune) if commune[:2] in {*GRAND_EST, NONE[:2]} else None,
        channel=_one_of(Source, _last(given, "canal")),
        older_than=_number(_last(given, "plus-de"), LONGEST_AGE),
        younger_than=_number(_last(given, "moins-de"), LONGEST_AGE),
        step=_one_of(Step, _last(given, "etape")) or Step.RECEIVED,
        since=_day(_last(given, "du")),
        until=_day(_last(given, "au")),
        delivery=_one_of(Delivery, _last(given, "remise")),
        meeting=_number(_last(given, "seance"), LARGEST_ID),
        imported=_number(_last(given, "reprise"), LARGEST_ID),
        territory=territory if territory in GRAND_EST else None,
        words=clean_text(_last(given, "q"))[:LONGEST_WORDS],
        order=_one_of(Order, _last(given, "tri")) or Order.OLDEST,
        **{field: mark in marks for mark, field in _MARKS.items()},
    )


def write_query(asked: Filter) -> str:
    """The query of the address at which ``read_filter`` finds ``asked`` again; empty for the usual one."""
    pairs = [
        ("etat", asked.state if asked.state != USUAL_STATE else None),
        ("q", asked.words),
        ("axe", asked.axis),
        ("solution", asked.solution),
        ("commune", asked.commune),
        ("canal", asked.channel),
        ("plus-de", asked.older_than),
        ("moins-de", asked.younger_than),
        ("etape", asked.step if asked.step is not Step.RECEIVED else None),
        ("du", asked.since),
        ("au", asked.until),
        ("remise", asked.delivery),
        ("seance", asked.meeting),
        ("reprise", asked.imported),
        ("territoire", asked.territory),
        *(("montrer", mark) for mark, field in _MARKS.items() if getattr(asked, field)),
        ("tri", asked.order if asked.order is not Order.OLDEST else None),
    ]
    return urlencode([(name, value) for name, value in pairs if value])


def _last(given: dict[str, list[str]], name: str) -> str:
    return given.get(name, [""])[-1]


def _matching(pattern: re.Pattern[str], value: str) -> str | None:
    return value if pattern.fullmatch(value) else None


def _one_of(kind: type[Kind], value: str) -> Kind | None:
    return kind(value) if value in list(kind) else None


def _number(value: str, largest: int) -> int | None:
    """A whole number from 1 to ``largest``."""
    return int(value) if re.fullmatch(r"[0-9]{1,10}", value) and 1 <= int(value) <= largest else None


def _day(value: str) -> dt.date | None:
    """A day written 2026-11-30. Of another century it is none of ours, and its neighbours may not exist."""
    if not re.fullmatch(r"20\d\d-\d\d-\d\d", value, re.ASCII):
        return None
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        return None
