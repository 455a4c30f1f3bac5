"""The phrases that the models learn from: one JSON object a line, one file an author."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

CAREFUL_STYLES = frozenset({"web", "long", "oral"})


class PhraseError(ValueError):
    """A line that cannot be read; says which file, which line and why."""


@dataclass(frozen=True)
class Phrase:
    """One text and its label; ``author`` is the name of the file it comes from.

    ``also``: the other labels that a careful second reader defends. Not taught; accepted when guesses are rated.
    """

    text: str
    label: str
    author: str
    style: str
    also: tuple[str, ...] = ()

    @property
    def is_careful(self) -> bool:
        """Whether its spelling can be trusted."""
        return self.style in CAREFUL_STYLES


def read_phrases(folder: Path, field: str = "label") -> list[Phrase]:
    """Every phrase of the folder's ``*.jsonl``, files by name; the label is under ``field``. Raises PhraseError."""
    phrases = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                row = json.loads(line)
                text, label, style, also = row["text"], row[field], row["style"], tuple(row.get("also", ()))
            except (ValueError, KeyError, TypeError) as error:
                raise PhraseError(f"{path.name}, line {number}: {error!r}") from error
            if not (isinstance(text, str) and text.strip() and isinstance(label, str) and isinstance(style, str)):
                raise PhraseError(f"{path.name}, line {number}: text, {field} and style must be words")
            phrases.append(Phrase(text, label, path.stem, style, also))
    return phrases
