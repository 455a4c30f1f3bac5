"""A project as it is told to a citizen: what it is, where, when, what must be known before going. Facts only."""

from __future__ import annotations

import datetime as dt

from bot.known import Known
from bot.opening import say_day, say_now
from bot.places import distance_km
from knowledge.gazetteer import Commune
from knowledge.schema import Precision, Project, Status


def tell_project(project: Project, known: Known, day: dt.date | None = None, near: Commune | None = None) -> str:
    """The card of ``project``, most useful first: its name and place, its hours (on ``day``, else now), its conditions."""
    lines = [f"{project.name}, {_where(project, known, near)}."]
    if project.opening:
        hours = (
            say_day(project.opening, day, project.departement)
            if day
            else say_now(project.opening, known.now, project.departement)
        )
        lines.append(f"{hours[0].upper()}{hours[1:]}.")
    lines.append(project.summary)
    if project.conditions:
        lines.append(project.conditions)
    if project.status is Status.DISCUSSED and not project.opening:
        lines.append("Projet encore discuté : à vérifier.")
    if project.phone:
        lines.append(f"Tél. {project.phone}")
    if unknown := _list_unknown(project):
        lines.append(f"Non connus de nos sources : {', '.join(unknown)}.")
    return "\n".join(lines)


def _where(project: Project, known: Known, near: Commune | None) -> str:
    commune = known.mind.places.commune(project.place.insee)
    if project.place.precision is Precision.REGION:
        return "dans tout le Grand Est"
    if project.place.precision is Precision.DEPARTEMENT:
        return known.mind.knowledge.territory(project.departement).in_name
    if project.place.itinerant:
        return f"itinérant, depuis {commune.name}"
    place = project.place.address or commune.name
    if near is None or near.insee == commune.insee:
        return place
    return f"{place}, à {round(distance_km(near, commune))} km"


def _list_unknown(project: Project) -> list[str]:
    """What a citizen would want to know and no source says."""
    unknown = [] if project.phone else ["téléphone"]
    place = project.place
    if not place.address and not place.itinerant and place.precision is Precision.COMMUNE:
        unknown.append("adresse")
    if not project.opening:
        unknown.append("jours de passage" if project.place.itinerant else "horaires")
    return unknown
