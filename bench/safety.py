"""How well dangers are found: ``python -m bench.safety``. Prints a table; nothing is written.

*Shipped*: the model as it is, on the development sample (never taught). *Unseen author*: the model taught again without
an author of the safety lexicon and without a fifth of the everyday files, asked about what it was not taught.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.safety import Safety, load_safety
from bot.safety_evidence import EvidenceReader, load_everyday_words
from bot.safety_training import CONTRIBUTIONS, PHRASES, VECTORS, Phrase, SafetyLesson, read_ordinary, read_phrases
from bot.word_vectors import load_word_vectors
from knowledge.safety_schema import load_safety_facts

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "knowledge"
DEV = ROOT / "tests" / "data" / "dev-safety.jsonl"
# Who wrote what a fair test of such a line would hold, and nothing oblique.
PLAIN = ("phrases_w", "phrases_x", "phrases_y")
AUTHORS = tuple(sorted(path.stem for path in (FOLDER / PHRASES).glob("phrases_*.jsonl")))
BARS = "bars: explicit ≥ 99 %, all ≥ 97 %, right kind ≥ 95 %, hard ≤ 3 %, ordinary ≤ 0.3 %"


def read_dev() -> list[Phrase]:
    """The development sample. It does not say which harmless ones are hard, nor which dangers are only hinted at."""
    rows = [json.loads(line) for line in DEV.read_text(encoding="utf-8").splitlines()]
    return [
        Phrase(
            row["text"],
            row["kind"],
            row["kind"] != "none",
            row["kind"] == "none",
            "dev",
            frozenset(row.get("also_ok", ())),
        )
        for row in rows
    ]


def measure(safety: Safety, cases: Sequence[Phrase]) -> dict[str, float]:
    """Shares (0–1): explicit dangers found, all found, of these the right kind; hard and ordinary messages that alarm.

    A message that a fair reader would answer either way, with a number or without, counts nowhere.
    """
    clear = [phrase for phrase in cases if not (phrase.also if phrase.kind == "none" else "none" in phrase.also)]
    found = [(phrase, safety.detect(phrase.text)) for phrase in clear]
    dangers = [(phrase, alert) for phrase, alert in found if phrase.kind != "none"]
    shares = {
        "explicit": [alert is not None for phrase, alert in dangers if phrase.explicit],
        "all": [alert is not None for _, alert in dangers],
        "right kind": [alert.kind.value in {phrase.kind, *phrase.also} for phrase, alert in dangers if alert],
        "hard": [alert is not None for phrase, alert in found if phrase.kind == "none" and phrase.hard],
    }
    said = [(phrase.lexicon, alert is not None) for phrase, alert in found if phrase.kind == "none" and not phrase.hard]
    shares |= {
        "ordinary": [alarmed for _, alarmed in said],
        "of these contributions": [alarmed for lexicon, alarmed in said if lexicon == CONTRIBUTIONS],
        "requests, intents": [alarmed for lexicon, alarmed in said if lexicon not in {CONTRIBUTIONS, PHRASES}],
    }
    return {name: sum(values) / len(values) for name, values in shares.items() if values}


def print_figures(name: str, figures: Mapping[str, float]) -> None:
    """One line of the table."""
    print(f"{name:34}", *(f"{figure} {value:7.2%}  " for figure, value in figures.items()), flush=True)


def measure_unseen_authors() -> None:
    """Each author's phrases and a fifth of the everyday files, asked of a model that was taught the others only."""
    facts = load_safety_facts(FOLDER)
    reader = EvidenceReader(facts.triggers, load_everyday_words(FOLDER))
    phrases = [*read_phrases(FOLDER), *read_ordinary(FOLDER)]
    lesson = SafetyLesson(reader, phrases, load_word_vectors(FOLDER / VECTORS))
    everyday = sorted({phrase.file for phrase in phrases if phrase.file not in AUTHORS})
    tables, plain = [], []
    for place, author in enumerate(AUTHORS):
        left_out = {author, *everyday[place :: len(AUTHORS)]}
        safety = Safety(
            reader,
            lesson.teach([row for row, phrase in enumerate(phrases) if phrase.file not in left_out]),
            facts.answers,
        )
        asked = [phrase for phrase in phrases if phrase.file in left_out]
        tables.append(measure(safety, asked))
        print_figures(f"unseen author {author}", tables[-1])
        if author in PLAIN:
            plain.append(measure(safety, [phrase for phrase in asked if phrase.file == author]))
    print_figures("  mean", _average(tables))
    print_figures("  mean of plain authors' own words", _average(plain))


def _average(tables: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = dict.fromkeys(name for table in tables for name in table)  # some authors come with no contributions
    return {name: statistics.mean(table[name] for table in tables if name in table) for name in names}


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
