"""Texts that Atheris finds by the branches they reach. ``python -m tests.soak.guided -max_total_time=120``: libFuzzer's options."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["bot", "service.masking"]):
    from bot.mind import load_mind
    from tests.soak.text_pipeline import Pipeline

LONGEST = 2000  # characters: a message's


def main() -> None:
    pipeline = Pipeline(load_mind())

    def read(raw: bytes) -> None:
        pipeline.read(atheris.FuzzedDataProvider(raw).ConsumeUnicode(LONGEST))

    atheris.Setup(sys.argv, read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
