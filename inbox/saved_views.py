"""A reviewer's own views of the queue: kept, and deleted."""

from __future__ import annotations

from flask import abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from extensions import db
from inbox.blueprint import inbox
from inbox.desk import LARGEST_ID, needs, read_reviewer, read_text
from inbox.queue import read_asked, show_queue
from inbox.trail import address_queue
from service import saved_views
from service.errors import NotFound, Refused
from service.rights import Right


@inbox.post("/vues")
@needs(Right.READ)
def save_view() -> Response | tuple[str, int]:
    """Keep the filter of the address under a name."""
    try:
        saved_views.save_view(db.session(), read_reviewer(), read_text("view_name"), read_asked())
        db.session.commit()
    except Refused as error:
        db.session.rollback()
        return show_queue(problem=str(error)), 422
    flash("La vue est enregistrée.")
    return redirect(address_queue(read_asked()))


@inbox.post("/vues/<int:number>/suppression")
@needs(Right.READ)
def delete_view(number: int) -> Response:
    """Delete a view."""
    try:
        saved_views.delete_view(db.session(), read_reviewer(), min(number, LARGEST_ID))
        db.session.commit()
    except NotFound:
        abort(404)
    flash("La vue est supprimée.")
    return redirect(url_for("inbox.queue"))
