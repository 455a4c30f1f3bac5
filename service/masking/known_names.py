"""What is known of names: first names, family names, communes, and the everyday words that are none of these."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import knowledge
from bot.folding import fold
from knowledge.gazetteer import load_gazetteer

_MOST_WORDS = 5  # of a commune's name: "saint germain en laye", "sainte marie aux mines"
_FOLDER = Path(knowledge.__file__).parent
# Also everyday words: in lower case they are read as words, "ma fille aime" (the overlap of first_names.txt with
# lexicon/words.txt, read by hand).
WORDS_TOO = frozenset(
    "ange aime ah amar amen ana ann ba blanche came clair claire come constance constant duc fleur "
    "france germain gift guy hind "
    "honore ion jan june junior juste loup mai mal mark marin may mel modeste nana noel nil nour olive "
    "parfait patience perle precious prudence rama reine roma said sana sean soline taha tea till "
    "toussaint val victoire wei will yao".split()
)


def _read_words(name: str) -> frozenset[str]:
    lines = (_FOLDER / name).read_text(encoding="utf-8").splitlines()
    return frozenset(fold(word) for line in lines if not line.startswith("#") for word in line.split())


@cache
def first_names() -> frozenset[str]:
    """First names, folded."""
    return _read_words("first_names.txt")


@cache
def family_names() -> frozenset[str]:
    """Family names, folded."""
    return _read_words("family_names.txt")


@cache
def commune_names() -> frozenset[str]:
    """Communes of Grand Est and larger towns elsewhere, folded with spaces: "bar le duc"."""
    gazetteer = load_gazetteer()
    near = {_as_words(commune.name) for commune in gazetteer.communes}
    # 5 000: a smaller town elsewhere is more often somebody's name ("Martin", "Vidal").
    return frozenset(near | {_as_words(place.name) for place in gazetteer.elsewhere if place.population >= 5_000})


def begins_commune(words: Sequence[str]) -> bool:
    """Whether these words begin with a commune's name ("bar", "le", "duc", …)."""
    return any(" ".join(words[:count]) in commune_names() for count in range(1, min(len(words), _MOST_WORDS) + 1))


@cache
def everyday_words() -> frozenset[str]:
    """Words of French that prove nothing when written in lower case."""
    return load_gazetteer().ordinary_words | _read_words("lexicon/words.txt")


def _as_words(name: str) -> str:
    return " ".join(fold(name).replace("'", " ").split())
