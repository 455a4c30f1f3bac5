"""What the worker processes of a server use: processor time and memory, as the kernel counts them."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.server import Server

TICK = 1 / os.sysconf("SC_CLK_TCK")  # seconds
_PARENT = re.compile(r"^PPid:\s+(\d+)", re.MULTILINE)
_RESIDENT = re.compile(r"^VmRSS:\s+(\d+)", re.MULTILINE)


def find_workers(server: Server) -> list[Path]:
    """Their folders in /proc: the children of gunicorn's arbiter."""
    assert server.process is not None
    return [
        path.parent for path in Path("/proc").glob("[0-9]*/status") if _read_number(path, _PARENT) == server.process.pid
    ]


def read_cpu_seconds(server: Server) -> float:
    """Processor time of all workers since they started, in user and in system mode."""
    ticks = 0
    for worker in find_workers(server):
        fields = (worker / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])  # utime and stime: proc(5)
    return ticks * TICK


def read_memory_mb(server: Server) -> float:
    """Resident memory of all workers."""
    return sum(_read_number(worker / "status", _RESIDENT) for worker in find_workers(server)) / 1024


def _read_number(path: Path, field: re.Pattern[str]) -> int:
    try:
        found = field.search(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ProcessLookupError):
        return 0  # it ended while we looked
    return int(found[1]) if found else 0
