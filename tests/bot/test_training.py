"""What the models are taught from, and that teaching is repeatable."""

import json
from pathlib import Path

import numpy as np
import pytest

from bot.features import number_features, split_text
from bot.learning import Lesson, choose_temperature
from bot.matching import LEXICON
from bot.phrases import Phrase, read_phrases
from bot.training import read_lessons, write_words
from bot.word_vectors import load_word_vectors

DEV = Path(__file__).parent.parent / "data"
SOLUTIONS = {
    "A1.1", "A1.2", "A2.1", "A2.2", "A3.1", "A3.2", "A3.3", "A3.4", "A3.5", "A3.6",
    "A4.1", "A4.2", "A4.3", "A4.4", "A4.5", "A4.6",
}  # fmt: skip


def test_every_phrase_has_a_known_label() -> None:
    labels = {phrase.label for phrase in read_phrases(LEXICON / "phrases")}
    assert labels == SOLUTIONS | {"A1", "A2", "A3", "A4", "none"}


def test_no_phrase_of_the_dev_sets_is_taught() -> None:
    dev = {
        " ".join(split_text(json.loads(line)["text"]))
        for name in ("dev-contributions", "dev-requests")
        for line in (DEV / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    }
    taught = {" ".join(split_text(phrase.text)) for phrases in read_lessons(LEXICON).values() for phrase in phrases}
    # short commonplaces that anyone may write, found by this test
    assert dev & taught <= {"ok", "colmar", "asdfghjkl", "merci bcp bonne journee"}


def test_words_of_careless_phrases_alone_are_known_from_three_texts_on(tmp_path: Path) -> None:
    careless = [Phrase(text, "A1", "a", "sms") for text in ("medcin la", "medcin", "medcin", "toubi")]
    write_words(tmp_path / "words.txt", [*careless, Phrase("médecin là", "A1", "a", "web")])
    assert (tmp_path / "words.txt").read_text(encoding="utf-8").split() == ["medcin", "la", "medecin"]


def test_the_same_phrases_teach_the_same_model() -> None:
    pytest.importorskip("sklearn", reason="training needs the optional group: train")
    texts = ["prime médecin", "prime infirmier", "sport piscine", "sport vélo", "match de foot", "match perdu"]
    features = [number_features(split_text(text)) for text in texts]
    lesson = Lesson(features, ["A3", "A3", "A4", "A4", "none", "none"], load_word_vectors(LEXICON / "word_vectors.npz"))
    one, other = lesson.teach(np.arange(6)), lesson.teach(np.arange(6))
    assert [one.labels[one.score(feature).argmax()] for feature in features] == ["A3", "A3", "A4", "A4", "none", "none"]
    for feature in features:
        assert one.score(feature).tolist() == other.score(feature).tolist()


def test_the_temperature_makes_probabilities_true() -> None:
    """Right three times in four with a lead of 1: e^(1/T) / (e^(1/T) + 1) = 3/4 when T = 1 / ln 3 = 0.91."""
    scores = np.array([[1, 0]] * 4, np.float32)
    assert choose_temperature(scores, np.array([0, 0, 0, 1])) == pytest.approx(0.91, abs=0.02)
