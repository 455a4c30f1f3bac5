"""Ideas that are not taken in because of abuse: who is told why, and may appeal."""

from __future__ import annotations

import re

from bot.effects import Appeal
from bot.known import Banned, Known
from bot.opening import MONTHS

_APPEAL = re.compile(r"\W*recours\b\W*", re.IGNORECASE)


def find_ban(known: Known, departement: str) -> Banned | None:
    """The decision by which this territory's council takes in no more ideas from this person."""
    return next((ban for ban in known.bans() if ban.departement == departement), None)


def tell_ban(known: Known, ban: Banned) -> str:
    """Why, and what can be done about it."""
    council = known.mind.knowledge.territory(ban.departement).of_name
    day = f"{ban.since.day} {MONTHS[ban.since.month - 1]} {ban.since.year}"
    return (
        f"Depuis le {day}, le CTS {council} ne prend plus vos idées. Motif : {ban.reason}\n"
        "Pour contester : répondez RECOURS suivi de votre message."
    )


def read_appeal(text: str) -> tuple[str, tuple[Appeal, ...]] | None:
    """What is answered to a message that begins with RECOURS, and the appeal if it holds one; None to any other message."""
    found = _APPEAL.match(text)
    if found is None:
        return None
    words = text[found.end() :].strip()
    if not words:
        return "Écrivez RECOURS suivi de votre message.", ()
    return "Votre recours est transmis au CTS. Il remplace celui que vous auriez déjà envoyé.", (Appeal(words),)
