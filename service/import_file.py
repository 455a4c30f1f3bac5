"""A file of past contributions as it is read: its encoding and separator found out, its columns recognised by their names."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.folding import fold
from service.errors import Refused
from service.talk import clean_text

LARGEST_FILE = 5 * 1024 * 1024  # bytes: the 1,700 ideas of the dialogues of 2022 ten times over
MOST_COLUMNS = 50
_SEPARATORS = ";,\t"
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how a zip (XLSX, ODS) and an old XLS begin


class Column(StrEnum):
    """What a column of the file may tell; the values stand in forms."""

    WORDS = "texte"
    PLACE = "lieu"
    DATE = "date"
    SOURCE = "moyen"
    SOLUTION = "solution"


# Folded words that the heading of a column holds. The first column that fits is taken.
_HEADINGS = {
    Column.WORDS: ("texte", "verbatim", "proposition", "idee", "contribution", "commentaire", "suggestion", "note"),
    Column.PLACE: ("commune", "ville", "lieu", "insee", "code postal", "localite"),
    Column.DATE: ("date", "recu"),
    Column.SOURCE: ("moyen", "canal", "source", "origine"),
    Column.SOLUTION: ("solution", "axe", "classement", "theme"),
}


@dataclass(frozen=True)
class Line:
    """The cells of one line of the file, as many as there are columns; ``number``: where it begins, the heading being 1."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """A file as a table."""

    columns: tuple[str, ...]
    lines: tuple[Line, ...]


def read_sheet(content: bytes) -> Sheet:
    """The table that ``content`` holds: CSV in UTF-8 or Windows-1252; semicolons, commas or tabs. Raises Refused."""
    if len(content) > LARGEST_FILE:
        raise Refused("Le fichier dépasse 5 Mo : coupez-le en plusieurs.", "file")
    if content.startswith(_WORKBOOKS):
        raise Refused("C'est un classeur, pas un fichier CSV : enregistrez-le au format « CSV UTF-8 ».", "file")
    text = _decode(content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_find_separator(text), strict=True)
    rows: list[Line] = []
    number = 1
    try:
        for cells in reader:
            rows.append(Line(number, tuple(clean_text(cell) for cell in cells)))
            number = reader.line_num + 1
    except csv.Error as error:
        raise Refused(
            f"La ligne {number} ne se lit pas : un guillemet y est de trop, ou il en manque un.", "file"
        ) from error
    rows = [row for row in rows if any(row.cells)]
    if len(rows) < 2:
        raise Refused("Le fichier est vide : il faut une ligne de titres, puis une ligne par idée.", "file")
    columns = rows[0].cells
    if len(columns) > MOST_COLUMNS:
        raise Refused(f"Le fichier a plus de {MOST_COLUMNS} colonnes : gardez celles qui servent.", "file")
    empty = ("",) * len(columns)
    return Sheet(columns, tuple(Line(row.number, (row.cells + empty)[: len(columns)]) for row in rows[1:]))


def guess_columns(columns: Sequence[str]) -> dict[Column, int]:
    """Which column tells what, after their headings; of a file of one column, that one tells the words."""
    guessed: dict[Column, int] = {}
    for column, names in _HEADINGS.items():
        for name in names:
            fitting = [
                place
                for place, heading in enumerate(columns)
                if place not in guessed.values() and f" {name}" in f" {fold(heading)}"
            ]
            if fitting and column not in guessed:
                guessed[column] = fitting[0]
    return guessed or ({Column.WORDS: 0} if len(columns) == 1 else {})


def pick(line: Line, mapping: Mapping[Column, int], column: Column) -> str:
    """What the line tells; empty when no column does."""
    return line.cells[mapping[column]] if column in mapping else ""


def _decode(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused("Le fichier n'est ni en UTF-8 ni en Windows-1252 : enregistrez-le au format « CSV UTF-8 ».", "file")


def _find_separator(text: str) -> str:
    """That which cuts the heading into the most columns."""
    heading = text.split("\n", 1)[0]
    return max(_SEPARATORS, key=heading.count)
