"""Are these words said of a place? The wording around a name: alone it proves nothing ("Bar", "Son").

Indices are positions in `Message.words`. Nothing here knows any commune.
"""

import re

from bot.place_codes import STREETS, Codes
from bot.place_names import ARTICLES, SMALL_WORDS, place_word
from bot.wording import Wording

_CONTRACTED = {"au": "le", "aux": "les", "du": "le", "des": "les"}
# Said before a place; "pres de", "a cote de", "du cote de" and "loin de" all end in "de".
_PLACE_PREPOSITIONS = frozenset("a vers d de depuis entre habite habitons jabite abite pres sur".split())
# Before a word that means something else ("rein"), only these, with no article: "un rein", "mal aux reins"
# stay kidneys.
_TOWARDS = frozenset("a vers sur habite jabite abite habitons".split())
# Said before a name, they leave no doubt: « quartier des Coteaux », « commune de charmes ».
_PLACE_NOUNS = frozenset("quartier cite commune village hameau bourg".split())
_DETERMINERS = frozenset("les des un une ces ce cet cette mes mon ma ses son sa nos notre vos votre leur leurs".split())
_PEOPLE = frozenset(
    "docteur doc dr docteure mme madame mlle monsieur mr maitre professeur pr prof famille prenom nom "
    "appelle nomme".split()
)
_HOUSES = frozenset(
    "hopital hosto clinique polyclinique ecole college lycee eglise pharmacie ehpad residence institut "
    "foyer fondation maternite chapelle cathedrale centre maison groupe association".split()
)
# "j'habite (à) X", "je vis à X", "je suis domicilié à X".
_HOME = frozenset("habite jhabite jabite abite habitons vis vivons reside domicilie domiciliee loge".split())
# They lead to the place of a wish: « m'installer à X », « elle rentre à X ». Not "installé": that is another.
_SETTLES = frozenset(
    "instal installer installation ouvrir demenage demenager emmenage emmenager ramene ramener rentre rentrer".split()
)
# What someone is or does elsewhere than where the wish is: « interne à X », « opéré à X ».
_AWAY = frozenset(
    "interne internes externe externes etudiant etudiante etudiants etudiantes hospitalise hospitalisee opere operee "
    "travaille bosse travaillons".split()
)
_NOT_AWAY = frozenset("medecin medecins medecine".split())  # « la médecine interne à X » is a need
_FROM = frozenset("d de du des depuis".split())
_AND = frozenset("et ou".split())
_WORDS_AROUND = 5  # « interne en médecine générale à X »
# Words an answer to « Dans quelle commune ? » puts around the name.
_ANSWER_FILLERS = SMALL_WORDS | frozenset(
    "j je c ce est suis habite vis reside me trouve moi nous on bonjour bonsoir salut merci svp stp "
    "dans pres proche cote vers ville village commune mon ma oui ben euh alors voila par chez ici un "
    "une petit petite hameau quartier loin coin secteur environs alentours cest jhabite jsuis chui y "
    "qui appelle s il vous plait departement code postal cp".split()
)
_ASKED_BEFORE = frozenset("a d de vers sur habite suis est".split())

_SENTENCE_GAP = re.compile(r"[.!?…\n:]")


