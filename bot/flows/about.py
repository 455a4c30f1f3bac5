"""Who we are, where this comes from, what becomes of an idea: told from the knowledge, nothing invented."""

from __future__ import annotations

from bot.conversation import Ask, End, Flow, Option
from bot.known import Known
from bot.opening import MONTHS

TOPICS = (
    Option("service", "Ce service", ("service", "robot", "qui lit", "gratuit", "anonyme")),
    Option("cnr", "Le CNR santé", ("cnr",)),
    Option("cts", "Le conseil territorial de santé", ("cts", "conseil")),
    Option("ideas", "Que devient mon idée ?", ("idee", "mon idee", "devient")),
    Option("numbers", "Les chiffres du dialogue", ("chiffres", "dialogue")),
)


def about(known: Known) -> Flow:
    """Qui êtes-vous ?"""
    topic = yield Ask("topic", "Que voulez-vous savoir ?", TOPICS)
    return End(_TELL[topic](known))


def _service(known: Known) -> str:
    return (
        "Voix Santé est un service automatique : il vous indique des projets de santé du Grand Est et transmet vos "
        "idées au conseil territorial de santé (CTS) de votre département, dont les membres les lisent. "
        "Votre numéro ne leur est pas montré."
    )


def _cnr(known: Known) -> str:
    story = known.mind.knowledge.story
    return (
        f"Le CNR (Conseil national de la refondation) a été lancé le {story.launched.day} "
        f"{MONTHS[story.launched.month - 1]} {story.launched.year} par le Président de la République pour construire "
        f"des solutions concrètes, notamment en santé. Dans le Grand Est, {story.solutions} solutions ont été explorées "
        f"et {story.initiatives} initiatives accompagnées."
    )


def _cts(known: Known) -> str:
    story = known.mind.knowledge.story
    return (
        f"Un conseil territorial de santé (CTS) réunit {story.cts_members} membres en {story.cts_colleges} collèges, pour "
        f"{story.cts_mandate_years} ans. Il y en a un par département du Grand Est depuis {_month(story.cts_installed)}. Il peut "
        "proposer à l'Agence régionale de santé (ARS) d'améliorer la réponse aux besoins des habitants."
    )


def _ideas(known: Known) -> str:
    first, second, third, last = known.mind.knowledge.story.criteria
    return (
        "Votre idée est lue par le CTS de votre département. Il la classe, la retient ou non, et vous répond : envoyez "
        f"SUIVI et votre code. Les projets soutenus sont choisis pour être {first}s, {second}s, {third}s et {last}s."
    )


def _numbers(known: Known) -> str:
    story = known.mind.knowledge.story
    return (
        f"De {_month(story.dialogues_from)} à {_month(story.dialogues_to)} : {story.dialogues} dialogues territoriaux, "
        f"{story.regional_meetings} rencontres régionales, plus de {_thousands(story.participants_over)} participants et "
        f"{_thousands(story.contributions_over)} contributions. Elles ont nourri le Projet régional de santé révisé en "
        f"{_month(story.prs_revised)}. L'ARS a soutenu les projets à hauteur de "
        f"{story.fir_euros // 1_000_000} million d'euros en {story.fir_year}."
    )


def _month(year_month: str) -> str:
    """ "novembre 2022" for "2022-11"."""
    year, month = year_month.split("-")
    return f"{MONTHS[int(month) - 1]} {year}"


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", " ")


_TELL = {"service": _service, "cnr": _cnr, "cts": _cts, "ideas": _ideas, "numbers": _numbers}
