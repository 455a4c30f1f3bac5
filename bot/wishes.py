"""Words that settle what is wanted before any model is asked: few, plain, and said by nearly everyone."""

from __future__ import annotations

import re

# "bonjour, j'ai une idée" is about the idea: a greeting counts only when nothing follows it.
_GREETING = re.compile(
    r"^(?:(?:bonjour|bonsoir|salut|coucou|hello|bjr|bsr|slt|madame|monsieur|messieurs|a tous)[ ,!.]+)+(?=\w)", re.I
)
# Somebody who has an idea and has not said it yet.
_WANTS_TO_CONTRIBUTE = re.compile(
    r"^(?:(?:je|j|on|nous|comment|ou|peut|puis|est ce que|qu|voudrais|voudrait|veux|veut|souhaite|souhaiterais|aimerais|"
    r"aimerai|pouvoir|peux|ai|a|avons|faire|donner|proposer|soumettre|partager|deposer|envoyer|apporter|exprimer|laisser|"
    r"une|un|mon|ma|mes|des|de|la|le|pour|votre|sante|nouvelle|autre|petite|svp|s il vous plait|merci) )*"
    r"(?:idee|idees|proposition|propositions|suggestion|suggestions|avis|contribution|contribuer|participer|proposer|"
    r"quelque chose a dire|quelque chose)(?: (?:a|pour|sur) (?:vous )?(?:proposer|donner|faire|soumettre|dire|partager|"
    r"la sante|l hopital|ma commune|mon village|ma ville))?(?: svp| s il vous plait| merci)?$"
)
_ASKS_WHAT_BECAME = re.compile(r"\b(?:suivi|suivre|devient|devenue?|ou en est|recue?|reponse|nouvelles|code)\b")
# An idea that says it is one: "j'ai une idée pour améliorer les urgences".
_NAMES_AN_IDEA = re.compile(
    r"\b(?:j ai une (?:idee|proposition|suggestion)|je propose|je suggere|(?:mon idee|ma proposition) (?:c est|ce serait))\b"
)
_NAMES_OWN_DATA = re.compile(
    r"\b(?:donn?ees?|rgpd|cnil|suppr\w*|efface\w*|fich\w*|numero|num|tel|coordonnees|vie privee|oubli\w*|gard\w*|conserv\w*|"
    r"stock\w*|enregistr\w*|infos?|informations?|confidentiel\w*|confidentialite|anonym\w*|retir\w*|delete|adresse|"
    r"sav(?:ez|oir)|mes (?:messages?|sms|reponses?))\b"
)
_SEXUAL_HEALTH = re.compile(
    r"\b(?:vih|hiv|sida|ist|mst|sexu\w*|hepatite\w*|chlamydia\w*|syphilis|gono\w*|herpes|papilloma\w*|hpv|prep|tpe|"
    r"preservatif\w*|capote\w*|rapport\w*|cegg?idd|trod|anonyme\w*|plan)\b"
)
_SCREENING = re.compile(r"\bdepist\w*\b")
# "une maternité à Saint-Dizier": sought, or wished for? Bare words are a search, and who speaks of themselves seeks.
_NAMES_A_THING = re.compile(r"^(?:une?|des|du|de la|de l) ")
_SEEKS = re.compile(
    r"\b(?:j|je|me|m|moi|mon|ma|mes|on|nous|notre|nos|qui|ou|comment|quel\w*|quand|cherch\w*|trouv\w*|besoin|adresse|numero|"
    r"telephone|tel|urgent\w*|vite|aujourd hui|demain|ce (?:soir|matin|week end)|svp|stp|s il (?:vous|te) plait|"
    r"sans (?:rdv|rendez vous))\b"
)
_TOPICS = {
    "ideas": re.compile(r"\b(?:devien\w*|mon idee|mes idees|les idees|retenue?s?)\b"),
    "numbers": re.compile(r"\b(?:combien|chiffres?|participants?|statistiques?)\b"),
    "cnr": re.compile(r"\b(?:cnr|refondation)\b"),
    "cts": re.compile(r"\b(?:cts|conseil territorial|conseil)\b"),
    "service": re.compile(
        r"\b(?:gratuit\w*|pay\w*|cout\w*|robot|anonym\w*|qui lit|lisez|service|confidentiel\w*|voix sante)\b"
    ),
}


def skip_greeting(text: str) -> str:
    """``text`` without the greeting it begins with, unless it is nothing else."""
    return _GREETING.sub("", text)


def wants_to_contribute(phrase: str) -> bool:
    """Whether a message, folded to words, says that an idea is coming and not yet which."""
    return bool(_WANTS_TO_CONTRIBUTE.match(phrase)) and not _ASKS_WHAT_BECAME.search(phrase)


def names_an_idea(phrase: str) -> bool:
    """Whether a message calls itself an idea, and does not ask what became of one."""
    return bool(_NAMES_AN_IDEA.search(phrase)) and not _ASKS_WHAT_BECAME.search(phrase)


def may_be_wished_for(phrase: str) -> bool:
    """Whether a message only names a thing: what is sought, or what there should be."""
    return bool(_NAMES_A_THING.search(phrase)) and not _SEEKS.search(phrase)


def names_own_data(phrase: str) -> bool:
    """Whether a message speaks of data held on somebody: "disparaître" alone is no such thing."""
    return bool(_NAMES_OWN_DATA.search(phrase))


def is_general_screening(phrase: str) -> bool:
    """Whether a screening is sought and nothing says that it is for sexual health."""
    return bool(_SCREENING.search(phrase)) and not _SEXUAL_HEALTH.search(phrase)


def find_topic(phrase: str) -> str | None:
    """What is asked about us, by its code in ``bot.flows.about``; None when it cannot be told."""
    return next((code for code, words in _TOPICS.items() if words.search(phrase)), None)
