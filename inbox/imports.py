"""Importing a file of past contributions: checked first, then taken in a few seconds at a time, undone if need be.

Nothing of the file is kept between the steps but in the page itself: it holds what is personal and not masked yet.
"""

from __future__ import annotations

import base64
import datetime as dt
import time
import zlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from bot.known import PARIS
from extensions import db
from inbox.blueprint import inbox
from inbox.desk import LARGEST_ID, name_things, needs, read_knowledge, read_reviewer, read_text
from service import imports
from service.errors import NotFound, Refused
from service.import_file import LARGEST_FILE, Column, Sheet, guess_columns, read_sheet
from service.models import Import
from service.past_ideas import Fault, PastIdea, read_ideas
from service.rights import Right
from service.talk import clean_text

COLUMN_LABELS = {
    Column.WORDS: "Texte de l'idée",
    Column.PLACE: "Lieu (commune, code INSEE ou code postal)",
    Column.DATE: "Date",
    Column.SOURCE: "Moyen (réunion, papier, téléphone…)",
    Column.SOLUTION: "Axe ou solution",
}
SHOWN_LINES, SHOWN_FAULTS = 5, 200
# A worker is given up after half a minute (gunicorn); a page that answers sooner also tells how far it is.
WORKING_SECONDS = 10.0
LARGEST_FORM = LARGEST_FILE * 3 // 2  # the file comes back compressed, in base 64: a third more than it, at worst


@dataclass(frozen=True)
class Upload:
    """A file and what was said of it: where its ideas come from, which column tells what."""

    name: str
    content: bytes
    territory: str
    mapping: dict[Column, int]

    @property
    def packed(self) -> str:
        """The content, for a hidden field."""
        return base64.b64encode(zlib.compress(self.content)).decode()


