"""The columns of an export: what each is called, what it means, and how it is read. Also the data dictionary."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from bot.places import Places
from inbox.desk import SOURCE_LABELS, STATUS_LABELS
from knowledge.gazetteer import GRAND_EST
from knowledge.loader import Knowledge
from service.exports import Exported

Value = str | int | float | dt.datetime | dt.date | None  # a yes or no is a bool, which is an int; a time is aware
TEXT, NUMBER, MOMENT, DAY, YES_NO = "texte", "nombre", "date et heure de Paris", "date", "oui ou non"
# What no reviewer is shown, or is of no use outside. Everything else of a contribution is exported: a test holds that.
NOT_EXPORTED = {
    "id": "un numéro interne : le code désigne l'idée",
    "person_id": "mène à l'auteur : aucun relecteur ne le voit",
    "sealed_words": "le texte d'origine est sous scellé : il s'ouvre une idée à la fois, pour un motif qui est noté",
    "import_key": "l'empreinte qui empêche de reprendre deux fois la même ligne",
    "version": "le compteur qui empêche deux personnes d'écraser leur travail",
}


@dataclass(frozen=True)
class Field:
    """A column. ``of``: the columns of the table of contributions that it tells."""

    name: str
    kind: str
    meaning: str
    read: Callable[[Exported], Value]
    of: tuple[str, ...] = ()


def identify(places: Places) -> tuple[Field, ...]:
    """Which idea it is, and where it comes from."""

    def name_commune(one: Exported) -> Value:
        commune = places.get(one.row.insee)
        return commune.name if commune else None

    return (
        Field("Rang", NUMBER, "Place de la ligne dans l'export, à partir de 1", lambda one: one.place),
        Field("Code", TEXT, "Code de suivi, que l'auteur connaît aussi", lambda one: one.row.code, ("code",)),
        Field("Reçue le", MOMENT, "Arrivée de l'idée", lambda one: one.row.received_at, ("received_at",)),
        Field("Moyen", TEXT, "Par où elle est arrivée", lambda one: SOURCE_LABELS[one.row.channel], ("channel",)),
        Field(
            "Texte",
            TEXT,
            "Les mots de l'habitant ; ce qui est personnel y est remplacé, par exemple par [téléphone]",
            lambda one: one.row.words,
            ("words",),
        ),
        Field(
            "Santé d'un tiers",
            YES_NO,
            "Le texte semble parler de la santé d'une personne reconnaissable : à lire avec soin",
            lambda one: one.row.third_person_health,
            ("third_person_health",),
        ),
        Field(
            "Département", TEXT, "Numéro du territoire, zéro compris", lambda one: one.row.departement, ("departement",)
        ),
        Field("Territoire", TEXT, "Nom du territoire", lambda one: GRAND_EST[one.row.departement]),
        Field(
            "Code INSEE",
            TEXT,
            "Code officiel de la commune, zéro compris ; vide si elle n'est pas connue",
            lambda one: one.row.insee,
            ("insee",),
        ),
        Field("Commune", TEXT, "Nom de la commune", name_commune),
        Field(
            "Reprise du fichier",
            TEXT,
            "Fichier d'où l'idée a été reprise",
            lambda one: one.row.import_file,
            ("import_id",),
        ),
    )


def classify(knowledge: Knowledge) -> tuple[Field, ...]:
    """What it is about, according to the program, its author and the reviewers."""

    def name(label: str | None) -> str | None:
        return knowledge.name_classification(label) if label else None

    def write_suggestions(one: Exported) -> Value:
        return " | ".join(
            f"{found['solution']} {found['score']:.0%} ({', '.join(found['why'])})" for found in one.row.suggestions
        )

    return (
        Field(
            "Suggestions",
            TEXT,
            "Solutions proposées par le programme, avec leur probabilité et les mots qui les expliquent",
            write_suggestions,
            ("suggestions",),
        ),
        Field(
            "Première suggestion",
            TEXT,
            "Code de la solution la plus probable selon le programme",
            lambda one: one.row.suggested,
            ("suggested",),
        ),
        Field(
            "Choix de l'habitant",
            TEXT,
            "Code de la solution que l'auteur a choisie",
            lambda one: one.row.chosen_by_citizen,
            ("chosen_by_citizen",),
        ),
        Field("Axe", TEXT, "Code de l'axe donné par les relecteurs", lambda one: one.row.axis, ("axis",)),
        Field("Nom de l'axe", TEXT, "Intitulé court de l'axe", lambda one: name(one.row.axis)),
        Field(
            "Solution",
            TEXT,
            "Code de la solution donnée par les relecteurs",
            lambda one: one.row.solution,
            ("solution",),
        ),
        Field("Nom de la solution", TEXT, "Intitulé court de la solution", lambda one: name(one.row.solution)),
    )


def follow() -> tuple[Field, ...]:
    """Where it stands."""
    return (
        Field("État", TEXT, "Où en est l'idée", lambda one: STATUS_LABELS[one.row.status], ("status",)),
        Field("Instruite le", MOMENT, "La première fois", lambda one: one.row.instructed_at, ("instructed_at",)),
        Field("Signalée", YES_NO, "Signalée comme abus", lambda one: one.row.flagged, ("flagged",)),
        Field(
            "En attente de l'habitant",
            YES_NO,
            "Une question à l'auteur attend sa réponse",
            lambda one: one.row.waiting,
            ("waiting",),
        ),
        Field(
            "Proche d'une autre",
            YES_NO,
            "D'autres idées disent presque la même chose",
            lambda one: one.row.alike,
            ("alike",),
        ),
        Field(
            "Soutiens",
            NUMBER,
            "Autres personnes qui disent la même chose ou soutiennent l'idée",
            lambda one: one.row.support_count,
            ("support_count",),
        ),
        Field(
            "Regroupée avec", TEXT, "Code de l'idée principale", lambda one: one.row.merged_into, ("merged_into_id",)
        ),
        Field("Réunit", TEXT, "Codes des idées regroupées avec celle-ci", lambda one: " ".join(one.gathered)),
    )
