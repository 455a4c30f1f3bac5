"""Every fault of a lexicon folder is named by file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.known import Mind
from bot.matching import LEXICON
from service.lexicon_check import find_faults
from tests.lexicons import AUTHORS

GOOD_LINE = '{"text": "un bus", "label": "A2.1", "style": "web"}'
OTHERS = "write one that others of this folder bear"
FAULTS = {
    "no JSON": ('{"text": "un bus"', "not JSON; Expecting ',' delimiter: line 1 column 18 (char 17); correct the syntax"),
    "no object": ("[]", "not an object; write {…}"),
    "empty line": ("", "not JSON; Expecting value: line 1 column 1 (char 0); correct the syntax"),
    "no text": ('{"label": "A2.1", "style": "web"}', "text: no words; write some between quotation marks"),
    "blank text": (GOOD_LINE.replace("un bus", " "), "text: no words; write some between quotation marks"),
    "no style": (GOOD_LINE.replace('"web"', "1"), "style: no words; write some between quotation marks"),
    "no label": (GOOD_LINE.replace('"A2.1"', "null"), "label: no words; write some between quotation marks"),
    "unknown label": (GOOD_LINE.replace("A2.1", "A9.1"), f"label: unknown: 'A9.1'; {OTHERS}"),
    "line separator": (
        GOOD_LINE.replace("un bus", "un\u2028bus"), "holds an unusual line separator (such as U+2028); write a space",
    ),
}  # fmt: skip


def faults_of(folder: Path, mind: Mind) -> list[str]:
    return [str(fault) for fault in find_faults(folder, mind.knowledge)]


def test_the_lexicon_shipped_has_no_fault(mind: Mind) -> None:
    assert faults_of(LEXICON, mind) == []


def test_a_sound_folder_has_none_either(lexicon: Path, mind: Mind) -> None:
    assert faults_of(lexicon, mind) == []


@pytest.mark.parametrize(("line", "message"), FAULTS.values(), ids=FAULTS)
def test_a_fault_of_a_phrase_is_named_by_file_and_line(lexicon: Path, mind: Mind, line: str, message: str) -> None:
    path = lexicon / "phrases" / "new.jsonl"
    path.write_text(f"{GOOD_LINE}\n{line}\n{GOOD_LINE}\n", encoding="utf-8")
    joint = " · " if message.partition(":")[0] in {"text", "style", "label"} else ": "
    assert faults_of(lexicon, mind) == [f"phrases/new.jsonl · line 2{joint}{message}"]


def test_every_fault_is_named_not_only_the_first(lexicon: Path, mind: Mind) -> None:
    bad = GOOD_LINE.replace("A2.1", "A9.1").replace("label", "need")
    (lexicon / "requests" / "new.jsonl").write_bytes(b"\xff\n" + bad.encode() + b"\n[]\n")
    (lexicon / "intents" / "small.jsonl").unlink()
    (lexicon / "gate.jsonl").unlink()
    (lexicon / "sms.toml").write_text("[sms]\nbjr = bonjour\n")
    (lexicon / "words.txt").write_bytes(b"un\n\xff\n\nbus\n")
    (lexicon / "everyday_words.txt").unlink()
    assert faults_of(lexicon, mind) == [
        "requests/new.jsonl · line 1: not UTF-8 text; save it with the encoding UTF-8",
        f"requests/new.jsonl · line 2 · need: unknown: 'A9.1'; {OTHERS}",
        "requests/new.jsonl · line 3: not an object; write {…}",
        "intents: no *.jsonl file; restore the folder",
        "gate.jsonl: the file is missing; restore it",
        "words.txt · line 2: not UTF-8 text; save it with the encoding UTF-8",
        "words.txt · line 3: empty; remove it",
        "everyday_words.txt: the file is missing; restore it",
        "sms.toml · line 2: not TOML; Invalid value; correct the syntax",
    ]


@pytest.mark.parametrize("name", ["solutions.npz", "needs.npz", "intents.npz", "word_vectors.npz"])
@pytest.mark.parametrize("content", [b"", b"not a model", None], ids=["empty", "not a model", "cut short"])
def test_a_trained_file_that_cannot_be_read_is_named(
    lexicon: Path, mind: Mind, name: str, content: bytes | None
) -> None:
    path = lexicon / name
    good = path.read_bytes()
    path.write_bytes(good[: len(good) // 2] if content is None else content)
    assert [line.split(":")[0] for line in faults_of(lexicon, mind)] == [name]


def test_what_training_reads_is_checked_in_every_author(lexicon: Path, mind: Mind) -> None:
    for author in AUTHORS:
        with (lexicon / "phrases" / f"{author}.jsonl").open("a", encoding="utf-8") as file:
            file.write("{\n")
    assert [line.split(":")[0] for line in faults_of(lexicon, mind)] == [
        f"phrases/{author}.jsonl · line 25" for author in sorted(AUTHORS)
    ]
