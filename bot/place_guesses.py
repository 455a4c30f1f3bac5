"""Misspelt places: which unknown words stand where a place would, and which name they resemble."""

from dataclasses import dataclass

from bot.place_context import Message
from bot.place_lookalikes import resemble
from bot.place_names import TELLING_LETTERS, Candidate, PlaceNames
from knowledge.gazetteer import Commune, Elsewhere

# Least resemblance (0 to 1, see `place_lookalikes`) by wording; chosen on the lines `"half": "developed"` of
# tests/data/places.jsonl and on the 3,720 sentences of shared/data/phrases, where none may cry wolf.
LIKE_WHEN_ASKED = 0.78
LIKE_WHEN_INTRODUCED = 0.86
LIKE_AT_EDGE = 0.90
LIKE_SAID_APART = 0.93  # of a few words between punctuation, or the last of a long message; "falc" is not Falck (0.91)
LIKE_BY_SOUND = 0.98  # anywhere: it sounds the same ("charlevil")
SOUNDED_TOWN = 5_000  # … and is a town, or "brauch" would be La Broque
LIKE_IN_POSTCODE = 0.75  # among the few communes of a postcode
LIKE_WHEN_PARTLY_READ = 0.92
LIKE_ADDED = 0.75  # the words added to a name already read: "mezier" is -Mézières, "doit" is not -sous-Bois
LIKE_FOR_ORDINARY_ANSWER = 0.93  # "troie", "dormant": an everyday word as the whole answer, and a town
LIKE_MARGIN = 0.02  # two look-alikes closer than this are both offered
# In a free text one unknown word is not a misspelt village of fewer people: 14 of 15 such readings in the
# 3,720 sentences of shared/data/phrases were wrong ("manip" is not Many). The citizen is asked instead.
MISSPELT_TOWN = 2_000
_ELIDED = frozenset("dljmtnsc")


@dataclass(frozen=True, slots=True)
class Mention:
    """Words of a message (`words[start:end]`) and the communes they may mean, or the place outside."""

    start: int
    end: int
    candidates: tuple[Candidate, ...] = ()
    outside: Elsewhere | None = None
    postcode: str | None = None


def _adds_likely_words(typed: str, part: str, name: str) -> bool:
    """Whether what stands around the exact `part` of `typed` also resembles what stands around it in `name`."""
    if part not in name:
        return False
    typed_around, name_around = typed.partition(part), name.partition(part)
    return all(
        bool(mine) == bool(theirs) and resemble(mine, theirs) >= LIKE_ADDED
        for mine, theirs in zip(typed_around[::2], name_around[::2], strict=True)
        if mine or theirs
    )


