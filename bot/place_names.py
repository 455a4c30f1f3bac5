"""Every name a place answers to, indexed once: exact names, their short forms, and names that look alike.

A name is looked up by its *key*: its full words glued together, without the small ones (`Vitry-le-François`
and `vitry francois` are `vitryfrancois`). What it finds are candidates with a weight; whether the words were
really said of a place is for `place_context` to judge.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.folding import fold_words
from bot.place_lookalikes import Lookalike, Lookalikes
from knowledge.gazetteer import Commune, Elsewhere, Gazetteer

# Dropped from keys, because people drop or mix them ("bar duc", "chalon s/ champagne").
SMALL_WORDS = frozenset("a au aux d de des du en et l la le les lez s sous sur".split())
ARTICLES = frozenset("l la le les".split())
_SAME_WORD = {"st": "saint", "ste": "saint", "sainte": "saint", "mt": "mont"}

# Weights multiply a commune's population when several places answer to the same words. An old village or a
# district is a part of its commune; a short form is said by some of those who live there ("Charleville",
# "Nogent").
EXACT, OLD_VILLAGE, SHORT_FORM = 1.0, 0.5, 0.4
# Of two names with the same key, the one whose small words also agree ("Vaux-la-Grande") is five times
# likelier.
OTHER_SMALL_WORDS = 0.2
SHORT_FORM_LETTERS = 3  # "Bar" (-le-Duc); shorter are initials
# A town outside is offered as the meaning of a misspelt word from this size on (about 300 towns).
OUTSIDE_TOWN = 30_000
SHORT_FORM_TOWN = 5_000  # and a misspelt short form from this one on
# A name of so many letters that is no everyday word is one wherever it stands ("mertrud", not "lesse"): of the
# 33,000 texts of knowledge/lexicon it changed ten, all rightly.
TELLING_LETTERS = 6
_VW = {"v": "w", "w": "v"}
_NOT_A_SHORT_FORM = frozenset(
    "saint grand grande grands petit petite haut haute bas basse neuf neuve notre vieux mont pont".split()
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One commune that some words may mean. `weight`: population times the likelihood of the wording."""

    commune: Commune
    weight: float


@dataclass(frozen=True, slots=True)
class _Name:
    commune: Commune
    weight: float
    full: str  # all words, small ones too, but not the leading article
    article: str  # the leading article, or ""


def place_word(folded: str) -> str:
    """The word as names are indexed: st, ste and sainte are all `saint`."""
    return _SAME_WORD.get(folded, folded)


