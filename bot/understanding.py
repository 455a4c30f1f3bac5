"""What a person wants: to find, to contribute, to greet…; which need they have, which project they name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.features import number_features, split_text
from bot.matching import LEXICON, Matcher
from bot.memory import remember
from bot.places import Places
from bot.project_names import ProjectNames
from bot.signs import find_signs, leave_out
from bot.spelling import Spelling
from bot.text_model import TextModel, load_text_model
from bot.wishes import (
    is_general_screening,
    may_be_wished_for,
    names_an_idea,
    names_own_data,
    skip_greeting,
    wants_to_contribute,
)
from knowledge.loader import Knowledge

NO_NEED = "none"
SEXUAL_HEALTH, PREVENTION = "depistage_sexuel", "prevention_mobile"
# A request or an idea? A logistic regression over the two scores and whether a place is named, learnt on phrases of
# authors that the models had not seen. HABIT then chosen where the two errors cost alike: of ideas that name a place 5 %
# are read as requests (10 % at 0.65), of requests 1.6 % as ideas (0.9 %).
FIND_WEIGHT, IDEA_WEIGHT, PLACE_WEIGHT, HABIT = 1.9, 1.21, 0.87, 0.05
# A message that begins so, and asks nothing, is an idea ("il faudrait plus de dentistes à Thann").
_WISH = re.compile(
    r"^(bonjour |bonsoir )?((il )?faudrait|il faut (?!que je|que j )|je propose|pourquoi (ne )?pas|on (devrait|manque)|"
    r"(il )?(n )?y a (plus|pas assez) d|(plus|davantage) de |il manque|mettez|creez|donnez|"
    r"(creer|mettre|ouvrir|former|payer|financer|installer|developper|organiser|renforcer|recruter|embaucher|augmenter|"
    r"imposer|obliger|generaliser|deployer|multiplier|simplifier|permettre|equiper|sensibiliser|encourager|favoriser)\b)"
)
SURE_NEED = 0.9  # from this probability of some need on, an unclear message that names a place is a request


LIKELY_NEED = 0.02  # chance from which the next likeliest need is tried where nothing serves the likeliest


class Intent(StrEnum):
    """What a message is for."""

    FIND = "find"
    CONTRIBUTE = "contribute"
    OFFER = "offer"  # an idea is coming, and not yet said
    FOLLOW_UP = "follow_up"
    ABOUT = "about"
    MY_DATA = "my_data"
    HELP = "help"
    HUMAN = "human"
    GREET = "greet"
    THANK = "thank"
    INSULT = "insult"
    GIBBERISH = "gibberish"
    OTHER_LANGUAGE = "other_language"
    UNCLEAR = "unclear"


NOT_AN_IDEA = frozenset(Intent) - {Intent.FIND, Intent.CONTRIBUTE, Intent.UNCLEAR}


@dataclass(frozen=True)
class Meaning:
    """What a message wants; ``need``, ``other_need`` (the next likeliest) and ``project`` are ids of the knowledge.

    An idea has a ``need`` too when it speaks of one: what it would ask for if it were a request. A request that
    ``may_be_idea`` only names a thing: nobody but its author knows whether it is sought or proposed.
    """

    intent: Intent
    need: str | None = None
    project: str | None = None
    other_need: str | None = None
    may_be_idea: bool = False


class Understanding:
    """Reads messages."""

    def __init__(
        self, knowledge: Knowledge, places: Places, intents: TextModel, needs: TextModel, spelling: Spelling
    ) -> None:
        self._knowledge = knowledge
        self._places = places
        self._intents = intents
        self._needs = needs
        self._spelling = spelling
        self._names = ProjectNames(knowledge.projects, spelling)
        self.read = remember(self._read)

    def _read(self, text: str) -> Meaning:
        """What ``text`` wants."""
        text = skip_greeting(text)
        words = self._spelling.read(text).words
        if not words:
            return Meaning(Intent.UNCLEAR)
        phrase = " ".join(split_text(text))
        if wants_to_contribute(phrase):
            return Meaning(Intent.OFFER)
        place = self._places.find(text).matched
        need, other_need, wanted = self._find_needs(leave_out(text, place))
        if need == SEXUAL_HEALTH and is_general_screening(phrase):
            need, other_need = PREVENTION, SEXUAL_HEALTH
        intent = self._find_intent(text, words, place, wanted)
        if names_an_idea(phrase):
            intent = Intent.CONTRIBUTE
        elif intent is Intent.MY_DATA and not names_own_data(phrase):
            intent = Intent.ABOUT
        project = self._names.find(text)
        if project is not None and intent is not Intent.CONTRIBUTE:
            return Meaning(Intent.FIND, self._need_served(project, need), project)
        if split_text(place) == split_text(text) or intent not in {Intent.FIND, Intent.CONTRIBUTE}:
            return Meaning(intent)
        either = intent is Intent.FIND and "?" not in text and may_be_wished_for(phrase)
        if need == NO_NEED:
            return Meaning(intent, may_be_idea=either)
        return Meaning(intent, need, other_need=other_need, may_be_idea=either)

    def _find_needs(self, text: str) -> tuple[str, str | None, float]:
        """The likeliest need or NO_NEED, the next one if it is likely at all, and the chance that some need is spoken of."""
        chances = self._needs.probabilities(number_features(self._spelling.read(text).words))
        first, second = chances.argsort()[::-1][:2]
        other = self._needs.labels[int(second)]
        is_likely = other != NO_NEED and chances[second] >= LIKELY_NEED
        wanted = float(1 - chances[self._needs.labels.index(NO_NEED)])
        return self._needs.labels[int(first)], other if is_likely else None, wanted

    def _find_intent(self, text: str, words: list[str], place: str, wanted: float) -> Intent:
        """The likeliest intent. ``place``: the words of ``text`` that name one; ``wanted``: probability of some need."""
        features = number_features([*words, *find_signs(text, words)])
        scores = dict(zip(map(Intent, self._intents.labels), map(float, self._intents.score(features)), strict=True))
        if place and split_text(place) == split_text(text):
            return Intent.FIND
        first = max(scores.items(), key=lambda item: item[1])[0]
        if first in NOT_AN_IDEA:
            return first
        if _WISH.match(" ".join(words)) and "?" not in text:
            return Intent.CONTRIBUTE
        if first is Intent.UNCLEAR:
            return Intent.FIND if place and wanted >= SURE_NEED else Intent.UNCLEAR
        lean = (
            FIND_WEIGHT * scores[Intent.FIND]
            - IDEA_WEIGHT * scores[Intent.CONTRIBUTE]
            + PLACE_WEIGHT * bool(place)
            + HABIT
        )
        return Intent.FIND if lean > 0 else Intent.CONTRIBUTE

    def _need_served(self, project_id: str, spoken: str) -> str:
        """The need spoken of if the project named serves it, else the first that it serves."""
        served = [one.need for one in self._knowledge.project(project_id).needs]
        return spoken if spoken in served else served[0]


def load_understanding(knowledge: Knowledge, matcher: Matcher, places: Places, folder: Path = LEXICON) -> Understanding:
    """The understanding of a lexicon folder, spelling as ``matcher`` does. Raises ModelError on a file of no use."""
    return Understanding(
        knowledge,
        places,
        load_text_model(folder / "intents.npz"),
        load_text_model(folder / "needs.npz"),
        matcher.spelling,
    )
