"""How far two texts say the same, measured on pairs written by hand: of one idea said twice, of two ideas on one subject."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.likeness import Part, compare, find_stems, part_common
from bot.sketches import BANDS, sketch
from service.look_alikes import ALMOST_SAME, CLOSE, VERY_CLOSE

DATA = Path(__file__).parents[1] / "data/look_alikes.jsonl"
PAIRS = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]


def likenesses(half: str, *, same: bool) -> list[float]:
    pairs = [pair["texts"] for pair in PAIRS if pair["half"] == half and pair["same"] is same]
    return [compare(find_stems(one), find_stems(other)) for one, other in pairs]


def share_of(values: list[float], least: float) -> float:
    return sum(value >= least for value in values) / len(values)


@pytest.mark.parametrize("half", ["chosen_on", "held_out"])
def test_two_ideas_on_one_subject_are_never_almost_the_same(half: str) -> None:
    assert share_of(likenesses(half, same=False), ALMOST_SAME) == 0


@pytest.mark.parametrize(("half", "found"), [("chosen_on", 0.93), ("held_out", 0.7)])
def test_one_idea_said_twice_is_mostly_almost_the_same(half: str, found: float) -> None:
    assert share_of(likenesses(half, same=True), ALMOST_SAME) >= found


@pytest.mark.parametrize("half", ["chosen_on", "held_out"])
def test_one_idea_said_twice_is_nearly_always_very_close_and_always_close(half: str) -> None:
    same, different = likenesses(half, same=True), likenesses(half, same=False)
    assert share_of(same, VERY_CLOSE) >= 0.95
    assert share_of(different, VERY_CLOSE) <= 0.1
    assert share_of(same, CLOSE) == 1


def test_nearly_all_that_a_reader_calls_the_same_shares_a_band() -> None:
    same = [pair["texts"] for pair in PAIRS if pair["same"]]
    found = [bool({*sketch(find_stems(one), "68")} & {*sketch(find_stems(other), "68")}) for one, other in same]
    assert sum(found) / len(found) >= 0.95


def test_a_sketch_is_the_same_in_every_process_and_another_in_every_territory() -> None:
    script = "from bot.sketches import sketch; print(sketch(['bus', 'dentair'], '68'))"
    printed = {
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    keys = sketch(["bus", "dentair"], "68")
    assert printed == {f"{keys}\n"}
    assert len(set(keys)) == BANDS
    assert set(keys) & set(sketch(["bus", "dentair"], "67")) == set()
    assert all(-(2**63) <= key < 2**63 for key in keys)


def test_what_says_nothing_is_like_nothing() -> None:
    assert find_stems("il faudrait que ce soit mieux svp !!! 😀") == ()
    assert sketch((), "68") == ()
    assert compare((), ("bus",)) == 0
    assert compare(("bus",), ("train",)) == 0


def test_what_was_masked_is_no_word() -> None:
    assert find_stems("[nom] demande un bus à [adresse]") == ("bus",)


def test_a_text_is_not_like_one_that_says_it_and_as_much_again() -> None:
    once, more = "un bus dentaire à Thann", "un bus dentaire à Thann, des vélos pour les infirmières et un parking"
    assert compare(find_stems(once), find_stems(once)) == 1
    assert compare(find_stems(once), find_stems(more)) < VERY_CLOSE


def test_the_common_words_are_marked_and_the_text_stays_whole() -> None:
    parts = part_common("Un « bus » dentère [nom] à Thann…\n", "le bus dentaire passe à Thann", "autre chose")
    assert parts == [
        Part("Un « ", False),
        Part("bus", True),
        Part(" » ", False),
        Part("dentère", True),
        Part(" [nom] à ", False),
        Part("Thann", True),
        Part("…\n", False),
    ]
