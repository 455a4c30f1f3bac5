"""The columns of an export that tell what the council thought and decided; and all columns in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from bot.places import Places
from inbox.decisions import DELIVERY_LABELS
from inbox.desk import STATUS_LABELS, VERDICT_LABELS
from inbox.export_fields import DAY, MOMENT, NUMBER, TEXT, Field, Value, classify, follow, identify
from inbox.export_records import tell, write_lines
from inbox.meetings import PHASE_LABELS
from inbox.opinions import list_in_order
from knowledge.loader import Knowledge
from service.exports import Exported, Opinions
from service.models import Purpose, Verdict


def list_fields(knowledge: Knowledge, places: Places) -> tuple[Field, ...]:
    """All columns, in order."""
    return (*identify(places), *classify(knowledge), *follow(), *tell(), *_deliberate(knowledge), *_decide(knowledge))


def _deliberate(knowledge: Knowledge) -> tuple[Field, ...]:
    def count(verdict: Verdict) -> Callable[[Exported], Value]:
        return lambda one: one.opinions.verdicts.get(verdict, 0) if one.opinions else 0

    def mean(criterion: int) -> Callable[[Exported], Value]:
        return lambda one: one.opinions.mean(criterion) if one.opinions else None

    def write_colleges(one: Exported) -> Value:
        if not one.by_college:
            return None
        colleges = list_in_order(one.by_college)
        return "\n".join(f"{name_college(college)} : {write_opinions(one.by_college[college])}" for college in colleges)

    def write_opinions(found: Opinions) -> str:
        counted = [f"{VERDICT_LABELS[verdict].lower()} {found.verdicts[verdict]}" for verdict in found.verdicts]
        means = [(label, found.mean(place)) for place, label in enumerate(knowledge.story.criteria)]
        return ", ".join(
            [*counted, *(f"{label} {mark:.2f}".replace(".", ",") for label, mark in means if mark is not None)]
        )

    def write_given(given: Any) -> str:
        said = f"{VERDICT_LABELS[given.verdict].lower()}{f', {given.comment}' if given.comment else ''}"
        return f"{given.name}, {name_college(given.college)} : {said}"

    def name_college(college: str | None) -> str:
        return knowledge.college(college).short if college else "Sans collège"

    return (
        Field(
            "Séance",
            TEXT,
            "Séance du conseil qui a l'idée à son ordre du jour",
            lambda one: one.row.meeting_title,
            ("meeting_id",),
        ),
        Field("Séance du", DAY, "Date de la séance", lambda one: one.row.meeting_held_on),
        Field(
            "Phase de la séance",
            TEXT,
            "Où en est la séance",
            lambda one: PHASE_LABELS[one.row.meeting_phase] if one.row.meeting_phase else None,
        ),
        Field(
            "Avis",
            NUMBER,
            "Nombre d'avis donnés par les membres",
            lambda one: one.row.opinion_count,
            ("opinion_count",),
        ),
        *(
            Field(f"Avis : {label.lower()}", NUMBER, f"Nombre d'avis « {label.lower()} »", count(verdict))
            for verdict, label in VERDICT_LABELS.items()
        ),
        *(
            Field(
                f"Note moyenne : {label.lower()}",
                NUMBER,
                "Moyenne des notes de 1 à 4 ; vide si personne n'a noté",
                mean(criterion),
            )
            for criterion, label in enumerate(knowledge.story.criteria)
        ),
        Field(
            "Avis par collège",
            TEXT,
            "Nombre de chaque avis et notes moyennes, un collège par ligne",
            write_colleges,
        ),
        Field(
            "Avis en détail",
            TEXT,
            "L'avis et le commentaire de chaque membre, avec son nom et son collège, un par ligne",
            lambda one: write_lines(write_given, one.given),
        ),
    )


def _decide(knowledge: Knowledge) -> tuple[Field, ...]:
    projects = {project.id: project.name for project in knowledge.projects}

    def name_project(found: str | None) -> Value:
        return projects.get(found, found) if found else None

    def of_draft(read: Callable[[Any], Value]) -> Callable[[Exported], Value]:
        return lambda one: read(one.drafts[0]) if one.drafts else None

    def write_deliveries(one: Exported) -> Value:
        if not one.messages:
            return None
        counted = Counter(message.delivery for message in one.messages if message.purpose is Purpose.DECISION)
        return ", ".join(f"{DELIVERY_LABELS[found]} : {count}" for found, count in counted.items())

    return (
        Field(
            "Décision prête",
            TEXT,
            "Décision rédigée et pas encore publiée",
            lambda one: STATUS_LABELS[one.row.drafted_status] if one.row.drafted_status else None,
            ("drafted_status",),
        ),
        Field("Décision prête le", MOMENT, "Quand elle a été rédigée", of_draft(lambda draft: draft.at)),
        Field("Décision prête par", TEXT, "Qui l'a rédigée", of_draft(lambda draft: draft.name)),
        Field("Décision prête : motif", TEXT, "Motif de cette décision", of_draft(lambda draft: draft.reason)),
        Field(
            "Décision prête : transmise à",
            TEXT,
            "À qui l'idée serait transmise",
            of_draft(lambda draft: draft.forwarded_to),
        ),
        Field(
            "Décision prête : projet",
            TEXT,
            "Projet auquel elle serait rattachée",
            of_draft(lambda draft: name_project(draft.project)),
        ),
        Field(
            "Décision prête : réponse web", TEXT, "Réponse rédigée pour le site", of_draft(lambda draft: draft.answer)
        ),
        Field(
            "Décision prête : réponse SMS",
            TEXT,
            "Réponse rédigée pour un téléphone",
            of_draft(lambda draft: draft.answer_sms),
        ),
        Field(
            "Décidée le",
            MOMENT,
            "La première fois qu'une décision a été rédigée",
            lambda one: one.row.decided_at,
            ("decided_at",),
        ),
        Field(
            "Transmise à",
            TEXT,
            "À qui la dernière décision publiée transmet l'idée",
            lambda one: one.decision.forwarded_to if one.decision else None,
        ),
        Field(
            "Motif de la décision",
            TEXT,
            "Motif de la dernière décision publiée",
            lambda one: one.decision.reason if one.decision else None,
        ),
        Field(
            "Répondue le",
            MOMENT,
            "Première réponse publiée",
            lambda one: one.row.answered_at,
            ("answered_at",),
        ),
        Field(
            "Jours avant la réponse",
            NUMBER,
            "Jours entiers entre la réception et la première réponse ; vide pour une idée reprise d'un fichier",
            lambda one: one.row.answered_after,
            ("answered_after",),
        ),
        Field("Réponse web", TEXT, "Réponse publiée sur le site", lambda one: one.row.answer, ("answer",)),
        Field(
            "Réponse SMS", TEXT, "Réponse publiée pour un téléphone", lambda one: one.row.answer_sms, ("answer_sms",)
        ),
        Field(
            "Projet",
            TEXT,
            "Projet auquel l'idée est rattachée, ou qu'elle est devenue",
            lambda one: name_project(one.row.linked_project),
            ("linked_project",),
        ),
        Field(
            "Remise de la réponse", TEXT, "Où en sont les messages qui portent la réponse, et combien", write_deliveries
        ),
    )
