"""A lexicon folder on disk: one writer at a time, a copy to train in, trained files put in place whole."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.phrases import PhraseError
from bot.training import train
from knowledge.loader import HERE
from service.errors import Refused

REVIEWED = "phrases/reviewed.jsonl"
MODELS = ("solutions.npz", "needs.npz", "intents.npz")
TRAINED = ("words.txt", *MODELS)
# A citizen's spelling is not to be trusted: no word is learnt from it, nor is it shown to others as the nearest phrase.
STYLE = "typos"
BUSY = "Un autre apprentissage est en cours dans ce lexique : attendez qu'il finisse."


@dataclass(frozen=True)
class Learnt:
    """A phrase that reviewers taught, and the proposal it comes from."""

    text: str
    label: str
    proposal: int


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """The only writer of ``folder``, until the block or the process ends. Raises Refused when there is one already."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise Refused(BUSY) from error
    try:
        yield
    finally:
        os.close(handle)


def copy_to(folder: Path, place: Path) -> Path:
    """A copy of a lexicon folder within a copy of the knowledge, from which training reads too; the copy's path."""
    shutil.copytree(HERE, place, ignore=shutil.ignore_patterns("lexicon", "__pycache__"))
    copy = place / "lexicon"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("rebuild", "*.new"))
    return copy


def put_in_place(copy: Path, folder: Path) -> None:
    """Each trained file of ``copy``, and the phrases learnt, takes its namesake's place in ``folder`` at one stroke.

    A power cut between two files leaves words and models that still work together; doing it again ends it.
    """
    for name in (*TRAINED, REVIEWED):
        if (copy / name).exists():
            fresh = (folder / name).with_suffix(".new")
            with (copy / name).open("rb") as source, fresh.open("wb") as target:
                shutil.copyfileobj(source, target)
                target.flush()
                os.fsync(target.fileno())
            os.replace(fresh, folder / name)


def train_in_place(folder: Path, place: Path, today: dt.date) -> dict[str, dict[str, object]]:
    """Teach the models of ``folder`` anew, in a copy made at ``place``; what each notes of itself."""
    copy = copy_to(folder, place)
    notes = train(copy, today)
    put_in_place(copy, folder)
    return notes


def read_learnt(folder: Path) -> list[Learnt]:
    """The phrases that reviewers taught this folder. Raises PhraseError on a line that cannot be read."""
    path = folder / REVIEWED
    learnt = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.exists() else [], 1):
        try:
            row = json.loads(line)
            learnt.append(Learnt(row["text"], row["label"], row["proposal"]))
        except (ValueError, KeyError, TypeError) as error:
            raise PhraseError(f"{REVIEWED}, line {number}: {error!r}") from error
    return learnt


def write_learnt(folder: Path, learnt: Sequence[Learnt]) -> None:
    """These phrases and no others are those that reviewers taught. One text has one label: the last."""
    by_text: Mapping[str, Learnt] = {one.text: one for one in learnt}
    rows = (
        {"text": one.text, "label": one.label, "voice": "reviewed", "style": STYLE, "proposal": one.proposal}
        for one in by_text.values()
    )
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / REVIEWED).write_text(lines, encoding="utf-8")
