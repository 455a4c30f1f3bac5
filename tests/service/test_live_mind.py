"""A running service takes up new files, and keeps the last good mind while they are broken. Real files."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

import pytest

from bot.known import Mind
from service import lexicon_folder
from service.live_mind import LOOK_EVERY, LiveMind, load_lexicon, read_stamp
from tests.lexicons import TODAY

pytestmark = pytest.mark.slow  # they load whole minds

NEW_WORD = "une péniche"


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def live(mind: Mind, lexicon: Path, clock: Clock) -> LiveMind:
    """Made from the small lexicon, and looked at once."""
    made = LiveMind(load_lexicon(mind, lexicon), lexicon, read_stamp(lexicon), clock)
    made.read()
    return made


def read_later(live: LiveMind, clock: Clock) -> Mind:
    clock.now += LOOK_EVERY
    return live.read()


def teach(folder: Path, place: Path) -> None:
    """One phrase more, learnt as the operator's command does."""
    row = {"text": NEW_WORD, "label": "A2.1", "style": "web", "proposal": 1}
    (folder / lexicon_folder.REVIEWED).write_text(json.dumps(row) + "\n", encoding="utf-8")
    lexicon_folder.train_in_place(folder, place, TODAY)


def test_while_nothing_changes_the_mind_is_the_same_object(live: LiveMind, clock: Clock) -> None:
    assert read_later(live, clock) is live.read()


def test_new_files_are_taken_up_within_a_second_and_not_looked_for_more_often(
    live: LiveMind, clock: Clock, lexicon: Path, tmp_path: Path
) -> None:
    before = live.read()
    assert before.matcher.match(NEW_WORD).solution != "A2.1"
    teach(lexicon, tmp_path / "work")
    clock.now += LOOK_EVERY / 2
    assert live.read() is before
    clock.now += LOOK_EVERY / 2
    after = live.read()
    assert after.matcher.match(NEW_WORD).solution == "A2.1"
    assert (after.knowledge, after.places) == (before.knowledge, before.places)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("solutions.npz", b"not a model", id="not a model"),
        pytest.param("solutions.npz", None, id="cut short"),
        pytest.param("intents.npz", b"", id="empty"),
        pytest.param("phrases/ville.jsonl", b'{"text": "un bus"\n', id="a phrase that is no JSON"),
        pytest.param("sms.toml", b"[sms", id="abbreviations that are no TOML"),
        pytest.param("words.txt", b"\xff\xfe\x00", id="words that are no UTF-8"),
    ],
)
def test_a_broken_file_keeps_the_last_good_mind_is_logged_once_and_mended_is_taken_up(
    live: LiveMind, clock: Clock, lexicon: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, content: bytes | None
) -> None:  # fmt: skip
    before, path = live.read(), lexicon / name
    good = path.read_bytes()
    path.write_bytes(good[: len(good) // 2] if content is None else content)
    with caplog.at_level(logging.ERROR, "service.live_mind"):
        assert [read_later(live, clock) for _ in range(3)] == [before] * 3
    assert [record.getMessage() for record in caplog.records] == [
        f"the lexicon {lexicon} cannot be used: the last good one is kept"
    ]
    path.write_bytes(good)
    teach(lexicon, tmp_path / "work")
    assert read_later(live, clock).matcher.match(NEW_WORD).solution == "A2.1"


def test_a_file_that_goes_away_is_a_change_and_keeps_the_last_good_mind(
    live: LiveMind, clock: Clock, lexicon: Path
) -> None:
    before = live.read()
    (lexicon / "needs.npz").unlink()
    assert read_later(live, clock) is before


def test_a_file_of_the_same_length_and_another_time_is_read_again(
    live: LiveMind, clock: Clock, lexicon: Path
) -> None:  # fmt: skip
    before = live.read()
    os.utime(lexicon / "solutions.npz", ns=(1, 1))
    after = read_later(live, clock)
    assert (after is before, after.matcher.match("un camion").solution) == (False, "A2.1")


def test_a_lexicon_of_ones_own_is_read_at_the_first_look(mind: Mind, lexicon: Path, clock: Clock) -> None:
    shipped, own = mind.matcher, LiveMind(mind, lexicon, None, clock).read().matcher
    text = "un pneu, des pneus"
    assert own.match(text) != shipped.match(text)


def test_a_broken_lexicon_of_ones_own_leaves_the_one_shipped(mind: Mind, lexicon: Path, clock: Clock) -> None:
    (lexicon / "solutions.npz").write_bytes(b"")
    assert LiveMind(mind, lexicon, None, clock).read() is mind
