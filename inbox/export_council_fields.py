"""The columns of an export that tell what the council thought and decided; and all columns in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.places import Places
from inbox.decisions import DELIVERY_LABELS
from inbox.desk import STATUS_LABELS, VERDICT_LABELS
from inbox.export_fields import DAY, MOMENT, NUMBER, TEXT, Field, Value, classify, follow, identify, in_paris
from inbox.meetings import PHASE_LABELS
from knowledge.loader import Knowledge
from service.exports import Exported
from service.models import Verdict


def list_fields(knowledge: Knowledge, places: Places) -> tuple[Field, ...]:
    """All columns, in order."""
    return (*identify(places), *classify(knowledge), *follow(), *_deliberate(knowledge), *_decide(knowledge))


def _deliberate(knowledge: Knowledge) -> tuple[Field, ...]:
    def count(verdict: Verdict) -> Callable[[Exported], Value]:
        return lambda one: one.opinions.verdicts.get(verdict, 0) if one.opinions else 0

    def mean(criterion: int) -> Callable[[Exported], Value]:
        return lambda one: one.opinions.mean(criterion) if one.opinions else None

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
            "Commentaires des avis",
            TEXT,
            "Commentaires des membres, un par ligne, sans leur nom",
            lambda one: "\n".join(one.opinions.comments) if one.opinions else None,
        ),
    )


def _decide(knowledge: Knowledge) -> tuple[Field, ...]:
    projects = {project.id: project.name for project in knowledge.projects}

    def name_project(found: str | None) -> Value:
        return projects.get(found, found) if found else None

    def of_draft(read: Callable[[Any], Value]) -> Callable[[Exported], Value]:
        return lambda one: read(one.draft) if one.draft else None

    def write_deliveries(one: Exported) -> Value:
        return ", ".join(f"{DELIVERY_LABELS[found]} : {count}" for found, count in (one.deliveries or {}).items())

    return (
        Field(
            "Décision prête",
            TEXT,
            "Décision rédigée et pas encore publiée",
            lambda one: STATUS_LABELS[one.row.drafted_status] if one.row.drafted_status else None,
            ("drafted_status",),
        ),
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
            lambda one: in_paris(one.row.decided_at),
            ("decided_at",),
        ),
        Field("Motif de la décision", TEXT, "Motif de la dernière décision publiée", lambda one: one.reason),
        Field(
            "Répondue le",
            MOMENT,
            "Première réponse publiée",
            lambda one: in_paris(one.row.answered_at),
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