class Message(Wording):
    """A text with what the judgement of names needs to know of it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.codes = Codes(self)
        # Comparisons with look-alikes still allowed, about 0.1 ms each: bounds the time, whatever is sent.
        self.comparisons_left = 20

    def has_capital(self, index: int) -> bool:
        """Whether its capital says that it is a name: no acronym, not shouted, not first of a sentence."""
        word = self.words[index]
        if self.is_upper(word) and word.end - word.start > 1:
            return False
        return word.is_capital and not self.is_shouting and index > 0 and not _SENTENCE_GAP.search(word.gap)

    def is_introduced(self, start: int) -> bool:
        """Whether a place preposition stands before, with an article or not ("à Thann", "au Thillot")."""
        before = self.before(start)
        if before in ("au", "aux") or before in _PLACE_PREPOSITIONS:
            return True
        return before in ARTICLES and self.before(start - 1) in _PLACE_PREPOSITIONS

    def is_home(self, start: int) -> bool:
        """Whether the words just before say that the person lives there."""
        return any(word.folded in _HOME for word in self.words[max(0, start - 3) : start])

    def is_settling(self, start: int, since: int) -> bool:
        """Whether someone settles or returns there. `since`: where the mention before ends."""
        words = self.words[max(since, start - _WORDS_AROUND) : start]
        return self.before(start) not in _FROM and any(word.folded in _SETTLES for word in words)

    def is_away(self, start: int, since: int) -> bool:
        """Whether it is where someone studies, works or was treated. `since`: where the mention before ends."""
        nearest = range(max(since, start - _WORDS_AROUND), start)
        return any(self.words[index].folded in _AWAY and self.before(index) not in _NOT_AWAY for index in nearest)

    def is_beside(self, start: int, since: int) -> bool:
        """Whether nothing but « et » or « ou » parts it from the mention that ends at `since`."""
        return start - since == 1 and self.words[since].folded in _AND

    def article(self, start: int) -> str:
        """The article before, contracted or not: "le" for « du Thillot », "" when there is none."""
        before = self.before(start)
        return _CONTRACTED.get(before, before if before in ARTICLES else "")

    def is_towards(self, start: int) -> bool:
        """Whether à, vers, sur or « habite » stands immediately before."""
        return self.before(start) in _TOWARDS

    def is_named_after(self, start: int) -> bool:
        """Whether it names a person, a street, or a house called after a saint ("clinique Sainte-Anne")."""
        index = start
        while index > 0 and self.spelled[index - 1] in SMALL_WORDS and not self.is_parted(index):
            index -= 1
        before = self.before(index)
        if (before in STREETS and "a" not in self.spelled[index:start]) or (index == start and before in _PEOPLE):
            return True
        return self.is_house_of_saint(start) or (index == start and place_word(before) == "saint")

    def is_house_of_saint(self, start: int) -> bool:
        """Whether a saint's name follows a word for a house, immediately."""
        return self.before(start) in _HOUSES and self.spelled[start] == "saint"

    def is_called_place(self, start: int) -> bool:
        """Whether a word for a place, like quartier or commune, stands before ("quartier des Coteaux")."""
        index = start
        while index > 0 and self.spelled[index - 1] in SMALL_WORDS and not self.is_parted(index):
            index -= 1
        return self.before(index) in _PLACE_NOUNS

    def is_counted_noun(self, start: int) -> bool:
        """Whether a plural or indefinite article, or a possessive, makes it a noun ("les paris")."""
        return self.before(start) in _DETERMINERS

    def is_inside_hyphens(self, start: int) -> bool:
        """Whether a hyphen ties it to the word before: the end of another name ("Boulogne-Billancourt")."""
        return start > 0 and self.words[start].gap == "-"

    def stands_at_edge(self, start: int, end: int) -> bool:
        """Whether the words begin or end a short request, or are all that is said before the first punctuation
        or after the last.
        """
        if not self.full or (start > self.full[0] and end <= self.full[-1]):
            return False
        return self.is_short or self.is_apart(start, end)

    def is_whole_answer(self, start: int, end: int) -> bool:
        """Whether nothing else is said, as in « j'habite à Bar », but fillers and numbers."""
        others = (*self.words[:start], *self.words[end:])
        return all(word.folded in _ANSWER_FILLERS or word.folded.isdigit() for word in others)

    def may_be_name(self, start: int) -> bool:
        """Whether nothing before makes an everyday word mean itself, as in « en ville », « ma mère »."""
        before = self.before(start)
        return not before or before in _ASKED_BEFORE or before in ARTICLES or before in _CONTRACTED

    def is_filler(self, start: int) -> bool:
        """Whether the word is one that goes with any answer ("merci")."""
        return self.words[start].folded in _ANSWER_FILLERS
