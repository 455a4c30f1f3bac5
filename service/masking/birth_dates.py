"""Dates of birth: a date that the text says somebody was born on. A year alone, or any other date, stays."""

import re
from collections.abc import Iterator

from service.masking.hidden import Hidden, Part
from service.masking.plain_text import PlainText

_MONTHS = (
    "janvier|janv|fevrier|fevr|fev|mars|avril|avr|mai|juin|juillet|juil|aout|septembre|sept|octobre|oct|novembre|nov|"
    "decembre|dec"
)
_YEAR = r"(?:19|20)[0-9]{2}"
_DATE = (
    rf"(?:(?:0?[1-9]|[12][0-9]|3[01])(?:[ ]?[/.\-][ ]?|[ ])(?:0?[1-9]|1[0-2])(?:[ ]?[/.\- ][ ]?)(?:{_YEAR}|[0-9]{{2}})"
    rf"|{_YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    rf"|(?:(?:0?[1-9]|[12][0-9]|3[01])(?:er)?[ ]?)?\b(?:{_MONTHS})\b\.?(?:[ ]?(?:{_YEAR}|'?[0-9]{{2}}(?![ ]?(?:ans|h))))?"
    rf"|(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])(?:{_YEAR}|[0-9]{{2}})"
    r"|(?:0?[1-9]|[12][0-9]|3[01])/(?:0?[1-9]|1[0-2]))(?![0-9])"
)
_BORN = re.compile(
    r"\b(?:n(?P<accent>e)(?:e|es|s)?|naquit|ddn|dob|date (?:de )?naissance|naissance|nais|anniversaire|anniv)\b"
    r"(?P<between>[^0-9.!?\n]{0,45}?)(?P<date>" + _DATE + ")"
)
_AND_ANOTHER = re.compile(rf"(?: et|,| puis) (?:le |en )?(?P<date>{_DATE})")
# Without its accent, « ne » is mostly a negation: only these may stand between it and the date.
_STRICT_BETWEEN = re.compile(r"\(?e?\)? (?:le |en |au mois de |du |: ?)?|[ ]?: ?")
# A date that is only said to belong to a birth when it has its year.
_LOOSE = re.compile(r"anniv")
_THINGS = re.compile(
    r"\b(?:association|centre|reseau|projet|hopital|service|collectif|idee|structure|dispositif|maison|maternite|cts|ars|"
    r"cabinet|equipe|loi|plateforme|programme|clinique|ehpad|initiative)\b[^.!?\n]{0,25}$"
)


def find_birth_dates(plain: PlainText) -> Iterator[Part]:
    """Each date of birth, without the words that announce it; brothers' and sisters' dates after it too."""
    for match in _BORN.finditer(plain.text):
        start, end = match.span("date")
        is_bare = (
            match["accent"] is not None and match[0][:3] in {"ne ", "ne:", "ne("} and not _is_accented(plain, match)
        )
        if is_bare and not _STRICT_BETWEEN.fullmatch(match["between"]):
            continue
        if _LOOSE.match(match[0]) and not re.search(rf"{_YEAR}\Z", match["date"]):
            continue
        if match["accent"] is not None and _THINGS.search(plain.text[max(0, match.start() - 40) : match.start()]):
            continue
        yield Part(start, end, Hidden.BIRTH_DATE)
        while other := _AND_ANOTHER.match(plain.text, end):
            yield Part(*other.span("date"), Hidden.BIRTH_DATE)
            end = other.end()


def _is_accented(plain: PlainText, match: re.Match[str]) -> bool:
    start, end = plain.place(match.start("accent"), match.end("accent"))
    return plain.original[start:end].lower() != "e"
