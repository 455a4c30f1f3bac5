"""One TOML file, read into entries of the schema; what does not fit becomes faults."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from knowledge.faults import Fault
from knowledge.schema import Entry

E = TypeVar("E", bound=Entry)

# pydantic's error types a maintainer meets often, in words that say what to do; others keep pydantic's words
ADVICE = {
    "missing": "missing; write it",
    "extra_forbidden": "unknown field; remove it or correct its spelling",
    "string_too_short": "empty; write it, or remove it if it may be unknown",
    "string_too_long": "too long, {max_length} characters at most; shorten it",
    "string_pattern_mismatch": "does not match {pattern}; correct it",
    "literal_error": "must be {expected}; correct it",
    "enum": "must be {expected}; correct it",
    "value_error": "{error}",
}


@dataclass(frozen=True)
class EntryList(Generic[E]):
    """The entries of a file that fit the schema, and the ids of all entries, fitting or not."""

    file: str
    readable: bool
    ids: tuple[str, ...] = ()
    entries: tuple[E, ...] = ()


def read_entries(
    folder: Path, file: str, table: str, model: type[E], faults: list[Fault], key: str = "id"
) -> EntryList[E]:
    """The ``[[table]]`` entries of a file, each known by its ``key``."""
    data = read_toml(folder, file, faults)
    if data is None:
        return EntryList(file, readable=False)
    faults += [
        Fault(file, name, "", f"unknown table; every entry of this file is a [[{table}]]")
        for name in data
        if name != table
    ]
    rows = data.get(table)
    if not isinstance(rows, list):
        faults.append(Fault(file, table, "", f"no list of entries; write each under a [[{table}]] heading"))
        return EntryList(file, readable=False)
    ids, entries = [], []
    for number, row in enumerate(rows, start=1):
        row_id = row.get(key) if isinstance(row, dict) else None
        if isinstance(row_id, str):
            ids.append(row_id)
        entry = fit_entry(model, row, file, row_id if isinstance(row_id, str) else f"{table}[{number}]", faults)
        if entry is not None:
            entries.append(entry)
    return EntryList(file, True, tuple(ids), tuple(entries))


def read_toml(folder: Path, file: str, faults: list[Fault]) -> dict[str, Any] | None:
    """The file as TOML, or None with a fault."""
    try:
        return tomllib.loads((folder / file).read_text(encoding="utf-8"))
    except FileNotFoundError:
        faults.append(Fault(file, "", "", "the file is missing; restore it"))
    except UnicodeDecodeError:
        faults.append(Fault(file, "", "", "not UTF-8 text; save it with the encoding UTF-8"))
    except tomllib.TOMLDecodeError as error:
        # Python 3.11 gives the place only in the message: "… (at line 3, column 5)", "… (at end of document)"
        reason, _, place = str(error).removesuffix(")").rpartition(" (at ")
        line = re.match(r"line \d+", place)
        faults.append(Fault(file, line[0] if line else place, "", f"not TOML; {reason}; correct the syntax"))
    return None


def fit_entry(model: type[E], data: object, file: str, name: str, faults: list[Fault]) -> E | None:
    """The data as an entry of this model, or None with one fault for each misfit. ``name``: the entry's."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults += [_misfit_fault(misfit, file, name) for misfit in error.errors()]
    return None


def _misfit_fault(misfit: ErrorDetails, file: str, name: str) -> Fault:
    path: list[str] = []
    for step in misfit["loc"]:
        if isinstance(step, int) and path:
            path[-1] += f"[{step + 1}]"
        else:
            path.append(str(step))
    field = path.pop() if path else ""
    entry = " · ".join(part for part in (name, *path) if part)
    advice = ADVICE.get(misfit["type"])
    if advice is None:
        message = f"{misfit['msg']}; correct it"
    else:
        message = advice.format(**misfit.get("ctx", {}))
    return Fault(file, entry, field, message)
