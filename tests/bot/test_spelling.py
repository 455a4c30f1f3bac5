"""SMS spellings written out, unknown words brought back to known ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching import LEXICON
from bot.spelling import Correction, Spelling, load_spelling

SPELLING = Spelling(
    ["urgences", "medecin", "telephone", "garde", "carde"],
    ["mairie", "chaise"],
    {"pk": "pourquoi", "rdv": "rendez vous"},
)


def test_sms_spellings_are_written_out() -> None:
    assert SPELLING.read("pk pas de rdv").words == ["pourquoi", "pas", "de", "rendez", "vous"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("urjences", "urgences"),
        ("medcin", "medecin"),
        ("téléfone", "telephone"),  # two edits in eight letters
        ("uregnces", "urgences"),  # two letters swapped
        ("gqrde", "garde"),  # as near as "carde" is not
    ],
)
def test_an_unknown_word_is_read_as_the_known_one_it_is_near(written: str, read: str) -> None:
    assert SPELLING.read(written).words == [read]


def test_between_words_equally_near_the_most_frequent_is_read() -> None:
    assert SPELLING.read("harde").words == ["garde"]


@pytest.mark.parametrize("word", ["mairie", "chaise", "zzzzzz", "gar", "medxxin"])
def test_known_short_and_far_words_are_left_as_they_are(word: str) -> None:
    assert SPELLING.read(word).words == [word]


def test_words_read_as_another_word_are_told_once() -> None:
    assert SPELLING.read("pk Urjences urjences rdv").corrections == (
        Correction("pk", "pourquoi"),
        Correction("urjences", "urgences"),
    )


def test_an_everyday_word_that_no_phrase_holds_is_not_corrected() -> None:
    spelling = load_spelling(LEXICON)
    assert spelling.read("une girafe au guichet").corrections == ()


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    spelled = SPELLING.read(text)
    assert all(spelled.words)
