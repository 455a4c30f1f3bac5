"""What all tables share: naming of constraints, times in UTC, enums stored by value, identifiers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import DateTime, Dialect, Enum, MetaData, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, mapped_column


class Base(DeclarativeBase):
    """Constraint names are fixed so that a migration can name them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An aware time, kept in UTC. SQLite forgets time zones, so it is told ours on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """UTC for the database. Raises ValueError for a naive time: nobody knows when it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value}: give it its time zone")
        return value.astimezone(dt.UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], dt.datetime | None] | None:
        """How an aware time is read: in the zone of PostgreSQL's session, or in UTC from SQLite's text. In one step: an
        export reads millions.
        """
        read: Callable[[Any], Any] | None = self.impl_instance.result_processor(dialect, coltype)
        return read and (lambda value: None if value is None else read(value).replace(tzinfo=dt.UTC))


class _ByValue(Enum):
    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """How a member is read: looked up. Raises KeyError for a value that is none."""
        return {None: None, **{member.value: member for member in self.enum_class or ()}}.__getitem__


def by_value(kind: type[StrEnum]) -> Enum:
    """A column type that stores the values of ``kind``, as text that any tool can read."""

    def values(members: Any) -> list[str]:
        return [member.value for member in members]

    return _ByValue(kind, values_callable=values, native_enum=False, create_constraint=False, length=32)


Id = Annotated[int, mapped_column(primary_key=True)]
Moment = Annotated[dt.datetime, mapped_column(UtcDateTime)]
