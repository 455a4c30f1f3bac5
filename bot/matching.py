"""A citizen's words -> the solutions of the health dialogue they come nearest to, and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.effects import Suggestion
from bot.features import is_small, number_features
from bot.memory import remember
from bot.nearest import NearestPhrases
from bot.phrases import read_phrases
from bot.spelling import Spelled, Spelling, load_spelling
from bot.text_model import Floats, TextModel, load_text_model

LEXICON = Path(__file__).parent.parent / "knowledge" / "lexicon"
OFF_TOPIC = "none"
MOST_SUGGESTIONS = 3
MOST_WORDS_TOLD = 2
LEAST_WORD_TOLD = 3  # letters
LEAST_LIFT = 0.02  # score points; below, the word hardly spoke
# Probabilities, chosen on authors left out of the training (python -m bench.evaluate):
OFF_TOPIC_FROM = 0.55
CONFIDENT_FROM = 0.75
LEAST_LIKELY, LEAST_LIKELY_OFF_TOPIC = 0.02, 0.12  # worth a line of somebody's screen
LEAST_TOLD = 0.001  # of a text called off topic; below, nothing comes near it


@dataclass(frozen=True)
class Match:
    """What a text was matched with. Off topic: no axis and no solution; what comes nearest is suggested all the same.

    ``confident``: the first suggestion may be proposed on its own; else all are, at most 3, best first. ``axis`` is the
    likeliest one: now and then it is not that of the first suggestion, and then nothing is confident.
    """

    axis: str | None
    solution: str | None
    confident: bool
    suggestions: tuple[Suggestion, ...]

    @property
    def likely(self) -> tuple[Suggestion, ...]:
        """The suggestions worth a line of somebody's screen."""
        least = LEAST_LIKELY if self.axis else LEAST_LIKELY_OFF_TOPIC
        return tuple(suggestion for suggestion in self.suggestions if suggestion.score >= least)


NOTHING = Match(None, None, False, ())


class Matcher:
    """Matches texts with solutions."""

    def __init__(self, model: TextModel, spelling: Spelling, nearest: NearestPhrases) -> None:
        self._model = model
        self.spelling = spelling
        self._nearest = nearest
        self._off_topic = model.labels.index(OFF_TOPIC)
        self._solutions = np.array([column for column, label in enumerate(model.labels) if "." in label])
        self._axes = {
            axis: [column for column, label in enumerate(model.labels) if label.startswith(axis)]
            for axis in sorted({model.labels[column][:2] for column in self._solutions})
        }
        self.match = remember(self._match)

    def _match(self, text: str) -> Match:
        """The axis, the solution and the suggestions for ``text``."""
        spelled = self.spelling.read(text)
        chances = self.weigh(spelled.words)
        if chances is None:
            return NOTHING
        axis = max(self._axes, key=lambda one: float(chances[self._axes[one]].sum()))
        best = self._solutions[np.argsort(-chances[self._solutions])][:MOST_SUGGESTIONS]
        labels = [self._model.labels[column] for column in best]
        suggestions = tuple(
            Suggestion(label, round(float(chances[column]), 4), why)
            for label, column, why in zip(labels, best, self._say_why(spelled, labels), strict=True)
        )
        if chances[self._off_topic] >= OFF_TOPIC_FROM:
            return Match(None, None, False, tuple(one for one in suggestions if one.score >= LEAST_TOLD))
        first = suggestions[0]
        return Match(axis, first.solution, first.score >= CONFIDENT_FROM, suggestions)

    def weigh(self, words: list[str]) -> Floats | None:
        """The probability of each label of the model; None when there is nothing to read."""
        return self._model.probabilities(number_features(words)) if words else None

    def _say_why(self, spelled: Spelled, labels: list[str]) -> list[tuple[str, ...]]:
        """Short reasons in French for each label: words that weighed, as they were read, and the nearest phrase."""
        words = [word for word in dict.fromkeys(spelled.words) if len(word) >= LEAST_WORD_TOLD and not is_small(word)]
        written = {correction.read: correction.written for correction in spelled.corrections}
        lifts = self._model.weigh_words(words, labels) if words else np.zeros((0, len(labels)), np.float32)
        reasons = []
        for column, label in enumerate(labels):
            order = np.argsort(-lifts[:, column])[:MOST_WORDS_TOLD]
            telling = [words[row] for row in order if lifts[row, column] > LEAST_LIFT]
            phrase = self._nearest.find(spelled.words, label)
            reasons.append(
                (
                    *(_say_word(word, written.get(word)) for word in telling),
                    *([f"proche de : « {phrase} »"] if phrase else []),
                )
            )
        return reasons


def _say_word(word: str, written: str | None) -> str:
    return f"« {written} » lu « {word} »" if written else f"« {word} » y fait penser"


def load_matcher(folder: Path = LEXICON) -> Matcher:
    """The matcher of a lexicon folder. Raises ModelError or PhraseError when a file of it cannot be used."""
    return Matcher(
        load_text_model(folder / "solutions.npz"),
        load_spelling(folder),
        NearestPhrases(read_phrases(folder / "phrases")),
    )
