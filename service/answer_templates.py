"""Ready-made answers to a decision, with fields in braces that are filled in for the case at hand."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.known import Mind
from service.default_answers import DEFAULT_ANSWERS
from service.errors import Forbidden, NotFound, Outdated, Refused
from service.models import AnswerTemplate, Contribution, Reviewer, Role, Status
from service.rights import Right, require, visible_to
from service.status import DECISIONS, save

LONGEST_NAME = 80  # characters
LONGEST = {"answer": 2000, "answer_sms": 600}  # characters: a page, five segments with what is said around it
WHERE = {"answer": "pour le site", "answer_sms": "par SMS"}
FIELDS = {
    "code": "le code de l'idée",
    "commune": "la commune de l'idée, « votre commune » si elle n'est pas connue",
    "territoire": "« du Haut-Rhin », pour écrire « le CTS du Haut-Rhin »",
    "solution": "la solution dans laquelle l'idée est classée",
    "projet": "le projet choisi avec la décision",
    "destinataire": "à qui l'idée est transmise",
}
_FIELD = re.compile(r"\{([^{}]*)\}")
CHANGED_MEANWHILE = "Ce modèle a été modifié pendant que vous l'écriviez : relisez-le."


def list_templates(session: Session, reviewer: Reviewer, departement: str | None = None) -> list[AnswerTemplate]:
    """The templates a reviewer may use, those of ``departement`` and of the region when it is given, by decision."""
    seen = visible_to(reviewer, AnswerTemplate)
    if departement is not None:
        seen = seen.where(or_(AnswerTemplate.departement == departement, AnswerTemplate.departement.is_(None)))
    found = session.scalars(seen.order_by(AnswerTemplate.name, AnswerTemplate.id))
    return sorted(found, key=lambda template: DECISIONS.index(template.status))


def read_template(session: Session, reviewer: Reviewer, number: int) -> AnswerTemplate:
    """One template that the reviewer may use. Raises NotFound, also when it is another territory's."""
    found = session.scalar(visible_to(reviewer, AnswerTemplate).where(AnswerTemplate.id == number))
    if found is None:
        raise NotFound("Ce modèle n'existe pas, ou n'est pas de votre territoire.")
    return found


def may_edit(reviewer: Reviewer, template: AnswerTemplate) -> bool:
    """Whether it is the reviewer's to change: the region's templates are the region's."""
    return reviewer.role is Role.REGION or template.departement == reviewer.departement


def write_template(
    session: Session,
    reviewer: Reviewer,
    number: int | None,
    *,
    status: Status,
    name: str,
    answer: str,
    answer_sms: str,
    version: int = 0,
) -> AnswerTemplate:
    """A new template of the reviewer's territory (``number`` None), or one of theirs rewritten.

    Raises Forbidden, NotFound, Refused, or Outdated when somebody else rewrote it meanwhile.
    """
    require(reviewer, Right.DECIDE)
    if number is None:
        template = AnswerTemplate(departement=reviewer.departement)
    else:
        template = _hold_own(session, reviewer, number)
        if template.version != version:
            raise Outdated(CHANGED_MEANWHILE)
    if status not in DECISIONS:
        raise Refused("Choisissez la décision à laquelle répond ce modèle.", "status")
    if not name.strip() or len(name) > LONGEST_NAME:
        raise Refused(f"Donnez au modèle un nom de {LONGEST_NAME} caractères au plus.", "name")
    check_answer(answer, "answer")
    check_answer(answer_sms, "answer_sms")
    template.status, template.name = status, name.strip()
    template.answer, template.answer_sms = answer.strip(), answer_sms.strip()
    session.add(template)
    save(session)
    return template


def delete_template(session: Session, reviewer: Reviewer, number: int) -> None:
    """Forget a template; the answers made with it stay. Raises Forbidden or NotFound."""
    require(reviewer, Right.DECIDE)
    session.delete(_hold_own(session, reviewer, number))
    session.flush()


def add_defaults(session: Session) -> int:
    """The region's templates for each decision, but those there already under the same name; how many were added."""
    there = set(session.scalars(select(AnswerTemplate.name).where(AnswerTemplate.departement.is_(None))))
    missing = [default for default in DEFAULT_ANSWERS if default.name not in there]
    for default in missing:
        session.add(
            AnswerTemplate(
                departement=None,
                status=default.status,
                name=default.name,
                answer=default.answer,
                answer_sms=default.answer_sms,
            )
        )
    session.flush()
    return len(missing)


def _hold_own(session: Session, reviewer: Reviewer, number: int) -> AnswerTemplate:
    template = read_template(session, reviewer, number)
    if not may_edit(reviewer, template):
        raise Forbidden("Ce modèle est celui de la région : elle seule le modifie.")
    return template


def check_answer(text: str, field: str) -> None:
    """Raises Refused when an answer is missing, too long or names an unknown field; ``field``: which of LONGEST it is."""
    if not text.strip():
        raise Refused(f"Écrivez la réponse {WHERE[field]}.", field)
    if len(text) > LONGEST[field]:
        raise Refused(f"La réponse {WHERE[field]} dépasse {LONGEST[field]} caractères : raccourcissez-la.", field)
    unknown = [name for name in _FIELD.findall(text) if name not in FIELDS]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in FIELDS)
        raise Refused(f"Le champ {{{unknown[0]}}} n'existe pas. Les champs possibles : {known}.", field)


def name_fields(mind: Mind, contribution: Contribution, project: str | None, forwarded_to: str) -> dict[str, str]:
    """What the fields stand for in one case; "" when it is not known yet."""
    commune = mind.places.get(contribution.insee)
    label = contribution.solution or contribution.axis
    return {
        "code": contribution.code,
        "commune": commune.name if commune else "votre commune",
        "territoire": mind.knowledge.territory(contribution.departement).of_name,
        "solution": mind.knowledge.name_classification(label) if label else "",
        "projet": mind.knowledge.project(project).name if project else "",
        "destinataire": forwarded_to.strip(),
    }


def fill_in(text: str, fields: Mapping[str, str]) -> str:
    """``text`` with each field that is known; the others stay as they are, for somebody to see them."""
    return _FIELD.sub(lambda found: fields.get(found[1]) or found[0], text)


def complete_answer(text: str, fields: Mapping[str, str], field: str) -> str:
    """An answer as it will be sent. Raises Refused as ``check_answer`` does, and when a field cannot be filled in."""
    filled = fill_in(text, fields)
    check_answer(filled, field)
    empty = _FIELD.search(filled)
    if empty:
        raise Refused(f"Remplacez {empty[0]} dans la réponse : il ne peut pas être rempli pour cette idée.", field)
    return filled
