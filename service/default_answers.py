"""The answers that the region starts with: one for each decision, polite, short, and to be made one's own."""

from __future__ import annotations

from dataclasses import dataclass

from service.models import Status


@dataclass(frozen=True)
class DefaultAnswer:
    """A template before it is anybody's; its fields are those of ``service.answer_templates``."""

    status: Status
    name: str
    answer: str
    answer_sms: str


DEFAULT_ANSWERS = (
    DefaultAnswer(
        Status.RETAINED,
        "Idée retenue",
        "Bonjour,\n\nMerci pour votre idée. Le conseil territorial de santé {territoire} l'a débattue et la retient, "
        "au titre de la solution « {solution} ». Elle fait maintenant partie de son programme de travail.\n\n"
        "Vous serez prévenu de ce qu'elle devient. Vous pouvez aussi le demander à tout moment avec le code {code}.",
        "Merci ! Le conseil a débattu de votre idée et la retient dans son programme de travail. "
        "Nous vous dirons ce qu'elle devient.",
    ),
    DefaultAnswer(
        Status.FORWARDED,
        "Idée transmise",
        "Bonjour,\n\nMerci pour votre idée. Le conseil territorial de santé {territoire} l'a débattue. La réaliser ne "
        "dépend pas de lui : il l'a transmise à {destinataire}, qui peut agir.\n\n"
        "Ni votre nom ni votre numéro ne sont transmis. Le code de votre idée reste {code}.",
        "Merci ! La réaliser ne dépend pas du conseil : il a transmis votre idée, sans votre numéro, à {destinataire}.",
    ),
    DefaultAnswer(
        Status.ATTACHED,
        "Idée rattachée à un projet",
        "Bonjour,\n\nMerci pour votre idée. Le conseil territorial de santé {territoire} l'a débattue : elle rejoint un "
        "projet qui existe, « {projet} ». Le conseil l'a transmise à ceux qui le portent.\n\n"
        "Ce projet est présenté sur le site de Voix Santé, à la page Projets.",
        "Merci ! Votre idée rejoint un projet qui existe : {projet}. Pour le connaître, écrivez-nous son nom.",
    ),
    DefaultAnswer(
        Status.NOT_RETAINED,
        "Idée non retenue",
        "Bonjour,\n\nMerci d'avoir pris le temps de nous écrire. Le conseil territorial de santé {territoire} a débattu "
        "de votre idée et ne la retient pas cette fois-ci.\n\n"
        "Vos autres idées pour la santé près de chez vous restent les bienvenues.",
        "Merci d'avoir écrit. Le conseil a débattu de votre idée et ne la retient pas cette fois-ci. "
        "Vos autres idées restent les bienvenues.",
    ),
    DefaultAnswer(
        Status.BECAME_PROJECT,
        "Idée devenue un projet",
        "Bonjour,\n\nBonne nouvelle : votre idée est devenue un projet, « {projet} ». Le conseil territorial de santé "
        "{territoire} vous en remercie.\n\nCe projet est présenté sur le site de Voix Santé, à la page Projets.",
        "Bonne nouvelle : votre idée est devenue un projet, {projet}. Le conseil vous en remercie !",
    ),
)