class Guesser:
    """Guesses what misspelt words mean. `ordinary_words`: folded everyday words, not guessed at."""

    def __init__(self, names: PlaceNames, ordinary_words: frozenset[str]) -> None:
        self._names = names
        self._ordinary = ordinary_words

    def guess(self, message: Message, asked: bool, mentions: list[Mention]) -> list[Mention]:
        """The best look-alike among groups of unknown words that stand where a place would."""
        taken = {index for mention in mentions for index in range(mention.start, mention.end)}
        best: tuple[float, Mention] | None = None
        for position, first in enumerate(message.full):
            for count in range(4, 0, -1):
                span = message.group(position, count)
                if not span or not taken.isdisjoint(range(*span)) or message.is_named_after(first):
                    continue
                least = self._least_resemblance(message, *span, asked)
                if least is None or not message.comparisons_left:
                    continue
                message.comparisons_left -= 1
                found = self._names.find_lookalikes(message.key(*span), least)
                if not asked:
                    least_people = SOUNDED_TOWN if least == LIKE_BY_SOUND else MISSPELT_TOWN
                    found = [one for one in found if self._is_believed(one.key, count, least_people)]
                if found and (best is None or found[0].score > best[0]):
                    close = [one for one in found if one.score > found[0].score - LIKE_MARGIN]
                    candidates = {
                        each.commune: each
                        for one in close
                        for each in self._names.find_exact(one.key, article=message.article(first))
                    }
                    if self._names.is_outside(found[0].key):
                        best = found[0].score, Mention(*span, outside=self._names.find_outside(found[0].key))
                    else:
                        best = found[0].score, Mention(*span, tuple(candidates.values()))
        return [best[1]] if best else []

    def guess_in_postcode(self, message: Message, index: int, communes: tuple[Commune, ...]) -> Mention | None:
        """The misspelt name beside a postcode: one that resembles a commune of that postcode."""
        best: tuple[float, Mention] | None = None
        keys = [(commune, self._names.key_of(commune)) for commune in communes]
        for position, first in enumerate(message.full):
            if not -4 <= first - index <= 2:
                continue
            for count in range(1, 5):
                span = message.group(position, count)
                if not span or span[0] < index < span[1] or message.key(*span) in self._ordinary:
                    continue
                if not self._has_unknown_word(message, *span) or not message.comparisons_left:
                    continue
                message.comparisons_left -= 1
                for commune, key in keys:
                    score = resemble(message.key(*span), key)
                    if score >= LIKE_IN_POSTCODE and (best is None or score > best[0]):
                        best = (
                            score,
                            Mention(*span, (Candidate(commune, 1),), None, message.words[index].folded),
                        )
        return best[1] if best else None

    def guess_longer(self, message: Message, first: int, read: int, count: int) -> Mention | None:
        """The misspelt name, up to two full words longer, of which `count` from position `read` on were read
        ("pagny su moselle"). The longer span begins at position `first`: there, or one before.
        """
        part = message.key(*(message.group(read, count) or (0, 0)))
        for longer in (count + 2, count + 1):
            span = message.group(first, longer)
            if not span or (
                message.spelled[span[0]] in self._ordinary
                and not self._has_unknown_word(message, message.full[first + 1], span[1])
            ):
                continue
            if not message.comparisons_left:
                return None
            message.comparisons_left -= 1
            found = self._names.find_lookalikes(message.key(*span), LIKE_WHEN_PARTLY_READ)
            if (
                found
                and not self._names.is_outside(found[0].key)
                and self._names.has_full_name(found[0].key)
                and len(found[0].key) > len(part) + 2
                and _adds_likely_words(message.key(*span), part, found[0].key)
            ):
                return Mention(*span, self._names.find_exact(found[0].key))
        return None

    def _least_resemblance(self, message: Message, start: int, end: int, asked: bool) -> float | None:
        """The score above which these words are believed to be a misspelt place; None: never."""
        words = [message.spelled[index] for index in (start, end - 1)]
        if any(len(word) < 2 or (len(word) < 4 and word in self._ordinary) for word in words):
            return None  # "mon temp on" is not Pierremont
        if message.is_inside_hyphens(start):
            return None
        if not self._has_unknown_word(message, start, end):
            alone = asked and message.is_whole_answer(start, end) and message.may_be_name(start)
            has_noun = bool(message.article(start)) or message.is_filler(start)  # "la maison", "merci"
            return LIKE_FOR_ORDINARY_ANSWER if alone and not has_noun else None
        if asked:
            return LIKE_WHEN_ASKED
        if message.is_introduced(start):
            return LIKE_WHEN_INTRODUCED
        if (message.is_short and message.stands_at_edge(start, end)) or message.has_capital(start):
            return LIKE_AT_EDGE
        if message.is_apart(start, end) or end > message.full[-1]:
            return LIKE_SAID_APART
        return LIKE_BY_SOUND if end - start == 1 and len(words[0]) >= TELLING_LETTERS else None

    def _is_believed(self, key: str, count: int, least_people: int) -> bool:
        """Whether a misspelt name of `count` words is believed in a free text: a town's, or a long name."""
        return key not in self._ordinary and (count > 1 or self._names.count_people(key) >= least_people)

    def is_unknown(self, word: str) -> bool:
        """Whether the word is neither everyday French nor too short to tell."""
        if len(word) < 4 or word in self._ordinary:
            return False
        # "lhopital", "jaurai": an everyday word with its elided article or pronoun.
        return word[0] not in _ELIDED or word[1:] not in self._ordinary

    def _has_unknown_word(self, message: Message, start: int, end: int) -> bool:
        return any(map(self.is_unknown, message.spelled[start:end]))
