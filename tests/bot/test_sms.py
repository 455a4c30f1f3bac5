"""What a text becomes on the way to a phone: its characters, its segments, its pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sms import (
    BASIC,
    EXTENSION,
    MORE,
    PAGE_SEGMENTS,
    QUESTION_SEGMENTS,
    count_segments,
    count_septets,
    is_gsm7,
    to_gsm7,
    write_pages,
)


def test_the_alphabet_is_that_of_the_standard() -> None:
    assert (len(BASIC), len(EXTENSION), BASIC & EXTENSION) == (127, 10, frozenset())  # 127: all but the escape itself
    assert is_gsm7("éèàùìò ÉÇ äöüñÄÖÜÑ €[]{}^~\\|")
    assert [character for character in "çêâîôûëïœÀÊŒ«»’…\u00a0" if is_gsm7(character)] == []


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param("été à Évry, où ? Ça va", "été à Évry, où ? Ça va", id="kept"),
        pytest.param("ça, forêt, âne, île, hôpital, sûr, Noël, haïr", "ca, foret, ane, ile, hopital, sur, Noel, hair", id="small letters"),
        pytest.param("ÀÂÊËÎÏÔÛÙŸ", "AAEEIIOUUY", id="capitals"),
        pytest.param("cœur, Œuvre, ex æquo", "coeur, OEuvre, ex æquo", id="ligatures"),
        pytest.param("l’eau, ‘x’", "l'eau, 'x'", id="apostrophes"),
        pytest.param("l`eau, lʼeau", "l'eau, l'eau", id="what phones type as an apostrophe"),
        pytest.param("« oui » «non» “si”", '"oui" "non" "si"', id="quotation marks"),
        pytest.param("«\u00a0oui\u00a0», «\u202fnon\u202f»", '"oui", "non"', id="quotation marks with their narrow spaces"),
        pytest.param("attendez…", "attendez...", id="ellipsis"),
        pytest.param("8h30–19h30 — fermé", "8h30-19h30 - fermé", id="dashes"),
        pytest.param("porte\u2010parole, \u22123", "porte-parole, -3", id="hyphen and minus signs"),
        pytest.param("n° 5", "no 5", id="numero"),
        pytest.param("½ heure", "1/2 heure", id="half"),
        pytest.param("10\u202f000 m²", "10 000 m2", id="narrow space and square"),
        pytest.param("M€ [ok]", "M€ [ok]", id="extension kept"),
        pytest.param("bravo 😀👩🏽\u200d⚕️", "bravo ", id="emoji"),
        pytest.param("e\u0301te\u0301", "été", id="accents sent apart"),
        pytest.param("Київ 北京", " ", id="other scripts"),
    ],
)  # fmt: skip
def test_a_text_is_folded_to_the_nearest_letters(text: str, folded: str) -> None:
    assert to_gsm7(text) == folded


@given(st.text())
def test_a_folded_text_is_in_the_alphabet_and_folds_to_itself(text: str) -> None:
    folded = to_gsm7(text)
    assert is_gsm7(folded)
    assert to_gsm7(folded) == folded


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        pytest.param("", 0, id="empty"),
        pytest.param("a", 1, id="one"),
        pytest.param("é" * 160, 1, id="160"),
        pytest.param("a" * 161, 2, id="161"),
        pytest.param("a" * 306, 2, id="306"),
        pytest.param("a" * 307, 3, id="307"),
        pytest.param("a" * 459, 3, id="459"),
        pytest.param("a" * 460, 4, id="460"),
        pytest.param("a" * 158 + "€", 1, id="an extension character ends on 160"),
        pytest.param("a" * 159 + "€", 2, id="an extension character ends on 161"),
        pytest.param("€" * 80, 1, id="80 extension characters"),
        pytest.param("€" * 81, 2, id="81 extension characters"),
        pytest.param("a" * 151 + "€" + "a" * 153, 2, id="an extension character ends a part"),
        pytest.param("a" * 152 + "€" + "a" * 151, 2, id="an extension character pushed to the next part"),
        pytest.param("a" * 152 + "€" + "a" * 152, 3, id="306 septets, but an escape is never cut"),
        pytest.param("ç", 1, id="one outside the alphabet"),
        pytest.param("a" * 69 + "ç", 1, id="UCS-2 70"),
        pytest.param("a" * 70 + "ç", 2, id="UCS-2 71"),
        pytest.param("ç" * 134, 2, id="UCS-2 134"),
        pytest.param("ç" * 135, 3, id="UCS-2 135"),
        pytest.param("😀" * 35, 1, id="35 surrogate pairs"),
        pytest.param("😀" * 36, 2, id="36 surrogate pairs"),
        pytest.param("😀" * 66, 2, id="33 surrogate pairs a part"),
        pytest.param("😀" * 67, 3, id="134 units, but a pair is never cut"),
        pytest.param("ç" * 66 + "😀" + "ç" * 65, 2, id="a pair pushed to the next part"),
        pytest.param("ç" * 66 + "😀" + "ç" * 66, 3, id="a pair pushed to the next part, and one more"),
        pytest.param("€" * 34 + "ç" + "€" * 35, 1, id="in UCS-2 an extension character counts once"),
    ],
)
def test_segments_are_counted_as_they_are_billed(text: str, segments: int) -> None:
    assert count_segments(text) == segments


def test_characters_of_the_extension_count_twice() -> None:
    assert [count_septets(text) for text in ("", "abc", "a€c", "[€]")] == [0, 3, 4, 6]


# Pages

LABELS = ["Trouver un projet de santé près de chez moi", "Donner mon idée", "Suivre mon idée"]


def read_all(pages: tuple[str, ...]) -> str:
    """What the person has read in the end, without what invites them to go on."""
    assert all(page.endswith(MORE) for page in pages[:-1])
    return "\n".join([*(page.removesuffix(MORE) for page in pages[:-1]), pages[-1]])


def test_a_short_answer_is_one_page() -> None:
    assert write_pages("Merci, à bientôt !") == ("Merci, à bientot !",)


def test_options_are_numbered_under_their_question() -> None:
    assert write_pages("Que souhaitez-vous ?", LABELS) == (
        "Que souhaitez-vous ?\n1 Trouver un projet de santé près de chez moi\n2 Donner mon idée\n3 Suivre mon idée",
    )


@pytest.mark.parametrize(
    ("length", "pages"),
    [pytest.param(306, 1, id="two segments"), pytest.param(307, 2, id="one character more")],
)
def test_an_answer_is_cut_from_the_third_segment_on(length: int, pages: int) -> None:
    text = ("mot " * 100)[: length - 1] + "!"
    assert len(text) == length
    assert len(write_pages(text)) == pages


@pytest.mark.parametrize(
    ("length", "is_one_page"),
    [pytest.param(612, True, id="four segments"), pytest.param(613, False, id="one character more")],
)
def test_a_question_and_its_options_are_one_page_up_to_four_segments(length: int, is_one_page: bool) -> None:
    choices = "\n1 Oui\n2 Non"
    text = ("mot " * 200)[: length - len(choices) - 1] + "?"
    written = write_pages(text, ["Oui", "Non"])
    assert (len(written) == 1) is is_one_page
    assert written[-1].endswith("?" + choices)


def test_a_long_answer_is_cut_between_paragraphs_rather_than_words() -> None:
    first, second = "Un. " * 50 + "deux trois", "quatre " * 40
    pages = write_pages(f"{first}\n{second}")
    assert pages == (first + MORE, second.strip())


def test_a_long_answer_is_cut_between_sentences_rather_than_words() -> None:
    first, second = "mot " * 60 + "fin.", "autre " * 40
    pages = write_pages(f"{first} {second}")
    assert pages == (first + MORE, second.strip())


def test_a_word_longer_than_a_page_is_cut_and_nothing_of_it_is_lost() -> None:
    pages = write_pages("x" * 700)
    assert read_all(pages).replace("\n", "") == "x" * 700


def test_extension_characters_do_not_make_a_page_too_long() -> None:
    pages = write_pages("€€€€€€€€€ " * 60)
    assert [count_segments(page) for page in pages] == [2] * (len(pages) - 1) + [count_segments(pages[-1])]
    assert read_all(pages).split() == ["€€€€€€€€€"] * 60


def test_an_extension_character_where_two_segments_meet_does_not_make_a_third() -> None:
    pages = write_pages("a" * 152 + "€" + "b" * 300)
    assert [count_segments(page) for page in pages] == [2, 2]


WORDS = st.lists(st.text("abcdé€'.,-", min_size=1, max_size=20), min_size=1, max_size=250)
GAPS = st.sampled_from([" ", "\n", ". "])


@given(st.lists(st.tuples(WORDS.map(lambda words: words[0]), GAPS), max_size=300))
def test_joined_pages_hold_every_word_and_none_is_cut(pieces: list[tuple[str, str]]) -> None:
    text = "".join(word + gap for word, gap in pieces)
    pages = write_pages(text)
    assert read_all(pages).split() == to_gsm7(text).split()
    assert [page for page in pages if count_segments(page) > PAGE_SEGMENTS] == []


@given(st.text(max_size=1500))
def test_joined_pages_hold_every_character_whatever_is_said(text: str) -> None:
    pages = write_pages(text)
    assert "".join(read_all(pages).split()) == "".join(to_gsm7(text).split())
    assert [page for page in pages if not is_gsm7(page) or count_segments(page) > PAGE_SEGMENTS] == []


@given(st.integers(1, 300), st.integers(1, 12), st.integers(1, 40))
def test_a_page_with_options_is_never_longer_than_four_segments(words: int, options: int, length: int) -> None:
    labels = ["o" * length] * options
    pages = write_pages("mot " * words, labels)
    assert [count_segments(page) for page in pages if count_segments(page) > QUESTION_SEGMENTS] == []
    choices = [f"{number} {label}" for number, label in enumerate(labels, 1)]
    assert pages[-1].splitlines()[-options:] == choices
    assert read_all(pages).split() == ["mot"] * words + " ".join(choices).split()
