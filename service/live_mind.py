"""The mind of a running service: new model files are taken up without a restart, broken ones never."""

from __future__ import annotations

import hashlib
import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import is_zipfile

from bot.known import Mind
from bot.matching import LEXICON, load_matcher
from bot.text_model import ModelError
from bot.understanding import load_understanding
from service.lexicon_folder import MODELS

LOOK_EVERY = 1.0  # seconds
WATCHED = (*MODELS, "words.txt", "everyday_words.txt", "sms.toml", "phrases/*.jsonl")
_log = logging.getLogger(__name__)

Stamp = tuple[tuple[str, int, int], ...]  # of each file: name, time of change (ns), size


@dataclass(frozen=True)
class Edition:
    """Which lexicon is in use: the same ``name`` on every machine that has the same models."""

    name: str  # 12 hexadecimal digits
    changed_at: float  # of its newest file, in seconds since 1970


class LiveMind:
    """``first`` until the files of ``folder`` are no longer those of ``stamp``; None: it was not made from them."""

    def __init__(
        self, first: Mind, folder: Path, stamp: Stamp | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._mind = first
        self._folder = folder
        self._clock = clock
        self._stamp = stamp
        self._looked_at = -math.inf
        self._looking = threading.Lock()
        self.edition = read_edition(LEXICON)  # of ``first``

    def read(self) -> Mind:
        """The last good mind. At most one thread a second looks at the files; the others do not wait for it."""
        if self._clock() - self._looked_at >= LOOK_EVERY and self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._looked_at = self._clock()
                self._looking.release()
        return self._mind

    def _look(self) -> None:
        stamp = read_stamp(self._folder)
        if stamp == self._stamp:
            return
        self._stamp = stamp  # taken before loading: what changes meanwhile is seen the next time
        try:
            mind, edition = load_lexicon(self._mind, self._folder), read_edition(self._folder)
        except Exception:  # whatever is wrong in a file, citizens are answered with what was good
            _log.exception("the lexicon %s cannot be used: the last good one is kept", self._folder)
        else:
            self._mind, self.edition = mind, edition
            _log.info("the lexicon %s was taken up", self._folder)


def read_stamp(folder: Path) -> Stamp:
    """What changes when a file does; a file that goes away while we look is left out."""
    found = []
    for pattern in WATCHED:
        for path in sorted(folder.glob(pattern)):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            found.append((path.relative_to(folder).as_posix(), status.st_mtime_ns, status.st_size))
    return tuple(found)


def read_edition(folder: Path) -> Edition:
    """The edition that the files of a lexicon folder are."""
    digest = hashlib.sha256(b"".join((folder / name).read_bytes() for name in MODELS))
    return Edition(digest.hexdigest()[:12], max(changed for _, changed, _ in read_stamp(folder)) / 1e9)


def load_lexicon(mind: Mind, folder: Path) -> Mind:
    """``mind`` with what a lexicon folder teaches. Raises when a file of it is missing or cannot be used."""
    for name in MODELS:
        if not is_zipfile(folder / name):  # numpy would leave it open
            raise ModelError(f"{name}: not a model, or cut short; train again")
    matcher = load_matcher(folder)
    understanding = load_understanding(mind.knowledge, matcher, mind.places, folder)
    return replace(mind, matcher=matcher, understanding=understanding)
