"""Any text at all: nothing that reads it fails, takes long, or writes an SMS that cannot be sent."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot import sms
from bot.known import Mind
from tests.soak.sayings import RUBBISH
from tests.soak.text_pipeline import Pipeline
from tests.soak.texts import LONGEST, TextMaker

pytestmark = pytest.mark.slow
SHORT, SHORT_LONGEST = 400, 6  # texts, and texts of the greatest length
LONG, LONG_LONGEST = 1_000_000, 5_000
GUIDED_SECONDS = 180
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def pipeline(mind: Mind) -> Pipeline:
    return Pipeline(mind)


def read_many(pipeline: Pipeline, seed: int, short: int, long: int) -> None:
    """Made-up texts through all readers, and what came of it."""
    maker = TextMaker(seed)
    for text in maker.make(short):
        pipeline.read(text)
    for _ in range(long):
        pipeline.read(maker.make_long())
    print(
        f"{short + long} texts through {len(pipeline.readers)} readers; slowest calls, in times of the reference work:"
    )
    print("\n".join(f"  {name}: {ratio:.1f} {begin}" for name, (ratio, begin) in sorted(pipeline.slowest.items())))


@settings(max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(max_size=300), options=st.lists(st.text(max_size=60), max_size=5))
@example(text="é" * 400, options=["œ" * 30] * 5)
def test_any_text_is_read_and_can_be_answered(pipeline: Pipeline, text: str, options: list[str]) -> None:
    pipeline.read(text)
    pipeline.check_pages(text, tuple(options))


@pytest.mark.parametrize("text", RUBBISH, ids=repr)
def test_rubbish_is_read(pipeline: Pipeline, text: str) -> None:
    pipeline.read(text)


@pytest.mark.parametrize(
    "piece",
    [
        "\n",
        " ",
        "a",
        "1",
        "06 ",
        ". ",
        "- ",
        "saint ",
        "Marie ",
        "a@",
        "12 rue ",
        "é",
        "e\u0301",
        "😀",
        "zéro six ",
        "oui,",
        "«",
        "\u202e",
        "\u0345\u0315\u0300\u0316\u0334",  # marks in the reverse of their canonical order
        "\u05c1\u05bc\u05b4\u05b0",
    ],
)
def test_one_thing_again_and_again_takes_no_longer(pipeline: Pipeline, piece: str) -> None:
    run = (piece * LONGEST)[: LONGEST - 2]
    pipeline.read(run)
    pipeline.read(f"a{run}b")  # inside a text, where nothing strips it


def test_made_up_texts_are_read(pipeline: Pipeline) -> None:
    read_many(pipeline, 1, SHORT, SHORT_LONGEST)


def test_a_reader_that_takes_long_would_be_seen(mind: Mind) -> None:
    """The twin: an expression whose time grows with the square of the text."""
    pipeline = Pipeline(mind)
    last_line = re.compile(r"[.\n][ \n]*(?=\w+\Z)")
    pipeline.readers = {"slow": lambda text: list(last_line.finditer(text))}
    with pytest.raises(AssertionError, match=r"slow: [0-9.]+ times"):
        pipeline.read("\n" * (LONGEST // 2))


def test_a_page_outside_the_alphabet_would_be_seen(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: characters are not folded."""
    monkeypatch.setattr(sms, "to_gsm7", lambda text: text)
    with pytest.raises(AssertionError):
        pipeline.check_pages("où êtes-vous ? 😀")


@pytest.mark.soak
@pytest.mark.parametrize("part", range(4))
def test_a_million_texts_are_read(pipeline: Pipeline, part: int) -> None:
    read_many(pipeline, 100 + part, LONG // 4, LONG_LONGEST // 4)


@pytest.mark.soak
def test_texts_that_reach_new_branches_are_read(tmp_path: Path) -> None:
    """By Atheris; a process of its own, since it never returns."""
    assert find_spec("atheris"), (
        "Atheris is missing: pip install --require-hashes -r requirements/fuzz.txt (Linux, x86-64)"
    )
    options = [f"-max_total_time={GUIDED_SECONDS}", "-max_len=4000", f"-artifact_prefix={tmp_path}/"]
    command = [sys.executable, "-m", "tests.soak.guided", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=GUIDED_SECONDS + 120)
    assert done.returncode == 0, done.stderr[-4000:]
    print(done.stderr.splitlines()[-1])
