"""A need, a place and a time: the projects that serve it there, best first, and the next best elsewhere."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bot.opening import is_open
from bot.places import Places, distance_km
from knowledge.gazetteer import Commune
from knowledge.loader import Knowledge
from knowledge.schema import Need, Precision, Project


@dataclass(frozen=True)
class Near:
    """A project and how far it is: kilometres as the crow flies, None when no commune was given."""

    project: Project
    km: float | None
    where: str  # "Reims", "Marne" or "Grand Est"

    def label(self) -> str:
        """ "CMSI de Louvois (Reims, 12 km)"."""
        if self.project.place.itinerant:
            return f"{self.project.name} (itinérant, {self.where})"
        distance = f", {round(self.km)} km" if self.km is not None and self.km >= 1 else ""
        return f"{self.project.name} ({self.where}{distance})"


@dataclass(frozen=True)
class Found:
    """``projects`` serve the need and reach the place; ``elsewhere`` serve it without reaching the place."""

    projects: tuple[Near, ...]
    elsewhere: tuple[Near, ...]


def find_nearby(
    knowledge: Knowledge,
    places: Places,
    need: Need,
    commune: Commune | None,
    departement: str,
    now: dt.datetime,
) -> Found:
    """Projects for ``need``, ranked by fit, then distance, then openness at ``now``. With no place, every one reaches it.

    Projects made for the need (fit 1) leave out those that only help with it (fit 2), unless there are no others.
    """
    serving = [
        (served.fit, project) for project in knowledge.projects for served in project.needs if served.need == need.id
    ]
    ranked = sorted(
        ((fit, _near(project, knowledge, places, commune)) for fit, project in serving),
        key=lambda item: (item[0], item[1].km or 0.0, is_closed(item[1].project, now)),
    )
    reaching = [(fit, near) for fit, near in ranked if _reaches(near.project, commune, departement)]
    best_fit = min((fit for fit, _ in reaching), default=0)
    projects = tuple(near for fit, near in reaching if fit == best_fit)
    others = [near for _, near in ranked if near not in projects]
    return Found(projects, tuple(sorted(others, key=lambda near: near.km or 0.0)))


def is_closed(project: Project, now: dt.datetime) -> bool:
    """Whether it is known to be closed at ``now``; unknown hours count as open."""
    return project.opening is not None and is_open(project.opening, now, project.departement) is False


def _near(project: Project, knowledge: Knowledge, places: Places, commune: Commune | None) -> Near:
    if project.place.precision is Precision.REGION:
        return Near(project, None, "Grand Est")
    if project.place.precision is Precision.DEPARTEMENT:
        return Near(project, None, knowledge.territory(project.departement).name)
    there = places.commune(project.place.insee)
    return Near(project, distance_km(commune, there) if commune else None, there.name)


def _reaches(project: Project, commune: Commune | None, departement: str) -> bool:
    reach = project.reach
    if commune is None and not departement:
        return True
    return (
        reach.region
        or departement in reach.departements
        or (commune is not None and (commune.departement in reach.departements or commune.insee in reach.communes))
        or (commune is None and any(insee.startswith(departement) for insee in reach.communes))
    )
