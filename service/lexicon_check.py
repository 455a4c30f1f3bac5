"""Every fault of a lexicon folder, by file and line: for whoever maintains it, before the service meets them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

from bot.matching import OFF_TOPIC
from bot.text_model import load_text_model
from bot.understanding import Intent
from bot.word_vectors import load_word_vectors
from knowledge.data_file import read_toml
from knowledge.faults import Fault
from knowledge.loader import Knowledge
from service.lexicon_folder import MODELS

WORDS = ("words.txt", "everyday_words.txt")


def find_faults(folder: Path, knowledge: Knowledge) -> list[Fault]:
    """What is wrong in the folder's files; nothing when a service can take it up and learn from it."""
    solutions = {OFF_TOPIC, *(axis.id for axis in knowledge.axes), *(one.id for one in knowledge.solutions)}
    needs = {OFF_TOPIC, *(need.id for need in knowledge.needs)}
    faults = [
        *_check_phrases(folder, "phrases", "label", solutions),
        *_check_phrases(folder, "requests", "need", needs),
        *_check_phrases(folder, "intents", "intent", {intent.value for intent in Intent}),
        *_check_lines(folder, "gate.jsonl", "solution", solutions, ("text", "axis")),
    ]
    for name in WORDS:
        faults += [
            Fault(name, f"line {number}", "", "empty; remove it") for number in _find_blanks(folder, name, faults)
        ]
    abbreviations = read_toml(folder, "sms.toml", faults)
    if abbreviations is not None and not isinstance(abbreviations.get("sms"), dict):
        faults.append(Fault("sms.toml", "", "sms", "the table [sms] is missing"))
    return [*faults, *_check_models(folder)]


def _check_phrases(folder: Path, name: str, field: str, known: Collection[str]) -> Iterator[Fault]:
    files = sorted(path.name for path in (folder / name).glob("*.jsonl"))
    if not files:
        yield Fault(name, "", "", "no *.jsonl file; restore the folder")
    for file in files:
        yield from _check_lines(folder, f"{name}/{file}", field, known, ("text", "style"))


def _check_lines(
    folder: Path, file: str, field: str, known: Collection[str], words: tuple[str, ...]
) -> Iterator[Fault]:
    """One fault a line at most: the first that reading it would meet."""
    try:
        lines = (folder / file).read_bytes().splitlines()
    except OSError:
        yield Fault(file, "", "", "the file is missing; restore it")
        return
    for number, line in enumerate(lines, 1):
        at = f"line {number}"
        try:
            row: Any = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError:
            yield Fault(file, at, "", "not UTF-8 text; save it with the encoding UTF-8")
            continue
        except (ValueError, RecursionError) as error:
            yield Fault(file, at, "", f"not JSON; {error}; correct the syntax")
            continue
        if len(line.decode("utf-8").splitlines()) > 1:
            yield Fault(file, at, "", "holds an unusual line separator (such as U+2028); write a space")
            continue
        if not isinstance(row, dict):
            yield Fault(file, at, "", "not an object; write {…}")
            continue
        missing = [name for name in (*words, field) if not (isinstance(row.get(name), str) and row[name].strip())]
        if missing:
            yield Fault(file, at, missing[0], "no words; write some between quotation marks")
        elif row[field] not in known:
            yield Fault(file, at, field, f"unknown: {row[field]!r}; write one that others of this folder bear")


def _find_blanks(folder: Path, name: str, faults: list[Fault]) -> list[int]:
    """The empty lines of a list of words; a file that cannot be read is a fault."""
    try:
        lines = (folder / name).read_bytes().splitlines()
    except OSError:
        faults.append(Fault(name, "", "", "the file is missing; restore it"))
        return []
    for number, line in enumerate(lines, 1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            faults.append(Fault(name, f"line {number}", "", "not UTF-8 text; save it with the encoding UTF-8"))
    return [number for number, line in enumerate(lines, 1) if not line.strip()]


def _check_models(folder: Path) -> Iterator[Fault]:
    for name, load in (*((model, load_text_model) for model in MODELS), ("word_vectors.npz", load_word_vectors)):
        if not is_zipfile(folder / name):  # numpy would leave it open
            yield Fault(name, "", "", "missing, not a trained file, or cut short; train again or restore it")
            continue
        try:
            load(folder / name)
        except Exception as error:  # ModelError; numpy and zipfile raise others for contents that are damaged
            yield Fault(name, "", "", str(error).removeprefix(f"{name}: "))
