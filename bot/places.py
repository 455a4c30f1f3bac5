"""Words -> commune. Grand Est first, the rest of France only to say « hors région ».

Exact names are taken longest first, then a postcode, then look-alikes. Whatever resembles a name is believed
only where the wording says that a place is meant (`place_context`): a score alone reads "bonjour" as
Boncourt.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

from bot.memory import remember
from bot.place_context import Message
from bot.place_guesses import Mention
from bot.place_mentions import MentionFinder
from bot.place_names import Candidate, PlaceNames
from knowledge.gazetteer import GRAND_EST, Commune, Gazetteer

# One commune of several is taken for sure when it outweighs all the others together so many times: at most 1
# citizen in 41 is then misunderstood, within the 98 % aimed at. Of the 71 homonyms it settles two
# (Mont-Saint-Martin 106 times, Valleroy 99); Saint-Louis (68 or 57: 37 times) stays a question.
# Charleville(-Mézières) outweighs Charleville 52 times.
SURE_RATIO = 40.0
MAX_OPTIONS = 4  # what an SMS can list
# Someone at home in `near` means the homonym within this distance (km), if the next is at least twice as far.
NEAR_KM = 40.0
FAR_KM = 8.0  # no inhabited point of Grand Est is further from the nearest town hall; beyond, it is another region
KM_PER_DEGREE = 111.2  # of latitude
EARTH_RADIUS_KM = 6371.0088  # mean radius R1, IUGG (Moritz 2000, "Geodetic Reference System 1980")


@dataclass(frozen=True, slots=True)
class PlaceReading:
    """What a text says of a place.

    `communes`: none, the one meant, or up to 4 between which to ask, most populous first. `others`: further
    communes named in the same message. `outside`: a place beyond the region, when none of the region is
    named. `departement`: the code of an area said ("dans le Haut-Rhin"). `postcode`: the one read.
    `matched`: the citizen's own words.
    """

    communes: tuple[Commune, ...] = ()
    others: tuple[Commune, ...] = ()
    outside: str | None = None
    departement: str | None = None
    postcode: str | None = None
    matched: str = ""

    @property
    def commune(self) -> Commune | None:
        """The commune, when there is no doubt."""
        return self.communes[0] if len(self.communes) == 1 else None

    @property
    def is_ambiguous(self) -> bool:
        """Whether the citizen must be asked which commune is meant."""
        return len(self.communes) > 1

    @property
    def names_several(self) -> bool:
        """Whether the message names several distinct communes; the first is the main one."""
        return bool(self.others)


def distance_km(here: Commune, there: Commune) -> float:
    """Great-circle distance in km. Haversine: R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68
    (2), 1984.
    """
    lat, other_lat = math.radians(here.lat), math.radians(there.lat)
    half_lat, half_lon = (other_lat - lat) / 2, math.radians(there.lon - here.lon) / 2
    square = math.sin(half_lat) ** 2 + math.cos(lat) * math.cos(other_lat) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(square))


class Places:
    """Reads places in citizens' messages. `districts` maps a district's name to the INSEE code of its
    commune.
    """

    def __init__(self, gazetteer: Gazetteer, districts: Mapping[str, str] = MappingProxyType({})) -> None:
        self._by_insee = {commune.insee: commune for commune in gazetteer.communes}
        self._mentions = MentionFinder(PlaceNames(gazetteer, districts), gazetteer.ordinary_words)
        self.find = remember(self._find)

    def commune(self, insee: str) -> Commune:
        """The commune of Grand Est with this INSEE code. Raises KeyError when there is none."""
        return self._by_insee[insee]

    def get(self, insee: str | None) -> Commune | None:
        """The same, or None: a commune may have merged with another since its code was kept."""
        return self._by_insee.get(insee or "")

    def nearest(self, lat: float, lon: float) -> Commune | None:
        """The commune whose town hall is nearest to a point (WGS 84 degrees); None beyond FAR_KM of all of them."""
        squeeze = math.cos(math.radians(lat))  # a degree of longitude is that much shorter than one of latitude

        def square_degrees(commune: Commune) -> float:
            return (commune.lat - lat) ** 2 + ((commune.lon - lon) * squeeze) ** 2

        found = min(self._by_insee.values(), key=square_degrees)
        return found if math.sqrt(square_degrees(found)) * KM_PER_DEGREE <= FAR_KM else None

    def _find(self, text: str, near: Commune | None = None) -> PlaceReading:
        """The place named in a free message. `near`: where the person lives, to tell homonyms apart."""
        message = Message(text)
        return self._choose(message, self._mentions.find(message, asked=False), near)

    def read_answer(self, text: str, near: Commune | None = None) -> PlaceReading:
        """The place in the answer to « Dans quelle commune ? »: a bare or misspelt name is expected."""
        message = Message(text)
        return self._choose(message, self._mentions.find(message, asked=True), near)

    def _choose(self, message: Message, mentions: list[Mention], near: Commune | None) -> PlaceReading:
        said = [area for area in message.codes.areas if area.code in GRAND_EST]
        free = (area for area in said if not any(one.start <= area.start < one.end for one in mentions))
        area = next(free, None)
        departement = area.code if area else None
        readings = [(mention, self._resolve(mention.candidates, departement, near)) for mention in mentions]
        sure = next((communes[0] for _, communes in readings if len(communes) == 1), None)
        if sure and not near:
            readings = [(mention, self._resolve_beside(sure, communes)) for mention, communes in readings]
        inside = [(mention, communes) for mention, communes in readings if communes]
        if not inside:
            abroad = next((mention for mention in mentions if mention.outside), None)
            if abroad and abroad.outside and not departement:
                matched = message.quote(abroad.start, abroad.end)
                return PlaceReading(outside=abroad.outside.name, postcode=abroad.postcode, matched=matched)
            matched = message.quote(area.start, area.end) if area else ""
            return PlaceReading(departement=departement, matched=matched)
        mention, communes = _pick_main(message, inside)
        others = dict.fromkeys(found[0] for _, found in inside if len(found) == 1 and found[0] not in communes)
        return PlaceReading(
            communes=communes,
            others=tuple(others),
            departement=departement,
            postcode=mention.postcode,
            matched=message.quote(mention.start, mention.end),
        )

    def _resolve(
        self, candidates: tuple[Candidate, ...], departement: str | None, near: Commune | None
    ) -> tuple[Commune, ...]:
        """The commune meant, or those between which to ask, most populous first."""
        candidates = tuple(one for one in candidates if one.commune.departement == departement) or candidates
        if len(candidates) < 2:
            return tuple(one.commune for one in candidates)
        if near:
            nearest = _nearest(near, [one.commune for one in candidates])
            if nearest:
                return (nearest,)
        first, *others = sorted(candidates, key=lambda one: -one.weight)
        if first.weight >= SURE_RATIO * sum(one.weight for one in others):
            return (first.commune,)
        offered = [one.commune for one in (first, *others)][:MAX_OPTIONS]
        return tuple(sorted(offered, key=lambda commune: -commune.population))

    def _resolve_beside(self, sure: Commune, communes: tuple[Commune, ...]) -> tuple[Commune, ...]:
        """Of true homonyms, the one near another place of the message ("Colmar … Munster")."""
        if len(communes) < 2 or len({commune.name for commune in communes}) > 1:
            return communes
        nearest = _nearest(sure, communes)
        return (nearest,) if nearest else communes


def _nearest(near: Commune, communes: Sequence[Commune]) -> Commune | None:
    """The one of several that is near, when the next is much further."""
    (close, nearest), (next_close, _) = sorted(
        ((distance_km(near, commune), commune) for commune in communes), key=lambda pair: pair[0]
    )[:2]
    return nearest if close <= NEAR_KM and next_close >= 2 * close else None


class _Rank(IntEnum):
    """How a place is tied to the wish, the closest first."""

    HOME, SETTLING, NAMED, AWAY, UNSURE = range(5)


def _pick_main(
    message: Message, readings: Sequence[tuple[Mention, tuple[Commune, ...]]]
) -> tuple[Mention, tuple[Commune, ...]]:
    """The reading meant first: where they live ("opéré à Metz, j'habite Saint-Avold"), then where they settle or
    return, then what is sure, and last where they only study, work or were treated.
    """
    rank: _Rank
    ranks: list[_Rank] = []
    since = 0
    for mention, communes in readings:
        start = mention.start
        if ranks and ranks[-1] != _Rank.UNSURE and message.is_beside(start, since):
            rank = ranks[-1]
        elif message.is_home(start):
            rank = _Rank.HOME
        elif message.is_settling(start, since):
            rank = _Rank.SETTLING
        elif len(communes) > 1:
            rank = _Rank.UNSURE
        else:
            rank = _Rank.AWAY if message.is_away(start, since) else _Rank.NAMED
        ranks.append(rank)
        since = mention.end
    return readings[ranks.index(min(ranks))]
