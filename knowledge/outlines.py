"""The outlines of the ten départements, to draw them: WGS 84 degrees, simplified so that shared borders coincide.

Source in `knowledge/SOURCES.md` (IGN ADMIN EXPRESS, Licence Ouverte 2.0), made 2026-11-21.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

OUTLINES = Path(__file__).parent / "departements.geojson"
Point = tuple[float, float]  # longitude, latitude


@dataclass(frozen=True)
class Outline:
    """The rings of one département: one for each piece of its land."""

    departement: str
    rings: tuple[tuple[Point, ...], ...]


@cache
def load_outlines() -> tuple[Outline, ...]:
    """The outlines, by département."""
    features = json.loads(OUTLINES.read_text(encoding="utf-8"))["features"]
    return tuple(Outline(one["properties"]["code"], _read_rings(one["geometry"])) for one in features)


def _read_rings(geometry: dict[str, Any]) -> tuple[tuple[Point, ...], ...]:
    several = geometry["type"] == "MultiPolygon"  # GeoJSON (RFC 7946): one piece of land more is one level more
    pieces = geometry["coordinates"] if several else [geometry["coordinates"]]
    return tuple(tuple((lon, lat) for lon, lat in ring) for piece in pieces for ring in piece)
