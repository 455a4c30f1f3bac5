"""Postal addresses: a house number with its street, and the postcode after it. The commune's name stays, and so does a
street without a number ("rue Jean Jaurès"): it says where a project is, not where somebody lives.
"""

import re
from collections.abc import Iterator

from service.masking.hidden import Hidden, Part
from service.masking.known_names import begins_commune, first_names
from service.masking.name_words import CLOSED
from service.masking.plain_text import NameWord, PlainText

_NUMBER = (
    r"(?<![0-9.,/+])(?P<number>[0-9]{1,4})(?:[ ]?-[ ]?[0-9]{1,4})?[ ]?(?:bis|ter|quater|"
    r"[a-d](?![a-z']))?(?:[ ]?,[ ]?|[ ])?"
)
# Nothing but a street is called so.
_SURE = (
    r"rue|r\.|avenue|av\.?|ave\.?|boulevard|boul\.?|bd\.?|bld\.?|blvd\.?|impasse|imp\.?|allees?|faubourg|"
    r"fbg?\.?|fg\.?|ruelle|venelle|sente|sentier|chemin|ch\.|chem\.?|lotissement|lot\.|lieu[ -]?dit|"
    r"esplanade"
)
# Words with other uses ("3 places", "2 passages"): a name with a capital, or a postcode, must follow.
_UNSURE = (
    r"place|pl\.|route|rte\.?|cours|quai|square|passage|cite|residence|res\.|villa|hameau|clos|cote|"
    r"montee|promenade|parvis|voie|mail|domaine|rond[ -]point"
)
_START = re.compile(
    rf"{_NUMBER}(?:de la |dans la |dans l'|de l'|du )?\b(?:(?P<sure>{_SURE})|(?P<unsure>{_UNSURE})|"
    rf"(?P<whole>grand[' ]?[ -]?rue))(?=[ '\n])[ ]?"
)
_NUMBER_LAST = re.compile(
    r"\b(?:rue|avenue|av|boulevard|bd|impasse|allee|chemin|place|quai|route)\b[^0-9.!?\n;:]{3,40}?[ "
    r",]{1,2}(?:au )?(?:numero|num|n°|no)[ ]?[0-9]{1,4}"
    r"(?:[ ]?(?:bis|ter))?(?![0-9])"
)
_SAID_NUMBER = re.compile(r"\b(?:au )?(?:numero|num|n°|no|n)[ ]?$")
_AFTER_STREET = re.compile(
    r"(?:[ ]?[,\-][ ]?|[ ])(?:(?:appartement|appart|appt|apt|apart|bat|batiment|etage|escalier|porte|bp|"
    r"cs|boite|digicode|interphone)\.?"
    r"[ ]?(?:n°[ ]?)?[a-z]?[0-9]{0,5}(?![a-z0-9])|[0-9]{1,2}(?:er|e|eme) etage)"
)
_POSTCODE = re.compile(
    r"[ ]?[,\-–(]?[ \n]{0,2}(?:a )?(?:[fdlb]-[ ]?)?(?P<code>[0-9]{2}[ ]?[0-9]{3})(?![0-9])(?![ "
    r"]?(?:euros?|€|habitants|medecins|km|m2))"
)
_SMALL = frozenset("de du des d la le les l a au aux et en sur sous von".split())
_UNITS = frozenset("km ans places euros minutes mn h heures fois".split())
# A word after which a street's name goes on even in small letters.
_GOES_ON = frozenset(
    "general gal marechal mal colonel capitaine commandant docteur dr president saint st ste sainte abbe "
    "cure maitre professeur pr "
    "premiere grand grande petit petite haut haute bas basse vieux vieille ancien ancienne belle bon "
    "trois quatre neuf neuve "
    "nouvelle notre vert verte victor claude pere soeur mere frere sergent lieutenant champ pont val "
    "mont moulin".split()
)
_MONTHS = frozenset("janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre".split())
_EMERGENCY = frozenset("15 17 18 112 114 115 116 119".split())
_ARTICLE = re.compile(r"\ble $")
_MOST_WORDS = 8


def find_postal_addresses(plain: PlainText) -> Iterator[Part]:
    """Each address from its number to its postcode, or to the end of the street's name."""
    text = plain.text
    words = plain.words
    starts = {word.start: index for index, word in enumerate(words)}
    for match in _START.finditer(text):
        if match["number"] in _EMERGENCY and _ARTICLE.search(text, max(0, match.start() - 5), match.start()):
            continue  # « le 15 rue de la Gare ne répond pas »
        if match["whole"]:
            end, has_capital = match.end("whole"), True
        else:
            end, has_capital = _end_of_name(plain, words, starts, match.end())
            if end <= match.end():
                continue
        end = _end_of_details(text, end)
        code = _POSTCODE.match(text, end)
        said = _SAID_NUMBER.search(text, max(0, match.start() - 12), match.start())
        if match["unsure"] and not (has_capital or code or said):
            continue
        if code and code["code"].replace(" ", "") != "":
            end = code.end()
        yield Part(said.start() if said else match.start(), end, Hidden.ADDRESS)
    for match in _NUMBER_LAST.finditer(text):
        code = _POSTCODE.match(text, match.end())
        yield Part(match.start(), code.end() if code else match.end(), Hidden.ADDRESS)


def _end_of_name(plain: PlainText, words: list[NameWord], starts: dict[int, int], start: int) -> tuple[int, bool]:
    """Where the street's name ends, and whether it has a capital that says something."""
    index = starts.get(start)
    end, has_capital, goes_on, full = start, False, True, 0
    if index is None:  # "rue du 8 mai 1945" begins with a word; "rue 12" is no name
        return start, False
    first = index
    while index < len(words) and index - first < _MOST_WORDS:
        word = words[index]
        gap = plain.text[words[index - 1].end : word.start] if index > first else ""
        number = re.fullmatch(r"[ ]([0-9]{1,2}(?:er|e|eme)?)[ ]?", gap)
        if number and word.text in _MONTHS:  # "du 8 mai 1945", "du 11 novembre"
            year = re.compile(r"[ ](?:19|18)[0-9]{2}(?![0-9])").match(plain.text, word.end)
            return (year.end() if year else word.end), True
        if gap not in ("", " ", "-", "'", " - ", ". "):
            break
        if gap == ". " and not goes_on:
            break
        if word.text in _SMALL:
            index += 1
            continue
        is_proper = word.is_capital and not plain.is_shouting
        if word.text in CLOSED and not is_proper and word.text not in _GOES_ON:
            break
        joined = (
            gap in ("-", "'") and plain.text[words[index - 2].end : word.start] == gap
            if index - first > 1
            else gap in ("-", "'")
        )
        if full and gap == " " and begins_commune([one.text for one in words[index : index + 5]]):
            break
        if full and not (goes_on or gap == "-" or (is_proper and has_capital) or (joined and full)):
            break
        full += 1
        end, has_capital = word.end, has_capital or is_proper
        goes_on = word.text in _GOES_ON or word.text in first_names() or len(word.text) == 1
        index += 1
    return end, has_capital


def _end_of_details(text: str, end: int) -> int:
    while detail := _AFTER_STREET.match(text, end):
        end = detail.end()
    return end
