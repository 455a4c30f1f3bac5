"""Places said by number: postcodes and départements, and départements said by name.

A number is one only where it stands like one: "68 ans" and "10000 habitants" are quantities.
"""

import re
from dataclasses import dataclass

from bot.place_names import SMALL_WORDS
from bot.wording import Wording
from knowledge.gazetteer import GRAND_EST

# A number before one of these is a quantity, not a postcode nor a département.
_UNITS = frozenset(
    "ans an mois jours jour semaines heures heure h min mn minutes km kms metres m m2 eur euro euros e "
    "k kg g mg ml cl pourcent habitants habitant personnes personne patients medecins lits places fois "
    "pages signatures hab pers logements janvier fevrier mars avril mai juin juillet aout septembre "
    "octobre novembre decembre degres premiers derniers".split()
)
_DEPARTEMENT_WORDS = frozenset("departement dept dpt dep dpartement".split())
_AREA_KEYS = {re.sub("-(?:et-)?", "", name).lower(): code for code, name in GRAND_EST.items()}
# « à l'aube » is a time of day.
_AREA_ALSO_A_WORD = frozenset(["aube"])
# Before a word that means something else ("rein"), only these, with no article: "un rein", "mal aux reins"
# stay kidneys.
_TOWARDS = frozenset("a vers sur".split())
_COUNTED = frozenset("de des les plus environ sommes sont est".split())  # « nous sommes 51000 à signer »
_LAST_DAY = 31  # « le 10 » is a date, « le 55 » the Meuse
STREETS = frozenset(
    "rue rues av ave avenue boulevard bd bld blvd place impasse chemin allee allees quai faubourg square".split()
)


@dataclass(frozen=True, slots=True)
class Area:
    """A département said by name or number, and the words that said it."""

    code: str
    start: int
    end: int
    is_bare_number: bool


class Codes:
    """The postcodes and areas of a message. `postcodes`: (index, five digits)."""

    def __init__(self, message: Wording) -> None:
        self._message = message
        self.postcodes = self._find_postcodes()
        self.areas = self._find_areas()

    def _find_postcodes(self) -> list[tuple[int, str]]:
        """Five digits that may be a postcode, each with its index; a round number needs to stand like one."""
        found = []
        for index, word in enumerate(self._message.words):
            code = word.folded
            if len(code) == 5 and code.isdigit() and not self._is_counted(index):
                if not code.endswith("000") or self._stands_like_postcode(index):
                    found.append((index, code))
        return found

    def _find_areas(self) -> list[Area]:
        """The départements said, by name or by number."""
        found = []
        for index, word in enumerate(self._message.spelled):
            if word.isdigit():
                if (
                    len(word) == 2
                    and (word in GRAND_EST or self.is_bracketed(index))
                    and self._is_departement_number(index)
                ):
                    found.append(Area(word, index, index + 1, True))
                continue
            for count in (3, 2, 1):
                end = index + count
                code = _AREA_KEYS.get(self._message.key(index, end))
                if (
                    not code
                    or end > len(self._message.words)
                    or word in SMALL_WORDS
                    or self._message.spelled[end - 1] in SMALL_WORDS
                ):
                    continue
                if (count > 1 or self._is_area_name(index)) and not any(area.end > index for area in found):
                    found.append(Area(code, index, end, False))
                    break
        return found

    def is_bracketed(self, index: int) -> bool:
        """Whether the word stands alone in brackets: « (68) »."""
        after = self._message.text[self._message.words[index].end :][:2].strip()
        return self._message.words[index].gap.rstrip().endswith("(") and after.startswith(")")

    def has_unit(self, index: int) -> bool:
        """Whether the number at `index` counts something ("68 ans", "51 %")."""
        after = self._message.text[self._message.words[index].end :][:2].strip()
        if after[:1] in {"%", "€", "°", ",", "/"} and (after[:1] not in ",/" or after[1:].isdigit()):
            return True
        return index + 1 < len(self._message.words) and self._message.words[index + 1].folded in _UNITS

    def _is_counted(self, index: int) -> bool:
        digits_near = [
            self._message.words[near] for near in (index - 1, index + 1) if 0 <= near < len(self._message.words)
        ]
        is_phone = any(
            word.folded.isdigit() and len(word.folded) == 2 and word.folded not in GRAND_EST for word in digits_near
        )
        return self.has_unit(index) or is_phone

    def _stands_like_postcode(self, index: int) -> bool:
        before = self._message.before(index)
        # "10000" alone may count anything; nobody counts 08000 or 67000 of a thing in a short request.
        alone = self._message.is_short and (
            index in (0, len(self._message.words) - 1)
            or (self._message.words[index].folded != "10000" and before not in _COUNTED)
        )
        return alone or self.is_bracketed(index) or before in _TOWARDS or before in {"postal", "cp"} or (
            index + 1 < len(self._message.words) and self._message.words[index + 1].is_capital
        )  # fmt: skip

    def _is_departement_number(self, index: int) -> bool:
        if self.has_unit(index):
            return False
        before, earlier = self._message.before(index), self._message.before(index - 1)
        after = self._message.spelled[index + 1 : index + 2]
        said = before in _DEPARTEMENT_WORDS or (
            before == "le"
            and (
                earlier in {"dans", "departement", "sur"}
                or (int(self._message.words[index].folded) > _LAST_DAY and not STREETS.intersection(after))
            )
        )
        return said or self.is_bracketed(index) or len(self._message.words) == 1

    def _is_area_name(self, index: int) -> bool:
        before, earlier = self._message.before(index), self._message.before(index - 1)
        if before in {"sur", "s"} or before in {"haute", "haut", "bas"}:
            return False
        if self._message.spelled[index + 1 : index + 3] == ["la", "vallee"] or self._is_street(index):
            return False
        if self._message.spelled[index] in _AREA_ALSO_A_WORD:
            return (
                earlier in {"dans", "de", "departement"}
                or before in _DEPARTEMENT_WORDS
                or len(self._message.words) == 1
            )
        return True

    def _is_street(self, index: int) -> bool:
        words = self._message.spelled[max(0, index - 3) : index]
        return any(word in STREETS for word in words)
