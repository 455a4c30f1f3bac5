"""Teach the text models anew from the phrases of the lexicon: ``flask --app wsgi train``.

scikit-learn is needed here and nowhere else (the optional group "train"). Same phrases, same models.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.features import Features, number_features, split_text
from bot.learning import Lesson, choose_temperature
from bot.phrases import Phrase, read_phrases
from bot.places import Places
from bot.signs import find_signs, leave_out
from bot.spelling import Spelling, load_spelling
from bot.text_model import Floats, TextModel
from bot.word_vectors import WordVectors, load_word_vectors
from knowledge.gazetteer import load_gazetteer
from knowledge.loader import load_knowledge

LEAST_CARELESS_TEXTS = 3  # texts that a word must be met in to be known, when no careful phrase holds it
ASIDES = "asides"  # the file of off-topic messages told apart by intent; those that seek something serve no need
FOLDS = 5
BALANCED = frozenset({"intents"})  # models whose labels have very unequal numbers of phrases
UNSEEN_LABEL = -10.0  # score of a label that only the phrases left out bear


@dataclass(frozen=True)
class Unseen:
    """What models said of phrases whose author they were not taught on."""

    phrases: list[Phrase]
    labels: tuple[str, ...]
    scores: Floats  # (phrases, labels)

    @property
    def truth(self) -> npt.NDArray[np.intp]:
        """The column of each phrase's label."""
        return np.array([self.labels.index(phrase.label) for phrase in self.phrases])


def train(folder: Path, today: dt.date) -> dict[str, dict[str, object]]:
    """Write the folder's trained files; what each notes of itself. Raises PhraseError on a line that cannot be read."""
    lessons = read_lessons(folder)
    write_words(folder / "words.txt", lessons["solutions"] + lessons["needs"])
    spelling, vectors = load_spelling(folder), load_word_vectors(folder / "word_vectors.npz")
    notes = {}
    for name, phrases in lessons.items():
        model = _calibrate(name, phrases, spelling, vectors, today)
        model.save(folder / f"{name}.npz")
        notes[name] = model.notes
    return notes


def read_lessons(folder: Path) -> dict[str, list[Phrase]]:
    """The phrases that each model is taught, by the model's name."""
    solutions = read_phrases(folder / "phrases")
    requests = [*read_phrases(folder / "requests", "need"), *_read_knowledge(folder.parent)]
    on_topic = [phrase for phrase in solutions if phrase.label != "none"]
    said_to_us = read_phrases(folder / "intents", "intent")
    return {
        "solutions": solutions,
        "needs": [
            *requests,
            *_relabel([phrase for phrase in said_to_us if phrase.author == ASIDES], "none", only="find"),
        ],
        "intents": [*said_to_us, *_relabel(requests, "find"), *_relabel(on_topic, "contribute")],
    }


def _read_knowledge(folder: Path) -> list[Phrase]:
    """The examples of the needs, and the projects' names under the need that they are made for."""
    knowledge = load_knowledge(folder)
    examples = [
        Phrase(example, need.id, "needs", "web") for need in knowledge.needs for example in (need.label, *need.examples)
    ]
    names = [
        Phrase(name, project.needs[0].need, "projects", "web")
        for project in knowledge.projects
        for name in (project.name, *project.synonyms)
    ]
    return [*examples, *names]


def write_words(path: Path, phrases: Sequence[Phrase]) -> None:
    """Write the words of the phrases, most frequent first; those of careless spellers alone are left out."""
    everyone: Counter[str] = Counter()
    careful: set[str] = set()
    for phrase in phrases:
        words = set(split_text(phrase.text))
        everyone.update(words)
        if phrase.is_careful:
            careful |= words
    known = [word for word, texts in everyone.items() if word in careful or texts >= LEAST_CARELESS_TEXTS]
    known.sort(key=lambda word: (-everyone[word], word))
    path.write_text("\n".join(known) + "\n", encoding="utf-8")


def read_features(name: str, phrases: Sequence[Phrase], spelling: Spelling) -> list[Features]:
    """What the model ``name`` reads of each phrase: ``bot.understanding`` must read messages in the same way."""
    places = Places(load_gazetteer()) if name == "needs" else None
    features = []
    for phrase in phrases:
        text = leave_out(phrase.text, places.find(phrase.text).matched) if places else phrase.text
        words = spelling.read(text).words
        features.append(number_features([*words, *(find_signs(text, words) if name == "intents" else [])]))
    return features


def read_unseen(name: str, phrases: Sequence[Phrase], features: Sequence[Features], vectors: WordVectors) -> Unseen:
    """Each group of phrases is left out in turn, and read by a model of the others."""
    lesson = Lesson(features, [phrase.label for phrase in phrases], vectors)
    group_of = np.array(group_phrases(name, phrases))
    labels = tuple(sorted({phrase.label for phrase in phrases}))
    scores = np.full((len(phrases), len(labels)), UNSEEN_LABEL, np.float32)
    for group in sorted(set(group_of)):
        model = lesson.teach(np.flatnonzero(group_of != group), balanced=name in BALANCED)
        columns = [labels.index(label) for label in model.labels]
        for row in map(int, np.flatnonzero(group_of == group)):
            scores[row, columns] = model.score(features[row])
    return Unseen(list(phrases), labels, scores)


def group_phrases(name: str, phrases: Sequence[Phrase]) -> list[str]:
    """What is left out together: an author for the solutions; for the others, which have few authors, every fifth phrase."""
    if name == "solutions":
        return [phrase.author for phrase in phrases]
    return [str(number % FOLDS) for number in range(len(phrases))]


def _calibrate(
    name: str, phrases: Sequence[Phrase], spelling: Spelling, vectors: WordVectors, today: dt.date
) -> TextModel:
    """A model of all the phrases, its temperature chosen on phrases left out."""
    features = read_features(name, phrases, spelling)
    unseen = read_unseen(name, phrases, features, vectors)
    temperature = choose_temperature(unseen.scores, unseen.truth)
    lesson = Lesson(features, [phrase.label for phrase in phrases], vectors)
    model = lesson.teach(np.arange(len(phrases)), balanced=name in BALANCED)
    right = float((unseen.scores.argmax(axis=1) == unseen.truth).mean())
    notes: dict[str, object] = {
        "trained_on": today.isoformat(),
        "phrases": len(phrases),
        "authors": len({phrase.author for phrase in phrases}),
        "right_on_phrases_left_out": round(right, 4),
    }
    return replace(model, temperature=temperature, notes=notes)


def _relabel(phrases: Sequence[Phrase], label: str, only: str | None = None) -> list[Phrase]:
    """The phrases, or those labelled ``only``, under another label."""
    return [replace(phrase, label=label) for phrase in phrases if only in (None, phrase.label)]
