"""Exports of the ideas that a filter of the queue lets through: CSV and XLSX, with their data dictionary."""

from __future__ import annotations

import datetime as dt
import gc
import tempfile
from array import array
from collections.abc import Iterator

from flask import Response, render_template, send_file, stream_with_context

from bot.known import PARIS
from extensions import db
from inbox.blueprint import inbox
from inbox.desk import name_things, needs, read_knowledge, read_places, read_reviewer
from inbox.export_council_fields import list_fields
from inbox.export_files import DISARMED, END, write_csv, write_xlsx
from inbox.queue import STATE_LABELS, read_asked
from service import exports
from service.exports import BATCH, Exported
from service.filters import Filter, write_query
from service.rights import Right

# A worker is given up after half a minute in which nothing left it (gunicorn), and a workbook leaves when it is whole.
MOST_XLSX_ROWS = 20_000
ROWS_HEADER = "X-Rows"  # how many lines the file has, its heading aside


@inbox.get("/exports")
@needs(Right.INSTRUCT)
def show_exports() -> str:
    """How many ideas the filter in the address lets through, and the ways to have them."""
    return _show(read_asked())


@inbox.get("/exports/idees.csv")
@needs(Right.INSTRUCT)
def export_csv() -> Response:
    """The file, which leaves while it is read."""
    asked = read_asked()
    ids = _list_ids(asked)
    fields = list_fields(read_knowledge(), read_places())
    response = Response(stream_with_context(write_csv(fields, _read_batches(ids))), mimetype="text/csv")
    response.headers[ROWS_HEADER] = str(len(ids))
    response.headers["Content-Disposition"] = f'attachment; filename="{_name_file(asked)}.csv"'
    return response


@inbox.get("/exports/idees.xlsx")
@needs(Right.INSTRUCT)
def export_xlsx() -> Response | tuple[str, int]:
    """The workbook, unless it would be too large."""
    asked = read_asked()
    ids = _list_ids(asked)
    if len(ids) > MOST_XLSX_ROWS:
        return _show(asked, problem=True), 422
    file = tempfile.TemporaryFile()
    try:
        write_xlsx(list_fields(read_knowledge(), read_places()), _read_batches(ids), file)
    except Exception:
        file.close()
        raise
    file.seek(0)
    response = send_file(
        file,
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        as_attachment=True,
        download_name=f"{_name_file(asked)}.xlsx",
    )
    response.headers[ROWS_HEADER] = str(len(ids))
    return response


@inbox.get("/exports/dictionnaire")
@needs(Right.INSTRUCT)
def show_dictionary() -> str:
    """What each column of an export means."""
    fields = list_fields(read_knowledge(), read_places())
    return render_template("inbox/export_dictionary.html", fields=fields, notes=(DISARMED, END), **name_things())


def _show(asked: Filter, *, problem: bool = False) -> str:
    return render_template(
        "inbox/exports.html",
        asked=asked,
        query=write_query(asked),
        total=exports.count(db.session(), read_reviewer(), asked, dt.datetime.now(dt.UTC)),
        states=STATE_LABELS,
        most_xlsx=MOST_XLSX_ROWS,
        problem=problem,
        **name_things(),
    )


def _list_ids(asked: Filter) -> array[int]:
    return exports.list_ids(db.session(), read_reviewer(), asked, dt.datetime.now(dt.UTC))


def _read_batches(ids: array[int]) -> Iterator[list[Exported]]:
    """The rows, a batch a transaction, over before it leaves: on SQLite even one that reads keeps all others from writing."""
    session = db.session()
    session.rollback()
    gc.freeze()  # else all that is known is looked through again and again, as rows are thrown away: a third of the time
    try:
        for start in range(0, len(ids), BATCH):
            gc.disable()  # nothing of a batch can be thrown away yet
            try:
                batch = exports.read_batch(session, ids[start : start + BATCH], start + 1)
            finally:
                gc.enable()
            session.rollback()
            yield batch
    finally:
        gc.unfreeze()


def _name_file(asked: Filter) -> str:
    territory = read_reviewer().departement or asked.territory or "grand-est"
    return f"idees-{territory}-{dt.datetime.now(PARIS):%Y-%m-%d}"
