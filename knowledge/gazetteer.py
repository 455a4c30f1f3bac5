"""The communes of Grand Est, their old village names, and just enough of all France to say « hors région ».

Sources of every file are in `knowledge/SOURCES.md`; made 2026-11-21 from INSEE (COG 2026, populations
légales), La Poste, DILA and IGN ADMIN EXPRESS (Licence Ouverte 2.0).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from sys import intern
from typing import NamedTuple

# Names as INSEE writes them (COG 2026); the keys are the ten départements of the region.
GRAND_EST = {
    "08": "Ardennes",
    "10": "Aube",
    "51": "Marne",
    "52": "Haute-Marne",
    "54": "Meurthe-et-Moselle",
    "55": "Meuse",
    "57": "Moselle",
    "67": "Bas-Rhin",
    "68": "Haut-Rhin",
    "88": "Vosges",
}
ABROAD = "99"  # INSEE's département code for foreign countries
_FOLDER = Path(__file__).parent
_INSEE = re.compile(r"[0-9][0-9AB][0-9]{3}")
_POSTCODE = re.compile(r"[0-9]{5}")


class GazetteerError(ValueError):
    """A data file that cannot be used; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune. Codes are text (leading zeros); `lat`, `lon` are WGS 84 degrees of its town hall."""

    insee: str
    name: str
    departement: str
    postcodes: tuple[str, ...]
    population: int
    lat: float
    lon: float

    @property
    def in_grand_est(self) -> bool:
        """Whether the commune is one of the region this service speaks for."""
        return self.departement in GRAND_EST


class Elsewhere(NamedTuple):
    """A place outside the region, known only to be named. `postcodes` are separated by one space."""

    name: str
    departement: str
    postcodes: str
    population: int


@dataclass(frozen=True)
class Gazetteer:
    """All place names the service knows. The mappings go from a name as written to an INSEE code."""

    communes: tuple[Commune, ...]
    old_villages: tuple[tuple[str, str], ...] = ()
    nicknames: Mapping[str, str] = field(default_factory=dict)
    misspellings: Mapping[str, str] = field(default_factory=dict)
    elsewhere: tuple[Elsewhere, ...] = ()
    ordinary_words: frozenset[str] = frozenset()

    def get(self, insee: str) -> Commune | None:
        """The commune of Grand Est with this INSEE code."""
        return next((commune for commune in self.communes if commune.insee == insee), None)


def load_gazetteer(folder: Path = _FOLDER) -> Gazetteer:
    """The gazetteer from the data files of `folder`. Raises GazetteerError with file and line when one is
    wrong.
    """
    communes = _load_communes(folder / "communes.csv")
    known = {commune.insee for commune in communes}
    nicknames = list(_load_aliases(folder / "place_nicknames.csv", known, "name;insee;kind"))
    return Gazetteer(
        communes=communes,
        old_villages=tuple((name, insee) for name, insee, _ in _load_aliases(folder / "old_villages.csv", known)),
        nicknames={name: insee for name, insee, kind in nicknames if kind != "misspelt"},
        misspellings={name: insee for name, insee, kind in nicknames if kind == "misspelt"},
        elsewhere=(
            *_load_elsewhere(folder / "communes_france.csv"),
            *_load_abroad(folder / "places_abroad.csv"),
        ),
        ordinary_words=_load_words(folder / "ordinary_words.txt"),
    )


def _load_communes(path: Path) -> tuple[Commune, ...]:
    communes: dict[str, Commune] = {}
    for line, row in _rows(path, "insee;name;departement;postcodes;population;lat;lon"):
        insee, name, departement, codes, population, lat, lon = row
        postcodes = tuple(map(intern, codes.split()))
        if not _INSEE.fullmatch(insee) or insee in communes:
            raise GazetteerError(f"{path}:{line}: code INSEE mal formé ou répété : {insee!r}")
        if departement not in GRAND_EST or not name:
            raise GazetteerError(f"{path}:{line}: nom vide ou département hors Grand Est : {departement!r}")
        if not postcodes or not all(_POSTCODE.fullmatch(code) for code in postcodes):
            raise GazetteerError(f"{path}:{line}: codes postaux mal formés : {codes!r}")
        try:
            numbers = int(population), float(lat), float(lon)
            commune = Commune(insee, name, intern(departement), postcodes, *numbers)
        except ValueError as error:
            raise GazetteerError(f"{path}:{line}: nombre mal formé : {error}") from None
        # The region's own bounds (degrees, rounded outwards): a swapped or foreign point is caught here.
        if not (47 < commune.lat < 51 and 3 < commune.lon < 9) or commune.population < 0:
            raise GazetteerError(f"{path}:{line}: point hors du Grand Est ou population négative : {insee}")
        communes[insee] = commune
    return tuple(communes.values())


def _load_aliases(path: Path, known: set[str], header: str = "name;insee") -> Iterator[tuple[str, str, str]]:
    for line, (name, insee, *kind) in _rows(path, header):
        if not name or insee not in known:
            raise GazetteerError(f"{path}:{line}: nom vide ou commune inconnue : {name!r} -> {insee!r}")
        yield name, insee, kind[0] if kind else "old"


def _load_elsewhere(path: Path) -> Iterator[Elsewhere]:
    for line, (name, departement, postcodes, population) in _rows(path, "name;departement;postcodes;population"):
        if not name or not population.isdigit():
            raise GazetteerError(f"{path}:{line}: nom vide ou population mal formée : {population!r}")
        # Interned: 29,756 places share some 90 départements and 5,500 postcodes.
        yield Elsewhere(name, intern(departement), intern(postcodes), int(population))


def _load_abroad(path: Path) -> Iterator[Elsewhere]:
    for line, (name, _country) in _rows(path, "name;country"):
        if not name:
            raise GazetteerError(f"{path}:{line}: nom vide")
        yield Elsewhere(name, ABROAD, "", 0)


def _load_words(path: Path) -> frozenset[str]:
    return frozenset(line for _, line in _lines(path) if not line.startswith("#"))


def _rows(path: Path, header: str) -> Iterator[tuple[int, list[str]]]:
    """The line number and cells of each row, after the header has been checked. Cells are never quoted."""
    width = header.count(";") + 1
    number = 0
    for number, line in _lines(path):
        row = line.split(";")
        if number == 1 and line != header:
            raise GazetteerError(f"{path}:1: en-tête attendu : {header}")
        if len(row) != width:
            raise GazetteerError(f"{path}:{number}: {width} colonnes attendues, {len(row)} lues")
        if number > 1:
            yield number, row
    if not number:
        raise GazetteerError(f"{path}:1: en-tête attendu : {header}")


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines and their numbers, read one by one: 35,000 at once would double the memory."""
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                yield number, line.rstrip("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise GazetteerError(f"{path}:1: fichier illisible : {error}") from None