class PlaceNames:
    """The index. Built once from the gazetteer (about 60 ms), never changed."""

    def __init__(self, gazetteer: Gazetteer, districts: Mapping[str, str]) -> None:
        communes = {commune.insee: commune for commune in gazetteer.communes}
        self._names: dict[str, tuple[_Name, ...]] = {}
        self._short: dict[str, tuple[tuple[_Name, str], ...]] = {}
        self._longest: dict[str, int] = {}  # first full word of a name -> most full words such a name has
        for commune in gazetteer.communes:
            self._add(commune.name, commune, EXACT)
        for name, insee in (*gazetteer.old_villages, *districts.items(), *gazetteer.nicknames.items()):
            if insee not in communes:
                raise ValueError(f"lieu {name!r} : commune inconnue {insee!r}")
            self._add(name, communes[insee], OLD_VILLAGE)
        self.misspellings = {name.lower(): communes[insee] for name, insee in gazetteer.misspellings.items()}
        self.communes_by_postcode: dict[str, tuple[Commune, ...]] = {}
        for commune in sorted(gazetteer.communes, key=lambda one: -one.population):
            for code in commune.postcodes:
                self.communes_by_postcode[code] = (*self.communes_by_postcode.get(code, ()), commune)
        self._outside: dict[str, Elsewhere] = {}
        self._outside_codes: dict[str, Elsewhere] = {}
        self._add_outside(gazetteer.elsewhere)
        towns = [key for key, place in self._outside.items() if place.population >= OUTSIDE_TOWN]
        # A misspelt short form is only believed for a town ("charlevile"), or every "Villers-…" would answer.
        short = [
            key
            for key, names in self._short.items()
            if max(name.commune.population for name, _ in names) >= SHORT_FORM_TOWN
        ]
        people = {key: self.count_people(key) for key in (*self._names, *towns, *short)}
        self._lookalikes = Lookalikes(people)

    def _add(self, name: str, commune: Commune, weight: float) -> None:
        words, glued, full, article = _full_words(name)
        entry = _Name(commune, weight, full, article)
        # V and W are one sound here: « Vitry-lès-Reims ». In a name of one word the look-alikes see to it.
        for first in {
            words[0],
            _VW.get(words[0][0], words[0][0]) + words[0][1:] if len(words) > 1 else words[0],
        }:
            for key in {first + "".join(words[1:]), first + glued[len(words[0]) :]}:
                self._names[key] = (*self._names.get(key, ()), entry)
            self._longest[first] = max(self._longest.get(first, 0), len(words))
        self._longest.setdefault(glued, 1)
        self._longest.setdefault("".join(words), 1)
        for count in range(1, len(words)):
            key = "".join(words[:count])
            if words[count - 1] not in _NOT_A_SHORT_FORM and len(key) >= SHORT_FORM_LETTERS and weight == EXACT:
                self._short[key] = (*self._short.get(key, ()), (entry, "".join(words[count:])))
                self._longest.setdefault(key, 1)

    def _add_outside(self, places: Iterable[Elsewhere]) -> None:
        for place in places:
            words, glued, _, _ = _full_words(place.name)
            for key in {"".join(words), glued}:
                if key not in self._outside or self._outside[key].population < place.population:
                    self._outside[key] = place
            self._longest[words[0]] = max(self._longest.get(words[0], 0), len(words))
            for code in place.postcodes.split():
                if code not in self._outside_codes or self._outside_codes[code].population < place.population:
                    self._outside_codes[code] = place

    def all_keys(self) -> frozenset[str]:
        """Every key that finds a place, for those who study the words that are both."""
        return frozenset((*self._names, *self._short, *self._outside))

    def longest(self, word: str) -> int:
        """How many full words the longest name beginning with this word has; 0 when none does."""
        return self._longest.get(word, 0)

    def knows(self, key: str) -> bool:
        """Whether a place of any kind is called so, wholly or for short."""
        return key in self._names or key in self._short or key in self._outside

    def find_exact(self, key: str, full: str = "", following: str = "", article: str = "") -> tuple[Candidate, ...]:
        """The communes called so, or by a longer name that these words begin and `following` does not
        contradict.

        `full`: the words with the small ones, `article`: the one before them; names that agree weigh more.
        """
        best: dict[str, Candidate] = {}
        called = () if following else self._names.get(key, ())
        names = [
            (
                name,
                name.weight * (1 if name.full == full and article in ("", name.article) else OTHER_SMALL_WORDS),
            )
            for name in called
        ]
        # Where one is wholly called so, only a bigger one is called so for short (Charleville 51,
        # Charleville-Mézières).
        least = max((name.commune.population for name in called), default=-1)
        names += [
            (name, SHORT_FORM)
            for name, rest in self._short.get(key, ())
            if rest.startswith(following) and name.commune.population > least
        ]
        for name, likelihood in names:
            weight = likelihood * (name.commune.population + 1)
            insee = name.commune.insee
            if insee not in best or best[insee].weight < weight:
                best[insee] = Candidate(name.commune, weight)
        return tuple(best.values())

    def is_begun(self, key: str, following: str) -> bool:
        """Whether some name begins with `key` and goes on with `following` ("chalons" and "champ")."""
        return any(rest.startswith(following) for _, rest in self._short.get(key, ()))

    def has_article(self, key: str, article: str) -> bool:
        """Whether some place called so takes this article, or none when it is "" (« au Thillot », not « au
        Colmar »).
        """
        outside = self._outside.get(key)
        articles = {name.article for name in self._names.get(key, ())} | ({""} if key in self._short else set())
        return article in (articles or {leading_article(outside.name) if outside else ""})

    def has_full_name(self, key: str) -> bool:
        """Whether the key is a whole name, not only the beginning of one."""
        return key in self._names

    def is_only_one(self, key: str) -> bool:
        """Whether only one place in the whole country is wholly called so (Saint-Dizier, not Saint-Louis)."""
        return len({name.commune for name in self._names.get(key, ())}) == 1 and key not in self._outside

    def find_outside(self, key: str) -> Elsewhere | None:
        """The most populous place of that name outside the region."""
        return self._outside.get(key)

    def find_outside_postcode(self, code: str) -> Elsewhere | None:
        """The most populous place outside the region with this postcode."""
        return self._outside_codes.get(code)

    def find_lookalikes(self, key: str, at_least: float) -> list[Lookalike]:
        """Keys that resemble `key`, at most four, best first. `at_least`: 0 to 1."""
        return self._lookalikes.find(key, at_least)

    def is_outside(self, key: str) -> bool:
        """Whether only places outside the region are called so."""
        return key in self._outside and key not in self._names and key not in self._short

    def key_of(self, commune: Commune) -> str:
        """The key of the commune's own name."""
        return "".join(_full_words(commune.name)[0])

    def count_people(self, key: str) -> int:
        """How many live in the most populous commune called so; a hundredth of it for a town outside."""
        people = [name.commune.population for name in self._names.get(key, ())]
        people += [name.commune.population for name, _ in self._short.get(key, ())]
        # Someone who writes here lives here: a town outside counts for a hundredth.
        return max(people) if people else self._outside[key].population // 100


def leading_article(name: str) -> str:
    """The article a name begins with: `les` of Les Mesneux, or ""."""
    return _full_words(name)[3]


def _full_words(name: str) -> tuple[list[str], str, str, str]:
    """The full words of a name (all when all are small), all its words glued, spaced, and its article."""
    words = fold_words(name)
    article = words[0] if len(words) > 1 and words[0] in ARTICLES else ""
    spelled = [place_word(word) for word in (words[1:] if article else words)]
    full = [word for word in spelled if word not in SMALL_WORDS] or spelled
    return full, "".join(spelled), " ".join(spelled), article
