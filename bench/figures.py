"""Figures and their bars: printed as a table, kept as JSON."""

from __future__ import annotations

import json
import operator
from dataclasses import dataclass
from pathlib import Path

LATEST = Path(__file__).parent / "latest.json"
_COMPARE = {"≤": operator.le, "≥": operator.ge}


@dataclass(frozen=True)
class Figure:
    """One measurement. ``bar`` is what it must reach, as "≤ 1" or "≥ 97"; empty when it is only told."""

    name: str
    value: float
    unit: str
    bar: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether the bar is reached."""
        if not self.bar:
            return True
        sign, limit = self.bar.split()
        return bool(_COMPARE[sign](self.value, float(limit)))


def report(figures: list[Figure], path: Path | None = None) -> bool:
    """Print the figures, keep them at ``path``; whether every bar is reached."""
    width = max(len(figure.name) for figure in figures)
    for figure in figures:
        verdict = "" if not figure.bar else "ok" if figure.is_ok else "SHORT"
        print(f"{figure.name:{width}}  {figure.value:10.3f} {figure.unit:8} {figure.bar:8} {verdict}")
    if path is not None:
        kept = {f.name: {"value": f.value, "unit": f.unit, "bar": f.bar, "ok": f.is_ok} for f in figures}
        path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return all(figure.is_ok for figure in figures)
