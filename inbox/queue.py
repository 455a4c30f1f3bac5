"""The queue: the ideas a reviewer is to deal with, filtered, searched, a page at a time."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from flask import redirect, render_template, request, url_for
from flask_login import login_required
from werkzeug.wrappers import Response

from bot.known import PARIS
from extensions import db
from inbox.blueprint import inbox
from inbox.decisions import DELIVERY_LABELS
from inbox.desk import name_things, read_places, read_reviewer
from inbox.trail import address_queue
from knowledge.gazetteer import Commune
from service import alerts, meetings, opinions, saved_views, search
from service import queue as queues
from service.bulk import Outcome
from service.filters import NONE, Filter, Order, Step, read_filter, write_query
from service.models import Meeting, Phase, Reviewer
from service.opinions import Progress
from service.rights import Right, may
from service.talk import clean_text

ALERTS_SHOWN = dt.timedelta(days=30)
ALERT_LABELS = {
    "vital_emergency": "urgence vitale",
    "suicide": "suicide",
    "violence": "violences",
    "poison": "intoxication",
}
STATE_LABELS = {
    "a-instruire": "À instruire",
    "recues": "Reçues",
    "a-classer": "À classer",
    "instruites": "Instruites",
    "non-decidees": "Pas encore décidées",
    "decidees": "Décidées",
    "retenues": "Retenues",
    "transmises": "Transmises",
    "rattachees": "Rattachées à un projet",
    "non-retenues": "Non retenues",
    "projets": "Devenues des projets",
    "regroupees": "Regroupées",
    "toutes": "Toutes",
}
TABS = ("a-instruire", "instruites", "decidees", "toutes")
MARK_LABELS = {
    "unassigned": ("libres", "Sans personne dessus"),
    "mine": ("miennes", "Sur lesquelles je travaille"),
    "waiting": ("en-attente", "En attente d'une réponse de l'auteur"),
    "alike": ("semblables", "Proches d'une autre"),
    "flagged": ("signalees", "Signalées"),
    "drafted": ("decision-prete", "Décision prête, non publiée"),
    "corrected": ("corrigees", "Classées autrement que le programme"),
    "supported": ("soutenues", "Soutenues par d'autres habitants"),
}
STEP_LABELS = {
    Step.RECEIVED: "Idées reçues",
    Step.INSTRUCTED: "Idées instruites",
    Step.DECIDED: "Décisions prises",
    Step.ANSWERED: "Réponses publiées",
}
ORDER_LABELS = {
    Order.OLDEST: "Les plus anciennes d'abord",
    Order.NEWEST: "Les plus récentes d'abord",
    Order.LEAST_REVIEWED: "Celles qui ont le moins d'avis d'abord",
}


@inbox.get("/")
@login_required
def queue() -> str | Response:
    """The queue that the address asks for. A code searched for leads to its case; a commune may be given by its name."""
    asked = read_asked()
    code = search.find_code(db.session(), read_reviewer(), asked.words)
    if code is not None:
        return redirect(url_for("inbox.case", code=code))
    named = clean_text(request.args.get("commune", ""))
    if not named or asked.commune:
        return show_queue()
    commune = _find_commune(named, asked.territory or read_reviewer().departement)
    if commune is not None:
        return redirect(address_queue(replace(asked, commune=commune.insee)))
    return show_queue(problem=f"Nous ne connaissons pas de commune « {named} » dans le Grand Est.")


def read_asked() -> Filter:
    """The filter in the address of the queue."""
    return read_filter(request.query_string.decode("utf-8", "replace"))


def show_queue(problem: str = "", outcome: Outcome | None = None) -> str:
    """The page. After an act on several ideas: its ``outcome``, or the ``problem`` for which nothing was done."""
    session, reviewer, now = db.session(), read_reviewer(), dt.datetime.now(dt.UTC)
    asked, after = read_asked(), queues.read_place(request.args.get("apres", ""))
    may_instruct = may(reviewer, Right.INSTRUCT)
    return render_template(
        "inbox/queue.html",
        asked=asked,
        query=write_query(asked),
        here=request.query_string.decode("utf-8", "replace"),
        page=queues.list_page(session, reviewer, asked, now, after),
        is_first_page=after is None,
        total=queues.count(session, reviewer, asked, now),
        tabs={
            tab: (write_query(found), queues.count(session, reviewer, found, now))
            for tab in TABS
            for found in [Filter(tab, territory=asked.territory, order=asked.order)]
        },
        most_counted=queues.COUNTED,
        states=STATE_LABELS,
        mark_labels=MARK_LABELS,
        orders=ORDER_LABELS,
        steps=STEP_LABELS,
        deliveries=DELIVERY_LABELS,
        nothing=NONE,
        now=now,
        views=saved_views.list_views(session, reviewer),
        meetings=meetings.list_meetings(session, reviewer) if may_instruct or asked.meeting else [],
        to_read=_list_to_read(reviewer) if may(reviewer, Right.OPINE) else [],
        problem=problem,
        outcome=outcome,
        typed=request.form,
        alerts=alerts.count_by_kind(session, reviewer, now.astimezone(PARIS).date() - ALERTS_SHOWN),
        alert_labels=ALERT_LABELS,
        **name_things(),
    )


def _list_to_read(reviewer: Reviewer) -> list[tuple[Meeting, Progress]]:
    """The meetings for which a member still has ideas to read, and how far they are."""
    session = db.session()
    opened = [one for one in meetings.list_meetings(session, reviewer) if one.phase is Phase.OPINIONS]
    found = [(one, opinions.find_next(session, reviewer, one)) for one in opened]
    return [(meeting, progress) for meeting, (idea, progress) in found if idea is not None]


def _find_commune(name: str, departement: str | None) -> Commune | None:
    """The commune of that name, rather one of that territory."""
    communes = read_places().read_answer(name).communes
    return min(communes, key=lambda one: one.departement != departement, default=None)
