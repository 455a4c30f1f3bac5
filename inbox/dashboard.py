"""The dashboard of a territory or of the region. Every figure leads to the list behind it."""

from __future__ import annotations

import datetime as dt

from flask import render_template, request
from flask_login import login_required

from extensions import db
from inbox.blueprint import inbox
from inbox.charts import HEIGHT, draw_columns
from inbox.dashboard_tables import GROUPS, Tables
from inbox.desk import name_things, read_knowledge, read_places, read_reviewer
from inbox.map import draw_map
from inbox.queue import ALERT_LABELS, STEP_LABELS
from knowledge.gazetteer import GRAND_EST
from service.dashboard import read_dashboard
from service.filters import Filter, Step
from service.models import Status
from service.periods import Span, Unit
from service.scope import Scope

UNIT_LABELS = {
    Unit.WEEK: "Les 12 dernières semaines",
    Unit.MONTH: "Les 12 derniers mois",
    Unit.YEAR: "Les 5 dernières années",
}
MONTHS = ("janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


@inbox.get("/tableau")
@login_required
def dashboard() -> str:
    """The dashboard that the address asks for."""
    reviewer, places = read_reviewer(), read_places()
    period, territory = request.args.get("periode", ""), request.args.get("territoire", "")
    unit = Unit(period) if period in set(Unit) else Unit.MONTH
    scope = Scope(reviewer, territory if territory in GRAND_EST else None)
    found = read_dashboard(db.session(), scope, unit, dt.datetime.now(dt.UTC))
    tables = Tables(found, Filter("toutes", territory=None if reviewer.departement else scope.territory))
    during = {"since": found.spans[0].since, "until": found.spans[-1].until}
    largest = max(max(counts) for counts in found.steps.values())
    span_names = tuple(_name_span(unit, span) for span in found.spans)
    return render_template(
        "inbox/dashboard.html",
        found=found,
        unit=unit,
        units=UNIT_LABELS,
        territory=scope.territory,
        now_figures=(
            ("À instruire", tables.figure(found.count(*GROUPS["a-instruire"]), state="a-instruire")),
            ("Instruites, à débattre", tables.figure(found.count(Status.INSTRUCTED), state="instruites")),
            ("Décision prête, non publiée", tables.figure(found.marks["drafted"], drafted=True)),
            ("En attente d'une réponse de l'auteur", tables.figure(found.marks["waiting"], waiting=True)),
            ("Signalées", tables.figure(found.marks["flagged"], flagged=True)),
            ("Décidées", tables.figure(found.count(*GROUPS["decidees"]), state="decidees")),
        ),
        alike_figures=(
            ("Proches d'une autre", tables.figure(found.marks["alike"], alike=True)),
            ("Regroupées avec une autre", tables.figure(found.count(Status.MERGED), state="regroupees")),
            ("Soutenues par d'autres habitants", tables.figure(found.marks["supported"], supported=True)),
        ),
        span_names=span_names,
        steps=[
            (
                STEP_LABELS[step],
                tables.figure(sum(counts), step=step, **during),
                draw_columns(counts, largest),
            )
            for step, counts in found.steps.items()
        ],
        columns_height=HEIGHT,
        answered=tables.figure(found.steps[Step.ANSWERED][-1], step=Step.ANSWERED, **during).address,
        steps_table=tables.tabulate_steps(span_names),
        ages_table=tables.tabulate_ages(),
        labels_table=tables.tabulate_labels(read_knowledge()),
        channels_table=tables.tabulate_channels(),
        communes_table=tables.tabulate_communes(places),
        deliveries_table=tables.tabulate_deliveries(),
        agreement_table=tables.tabulate_agreement(read_knowledge()),
        map=draw_map(scope.territory, found.located, places),
        alert_labels=ALERT_LABELS,
        **name_things(),
    )


def _name_span(unit: Unit, span: Span) -> str:
    if unit is Unit.YEAR:
        return str(span.since.year)
    if unit is Unit.MONTH:
        return f"{MONTHS[span.since.month - 1]} {span.since.year}"
    return f"{span.since.day} {MONTHS[span.since.month - 1]} au {span.until.day} {MONTHS[span.until.month - 1]}"
