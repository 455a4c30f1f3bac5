"""What is wrong in the knowledge files, said to whoever maintains them.

KnowledgeError  the files cannot be used; carries every fault found, not only the first
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One mistake, and what to do. Printed ``projects/umop.toml · facts[2] · source: unknown source "x"…``.

    ``file`` is relative to the knowledge folder; ``entry`` and ``field`` are empty when all of it is meant.
    ``facts[2]`` is the second one: entries are counted from 1, as a person counts headings.
    """

    file: str
    entry: str
    field: str
    message: str

    def __str__(self) -> str:
        where = " · ".join(part for part in (self.file, self.entry, self.field) if part)
        return f"{where}: {self.message}"


class KnowledgeError(Exception):
    """The knowledge files cannot be used: ``faults`` says why, sorted by file."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.file))
        super().__init__("\n".join(str(fault) for fault in self.faults))
