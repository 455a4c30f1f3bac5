"""How well dangers are found: ``python -m bench.safety``. Prints a table; nothing is written.

*Shipped*: the model as it is, on the development sample (never taught). *Unseen author*: the model taught again without
an author, asked about all of that author's phrases and about the half of the everyday phrases it was not taught.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from bot.safety import Safety, load_safety
from bot.safety_evidence import EvidenceReader, load_everyday_words
from bot.safety_training import Phrase, fit_safety_model, read_ordinary, read_phrases
from knowledge.safety_schema import load_safety_facts

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "knowledge"
DEV = ROOT / "tests" / "data" / "dev-safety.jsonl"
AUTHORS = ("phrases_a", "phrases_b")
BARS = "bars: explicit ≥ 99 %, all ≥ 97 %, right kind ≥ 95 %, harmless ≤ 3 %, ordinary ≤ 0.3 %"


def read_dev() -> list[tuple[Phrase, frozenset[str]]]:
    """The development sample, each with the kinds that are right for it."""
    rows = [json.loads(line) for line in DEV.read_text(encoding="utf-8").splitlines()]
    return [
        (
            Phrase(row["text"], row["kind"], row["kind"] != "none", "dev"),
            frozenset({row["kind"], *row.get("also_ok", [])}),
        )
        for row in rows
    ]


def measure(safety: Safety, cases: Sequence[tuple[Phrase, frozenset[str]]]) -> dict[str, float]:
    """Shares (0–1): explicit dangers found, all found, of these the right kind, harmless ones taken for dangers."""
    found = [(phrase, right, safety.detect(phrase.text)) for phrase, right in cases]
    dangers = [(phrase, right, alert) for phrase, right, alert in found if phrase.kind != "none"]
    explicit = [alert is not None for phrase, _, alert in dangers if phrase.explicit]
    kinds = [alert.kind.value in right for _, right, alert in dangers if alert is not None]
    harmless = [alert is not None for phrase, _, alert in found if phrase.kind == "none"]
    shares = {
        "explicit": explicit,
        "all": [alert is not None for _, _, alert in dangers],
        "right kind": kinds,
        "false alarms": harmless,
    }
    return {name: sum(values) / len(values) for name, values in shares.items() if values}


def print_figures(name: str, figures: dict[str, float]) -> None:
    """One line of the table."""
    print(f"{name:34}", *(f"{figure} {value:7.2%}  " for figure, value in figures.items()))


def measure_unseen_authors() -> None:
    """Each author's phrases, asked of a model that was taught the others' only."""
    facts = load_safety_facts(FOLDER)
    reader = EvidenceReader(facts.triggers, load_everyday_words(FOLDER))
    phrases, ordinary = read_phrases(FOLDER), read_ordinary(FOLDER)
    last = [phrase for phrase in phrases if phrase.file == AUTHORS[-1]]
    unseen = {
        **{f"unseen author {author}": [phrase for phrase in phrases if phrase.file == author] for author in AUTHORS},
        f"unseen half of {AUTHORS[-1]}": last[1::2],
    }
    for name, asked in unseen.items():
        hidden = set(asked)
        taught = [phrase for phrase in phrases if phrase not in hidden] + ordinary[::2]
        safety = Safety(reader, fit_safety_model(reader, taught), facts.answers)
        print_figures(name, measure(safety, [(phrase, frozenset({phrase.kind})) for phrase in asked]))
        print_figures("  and unseen everyday phrases", measure(safety, [(one, frozenset()) for one in ordinary[1::2]]))


def measure_speed(safety: Safety) -> None:
    """Milliseconds a text, each text met for the first time."""
    times = []
    for phrase in read_ordinary(FOLDER)[::10]:
        start = time.perf_counter()
        safety.detect(phrase.text)
        times.append((time.perf_counter() - start) * 1000)
    long_text = " ".join(phrase.text for phrase in read_ordinary(FOLDER)[:200])[:10_000]
    start = time.perf_counter()
    safety.detect(long_text)
    longest = (time.perf_counter() - start) * 1000
    print(f"median {statistics.median(times):.2f} ms a text; {longest:.1f} ms for 10,000 characters")


if __name__ == "__main__":
    print(BARS)
    shipped = load_safety(FOLDER)
    print_figures("shipped, development sample", measure(shipped, read_dev()))
    measure_speed(shipped)
    measure_unseen_authors()
