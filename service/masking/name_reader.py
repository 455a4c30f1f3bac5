"""How far a name goes: first names, particles and family names, until a word that is none of these."""

from collections.abc import Iterator
from enum import IntEnum

from service.masking.hidden import Hidden, Part
from service.masking.known_names import (
    WORDS_TOO,
    begins_commune,
    commune_names,
    everyday_words,
    family_names,
    first_names,
)
from service.masking.name_words import NEVER, PARTICLES, PUBLIC_FIGURES, SMALL_PARTICLES, TITLES
from service.masking.plain_text import NameWord, PlainText


class Evidence(IntEnum):
    """What the context proves, from least to most."""

    CAPITAL_FIRST_NAME = 1  # only a known first name with its capital
    FIRST_NAME = 2  # only a known first name
    RELATION = 3  # "mon mari …": a first name, or an unknown word with a capital
    LONG_TITLE = 4  # "le docteur …": a known name, or a word with a capital
    TITLE = 5  # "Mme …": the same, or any word that is not French
    SURE = 6  # "je m'appelle …": the same


_MOST_WORDS = 5
_LEAST_LETTERS = 3  # of an unknown word in lower case
_LONGEST_ACRONYM = 4  # letters: "SVT", "EHPA"
_INSIDE = {" ", "-", "'", " - ", "  "}


