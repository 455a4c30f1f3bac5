"""An export as a file: CSV written as it is read, XLSX in a file of its own. No cell of either is ever a formula."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from bot.known import PARIS
from inbox.export_fields import DAY, MOMENT, NUMBER, TEXT, YES_NO, Field
from service.exports import Exported

# What a spreadsheet may take for a formula at the start of a cell; a "+33…" is one too. After OWASP, « CSV Injection »
# (owasp.org/www-community/attacks/CSV_Injection, in copies): = + - @, tab, return, line feed, and the full-width forms.
# What looks like nothing may stand before them: not every program keeps it.
_FORMULA = re.compile(r"[\s\u200b\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")
BYTE_ORDER_MARK = "\ufeff"  # by which a spreadsheet knows UTF-8
LONGEST_CELL = 32_767  # characters: XLSX's own limit
CUT = " […] La suite est dans l'export CSV."
DISARMED = "Une apostrophe est ajoutée devant un texte qu'un tableur pourrait prendre pour une formule (= + - @)."
END = (
    "Toutes les lignes sont là quand le rang de la dernière est le nombre de lignes annoncé. Une idée effacée pendant "
    "l'export laisse un rang vide."
)


def disarm(text: str) -> str:
    """``text`` with an apostrophe before it, where a spreadsheet might run it."""
    if text[:1].isalnum():  # as nearly all begin: a fifth of the time
        return text
    return f"'{text}" if _FORMULA.match(text) else text


def write_csv(fields: tuple[Field, ...], batches: Iterable[list[Exported]]) -> Iterator[bytes]:
    """The file, a piece a batch: UTF-8 with its mark, semicolons, RFC 4180 otherwise."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    out.write(BYTE_ORDER_MARK)
    writer.writerow([field.name for field in fields])
    cells = [(field.read, _WRITE[field.kind]) for field in fields]
    for batch in batches:
        writer.writerows(
            [[None if (value := read(one)) is None else write(value) for read, write in cells] for one in batch]
        )
        yield out.getvalue().encode()
        out.seek(0)
        out.truncate()
    yield out.getvalue().encode()  # the heading alone, when there was nothing


def _write_number(value: float) -> str | int:
    return f"{value:.2f}".replace(".", ",") if isinstance(value, float) else value


def _write_moment(value: dt.datetime) -> str:
    at = value.astimezone(
        PARIS
    )  # written by hand: isoformat would ask for its zone again, and take as long as the rest
    return f"{at.year}-{at.month:02}-{at.day:02} {at.hour:02}:{at.minute:02}"


# By kind and not by looking at each value: there are sixty cells a row and a million rows.
_WRITE: dict[str, Callable[[Any], str | int]] = {
    TEXT: disarm,
    NUMBER: _write_number,
    YES_NO: lambda value: "oui" if value else "non",
    MOMENT: _write_moment,
    DAY: dt.date.isoformat,
}


def write_xlsx(fields: tuple[Field, ...], batches: Iterable[list[Exported]], file: IO[bytes]) -> None:
    """The same rows, numbers and dates as such, and the data dictionary on a second sheet."""
    book = Workbook(file, {"constant_memory": True})  # each row is written as it comes
    bold = book.add_format({"bold": True})
    moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet("Idées")
    sheet.freeze_panes(1, 2)
    for column, field in enumerate(fields):
        sheet.write_string(0, column, field.name, bold)
    line = 0
    for batch in batches:
        for one in batch:
            line += 1
            for column, field in enumerate(fields):
                value = field.read(one)
                if isinstance(value, dt.datetime):
                    sheet.write_datetime(line, column, value.astimezone(PARIS).replace(tzinfo=None), moment)
                elif isinstance(value, dt.date):
                    sheet.write_datetime(line, column, value, day)
                elif isinstance(value, bool):
                    sheet.write_string(line, column, "oui" if value else "non")
                elif isinstance(value, int | float):
                    sheet.write_number(line, column, value)
                elif value:
                    sheet.write_string(line, column, _fit(disarm(value)))
    _write_dictionary(book.add_worksheet("Dictionnaire"), fields)
    book.close()


def _fit(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - len(CUT)] + CUT


def _write_dictionary(sheet: Worksheet, fields: tuple[Field, ...]) -> None:
    sheet.set_column(0, 2, 34)
    rows = [("Colonne", "Contenu", "Sens"), *((field.name, field.kind, field.meaning) for field in fields)]
    rows += [("", "", DISARMED), ("", "", END)]
    for line, row in enumerate(rows):
        for column, text in enumerate(row):
            sheet.write_string(line, column, text)
