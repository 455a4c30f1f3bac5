"""Where a message names places: exact names longest first, then postcodes, then look-alikes."""

from collections.abc import Iterable

from bot.place_context import Message
from bot.place_guesses import Guesser, Mention
from bot.place_names import SHORT_FORM_TOWN, SMALL_WORDS, TELLING_LETTERS, Candidate, PlaceNames
from knowledge.gazetteer import ABROAD, GRAND_EST, Elsewhere

_MAX_MENTIONS = 8  # the first is the one meant; more are a list
_MAX_POSTCODES = 4  # more are a list of addresses
_MAX_NAME_WORDS = 6  # Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson
# Outside the region a bare name is only believed of a town that everyone knows (people).
KNOWN_TOWN = 20_000
# … and after a preposition from this size on: villages share their names with districts here (Orgeval, in
# Reims).
SMALL_TOWN_ELSEWHERE = 10_000
WELL_KNOWN_RATIO = 20  # times the people of the commune whose short form it also is
# Within the region a name standing bare and in lower case amid a sentence is believed from this size on ("je
# vous lesse").
SMALL_TOWN = 2_000


class MentionFinder:
    """Finds the mentions of a message. `ordinary_words`: folded words that are not a place on their own."""

    def __init__(self, names: PlaceNames, ordinary_words: frozenset[str]) -> None:
        self._names = names
        self._ordinary = ordinary_words
        self._guesser = Guesser(names, ordinary_words)

    def find(self, message: Message, asked: bool) -> list[Mention]:
        """The mentions, in the order of the text. `asked`: the message answers « Dans quelle commune ? »."""
        mentions = self._find_exact(message, asked)
        mentions = self._add_postcodes(message, mentions)
        if not any(mention.candidates for mention in mentions):
            # A small place outside is less likely than a town of the region misspelt ("chalon").
            rivals = [one for one in mentions if not self._is_small_outside(one)]
            mentions += self._guesser.guess(message, asked and rivals == mentions, rivals)
        return mentions

    def _is_small_outside(self, mention: Mention) -> bool:
        place = mention.outside
        is_small = place and place.departement != ABROAD and place.population < SMALL_TOWN_ELSEWHERE
        return bool(is_small) and not mention.postcode

    def _find_exact(self, message: Message, asked: bool) -> list[Mention]:
        mentions: list[Mention] = []
        covered = 0
        for position, index in enumerate(message.full):
            if index < covered:
                continue
            if len(mentions) == _MAX_MENTIONS:
                break
            for count in range(min(_MAX_NAME_WORDS, self._names.longest(message.spelled[index])), 0, -1):
                span = message.group(position, count)
                mention = span and self._read_name(message, position + count, *span, asked)
                if mention:
                    if (
                        position
                        and message.full[position - 1] >= covered
                        and self._guesser.is_unknown(message.spelled[message.full[position - 1]])
                    ):
                        mention = self._guesser.guess_longer(message, position - 1, position, count) or mention
                    mentions.append(mention)
                    covered = mention.end
                    break
            else:
                meant = self._names.misspellings.get(message.spelled[index])
                if meant and (message.is_towards(index) or (asked and message.is_whole_answer(index, index + 1))):
                    mentions.append(Mention(index, index + 1, (Candidate(meant, meant.population),)))
        return mentions

    def _read_name(self, message: Message, after: int, start: int, end: int, asked: bool) -> Mention | None:
        """The place these words name, if they are said of one. `after`: position of the next full word."""
        key = message.key(start, end)
        if not self._names.knows(key):
            return None
        full = " ".join(message.spelled[start:end])
        following = ""
        if after < len(message.full) and message.group(after - 1, 2):
            begun = message.spelled[message.full[after]]
            if (len(begun) > 2 or message.full[after] > end) and self._is_rest_begun(key, begun):
                following, end = begun, message.full[after] + 1
        candidates = self._names.find_exact(key, full, following, message.article(start))
        if candidates and not following and self._names.is_begun(key, ""):
            position = message.full.index(start)
            longer = self._guesser.guess_longer(message, position, position, after - position)
            if longer:
                return longer
        outside = self._names.find_outside(key)
        number = self._departement_beside(message, start, end)
        if outside and number and number not in GRAND_EST:
            return Mention(start, end, outside=outside)
        confirmed = [one for one in candidates if number == one.commune.departement] if number else []
        if confirmed:
            return Mention(start, end, tuple(confirmed))
        whole = (
            asked
            and message.is_whole_answer(start, end)
            and (key not in self._ordinary or self._may_be_name(message, start, key))
        )
        if outside and candidates and not self._names.has_full_name(key):
            # "à Tours": a town everyone knows before the short form of a village (Tours-sur-Marne).
            people = max(one.commune.population for one in candidates)
            if outside.population >= max(KNOWN_TOWN, WELL_KNOWN_RATIO * people):
                candidates = ()
        if candidates and (whole or self._is_said_of_place(message, start, end, key, candidates)):
            return Mention(start, end, candidates)
        if outside and (whole or self._is_said_outside(message, start, end, key, outside)):
            return Mention(start, end, outside=outside)
        return None

    def _is_rest_begun(self, key: str, word: str) -> bool:
        """Whether the word after begins the rest of a name ("chalons champ"); an everyday word only a town's:
        in "vitry mon fils" it is not Vitry-en-Montagne.
        """
        if not self._names.is_begun(key, word):
            return False
        longer = self._names.find_exact(key, following=word)
        return word not in self._ordinary or any(one.commune.population >= SMALL_TOWN for one in longer)

    def _departement_beside(self, message: Message, start: int, end: int) -> str | None:
        """The département of a number beside a name: « (68) », « 68 », or the postcode before or after."""
        for index in (end, start - 1):
            if 0 <= index < len(message.words) and message.words[index].folded.isdigit():
                digits = message.words[index].folded
                if len(digits) == 5:
                    return digits[:2]
                if len(digits) == 2 and index == end and not message.codes.has_unit(index):
                    if digits in GRAND_EST or message.codes.is_bracketed(index):
                        return digits
        beside = (
            area.code for area in message.codes.areas if not area.is_bare_number and area.start - end in (0, 1, 2)
        )
        return next(beside, None)

    def _is_said_of_place(
        self, message: Message, start: int, end: int, key: str, candidates: Iterable[Candidate]
    ) -> bool:
        people = max(candidate.commune.population for candidate in candidates)
        if message.is_named_after(start) and not (
            message.is_house_of_saint(start) and people >= SMALL_TOWN and self._names.is_only_one(key)
        ):
            return False
        populous = people >= KNOWN_TOWN
        if message.is_inside_hyphens(start) and not populous:
            return False
        if key in self._ordinary:
            return self._is_everyday_word_said_of_place(message, start, end, key, people)
        if populous or (self._names.has_full_name(key) and (people >= SMALL_TOWN or end - start > 1)):
            return True
        if people >= SHORT_FORM_TOWN and not key.startswith("saint"):
            return True
        if self._names.has_full_name(key) and len(key) >= TELLING_LETTERS:
            return True
        return message.is_introduced(start) or message.has_capital(start) or message.stands_at_edge(start, end)

    def _is_everyday_word_said_of_place(self, message: Message, start: int, end: int, key: str, people: int) -> bool:
        """Whether an everyday word is meant as the name: « quartier des Coteaux », « à Bar », and of a town « à
        charmes » too.
        """
        if message.is_called_place(start) and (message.has_capital(start) or self._names.has_full_name(key)):
            return True
        if not self._names.has_article(key, message.article(start)):
            return False
        if people >= SMALL_TOWN and self._names.has_full_name(key):
            if message.is_towards(start) or message.is_whole_answer(start, end):
                return True
        return message.has_capital(start) and (bool(message.article(start)) or message.is_introduced(start))

    def _may_be_name(self, message: Message, start: int, key: str) -> bool:
        """Whether an everyday word, said as the whole answer, has the article of the place, or none."""
        return message.may_be_name(start) and self._names.has_article(key, message.article(start))

    def _is_said_outside(self, message: Message, start: int, end: int, key: str, place: Elsewhere) -> bool:
        if message.is_named_after(start) or message.is_inside_hyphens(start) or message.is_counted_noun(start):
            return False
        introduced = message.is_introduced(start)
        if key in self._ordinary:
            is_name = message.has_capital(start) and self._names.has_article(key, message.article(start))
            return place.population >= KNOWN_TOWN and introduced and is_name
        has_long_name = (
            key not in self._ordinary
            and any(word not in self._ordinary and word not in SMALL_WORDS for word in message.spelled[start:end])
            and end - start > 1
        )
        if place.departement == ABROAD or place.population >= KNOWN_TOWN or has_long_name:
            return introduced or message.has_capital(start) or message.stands_at_edge(start, end)
        return (
            place.population >= SMALL_TOWN_ELSEWHERE
            and introduced
            and (message.has_capital(start) or message.is_home(start))
        )

    def _add_postcodes(self, message: Message, mentions: list[Mention]) -> list[Mention]:
        """The mentions narrowed by the postcodes; a postcode without its name is a mention itself."""
        for index, code in message.codes.postcodes[:_MAX_POSTCODES]:
            communes = self._names.communes_by_postcode.get(code, ())
            known = set(communes)
            agreeing = [mention for mention in mentions if any(one.commune in known for one in mention.candidates)]
            for mention in agreeing:
                kept = tuple(one for one in mention.candidates if one.commune in known)
                mentions[mentions.index(mention)] = Mention(mention.start, mention.end, kept, None, code)
            if agreeing:
                continue
            outside = self._names.find_outside_postcode(code) if not communes else None
            if communes:
                like = self._guesser.guess_in_postcode(message, index, communes)
                all_of_it = tuple(Candidate(commune, commune.population) for commune in communes)
                mentions.append(like or Mention(index, index + 1, all_of_it, None, code))
            elif outside and not any(mention.outside for mention in mentions):
                mentions.append(Mention(index, index + 1, outside=outside, postcode=code))
        return sorted(mentions, key=lambda one: one.start)
