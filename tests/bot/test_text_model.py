"""A linear model taught on little, saved and read again."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.features import LONGEST_TEXT, LONGEST_WORD, Features, find_stem, number_features, split_text
from bot.matching import LEXICON
from bot.text_model import Block, ModelError, TextModel, load_text_model


def make_model() -> TextModel:
    """Two labels; "medecin" speaks for the first, "sport" for the second."""
    empty = Block(np.empty(0, np.uint32), np.empty(0, np.float32), np.empty((0, 2), np.int8), np.ones(2, np.float32))
    known = number_features(["medecin", "sport"]).words
    order = np.argsort(known)
    words = Block(
        known[order], np.ones(2, np.float32), np.array([[100, -100], [-100, 100]], np.int8)[order],
        np.full(2, 0.01, np.float32),
    )  # fmt: skip
    return TextModel(("A1", "A4"), (empty, empty, empty, words), np.zeros(2, np.float32), 1.0, {"phrases": 2})


def test_a_text_is_split_into_folded_words() -> None:
    assert split_text("L'Hôpital d'Épernay, c'est FERMÉ !") == ["l", "hopital", "d", "epernay", "c", "est", "ferme"]


def test_only_the_beginning_of_a_very_long_text_or_word_is_read() -> None:
    assert split_text("a" * (LONGEST_TEXT + 50)) == ["a" * LONGEST_WORD]


@pytest.mark.parametrize(
    ("word", "stem"), [("medecins", "medecin"), ("formations", "form"), ("former", "form"), ("bus", "bus")]
)
def test_a_stem_is_a_word_without_its_ending(word: str, stem: str) -> None:
    assert find_stem(word) == stem


def test_the_words_known_to_the_model_decide() -> None:
    chances = make_model().probabilities(number_features(["un", "medecin"]))
    assert chances.tolist() == pytest.approx([1 / (1 + np.exp(-2)), 1 / (1 + np.exp(2))], abs=1e-6)


def test_a_text_of_unknown_words_is_as_likely_one_label_as_the_other() -> None:
    assert make_model().probabilities(number_features(["zut"])).tolist() == [0.5, 0.5]


def test_a_model_is_equal_once_saved_and_read(tmp_path: Path) -> None:
    model = make_model()
    model.save(tmp_path / "m.npz")
    again = load_text_model(tmp_path / "m.npz")
    assert (again.labels, again.temperature, again.notes) == (model.labels, model.temperature, model.notes)
    for block, same in zip(model.blocks, again.blocks, strict=True):
        assert block.numbers.tolist() == same.numbers.tolist()
        assert block.weights.tolist() == same.weights.tolist()


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04"])
def test_a_broken_model_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "solutions.npz").write_bytes(content)
    with pytest.raises(ModelError, match=r"^solutions\.npz: .*train again$"):
        load_text_model(tmp_path / "solutions.npz")


def test_a_missing_model_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"^needs\.npz: "):
        load_text_model(tmp_path / "needs.npz")


@pytest.mark.parametrize("name", ["solutions", "needs", "intents"])
def test_a_shipped_model_is_small_and_says_when_it_was_trained(name: str) -> None:
    notes = load_text_model(LEXICON / f"{name}.npz").notes
    assert (LEXICON / f"{name}.npz").stat().st_size < 4_000_000
    assert set(notes) == {"trained_on", "phrases", "authors", "right_on_phrases_left_out"}


@given(st.text(max_size=300))
def test_any_text_has_features(text: str) -> None:
    features = number_features(split_text(text))
    assert isinstance(features, Features)
    assert all(kind.dtype == np.uint32 for kind in features)
