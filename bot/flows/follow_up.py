"""What became of an idea. Anyone with its code may read its state; only its author reads its words."""

from __future__ import annotations

import re

from bot.conversation import Ask, End, Flow, Option, Said
from bot.folding import fold
from bot.known import Case, Known
from bot.opening import MONTHS

# No look-alikes (0/O/Q?, 1/I/L, 2/Z, 5/S, 8/B, U/V): of 24 letters and digits six, one at least a digit: 157 million codes.
ALPHABET = "234679ACDEFGHJKMNPQRTVWX"
LENGTH = 6
NOT_A_CODE = "Ce n'est pas un code d'idée."
SHOWN = 5  # of one's own ideas, the newest
_CODE = re.compile(
    rf"(?<![A-Z0-9])(?=[A-Z]*\d)([{ALPHABET}]{{{LENGTH}}})(?![A-Z0-9])"
)  # with a digit: ENFANT is a word
_IN_PARTS = re.compile(rf"^(?:SUIVI)?(?=[A-Z]*\d)([{ALPHABET}]{{{LENGTH}}})$")  # "k7q 2mx", "suiviK7Q2MX"


def follow_up(known: Known) -> Flow:
    """Que devient mon idée ?"""
    own = known.own_cases()[:SHOWN]
    options = tuple(Option(case.code, f"{case.code}, du {_say_date(case)}") for case in own)
    code = yield Ask(
        "code",
        "Quel est le code de votre idée ? (six lettres et chiffres, donnés quand vous l'avez envoyée)",
        options,
        read=lambda said: read_code(said),
        hint=NOT_A_CODE,
    )
    case = known.find_case(code)
    if case is None:
        return End(f"Je ne trouve pas d'idée sous le code {code}. Vérifiez-le, et renvoyez SUIVI suivi du code.")
    return End(tell(case))


def read_code(said: Said) -> str | None:
    """The code in what was said, however it was typed; None when there is none."""
    text = fold(said.text).upper()
    found = _CODE.search(text) or _IN_PARTS.match(re.sub(r"[^A-Z0-9]", "", text))
    return found.group(1) if found else None


def tell(case: Case) -> str:
    """The state of a case, as its author or anyone else may read it."""
    words = f" « {shorten(case.words)} »" if case.words else ""
    text = f"Idée {case.code}{words}, du {_say_date(case)} : {case.status}."
    return f"{text}\nRéponse du CTS : {case.answer}" if case.answer else text


def _say_date(case: Case) -> str:
    return f"{case.sent_on.day} {MONTHS[case.sent_on.month - 1]}"


def shorten(words: str, longest: int = 60) -> str:
    """The first ``longest`` characters of ``words``, cut between two words."""
    one_line = " ".join(words.split())
    return one_line if len(one_line) <= longest else one_line[:longest].rsplit(" ", 1)[0] + "..."
