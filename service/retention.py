"""What is kept, why, and how long: one table that the daily purge obeys and that the register page prints."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from service.settings import SettingsError


@dataclass(frozen=True)
class Kept:
    """One kind of data. ``days`` counts from ``since``; both are told to the public in French."""

    setting: str  # VOIX_KEEP_…_DAYS changes ``days``
    what: str
    why: str
    since: str
    then: str  # what becomes of it
    days: int


EXCHANGES = Kept(
    "EXCHANGES", "Les messages échangés : numéro d'ordre chez l'opérateur, réponse, et texte sur le web seulement",
    "Ne jamais traiter deux fois un message ; montrer de nouveau la conversation du web", "leur réception",
    "effacés ; le numéro d'ordre seul reste, sans lien avec personne : un ancien message n'est jamais traité de nouveau", 30,
)  # fmt: skip
PEOPLE = Kept(
    "PEOPLE", "Le pseudonyme d'une personne, sa dernière commune, où en est sa conversation",
    "Reprendre la conversation et retrouver ses idées", "son dernier message",
    "effacés ; ses idées restent, sans lien avec elle", 365,
)  # fmt: skip
CONVERSATIONS = Kept(
    "CONVERSATIONS", "La conversation en cours : les réponses déjà données à ses questions, dont une idée pas encore transmise",
    "La reprendre où elle en était", "le dernier message", "oubliée", 2,
)  # fmt: skip
ORIGINALS = Kept(
    "ORIGINALS",
    "Le texte d'origine d'une idée, ou d'une réponse à une question, dont des données personnelles ont été masquées, sous scellé",
    "Vérifier un masquage qui aurait retiré de l'utile ; chaque ouverture est motivée et notée",
    "sa réception", "détruit ; le texte masqué reste", 180,
)  # fmt: skip
MESSAGES = Kept(
    "MESSAGES", "Les messages que nous devons (réponse du conseil, question, nouvelle d'une idée) et leur remise",
    "Envoyer chacun une seule fois ; dire au conseil s'il est arrivé", "la décision de l'envoyer", "effacés", 365,
)  # fmt: skip
CONTRIBUTIONS = Kept(
    "CONTRIBUTIONS",
    "Les idées (texte masqué, lieu, solution, décision, réponse), leur historique, les questions posées à leur auteur et ses "
    "réponses, les notes et les avis du conseil",
    "L'instruction par le conseil, et le bilan de son mandat de cinq ans", "leur réception", "effacées", 5 * 365 + 1,
)  # fmt: skip
ALERTS = Kept(
    "ALERTS", "Le nombre de messages d'urgence par jour, par nature et par territoire, sans leur texte",
    "Savoir combien de personnes en danger écrivent ici", "leur jour", "effacé", 365,
)  # fmt: skip
ALL = (EXCHANGES, CONVERSATIONS, PEOPLE, ORIGINALS, MESSAGES, CONTRIBUTIONS, ALERTS)
# What no delay governs, told on the same page.
OPT_OUTS = (
    "Les refus de recevoir nos messages (pseudonyme seul) : gardés tant que le service existe, pour être respectés."
)
BANS = (
    "Les blocages pour abus (pseudonyme, motif, recours dont les données personnelles sont masquées) : jusqu'à ce que le conseil "
    "les lève."
)
SUPPORTS = (
    "Le soutien d'une personne à une idée : comme l'idée, mais sans lien avec la personne une fois celle-ci effacée."
)
REVIEWERS = (
    "Les comptes des membres du CTS, de son secrétariat et de la région (nom, adresse électronique, collège, empreinte du mot "
    "de passe, vues de la file), les fichiers qu'ils ont repris (nom du fichier, date) : tant que le service existe ; un compte "
    "fermé ne s'ouvre plus, et garde son nom à ce que la personne a fait."
)
PHRASES = (
    "Les phrases apprises des corrections des membres du CTS (texte masqué, sans lien avec l'idée une fois celle-ci effacée) : "
    "tant qu'elles servent au programme."
)
ADDRESSES = (
    "Le numéro, sous scellé, des personnes à qui une réponse est due : jusqu'à ce que tout leur ait été répondu."
)
SIGN_INS = (
    "Les connexions des relecteurs : leurs sessions ouvertes, 30 jours au plus ; leurs invitations, 7 jours ; les essais manqués "
    "(empreintes du compte, de l'appareil et de l'adresse du réseau), un jour."
)
REPLY_COUNTS = (
    "Le nombre de nos réponses à chaque numéro, contre les abus (pseudonyme changé chaque jour) : deux jours."
)
DATA_LINKS = "Les liens « mes données » : 24 heures."


def read_retention(values: Mapping[str, object]) -> dict[str, Kept]:
    """The table, with the delays that ``values`` (the environment) change. Raises SettingsError for a bad one."""
    table = {}
    for kept in ALL:
        name = f"VOIX_KEEP_{kept.setting}_DAYS"
        days = str(values.get(name) or kept.days).strip()
        if not days.isascii() or not days.isdecimal() or int(days) < 1:
            raise SettingsError(f"{name} is not a number of days, 1 or more: {days}")
        table[kept.setting] = replace(kept, days=int(days))
    return table


def oldest_kept(kept: Kept, now: dt.datetime) -> dt.datetime:
    """What is older than this goes."""
    return now - dt.timedelta(days=kept.days)
