"""Contributions with the answers that a careful reader accepts, and how well a guess fits them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.phrases import Phrase

OFF_TOPIC = "none"


@dataclass(frozen=True)
class Judged:
    """A text and the axes and solutions accepted; both "none" when it is off topic, no solution when only an axis fits."""

    text: str
    axes: frozenset[str]
    solutions: frozenset[str]

    @property
    def is_on_topic(self) -> bool:
        return OFF_TOPIC not in self.axes


@dataclass(frozen=True)
class Guess:
    """What a method says: solutions best first, the probability of the first, whether it is sure, the axis ("none")."""

    axis: str
    solutions: tuple[str, ...]
    score: float = 0.0
    is_confident: bool = False

    def is_first_right(self, text: Judged) -> bool:
        """Whether the solution given is right; none is given of a text called off topic, whatever is suggested."""
        return self.axis != OFF_TOPIC and bool(text.solutions & {*self.solutions[:1]})


def read_contributions(path: Path) -> list[Judged]:
    """The judged texts of ``dev-contributions.jsonl`` or of a file like it."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Judged(
            row["text"],
            frozenset({row["axis"], *row["axis_also"]}),
            frozenset({row["solution"], *row["also"]}) - {OFF_TOPIC},
        )
        for row in rows
    ]


def judge_phrase(phrase: Phrase) -> Judged:
    """A phrase of the lexicon: its label, and those that its second reader accepted."""
    labels = (phrase.label, *phrase.also)
    return Judged(
        phrase.text,
        frozenset(label.split(".")[0] for label in labels),
        frozenset(label for label in labels if "." in label),
    )


def rate_guesses(texts: Sequence[Judged], guesses: Sequence[Guess]) -> dict[str, float]:
    """Shares (0–1) of right answers. "confident" is of the on-topic texts, "confident right" of those that are."""
    pairs = list(zip(texts, guesses, strict=True))
    on_topic = [(text, guess) for text, guess in pairs if text.is_on_topic]
    off_topic = [guess for text, guess in pairs if not text.is_on_topic]
    solved = [(text, guess) for text, guess in on_topic if text.solutions]
    sure = [(text, guess) for text, guess in solved if guess.is_confident]
    return {
        "axis": _share([guess.axis in text.axes for text, guess in on_topic]),
        "first solution": _share([guess.is_first_right(text) for text, guess in solved]),
        "first three": _share([bool(text.solutions & {*guess.solutions[:3]}) for text, guess in solved]),
        "confident": _share([guess.is_confident for _, guess in solved]),
        "confident right": _share([guess.solutions[0] in text.solutions for text, guess in sure]),
        "off topic called so": _share([guess.axis == OFF_TOPIC for guess in off_topic]),
        "off topic not confident": _share([not guess.is_confident for guess in off_topic]),
        "calibration error": _find_calibration_error(solved),
    }


def _find_calibration_error(solved: Sequence[tuple[Judged, Guess]]) -> float:
    """ECE: mean distance between score and share right over ten equal ranges of scores, weighted by their texts."""
    error = 0.0
    for tenth in range(10):
        bin_ = [(text, guess) for text, guess in solved if tenth <= guess.score * 10 < tenth + 1]
        right = _share([guess.is_first_right(text) for text, guess in bin_])
        error += abs(sum(guess.score for _, guess in bin_) - right * len(bin_))
    return error / max(len(solved), 1)


def _share(answers: Sequence[bool]) -> float:
    return sum(answers) / len(answers) if answers else 0.0
