"""Who may do what, and see what: the one place that says it."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from sqlalchemy import Select, or_, select

from service.errors import Forbidden
from service.models import AlertCount, AnswerTemplate, Ban, Contribution, Import, Invitation, Meeting, Reviewer, Role

Territorial = TypeVar(
    "Territorial", Contribution, Meeting, AnswerTemplate, Ban, Import, Invitation, Reviewer, AlertCount
)


class Right(StrEnum):
    """What a role allows, in the reviewer's territory."""

    READ = "read"
    OPINE = "opine"  # give an opinion
    INSTRUCT = "instruct"  # classify, merge, ask, note, enter, import, export
    DECIDE = "decide"  # draft, publish, hold meetings
    INVITE = "invite"  # read who has an account; invite members of the council
    GOVERN = "govern"  # people, settings, lexicon


RIGHTS = {
    Role.MEMBER: frozenset({Right.READ, Right.OPINE}),
    Role.SECRETARY: frozenset({Right.READ, Right.INSTRUCT, Right.DECIDE, Right.INVITE}),
    Role.REGION: frozenset({Right.READ, Right.INSTRUCT, Right.DECIDE, Right.INVITE, Right.GOVERN}),
}


def may(reviewer: Reviewer, right: Right) -> bool:
    """Whether the reviewer's role allows it."""
    return right in RIGHTS[reviewer.role]


def require(reviewer: Reviewer, right: Right) -> None:
    """Raises Forbidden when the reviewer's role does not allow it."""
    if not may(reviewer, right):
        raise Forbidden("Votre rôle ne permet pas cela.")


def visible_to(reviewer: Reviewer, table: type[Territorial] = Contribution) -> Select[Territorial]:  # type: ignore[assignment]
    """The rows of ``table`` that a reviewer may see: those of their territory, or of the whole region.

    An answer template of the region is everybody's.
    """
    everything = select(table)
    if reviewer.role is Role.REGION:
        return everything
    own = table.departement == reviewer.departement
    return everything.where(or_(own, table.departement.is_(None)) if table is AnswerTemplate else own)