class NameReader:
    """Reads names in one text."""

    def __init__(self, plain: PlainText) -> None:
        self._plain = plain
        self._words = plain.words
        self._starts = {word.start: index for index, word in enumerate(plain.words)}

    def word(self, index: int) -> NameWord | None:
        """The word at `index`, if there is one."""
        return self._words[index] if 0 <= index < len(self._words) else None

    def read_list_at(self, place: int, evidence: Evidence) -> Iterator[Part]:
        """The names that begin at a place of the text, spaces and a comma apart."""
        while place < len(self._plain.text) and self._plain.text[place] in " ,:='\n":
            place += 1
        if (index := self._starts.get(place)) is not None:
            yield from self.read_list(index, evidence)

    def read_list(self, index: int, evidence: Evidence) -> Iterator[Part]:
        """The name at `index`, and those that "et" or a comma join to it ("Léa, Tom et Zoé")."""
        if evidence >= Evidence.LONG_TITLE and index < len(self._words) and self._words[index].text in TITLES:
            return
        end = self.end_of_name(index, evidence)
        if end == index:
            return
        yield Part(self._words[index].start, self._words[end - 1].end, Hidden.NAME)
        while (follower := self.word(end)) is not None:
            gap = self._plain.text[self._words[end - 1].end : follower.start]
            if follower.text in {"et", "ou"} and gap.strip() in {"", ","}:
                end, gap = end + 1, ","
            if gap.strip() != "," or self.word(end) is None:
                return
            start, end = end, self.end_of_name(end, Evidence.CAPITAL_FIRST_NAME)
            if start == end:
                return
            yield Part(self._words[start].start, self._words[end - 1].end, Hidden.NAME)

    def read_signature_at(self, place: int, *, is_formula: bool) -> Iterator[Part]:
        """A name that is all there is from `place` to the end of its line, or that a comma and more follow."""
        index = self._starts.get(place)
        if index is None or self._words[index].text in TITLES:
            return
        evidence = Evidence.RELATION if is_formula else Evidence.CAPITAL_FIRST_NAME
        end = self.end_of_name(index, evidence)
        if end == index:
            return
        after = self._plain.text[self._words[end - 1].end :][:2].lstrip(" ")
        first = self._words[index]
        if after[:1] not in {"", ".", ",", "\n", "!", "-", "(", "["}:
            return
        if first.text in commune_names() and end == index + 1:
            return
        yield Part(first.start, self._words[end - 1].end, Hidden.NAME)

    def end_of_name(self, index: int, evidence: Evidence) -> int:
        """The index after the last word of the name that begins at `index`; `index` itself when none does."""
        first = self._after_initials_and_particles(index, evidence)
        word = self.word(first)
        if word is None or not self._may_begin(word, first, evidence):
            return index
        if self._is_public_figure(first):
            return index
        end = first + 1
        while (follower := self.word(end)) is not None and end - index < _MOST_WORDS:
            gap = self._plain.text[self._words[end - 1].end : follower.start]
            if gap not in _INSIDE:
                break
            is_complete = end - index > 1 and follower.text in SMALL_PARTICLES  # "Martine Petit de Barr"
            if follower.text in PARTICLES and not is_complete and self._particle_goes_on(end):
                end += 1
                continue
            if not self._may_go_on(follower, gap, end, evidence):
                break
            end += 1
        return end

    def _after_initials_and_particles(self, index: int, evidence: Evidence) -> int:
        """Past "J.", "J.-P." and "De La" before the first full word."""
        start = index
        while (word := self.word(index)) is not None and index - start < 4:
            following = self.word(index + 1)
            if following is None:
                break
            gap = self._plain.text[word.end : following.start]
            if word.text == "m" and evidence == Evidence.RELATION:
                break  # a title ("mon voisin M. …"), not an initial
            if (
                evidence >= Evidence.RELATION
                and len(word.text) == 1
                and word.is_capital
                and gap in {". ", ".", ".-", "-"}
            ):
                index += 1
            elif (
                evidence >= Evidence.LONG_TITLE
                and word.text in PARTICLES
                and gap in {" ", "'", "-"}
                and following.is_capital
            ):
                is_particle = word.is_capital or (word.text in SMALL_PARTICLES and evidence >= Evidence.TITLE)
                if not is_particle or following.text in commune_names():
                    break
                index += 1
            else:
                break
        return index

    def _may_begin(self, word: NameWord, index: int, evidence: Evidence) -> bool:
        text, capital = word.text, word.is_capital and not self._plain.is_shouting
        if text in NEVER or len(text) == 1:
            return False
        if text in first_names() and (capital or (text not in WORDS_TOO and evidence > Evidence.CAPITAL_FIRST_NAME)):
            return evidence >= Evidence.RELATION or text not in commune_names() or self._has_family_name(index)
        if evidence <= Evidence.FIRST_NAME:
            return False
        if evidence == Evidence.RELATION:
            return capital and not word.is_all_capitals and text not in everyday_words() and text not in commune_names()
        if word.is_all_capitals and len(text) <= _LONGEST_ACRONYM and text not in family_names():
            return False
        if text in family_names() or capital:
            return not (text in commune_names() and text not in family_names() and evidence < Evidence.TITLE)
        return evidence >= Evidence.TITLE and self._is_strange(word)

    def _has_family_name(self, index: int) -> bool:
        following = self.word(index + 1)
        return following is not None and following.text in family_names()

    def _may_go_on(self, word: NameWord, gap: str, index: int, evidence: Evidence) -> bool:
        text, capital = word.text, word.is_capital and not self._plain.is_shouting
        if gap == "-":
            return capital or text in first_names() or text in family_names()
        if text in NEVER or (text in commune_names() and text not in family_names() | first_names()):
            return False
        if len(text) == 1:
            return capital and self._plain.text[word.end : word.end + 1] == "."
        if capital:
            return True
        if text in WORDS_TOO or (text in everyday_words() and text not in first_names() and evidence < Evidence.TITLE):
            return False
        if text in first_names() or (
            text in family_names() and not (self._words[index - 1].is_capital and text in everyday_words())
        ):
            return True
        after = self._plain.text[word.end : word.end + 2].strip()
        return evidence == Evidence.SURE and self._is_strange(word) and (not after or not after[0].isalnum())

    def _particle_goes_on(self, index: int) -> bool:
        """Whether after a particle ("Le", "de la") there is a proper name that is no place."""
        word, following = self._words[index], self.word(index + 1)
        if following is None or self._plain.text[word.end : following.start] not in {" ", "'", "-"}:
            return False
        if following.text in PARTICLES and following.text not in {"la", "le", "les"} | SMALL_PARTICLES:
            return False
        if following.text in {"la", "le", "les"}:
            return word.text == "de" and following.is_capital
        if not following.is_capital or self._plain.is_shouting:
            return following.text in family_names() and word.text in {
                "el",
                "ben",
                "le",
                "da",
                "dos",
                "van",
                "von",
                "al",
            }
        is_place = begins_commune([one.text for one in self._words[index + 1 : index + 6]])
        is_proper = following.text not in NEVER and not is_place
        return is_proper and (word.is_capital or word.text in SMALL_PARTICLES)

    def _is_strange(self, word: NameWord) -> bool:
        return (
            len(word.text) >= _LEAST_LETTERS and word.text not in everyday_words() and word.text not in commune_names()
        )

    def _is_public_figure(self, index: int) -> bool:
        said = [word.text for word in self._words[index : index + 3]]
        return any(" ".join(said[:count]) in PUBLIC_FIGURES for count in (2, 3))
