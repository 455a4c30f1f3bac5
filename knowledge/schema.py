"""The shape of every knowledge file: what may be written there, and what is refused."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Literal

import opening_hours
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    model_validator,
)

Departement = Annotated[str, Field(pattern=r"^(08|10|51|52|54|55|57|67|68|88)$")]
Insee = Annotated[str, Field(pattern=r"^(08|10|51|52|54|55|57|67|68|88)\d{3}$")]
AxisId = Annotated[str, Field(pattern=r"^A[1-4]$")]
SolutionId = Annotated[str, Field(pattern=r"^A[1-4]\.[1-6]$")]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+([-_][a-z0-9]+)*$")]


def _is_opening_hours(expression: str) -> str:
    try:
        opening_hours.OpeningHours(expression)
    except opening_hours.ParserError as error:  # type: ignore[attr-defined]  # left out of its stubs
        raise ValueError(f"not OSM opening_hours syntax: {error}") from error
    return expression


OpeningHours = Annotated[str, AfterValidator(_is_opening_hours)]


class Entry(BaseModel):
    """An entry of a file: unknown fields are mistakes, values do not change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, str_min_length=1)


class Source(Entry):
    """Where a fact was read. ``checked``: the day somebody last read it there."""

    id: Slug
    title: str
    url: HttpUrl | None = None
    published: str | None = None
    checked: dt.date
    note: str | None = None


class Solution(Entry):
    """One of the 16 solutions: ``title`` verbatim from the seed documents, ``short`` our own, for a phone."""

    id: SolutionId
    title: str
    short: Annotated[str, Field(max_length=40)]
    group: str | None = None  # the sub-headings of axis 3: Former, Attirer, Fidéliser


class Axis(Entry):
    """One of the 4 axes, with its solutions in the order of the seed documents."""

    id: AxisId
    title: str
    short: Annotated[str, Field(max_length=40)]
    source: Slug
    solutions: tuple[Solution, ...]


class Need(Entry):
    """What a person may look for; ``projects`` say which needs they serve."""

    id: Slug
    label: Annotated[str, Field(max_length=60)]  # "Un médecin sans rendez-vous": read by citizens, in menus
    examples: tuple[str, ...] = ()


class Status(StrEnum):
    """Where a project stands in the seed documents."""

    ACCOMPANIED = "accompanied"
    DISCUSSED = "discussed"


class Reach(Entry):
    """Whom a project reaches: the whole region, départements or only some communes (or several of these)."""

    region: bool = False
    departements: tuple[Departement, ...] = ()
    communes: tuple[Insee, ...] = ()

    @model_validator(mode="after")
    def reaches_someone(self) -> Reach:
        if not (self.region or self.departements or self.communes):
            raise ValueError("a project reaches a region, a département or a commune: name at least one")
        return self


class Precision(StrEnum):
    """What a place's point stands for. No distance makes sense to a whole département or region."""

    ADDRESS = "address"
    COMMUNE = "commune"
    DEPARTEMENT = "departement"
    REGION = "region"


class Place(Entry):
    """Where a project is found. Its point is ``lat``, ``lon`` at precision "address", else the commune's."""

    insee: Insee
    address: str | None = None
    district: str | None = None
    districts: tuple[str, ...] = ()  # the districts it goes to, when it travels
    lat: float | None = None  # WGS 84 degrees
    lon: float | None = None
    precision: Precision = Precision.COMMUNE
    itinerant: bool = False  # it travels: the point is its base, not where people are seen

    @model_validator(mode="after")
    def has_a_point_of_its_own_or_none(self) -> Place:
        expected = 2 if self.precision is Precision.ADDRESS else 0
        if sum(degrees is not None for degrees in (self.lat, self.lon)) != expected:
            raise ValueError('lat and lon are both given with precision "address", and neither with another')
        return self


class ServedNeed(Entry):
    """A need this project serves. ``fit`` 1: made for it; 2: helps with it when nothing is made for it."""

    need: Slug
    fit: Literal[1, 2]


class Fact(Entry):
    """A sentence a source says of a project or territory, in our words, ready to be told to a citizen."""

    topic: Literal[
        "opening",
        "access",
        "address",
        "public",
        "care",
        "history",
        "contact",
        "area",
        "cost",
        "cts",
    ]
    text: str
    source: Slug


class Project(Entry):
    """A health project. ``official_name``, ``lead``, ``partners`` and ``aims`` are verbatim."""

    id: Slug
    official_name: str
    name: Annotated[str, Field(max_length=50)]  # "CMSI de Louvois": how a citizen's phone shows it
    synonyms: tuple[str, ...] = ()
    departement: Departement
    status: Status
    lead: str
    partners: str | None = None
    aims: str
    public: str  # "Tout le monde, enfants et adultes"
    summary: Annotated[str, Field(max_length=160)]  # one sentence, plain French, for an SMS
    conditions: Annotated[str, Field(max_length=160)] | None = None  # what must be known before going
    for_professionals: bool = False
    needs: tuple[ServedNeed, ...]
    solutions: tuple[SolutionId, ...] = ()  # which of the 16 solutions it carries out, in our reading
    reach: Reach
    place: Place
    opening: OpeningHours | None = None  # None: unknown
    phone: Annotated[str, Field(pattern=r"^0\d( \d\d){4}$")] | None = None
    website: HttpUrl | None = None
    source: Slug  # of everything verbatim above
    facts: tuple[Fact, ...] = ()


class Quote(Entry):
    """Words of a named person in a seed document: ``heading`` and ``text`` verbatim, quotation marks too."""

    author: str
    role: str
    heading: str
    text: str
    source: Slug


class Passage(Entry):
    """A paragraph of a seed document, verbatim."""

    text: str
    source: Slug


class Territory(Entry):
    """A territoire de démocratie sanitaire: one département, one CTS."""

    departement: Departement
    name: str  # "Haut-Rhin"
    of_name: str  # "du Haut-Rhin", to write "le CTS du Haut-Rhin"
    in_name: str  # "dans le Haut-Rhin"
    source: Slug
    continued: Passage | None = None  # how its seed document says the CNR goes on there
    facts: tuple[Fact, ...] = ()
    quotes: tuple[Quote, ...] = ()


class College(Entry):
    """A college of a CTS, to which each of its members belongs."""

    id: Annotated[Slug, Field(max_length=40)]  # members' accounts name it
    name: str
    short: Annotated[str, Field(max_length=40)]
    source: Slug


class Story(Entry):
    """How the CNR santé went and what a CTS is: the figures and sentences of the seed documents."""

    source: Slug
    also_in: tuple[Slug, ...] = ()  # the sources that print the same words
    launched: dt.date  # of the CNR
    about: str  # what the CNR is, verbatim
    dialogues_from: str
    dialogues_to: str
    dialogues: int
    regional_meetings: int
    participants_over: int
    contributions_over: int
    restitution: dt.date
    prs_revised: str
    solutions: int
    initiatives: int
    fir_euros: int
    fir_year: int
    criteria: tuple[str, str, str, str]
    continued_in: tuple[int, ...]
    texts: dict[str, str]  # the other paragraphs of the seed documents, verbatim, by topic
    territories_defined: str
    territories: int
    cts_installed: str
    cts_members: int
    cts_mandate_years: int
    cts_colleges: int
    cts_missions: tuple[str, ...]
    more: HttpUrl
