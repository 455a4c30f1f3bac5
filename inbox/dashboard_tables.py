"""The tables of the dashboard: what stands in each line, and the address of the list behind each figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.places import Places
from inbox.decisions import DELIVERY_LABELS
from inbox.desk import SOURCE_LABELS, STATUS_LABELS
from inbox.map import rank
from inbox.queue import STEP_LABELS
from inbox.trail import address_queue
from knowledge.loader import Knowledge
from service.dashboard import Dashboard
from service.filters import NONE, Filter, Step
from service.models import Delivery, Status
from service.standing import AGES, WAITING
from service.status import DECISIONS, OPEN

AGE_LABELS = ("Moins d'une semaine", "1 semaine à 1 mois", "1 à 3 mois", "3 mois à 1 an", "Plus d'un an")
GROUPS = {"a-instruire": OPEN, "instruites": (Status.INSTRUCTED,), "decidees": DECISIONS}
GROUP_LABELS = ("À instruire", "Instruites", "Décidées", "Toutes")
AGE_STATES = {Status.RECEIVED: "recues", Status.TO_CLASSIFY: "a-classer", Status.INSTRUCTED: "instruites"}


@dataclass(frozen=True)
class Figure:
    """A number, and the address of the list of what it counts; ``said``: how it is written, if not so."""

    count: int
    address: str
    said: str = ""


@dataclass(frozen=True)
class Line:
    """A line of a table; the last figure is the one that its bar shows. ``is_heading``: it sums up those below it."""

    name: str
    figures: tuple[Figure, ...]
    is_heading: bool = False


@dataclass(frozen=True)
class Table:
    """A table; ``columns`` are the headings, the first of them that of the lines' names."""

    caption: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def largest(self) -> int:
        """What the longest bar shows."""
        return max((line.figures[-1].count for line in self.lines if not line.is_heading), default=0)


class Tables:
    """The tables of one dashboard; ``base``: the queue of everything that it counts."""

    def __init__(self, found: Dashboard, base: Filter) -> None:
        self._found, self._base = found, base

    def figure(self, count: int, **fields: Any) -> Figure:
        """A figure whose list is narrowed by these fields of Filter."""
        return Figure(count, address_queue(replace(self._base, **fields)))

    def tabulate_steps(self, names: tuple[str, ...]) -> Table:
        """What was done, a line for each span; ``names`` of the spans."""
        lines = [
            Line(
                name,
                tuple(
                    self.figure(self._found.steps[step][number], step=step, since=span.since, until=span.until)
                    for step in Step
                ),
            )
            for number, (name, span) in enumerate(zip(names, self._found.spans, strict=True))
        ]
        return Table("Ce qui a été fait, période par période", ("Période", *STEP_LABELS.values()), tuple(lines))

    def tabulate_ages(self) -> Table:
        """Since when what is not decided waits."""
        lines = []
        for age, older, name in zip(AGES, (*AGES[1:], None), AGE_LABELS, strict=True):
            bounds = {"older_than": age or None, "younger_than": older}
            counts = {status: self._found.ages[age, status] for status in WAITING}
            figures = [self.figure(counts[one], state=key, **bounds) for one, key in AGE_STATES.items()]
            lines.append(Line(name, (*figures, self.figure(sum(counts.values()), state="non-decidees", **bounds))))
        states = [
            f"{STATUS_LABELS[status]}s" if status is not Status.TO_CLASSIFY else "À classer" for status in WAITING
        ]
        columns = ("Reçues depuis", *states, "Total")
        return Table("Idées qui attendent une décision, selon leur ancienneté", columns, tuple(lines))

    def tabulate_labels(self, knowledge: Knowledge) -> Table:
        """The axes, and below each its solutions and what has the axis alone."""
        lines = []
        for number, axis in enumerate(knowledge.axes, 1):
            own: list[tuple[str, str, dict[str, Any]]] = [
                (one.id, one.short, {"solution": one.id}) for one in axis.solutions
            ]
            own.append((axis.id, "Cet axe, sans solution", {"axis": axis.id, "solution": NONE}))
            counts = [self._count_label(label) for label, _, _ in own]
            summed = {status: sum(one.get(status, 0) for one in counts) for status in Status}
            lines.append(self._line(f"Axe {number}. {axis.short}", summed, is_heading=True, axis=axis.id))
            lines += [self._line(name, count, **fields) for (_, name, fields), count in zip(own, counts, strict=True)]
        lines.append(self._line("Sans axe ni solution", self._count_label(None), axis=NONE))
        return Table("Idées par axe et solution, et où elles en sont", ("Solution", *GROUP_LABELS), tuple(lines))

    def tabulate_channels(self) -> Table:
        """By which means ideas came."""
        lines = [
            self._line(name, {status: self._found.channels[source, status] for status in Status}, channel=source)
            for source, name in SOURCE_LABELS.items()
        ]
        return Table("Idées par moyen, et où elles en sont", ("Moyen", *GROUP_LABELS), tuple(lines))

    def tabulate_communes(self, places: Places) -> Table:
        """The communes most ideas come from: those of the map; and how many come from none."""
        lines = []
        for insee, count in rank(self._found.located):
            commune = places.get(insee)
            named = f"{commune.name} ({commune.departement})" if commune else insee
            lines.append(Line(named, (self.figure(count, commune=insee),)))
        if elsewhere := self._found.communes[None]:
            lines.append(Line("Commune non précisée", (self.figure(elsewhere, commune=NONE),)))
        return Table("Communes d'où viennent le plus d'idées", ("Commune", "Idées"), tuple(lines))

    def tabulate_deliveries(self) -> Table:
        """What became of the messages that tell the answers."""
        lines = [
            Line(DELIVERY_LABELS[one].capitalize(), (self.figure(self._found.deliveries[one], delivery=one),))
            for one in Delivery
        ]
        return Table("Idées dont un message de réponse est…", ("Message", "Idées"), tuple(lines))

    def tabulate_agreement(self, knowledge: Knowledge) -> Table:
        """How many ideas instructed were given the solution suggested first, and how many another."""
        spans = self._found.spans
        during = {"step": Step.INSTRUCTED, "since": spans[0].since, "until": spans[-1].until}
        lines = []
        for solution in knowledge.solutions:
            share = self._found.agreement.get(solution.id)
            if share is None:
                continue
            corrected = self.figure(share.total - share.agreed, solution=solution.id, corrected=True, **during)
            agreed = replace(self.figure(share.total, solution=solution.id, **during), said=f"{share.percent} %")
            lines.append(
                Line(solution.short, (self.figure(share.total, solution=solution.id, **during), corrected, agreed))
            )
        columns = ("Solution donnée", "Idées instruites", "Corrigées", "Accord")
        return Table("Idées instruites pendant la période, selon la solution donnée", columns, tuple(lines))

    def _count_label(self, label: str | None) -> dict[Status, int]:
        return {status: self._found.labels[label, status] for status in Status}

    def _line(self, name: str, counts: Mapping[Status, int], *, is_heading: bool = False, **fields: Any) -> Line:
        groups = [
            self.figure(sum(counts[status] for status in states), state=group, **fields)
            for group, states in GROUPS.items()
        ]
        return Line(name, (*groups, self.figure(sum(counts.values()), **fields)), is_heading)
