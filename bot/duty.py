"""Words that the law, or plain decency, makes us obey whatever the conversation: stop, resume, who are you, my data.

Only a whole message is such a word: "arret" stops, "un arrêt de bus devant la clinique" is an idea.
"""

from __future__ import annotations

import re
from enum import StrEnum

from bot.folding import as_phrase


class Duty(StrEnum):
    """What a duty word calls for."""

    STOP = "stop"
    NO_ANSWER = "no_answer"
    RESUME = "resume"
    CONTACT = "contact"
    HELP = "help"
    MY_DATA = "my_data"
    ERASE = "erase"


# What Twilio answers by itself on a long number or a messaging service (its default opt-out words, twilio.com/docs, read
# 2026-11-21): obeyed here too, but not answered a second time. YES is left out: nobody stops or resumes by it in French.
ANSWERED_BY_PROVIDER = {
    **dict.fromkeys(("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"), Duty.STOP),
    **dict.fromkeys(("start", "unstop"), Duty.RESUME),
    **dict.fromkeys(("help", "info"), Duty.HELP),
}
_FRENCH = {
    Duty.STOP: (
        "arret", "arrets", "arrete", "arrett", "arreter", "arretez", "stop sms", "stopsms", "stop tout", "desabonner",
        "desabonnez moi", "me desabonner", "je me desabonne", "se desabonner", "desabonnement", "desinscription", "desinscrire",
        "me desinscrire", "desinscrivez moi", "desactiver", "plus de sms", "plus de message", "plus de messages",
        "ne plus recevoir", "ne plus recevoir de messages", "ne plus recevoir de sms", "ne m'ecrivez plus",
        "arretez de m'ecrire", "arret sms",
    ),
    Duty.NO_ANSWER: ("sans reponse", "pas de reponse", "stop reponse", "stop reponses", "aucune reponse"),
    Duty.RESUME: ("reprendre", "reprise", "reabonner", "me reabonner"),
    Duty.CONTACT: ("contact", "contacter", "contacts", "qui contacter"),
    Duty.HELP: ("aide", "aidez moi"),
    Duty.MY_DATA: ("mes donnees", "mes donnees personnelles", "donnees", "rgpd", "mes infos"),
    Duty.ERASE: ("effacer", "effacez", "effacer mes donnees", "effacez mes donnees", "supprimer", "supprimer mes donnees",
                 "tout effacer", "oubliez moi"),
}  # fmt: skip
_WORDS = {**ANSWERED_BY_PROVIDER, **{word: duty for duty, words in _FRENCH.items() for word in words}}


_POLITE = re.compile(r" (?:svp|stp|merci|s il (?:vous|te) plait|s'il (?:vous|te) plait)$")


def read_duty(text: str) -> Duty | None:
    """The duty that ``text``, as a whole message, calls for; None when it is not a duty word."""
    if text.strip() == "?":
        return Duty.HELP
    return _WORDS.get(_POLITE.sub("", as_phrase(text)))
