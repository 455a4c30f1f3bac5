"""Everything that reads a text, each on its own and by one call: what must hold of any text, and how long it may take."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from bot.duty import read_duty
from bot.folding import as_phrase, fold, split_words
from bot.known import Mind
from bot.sms import PAGE_SEGMENTS, QUESTION_SEGMENTS, count_segments, is_gsm7, write_pages
from service.masking import mask
from service.talk import clean_text

# 50 ms of one call on the median machine, where the reference work takes 5 (a core of a virtual server, 2026).
MOST = 10.0  # times the reference work
DOUBTFUL = 0.01  # seconds: a call that takes less is never too slow
TRIES = 5  # of a call that seemed slow: another process may have had the core's caches


def do_reference_work() -> int:
    """Work of the kind that reading a text is, always the same: folding, splitting, counting, sorting."""
    counts: dict[str, int] = {}
    for number in range(330):
        for word in split_words(f"Épernay, {number} rue de l'Hôpital : « pas de médecin » — où aller ?"):
            counts[word.folded] = counts.get(word.folded, 0) + 1
    return sum(sorted(counts.values()))


def time_call(call: Callable[[], object]) -> float:
    """Seconds of processor time."""
    start = time.process_time()
    call()
    return time.process_time() - start


class Pipeline:
    """The readers of texts; the ``slowest`` call of each, as a multiple of the reference work, with how its text begins."""

    def __init__(self, mind: Mind) -> None:
        self.readers: dict[str, Callable[[str], object]] = {
            "clean_text": clean_text,
            "fold": fold,
            "split_words": split_words,
            "as_phrase": as_phrase,
            "read_duty": read_duty,
            "spelling": mind.matcher.spelling.read,
            "matcher": mind.matcher.match,
            "places.find": mind.places.find,
            "places.read_answer": mind.places.read_answer,
            "understanding": mind.understanding.read,
            "safety": mind.safety.detect,
            "mask": mask,
            "write_pages": write_pages,
        }
        self.slowest: dict[str, tuple[float, str]] = {}

    def read(self, text: str) -> None:
        """Have ``text`` read by all, as it came and as the service cleans it. Raises what a reader raises."""
        for name, reader in self.readers.items():
            took = time_call(partial(reader, text))
            if took > DOUBTFUL:
                self._look_again(name, partial(reader, text), took, text)
        clean = clean_text(text)
        assert clean_text(clean) == clean
        clean.encode()  # a database, and XML, can hold it
        self.check_mask(clean)
        self.check_pages(clean)

    def check_mask(self, text: str) -> None:
        """What is masked holds nothing more to be masked."""
        masked = mask(text)
        assert mask(masked.text).text == masked.text

    def check_pages(self, text: str, options: tuple[str, ...] = ()) -> None:
        """Every page is in the SMS alphabet, and no longer than a page may be."""
        pages = write_pages(text, options)
        assert all(map(is_gsm7, pages))
        longest = QUESTION_SEGMENTS if options else PAGE_SEGMENTS
        assert max(map(count_segments, pages)) <= longest, pages

    def _look_again(self, name: str, call: Callable[[], object], took: float, text: str) -> None:
        """Note a slow call, as a ratio to work that is always the same: a busy or slow machine is slow at both."""
        took = min(took, *(time_call(call) for _ in range(TRIES)))
        ratio = took / min(time_call(do_reference_work) for _ in range(TRIES))
        self.slowest[name] = max(self.slowest.get(name, (0.0, "")), (ratio, repr(text[:40])))
        assert ratio <= MOST, (
            f"{name}: {ratio:.1f} times the reference work, for {len(text)} characters: {text[:200]!r}"
        )
