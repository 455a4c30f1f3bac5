"""A reviewer's own views of the queue: filters kept under a name."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.database import insert
from service.errors import NotFound, Refused
from service.filters import Filter, write_query
from service.models import Reviewer, SavedView

LONGEST_NAME = 60  # characters
MOST_VIEWS = 20  # of one reviewer: a list to be read at a glance


def list_views(session: Session, reviewer: Reviewer) -> list[SavedView]:
    """The reviewer's views, by name."""
    return list(session.scalars(select(SavedView).where(SavedView.reviewer_id == reviewer.id).order_by(SavedView.name)))


def save_view(session: Session, reviewer: Reviewer, name: str, asked: Filter) -> None:
    """Keep ``asked`` under ``name``, in place of what that name stood for. Raises Refused."""
    name = " ".join(name.split())
    if not name:
        raise Refused("Donnez un nom à cette vue.")
    if len(name) > LONGEST_NAME:
        raise Refused(f"Le nom dépasse {LONGEST_NAME} caractères : raccourcissez-le.")
    own = {view.name for view in list_views(session, reviewer)}
    if name not in own and len(own) >= MOST_VIEWS:
        raise Refused(f"Vous avez déjà {MOST_VIEWS} vues : supprimez-en une d'abord.")
    query = write_query(asked)
    statement = insert(session, SavedView).values(reviewer_id=reviewer.id, name=name, query=query)
    session.execute(statement.on_conflict_do_update(index_elements=["reviewer_id", "name"], set_={"query": query}))


def delete_view(session: Session, reviewer: Reviewer, number: int) -> None:
    """Delete a view of the reviewer's own. Raises NotFound."""
    own = delete(SavedView).where(SavedView.id == number, SavedView.reviewer_id == reviewer.id)
    if session.scalar(own.returning(SavedView.id)) is None:
        raise NotFound("Cette vue n'existe pas.")
