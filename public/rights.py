"""What the law gives everyone: to read what is held on them, and to know what is kept, why and how long."""

from __future__ import annotations

import datetime as dt

from flask import abort, current_app, render_template

from bot.known import PARIS
from extensions import db, limiter
from public.blueprint import public
from service import contributions, my_data, retention


@public.get("/mes-donnees/<token>")
@limiter.limit("30 per minute")
def own_data(token: str) -> str:
    """Everything held on the person to whom this address was told; 404 once it has expired."""
    voix = current_app.extensions["voix"]
    held = my_data.read_held(db.session(), voix.service.keyring, token, dt.datetime.now(dt.UTC))
    if held is None:
        abort(404)
    home = voix.mind.places.get(held.home_insee)
    return render_template(
        "own_data.html",
        held=held,
        home=home,
        paris=PARIS,
        states=contributions.STATUS_FOR_CITIZEN,
        table=voix.retention,
        places=voix.mind.places,
        knowledge=voix.mind.knowledge,
    )


@public.get("/registre")
def register() -> str:
    """The register of what is kept, printed from the table that the purge obeys."""
    voix = current_app.extensions["voix"]
    return render_template(
        "register.html",
        table=voix.retention.values(),
        others=(
            retention.ADDRESSES,
            retention.OPT_OUTS,
            retention.SUPPORTS,
            retention.BANS,
            retention.REVIEWERS,
            retention.SIGN_INS,
            retention.PHRASES,
            retention.REPLY_COUNTS,
            retention.DATA_LINKS,
        ),
        contact=voix.settings.contact,
    )
