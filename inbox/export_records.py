"""The columns of an export that tell what was done about an idea and said of it, a line of the cell each, the oldest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from bot.known import PARIS
from inbox.decisions import DELIVERY_LABELS
from inbox.desk import STATUS_LABELS
from inbox.export_fields import MOMENT, NUMBER, TEXT, Field, Value
from inbox.questions import PURPOSE_LABELS


def tell() -> tuple[Field, ...]:
    """What was asked, noted, changed, opened and written to the author."""
    return (
        Field(
            "Questions",
            TEXT,
            "Questions posées à l'auteur, par qui et quand, où en est le message, et la réponse ; une par ligne",
            lambda one: write_lines(_write_question, one.questions),
        ),
        Field(
            "Notes",
            TEXT,
            "Notes entre relecteurs, une par ligne",
            lambda one: write_lines(_write_note, one.notes),
        ),
        Field(
            "Lignes d'historique",
            NUMBER,
            "Nombre de changements notés, l'arrivée comprise",
            lambda one: len(one.changes),
        ),
        Field(
            "Dernier changement le",
            MOMENT,
            "Date de la dernière ligne d'historique",
            lambda one: one.changes[-1].at if one.changes else None,
        ),
        Field(
            "Historique",
            TEXT,
            "Chaque changement : quand, par qui, l'état, le classement, à qui l'idée est transmise, le motif, la réponse "
            "publiée ; un par ligne",
            lambda one: write_lines(_write_change, one.changes),
        ),
        Field(
            "Ouvertures de l'original",
            NUMBER,
            "Nombre de fois où un texte sous scellé a été ouvert",
            lambda one: len(one.openings),
        ),
        Field(
            "Qui a ouvert l'original",
            TEXT,
            "Quand, par qui et pourquoi un texte sous scellé a été ouvert : celui de l'idée, ou d'une réponse de l'auteur ; une "
            "ouverture par ligne",
            lambda one: write_lines(_write_opening, one.openings),
        ),
        Field(
            "Messages à l'auteur",
            TEXT,
            "Ce que le service lui a écrit de cette idée : quand, pourquoi, où en est le message, l'erreur s'il y en a une, le "
            "texte ; un par ligne",
            lambda one: write_lines(_write_message, one.own_messages),
        ),
        Field(
            "Auteur bloqué",
            TEXT,
            "Depuis quand et pourquoi les idées de l'auteur ne sont plus prises ; vide s'il n'est pas bloqué",
            lambda one: write_lines(_write_ban, one.bans),
        ),
    )


def write_lines(write: Callable[[Any], str], records: Sequence[Any]) -> Value:
    """Each of the records on a line of the cell; nothing of none, as most ideas have."""
    return "\n".join(map(write, records)) if records else None


def _write_note(note: Any) -> str:
    return f"{_tell(note)} : {note.words}"


def _write_question(asked: Any) -> str:
    facts = [f"{_write(asked.asked_at)}, {asked.name}"]
    if asked.delivery:
        facts.append(f"message {DELIVERY_LABELS[asked.delivery]}")
    if asked.reminded_at:
        facts.append(f"rappelée le {_write(asked.reminded_at)}")
    if asked.answer is not None:
        became = f"Réponse du {_write(asked.closed_at)} : {asked.answer}"
    elif asked.closed_at:
        became = f"Close sans réponse le {_write(asked.closed_at)}"
    else:
        became = "En attente de réponse"
    return f"{' ; '.join(facts)} : {asked.words} — {became}"


def _write_change(line: Any) -> str:
    _, at, name, before, after, solution, classified, forwarded_to, reason, answer = line
    facts = [STATUS_LABELS[after] if before in {None, after} else f"{STATUS_LABELS[before]} → {STATUS_LABELS[after]}"]
    if solution != classified:
        facts.append(f"solution : {solution or 'aucune'} → {classified or 'aucune'}")
    if forwarded_to:
        facts.append(f"à : {forwarded_to}")
    if reason:
        facts.append(f"motif : {reason}")
    if answer:
        facts.append(f"réponse : {answer}")
    return f"{_write(at)}, {name or 'par son auteur'} : {' ; '.join(facts)}"


def _write_opening(opening: Any) -> str:
    which = "réponse de l'auteur" if opening.question_id else "idée"
    return f"{_tell(opening)}, {which} : {opening.reason}"


def _write_message(sent: Any) -> str:
    error = f" ({sent.error})" if sent.error else ""
    facts = f"{PURPOSE_LABELS[sent.purpose]}, {DELIVERY_LABELS[sent.delivery]}{error}"
    return f"{_write(sent.delivered_at or sent.tried_at or sent.owed_at)}, {facts} : {sent.text}"


def _write_ban(ban: Any) -> str:
    return f"{_write(ban.since)} : {ban.reason}"


def _tell(record: Any) -> str:
    return f"{_write(record.at)}, {record.name}"


def _write(at: dt.datetime) -> str:
    at = at.astimezone(PARIS)
    return f"{at.day:02}/{at.month:02}/{at.year} {at.hour:02}:{at.minute:02}"  # as strftime would, in half the time
