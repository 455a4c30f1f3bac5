"""Names of people, where the words around say that a name comes: a title, a relation, an introduction, a signature.

A list of names alone would eat streets and villages; the context asks, and `name_reader` answers how far the name goes.
"""

import re
from collections.abc import Iterator

from service.masking.hidden import Hidden, Part
from service.masking.known_names import commune_names, family_names, first_names
from service.masking.name_reader import Evidence, NameReader
from service.masking.name_words import (
    ARTICLES,
    CARE_TITLES,
    HOUSES,
    POSSESSIVES,
    QUALIFIERS,
    RELATIONS,
    SHORT_TITLES,
    STREETS,
    TITLES,
)
from service.masking.plain_text import NameWord, PlainText

# "Je m'appelle", "mon nom est", "nom :": a name must come.
_INTRODUCED = re.compile(
    r"\b(?:je|j) ?m'? ?app?ell?e?s?\b(?: pas)?|\bje me (?:nomme|prenomme|presente)[ ]?[,:]?|\bmon "
    r"(?:petit )?(?:nom|prenom)(?: de (?:famille|jeune fille))?"
    r"(?: et (?:mon )?prenom)? ?(?:est|c'est|:|=)|\b(?:nom|prenom|nom et prenom|nom prenom|nom de famille|"
    r"nom de jeune fille) ?[:=]|"
    r"\bsigne(?:e)?[ ]?[:,]|\bde la part (?:de|d')|\bdenomme(?:e)?\b|\bun(?:e)? certaine?\b"
)
# A name may come: only a known first name, or a capital with one.
_MAYBE = re.compile(
    r"\b(?:m|s|t)'? ?appell?e(?:nt|ait)?\b|\bappell?e(?:e|s)?\b|\bse nomm(?:e|ait)\b|\b(?:pre)?nomme(?:e|"
    r"es|s)?\b|\bmoi,? c'est\b|\bc'est\b|\bici\b[ ]?,?|\bje suis\b|"
    r"\bje soussigne(?:e)?\b[ ]?,?|\b(?:bonjour|bonsoir|salut|coucou|hello|cher|chere|allo|merci)\b[ ]?,?|"
    r"\bsignee?\b|\bchez\b|\bdemandez\b|\bcontactez\b"
)
_CLOSING = re.compile(
    r"\b(?:cordialement|bien a vous|respectueusement|salutations(?: distinguees| respectueuses)?|"
    r"amicalement|sinceres salutations|"
    r"cdt|cdlt|bien cordialement|a bientot|bonne (?:journee|soiree|reception|continuation)|merci(?: "
    r"d'avance| beaucoup| a vous| bien| par avance)?|"
    r"bises|bisous|sentiments distingues|a vous lire|svp|s'il vous plait)\b[ ]?[,.!:\-]*[ \n]*"
)
# How the words that these expressions begin with begin: most words of a text are none of them.
_INTRODUCED_STARTS = ("j", "mon", "nom", "prenom", "sign", "de", "un")
_MAYBE_STARTS = ("m", "s", "t", "app", "nomm", "prenomm", "c", "ici", "j", "bon", "hello", "allo", "demand", "contact")
_CLOSING_STARTS = ("c", "bi", "bo", "respect", "sal", "ami", "sinc", "a", "merci", "sent", "s")
_LAST_LINE = re.compile(r"[.!?…)\n][ \n\-]*(?=[^\W\d_][^.!?\n0-9]{1,40}[.!]?\s*\Z)")
_LAST_LINE_ROOM = 64  # characters: such a line, and what stands before it; 10,000 line ends took 0.7 s without it
_TITLE_GAP = re.compile(r"\.?[ ]{0,2}|\.?-?")
_COMMA_GAP = re.compile(r"[ ]?[,:(][ ]?|[ ]{1,2}| - ")


def find_person_names(plain: PlainText) -> Iterator[Part]:
    """Each name that its context announces. Parts may overlap."""
    reader = NameReader(plain)
    yield from _find_announced(plain, reader)
    words = plain.words
    for index, word in enumerate(words):
        if word.text in TITLES:
            yield from _after_title(plain, reader, index)
        if word.text in RELATIONS or word.text.rpartition("-")[2] in RELATIONS:
            yield from _after_relation(plain, reader, index)
        if word.is_capital and not plain.is_shouting and word.text in first_names():
            yield from _full_name(plain, reader, index)


def _find_announced(plain: PlainText, reader: NameReader) -> Iterator[Part]:
    for word in plain.words:
        if word.text.startswith(_INTRODUCED_STARTS) and (match := _INTRODUCED.match(plain.text, word.start)):
            yield from reader.read_list_at(match.end(), Evidence.SURE)
        if word.text.startswith(_MAYBE_STARTS) and (match := _MAYBE.match(plain.text, word.start)):
            yield from reader.read_list_at(match.end(), Evidence.FIRST_NAME)
        if word.text.startswith(_CLOSING_STARTS) and (match := _CLOSING.match(plain.text, word.start)):
            yield from reader.read_signature_at(match.end(), is_formula=True)
    end = len(plain.text.rstrip())
    for match in _LAST_LINE.finditer(plain.text, max(0, end - _LAST_LINE_ROOM), end):
        yield from reader.read_signature_at(match.end(), is_formula=False)


