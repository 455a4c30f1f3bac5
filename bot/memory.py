"""A short memory for the readers of texts: each message replays its conversation, over words that were read before."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
Read = TypeVar("Read")
REMEMBERED = 256  # texts: those of the conversations under way at one time


def remember(read: Callable[P, Read]) -> Callable[P, Read]:
    """``read``, whose last results are kept: of the same text it makes the same, which nobody changes."""
    return lru_cache(maxsize=REMEMBERED)(read)  # type: ignore[return-value]  # its type forgets the parameters
