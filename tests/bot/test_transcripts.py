"""Every conversation of tests/transcripts reads as it is written there. ``pytest --write-transcripts`` writes them anew."""

from pathlib import Path

import pytest

from bot.known import Mind
from bot.sms import count_segments, is_gsm7
from tests.transcript import FOLDER, play

LONGEST_QUESTION, LONGEST_ANSWER = 4, 2  # SMS segments


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_the_conversation_goes_as_written(path: Path, mind: Mind, request: pytest.FixtureRequest) -> None:
    script = path.read_text(encoding="utf-8")
    written, turns = play(mind, script)
    if request.config.getoption("--write-transcripts"):
        path.write_text(written, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == written
    if "@ channel" not in script:
        assert [turn.text for turn in turns if not is_gsm7(turn.text)] == []
        assert [turn.text for turn in turns if count_segments(turn.text) > LONGEST_QUESTION] == []
        answers = [turn.text for turn in turns if not turn.options]
        assert [text for text in answers if count_segments(text) > LONGEST_ANSWER] == []


def test_a_transcript_that_does_not_match_is_seen(mind: Mind) -> None:
    script = "> bonjour\n< Au revoir.\n"
    assert play(mind, script)[0] != script