@inbox.url_value_preprocessor
def _let_a_file_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before the form is read: no other page takes in so much, nor does this one from just anybody."""
    if endpoint in {"inbox.check_import", "inbox.take_in_import"} and current_user.is_authenticated:
        request.max_content_length = request.max_form_memory_size = LARGEST_FORM


@inbox.get("/imports")
@needs(Right.INSTRUCT)
def list_imports() -> str:
    """What was imported, and the form for a file."""
    return _show_list()


@inbox.post("/imports")
@needs(Right.INSTRUCT)
def check_import() -> str | tuple[str, int]:
    """What the file would bring: its first lines, its columns, what is wrong line by line. Nothing is kept."""
    try:
        upload = _read_upload()
        sheet = read_sheet(upload.content)
        upload.mapping.update(_read_mapping(sheet) if "packed" in request.form else guess_columns(sheet.columns))
    except Refused as error:
        return _show_list(error), 422
    try:
        ideas, faults = _read_ideas(upload, sheet)
    except Refused as error:
        return _show_check(upload, sheet, [], [], error), 422
    return _show_check(upload, sheet, ideas, faults)


@inbox.post("/imports/lignes")
@needs(Right.INSTRUCT)
def take_in_import() -> Response | str | tuple[str, int]:
    """Take in the lines that were checked, from where the last request ended, for a few seconds."""
    try:
        upload = _read_upload()
        sheet = read_sheet(upload.content)
        upload.mapping.update(_read_mapping(sheet))
        ideas, faults = _read_ideas(upload, sheet)
    except Refused as error:
        db.session.rollback()
        return _show_list(error), 422
    if request.form.get("checked") != _write_mapping(upload.mapping):
        return _show_check(upload, sheet, ideas, faults, Refused("Les colonnes ont changé : vérifiez d'abord.")), 422
    done = max(0, request.form.get("done", 0, type=int))
    try:
        number = _find_or_begin(upload, len(faults))
        done = _take_in(number, ideas, done)
    except NotFound:
        abort(404)
    except Refused as error:
        db.session.rollback()
        return _show_list(error), 422
    if done < len(ideas):
        return _show_progress(upload, number, done, len(ideas))
    flash(_tell(imports.read_import(db.session(), read_reviewer(), number)))
    return redirect(url_for("inbox.list_imports"))


@inbox.post("/imports/<int:number>/annulation")
@needs(Right.INSTRUCT)
def undo_import(number: int) -> Response:
    """Take back an import."""
    try:
        undone = imports.undo(db.session(), read_reviewer(), min(number, LARGEST_ID), dt.datetime.now(dt.UTC))
        db.session.commit()
    except NotFound:
        abort(404)
    gone = "1 idée retirée" if undone.gone == 1 else f"{undone.gone} idées retirées"
    flash(f"Reprise annulée : {gone}.")
    if undone.kept:
        flash(f"Restent, parce que quelqu'un y a déjà travaillé : {', '.join(undone.kept)}.")
    return redirect(url_for("inbox.list_imports"))


def _read_upload() -> Upload:
    """The file that is sent, or comes back from the page before. Raises Refused."""
    known = {territory.departement for territory in read_knowledge().territories}
    chosen = request.form.get("territory", "")
    sent = request.files.get("file")
    if sent is not None and sent.filename:
        with closing(sent):
            name, content = clean_text(sent.filename), sent.read(LARGEST_FILE + 1)
    elif packed := request.form.get("packed", ""):
        name, content = read_text("file_name"), _unpack(packed)
    else:
        raise Refused("Choisissez un fichier CSV.", "file")
    territory = imports.find_territory(read_reviewer(), chosen if chosen in known else "")
    return Upload(name, content, territory, {})


def _unpack(packed: str) -> bytes:
    """Aborts with 400 for what no page of ours holds."""
    try:
        return zlib.decompressobj().decompress(base64.b64decode(packed, validate=True), LARGEST_FILE + 1)
    except (ValueError, zlib.error):
        abort(400)


def _read_mapping(sheet: Sheet) -> dict[Column, int]:
    chosen = {column: request.form.get(f"column_{column}", "") for column in Column}
    places = {str(place): place for place in range(len(sheet.columns))}
    return {column: places[value] for column, value in chosen.items() if value in places}


def _write_mapping(mapping: Mapping[Column, int]) -> str:
    return " ".join(f"{column}={mapping[column]}" for column in Column if column in mapping)


def _read_ideas(upload: Upload, sheet: Sheet) -> tuple[list[PastIdea], list[Fault]]:
    mind, today = current_app.extensions["voix"].mind, dt.datetime.now(PARIS).date()
    db.session.rollback()  # reading takes a while: on SQLite nobody could write meanwhile
    return read_ideas(mind, sheet, upload.mapping, upload.territory, today)


def _find_or_begin(upload: Upload, refused: int) -> int:
    """The number of the import that goes on, or of a new one. Raises NotFound."""
    going_on = request.form.get("number", 0, type=int)
    if going_on:
        found = imports.read_import(db.session(), read_reviewer(), min(going_on, LARGEST_ID))
        if found.departement != upload.territory:
            raise NotFound("Cette reprise est celle d'un autre territoire.")
        return found.id
    made = imports.begin(db.session(), read_reviewer(), upload.territory, upload.name, refused, dt.datetime.now(dt.UTC))
    number = made.id
    db.session.commit()
    return number


def _take_in(number: int, ideas: list[PastIdea], done: int) -> int:
    """How many of the ideas are done when time is up, each in a transaction of its own."""
    voix, session = current_app.extensions["voix"], db.session()
    until = time.monotonic() + WORKING_SECONDS
    while done < len(ideas) and time.monotonic() < until:
        reviewer = read_reviewer()
        imported = imports.read_import(session, reviewer, number)
        now = dt.datetime.now(dt.UTC)
        imports.take_in(session, voix.service.keyring, voix.mind, reviewer, imported, ideas[done], now)
        session.commit()
        done += 1
    return done


def _tell(done: Import) -> str:
    said = [f"{done.taken_in} idée{'s reprises' if done.taken_in > 1 else ' reprise'} de « {done.file_name} »"]
    if done.known_already:
        said.append(f"{done.known_already} déjà {'connues' if done.known_already > 1 else 'connue'}")
    if done.refused:
        said.append(f"{done.refused} ligne{'s' if done.refused > 1 else ''} à corriger")
    return ", ".join(said) + "."


def _show_list(problem: Refused | None = None) -> str:
    return render_template(
        "inbox/imports.html",
        imports=imports.list_imports(db.session(), read_reviewer()),
        problem=str(problem or ""),
        fault=problem.field if problem else "",
        typed=request.form,
        **name_things(),
    )


def _show_check(
    upload: Upload, sheet: Sheet, ideas: list[PastIdea], faults: list[Fault], problem: Refused | None = None
) -> str:
    known = imports.find_known(db.session(), ideas)
    fresh = [idea for idea in ideas if idea.key not in known]
    same = imports.find_same_words(db.session(), upload.territory, fresh)
    return render_template(
        "inbox/import_check.html",
        upload=upload,
        sheet=sheet,
        shown=sheet.lines[:SHOWN_LINES],
        known=len(known),
        fresh=len(fresh),
        same=list(same.items())[:SHOWN_FAULTS],
        same_count=len(same),
        faults=faults[:SHOWN_FAULTS],
        faults_count=len(faults),
        columns=COLUMN_LABELS,
        checked=_write_mapping(upload.mapping),
        problem=str(problem or ""),
        fault=f"column_{problem.field}" if problem and problem.field else "",
        **name_things(),
    )


def _show_progress(upload: Upload, number: int, done: int, total: int) -> str:
    return render_template(
        "inbox/import_progress.html",
        upload=upload,
        checked=_write_mapping(upload.mapping),
        number=number,
        done=done,
        total=total,
        **name_things(),
    )
