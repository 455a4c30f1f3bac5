"""A linear model over what a message shows: how likely each kind of danger is, and the words that weighed most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.safety_features import SafetyFeatures, name_words, number_name
from bot.text_model import Block, Floats

FILE = "lexicon/safety/model.npz"
KINDS = ("vital_emergency", "suicide", "violence", "poison")
CLASSES = ("none", *KINDS)
COLUMNS = (*CLASSES, "explicit")  # one column of weights each
_SOUNDS = SafetyFeatures._fields.index("sounds")


@dataclass(frozen=True)
class Estimate:
    """``danger``: above 0 when more likely than not, in margins of the machine; ``explicit``: said, not hinted at."""

    danger: float
    kind: str
    explicit: bool


@dataclass(frozen=True, eq=False)
class SafetyModel:
    """``blocks``: the weights of each family of SafetyFeatures, for each of COLUMNS; ``bias``: one for each."""

    blocks: tuple[Block, ...]
    bias: Floats

    def estimate(self, features: SafetyFeatures) -> Estimate:
        """How dangerous the piece is."""
        scores = self.bias.copy()
        for block, found in zip(self.blocks, features, strict=True):
            scores += block.score(found)
        best = 1 + int(scores[1 : len(CLASSES)].argmax())
        return Estimate(float(scores[best] - scores[0]), CLASSES[best], bool(scores[-1] > 0))

    def explain(self, kind: str, words: Sequence[str]) -> tuple[str, ...]:
        """The three words or pairs of words that spoke most for this kind, strongest first."""
        names = list(dict.fromkeys(name for name in name_words(words) if "<" not in name and ">" not in name))
        if not names:
            return ()
        block = self.blocks[_SOUNDS]
        column = COLUMNS.index(kind)
        gains: list[tuple[float, str]] = []
        for name in names:
            rows, _ = block.weigh(np.array([number_name(name)], np.uint32))
            if len(rows):
                weights = block.weights[rows[0]] * block.scales
                gains.append((float((weights[column] - weights[0]) * block.idf[rows[0]]), name[1:]))
        return tuple(name for gain, name in sorted(gains, key=lambda one: (-one[0], one[1]))[:3] if gain > 0)

    def save(self, path: Path) -> None:
        """Write the model, whole or not at all; ``load_safety_model`` reads an equal one."""
        arrays: dict[str, npt.NDArray[np.generic]] = {"bias": self.bias}
        for family, block in zip(SafetyFeatures._fields, self.blocks, strict=True):
            arrays[f"{family}_numbers"] = block.numbers
            arrays[f"{family}_idf"] = block.idf.astype(np.float16)
            arrays[f"{family}_weights"] = block.weights
            arrays[f"{family}_scales"] = block.scales
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)
        part.replace(path)


def load_safety_model(folder: Path) -> SafetyModel:
    """The model taught by bot.safety_training. Raises FileNotFoundError when it is not there."""
    with (folder / FILE).open("rb") as file, np.load(file, allow_pickle=False) as kept:
        blocks = tuple(
            Block(
                numbers=kept[f"{family}_numbers"],
                idf=kept[f"{family}_idf"].astype(np.float32),
                weights=kept[f"{family}_weights"],
                scales=kept[f"{family}_scales"],
            )
            for family in SafetyFeatures._fields
        )
        return SafetyModel(blocks, kept["bias"])
