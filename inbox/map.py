"""The map of a territory or of the region: the outlines of the départements and a disc for each commune, as drawn in SVG.

A plane drawing: degrees of longitude are squeezed as they are in the middle of the region (48.7° north).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from bot.places import Places
from knowledge.outlines import Point, load_outlines

SQUEEZE = math.cos(math.radians(48.7))
WIDTH = 360.0  # units of the drawing: on the narrowest telephone one unit is nearly one pixel
MARGIN = 8.0
LARGEST_DISC, SMALLEST_DISC = 16.0, 2.5  # radius
MOST_DISCS = 300  # more hide each other
NAMED = 5  # communes whose name is written
NAME_WIDTH, NAME_HEIGHT = 100.0, 14.0  # room for a name, that no other may take


@dataclass(frozen=True)
class Land:
    """One département: its outline as the ``d`` of a path; ``is_asked`` unless it is only drawn as a neighbour."""

    departement: str
    path: str
    is_asked: bool


@dataclass(frozen=True)
class Disc:
    """One commune: where, how large, how many; ``is_named`` for the few whose name is written."""

    insee: str
    name: str
    x: float
    y: float
    radius: float
    count: int
    is_named: bool

    @property
    def is_right(self) -> bool:
        """Whether it stands so far right that its name is written on its left."""
        return self.x > WIDTH * 2 / 3


@dataclass(frozen=True)
class Map:
    """A drawing ``width`` by ``height`` units."""

    width: float
    height: float
    lands: tuple[Land, ...]
    discs: tuple[Disc, ...]  # the largest first: the smaller ones lie on top


@dataclass(frozen=True)
class _Frame:
    west: float
    north: float
    scale: float  # units a degree of latitude
    height: float

    def place(self, point: Point) -> tuple[float, float]:
        lon, lat = point
        return (
            round(MARGIN + (lon * SQUEEZE - self.west) * self.scale, 1),
            round(MARGIN + (self.north - lat) * self.scale, 1),
        )


def draw_map(territory: str | None, counts: Mapping[str, int], places: Places) -> Map:
    """The map of one département, or of all; ``counts`` by INSEE code."""
    frame = _frame(territory)
    largest = max(counts.values(), default=0)
    discs: list[Disc] = []
    named: list[tuple[float, float]] = []
    for insee, count in rank(counts):
        commune = places.get(insee)
        if commune is None:
            continue
        x, y = frame.place((commune.lon, commune.lat))
        # The eye compares areas: the radius goes as the root.
        radius = round(max(SMALLEST_DISC, LARGEST_DISC * math.sqrt(count / largest)), 1)
        is_free = all(abs(x - there[0]) > NAME_WIDTH or abs(y - there[1]) > NAME_HEIGHT for there in named)
        is_named = is_free and len(named) < NAMED
        if is_named:
            named.append((x, y))
        discs.append(Disc(insee, commune.name, x, y, radius, count, is_named))
    return Map(WIDTH, frame.height, _draw_lands(territory), tuple(discs))


def rank(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """The communes that are drawn, INSEE code and count, the largest first: the map's and its table's."""
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:MOST_DISCS]


@cache
def _draw_lands(territory: str | None) -> tuple[Land, ...]:
    frame = _frame(territory)
    return tuple(
        Land(one.departement, _write_path(one.rings, frame), territory in {None, one.departement})
        for one in load_outlines()
    )


@cache
def _frame(territory: str | None) -> _Frame:
    asked = [one for one in load_outlines() if territory in {None, one.departement}]
    points = [point for outline in asked for ring in outline.rings for point in ring]
    west, east = min(lon for lon, _ in points) * SQUEEZE, max(lon for lon, _ in points) * SQUEEZE
    south, north = min(lat for _, lat in points), max(lat for _, lat in points)
    # As wide as the drawing, but never much higher than wide: Haut-Rhin is long.
    scale = min((WIDTH - 2 * MARGIN) / (east - west), (WIDTH - 2 * MARGIN) / (north - south))
    west -= ((WIDTH - 2 * MARGIN) / scale - (east - west)) / 2
    return _Frame(west, north, scale, round((north - south) * scale + 2 * MARGIN, 1))


def _write_path(rings: Iterable[Iterable[Point]], frame: _Frame) -> str:
    return "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in map(frame.place, ring)) + "Z" for ring in rings)
