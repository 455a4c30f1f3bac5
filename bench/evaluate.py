"""Print how well texts are understood: ``make evaluate``, ``python -m bench.evaluate`` (a minute).

On the dev sets, on authors left out of the training, against simpler methods, with words damaged; then speed and memory.
"""

from __future__ import annotations

import random
import resource
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from bench.baselines import TITLE_SCORERS, Bm25, by_titles
from bench.damage import damage_words
from bench.judged import Guess, Judged, judge_phrase, rate_guesses, read_contributions
from bench.requests import rate_requests
from bot import memory
from bot.features import number_features, split_text
from bot.learning import Lesson, choose_temperature
from bot.matching import CONFIDENT_FROM, LEAST_TOLD, LEXICON, OFF_TOPIC, OFF_TOPIC_FROM, Matcher
from bot.mind import load_mind
from bot.spelling import load_spelling
from bot.text_model import Floats, load_text_model
from bot.training import read_features, read_lessons, read_unseen
from bot.word_vectors import load_word_vectors

DEV = Path(__file__).parent.parent / "tests" / "data"
SEEDS = (1, 2, 3, 4, 5)
DAMAGED = 0.3  # of the words of 5 letters or more
# Authors who write as the dev sets are written, and most people; the others are oblique on purpose, or set traps.
PLAIN = frozenset(
    {"consultation", "first", "neighbours", "platforms", "posters", "respondents", "round_tables", "texters"}
)


def main() -> None:
    """Print every figure."""
    memory.REMEMBERED = 0  # each text is read anew
    mind = load_mind()
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    dev = read_contributions(DEV / "dev-contributions.jsonl")
    texts = [one.text for one in dev]
    _print("dev contributions", rate_guesses(dev, [guess_with(mind.matcher, text) for text in texts]))
    judged = dev * len(SEEDS)
    damaged = [damage_words(text, DAMAGED, random.Random(f"{seed} {text}")) for seed in SEEDS for text in texts]
    _print("  30 % of long words damaged", rate_guesses(judged, [guess_with(mind.matcher, text) for text in damaged]))
    _print("  the same, words not corrected", rate_guesses(judged, _guess_uncorrected(damaged)))
    for name, scorer in TITLE_SCORERS.items():
        _print(f"  {name}", rate_guesses(dev, [by_titles(text, mind.knowledge.solutions, scorer) for text in texts]))
    lessons = read_lessons(LEXICON)
    bm25 = Bm25(lessons["solutions"])
    _print("  BM25 on phrases", rate_guesses(dev, [bm25.guess(text) for text in texts]))
    _print_unseen_authors()
    _print("dev requests", rate_requests(mind, DEV / "dev-requests.jsonl", print))
    _print_unseen_requests()
    _print_speed({"match": mind.matcher.match, "read": mind.understanding.read}, texts)
    print(f"memory once loaded (no web server): {memory_mb:.0f} MB")


def guess_with(matcher: Matcher, text: str) -> Guess:
    """What the matcher says of ``text``."""
    match = matcher.match(text)
    solutions = tuple(suggestion.solution for suggestion in match.suggestions)
    score = match.suggestions[0].score if match.suggestions else 0.0
    return Guess(match.axis or OFF_TOPIC, solutions, score, match.confident)


def _guess_uncorrected(texts: Sequence[str]) -> list[Guess]:
    """What the model says when unknown words are left as they are."""
    model = load_text_model(LEXICON / "solutions.npz")
    return [guess_from(model.labels, model.probabilities(number_features(split_text(text)))) for text in texts]


def guess_from(labels: Sequence[str], chances: Floats) -> Guess:
    """What the matcher would say from the model's probabilities."""
    order = [labels[column] for column in np.argsort(-chances) if "." in labels[column]]
    if chances[labels.index(OFF_TOPIC)] >= OFF_TOPIC_FROM:
        return Guess(OFF_TOPIC, tuple(one for one in order[:3] if chances[labels.index(one)] >= LEAST_TOLD))
    axis = max(
        ("A1", "A2", "A3", "A4"),
        key=lambda one: sum(chances[column] for column, label in enumerate(labels) if label.startswith(one)),
    )
    score = float(chances[labels.index(order[0])])
    return Guess(axis, tuple(order[:3]), score, score >= CONFIDENT_FROM)


def _print_unseen_authors() -> None:
    phrases = read_lessons(LEXICON)["solutions"]
    features = read_features("solutions", phrases, load_spelling(LEXICON))
    unseen = read_unseen("solutions", phrases, features, load_word_vectors(LEXICON / "word_vectors.npz"))
    scores = unseen.scores / choose_temperature(unseen.scores, unseen.truth)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances = powers / powers.sum(axis=1, keepdims=True)
    judged: list[Judged] = [judge_phrase(phrase) for phrase in unseen.phrases]
    guesses = [guess_from(unseen.labels, line) for line in chances]
    for author in sorted({phrase.author for phrase in unseen.phrases}):
        rows = [row for row, phrase in enumerate(unseen.phrases) if phrase.author == author]
        _print(f"author left out: {author}", rate_guesses([judged[r] for r in rows], [guesses[r] for r in rows]))
    plain = [row for row, phrase in enumerate(unseen.phrases) if phrase.author in PLAIN]
    _print("authors who write plainly", rate_guesses([judged[r] for r in plain], [guesses[r] for r in plain]))
    _print("all authors left out in turn", rate_guesses(judged, guesses))


def _print_unseen_requests() -> None:
    """The need of requests whose author was left out. Each author's own share of searches for something else is in it."""
    phrases = read_lessons(LEXICON)["needs"]
    features = read_features("needs", phrases, load_spelling(LEXICON))
    lesson = Lesson(features, [phrase.label for phrase in phrases], load_word_vectors(LEXICON / "word_vectors.npz"))
    for author in sorted(path.stem for path in (LEXICON / "requests").glob("*.jsonl")):
        left_out = [row for row, phrase in enumerate(phrases) if phrase.author == author]
        model = lesson.teach(np.array([row for row, phrase in enumerate(phrases) if phrase.author != author]))
        right = [
            model.labels[int(model.score(features[row]).argmax())] in {phrases[row].label, *phrases[row].also}
            for row in left_out
        ]
        _print(f"requests' author left out: {author}", {"need": sum(right) / len(right)})


def _print_speed(runs: Mapping[str, Callable[[str], object]], texts: Sequence[str]) -> None:
    for name, run in runs.items():
        times = []
        for text in texts:
            start = time.perf_counter()
            run(text)
            times.append((time.perf_counter() - start) * 1000)
        print(f"{name}: {statistics.median(times):.2f} ms a text at the median, {max(times):.1f} at most")


def _print(name: str, figures: dict[str, float]) -> None:
    print(f"{name:40}" + "  ".join(f"{label} {100 * value:.1f}" for label, value in figures.items()), flush=True)


if __name__ == "__main__":
    main()