def _after_title(plain: PlainText, reader: NameReader, index: int) -> Iterator[Part]:
    title = plain.words[index]
    follower = reader.word(index + 1)
    if follower is None:
        return
    gap = plain.text[title.end : follower.start]
    if title.text == "m" and not (title.is_capital and gap[:1] in ". "):
        return  # « m'a dit »
    if title.text == "pr" and not (title.is_capital and follower.is_capital):
        return  # « pr » is how a text message says « pour »
    if title.text in {"famille", "maitre", "sieur", "mm"} and not follower.is_capital:
        return
    if gap.startswith(".") and title.text not in SHORT_TITLES | {"m", "mm", "drs"}:
        return
    if not _TITLE_GAP.fullmatch(gap) or gap == "":
        return
    if _is_of_place(plain.words, index, title.text in CARE_TITLES):
        return
    before = reader.word(index - 1)
    is_short = (title.text in SHORT_TITLES and not (before and before.text in ARTICLES)) or title.text == "m"
    yield from reader.read_list(index + 1, Evidence.TITLE if is_short else Evidence.LONG_TITLE)


def _after_relation(plain: PlainText, reader: NameReader, index: int) -> Iterator[Part]:
    words = plain.words
    start = index
    while start > 0 and (
        words[start - 1].text in QUALIFIERS or plain.text[words[start - 1].end : words[start].start] == "-"
    ):
        start -= 1
    before = words[start - 1].text if start else ""
    after = index + 1
    while after < len(words) and words[after].text in QUALIFIERS:
        after += 1
    follower = reader.word(after)
    if follower is None:
        return
    gap = plain.text[words[after - 1].end : follower.start]
    if follower.text in {"de", "d"} and gap == " ":
        yield from reader.read_list(after + 1, Evidence.CAPITAL_FIRST_NAME)
    elif _COMMA_GAP.fullmatch(gap):
        is_mine = before in POSSESSIVES
        plain_gap = gap.strip() == ""
        if is_mine and plain_gap:
            yield from reader.read_list(after, Evidence.RELATION)
        elif is_mine or (before in ARTICLES and plain_gap) or (plain_gap and start == 0):
            yield from reader.read_list(after, Evidence.CAPITAL_FIRST_NAME)


def _full_name(plain: PlainText, reader: NameReader, index: int) -> Iterator[Part]:
    """ "Paul Durand m'a dit": both names known and written with capitals; or "la Josette", as the region says."""
    words = plain.words
    if _is_of_place(words, index, True) or words[index].text in commune_names():
        return
    end = reader.end_of_name(index, Evidence.CAPITAL_FIRST_NAME)
    said = [word.text for word in words[index:end]]
    if len(said) > 1 and (said[-1] in family_names() or (len(said) > 2 and said[1] in first_names())):
        yield Part(words[index].start, words[end - 1].end, Hidden.NAME)
    elif (
        len(said) == 1
        and index
        and words[index - 1].text in {"la", "le"}
        and not _is_said_of_place(words, index - 2)
        and not _looks_like_place(plain, index)
    ):
        if plain.text[words[index - 1].end : words[index].start] == " ":
            yield Part(words[index].start, words[index].end, Hidden.NAME)


def _is_said_of_place(words: list[NameWord], index: int) -> bool:
    """ "de la Blaise", "sur la …", "Bar le …": what stands before the article of a river or a town."""
    if index < 0:
        return False
    return words[index].text in {"de", "a", "dans", "sur", "vers", "sous", "bar", "entre"}


def _looks_like_place(plain: PlainText, index: int) -> bool:
    word = plain.words[index]
    return (
        word.text in commune_names()
        or word.text
        in {
            "madeleine",
            "france",
            "lorraine",
            "florence",
            "nil",
            "loup",
            "reine",
            "noel",
            "rose",
            "fleur",
            "alma",
            "robin",
            "blaise",
            "duc",
        }
        or plain.text[word.end : word.end + 1] == "-"
        or word.is_all_capitals
    )


def _is_of_place(words: list[NameWord], index: int, houses_too: bool) -> bool:
    """Whether a street or a house that bears the name stands just before: "rue du Docteur …", "lycée …"."""
    for word in reversed(words[max(0, index - 4) : index]):
        if word.text in STREETS or (houses_too and word.text in HOUSES):
            return True
        if word.text not in ARTICLES | TITLES | {"de", "du", "des", "d", "general", "president", "abbe"}:
            return False
    return False
