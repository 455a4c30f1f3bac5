"""Which project a message names: "handiconsult", "le cmsi", "umop"; never by words that anyone uses of anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.features import split_text
from bot.spelling import Spelling
from knowledge.schema import Project

LONGEST_NAME = 5  # words
ALWAYS_A_NAME = 4  # words from which even everyday ones are a name: "leaders en santé mentale"
SHORTEST_MISSPELT = 6  # letters: a shorter name is only read as it is written
ONE_EDIT, TWO_EDITS_FROM = 1, 10  # edits forgiven; letters


class ProjectNames:
    """The names and synonyms of the projects, short ones of everyday words alone ("bus santé") left out."""

    def __init__(self, projects: Iterable[Project], spelling: Spelling) -> None:
        self._spelling = spelling
        self._ids = {
            "".join(words): project.id
            for project in projects
            for name in (project.name, *project.synonyms)
            for words in [split_text(name)]
            if len(words) >= ALWAYS_A_NAME or not all(spelling.is_everyday(word) for word in words)
        }
        self._names = [name for name in self._ids if len(name) >= SHORTEST_MISSPELT]

    def find(self, text: str) -> str | None:
        """The id of the project that ``text`` names, by its longest name; None when it names none."""
        words = split_text(text)
        for count in range(min(LONGEST_NAME, len(words)), 0, -1):
            for start in range(len(words) - count + 1):
                found = self._ids.get("".join(words[start : start + count]))
                if found is not None:
                    return found
        return self._find_misspelt(words)

    def _find_misspelt(self, words: Sequence[str]) -> str | None:
        unknown = [word for word in words if len(word) >= SHORTEST_MISSPELT and not self._spelling.is_known(word)]
        for word in unknown[:LONGEST_NAME]:
            edits = ONE_EDIT + (len(word) >= TWO_EDITS_FROM)
            near = process.extractOne(word, self._names, scorer=OSA.distance, score_cutoff=edits)
            if near is not None:
                return self._ids[near[0]]
        return None
