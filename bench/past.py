"""A past: the people who wrote before, what they exchanged with us, and the ideas that some of them left."""

from __future__ import annotations

from sqlalchemy import DateTime, Engine, bindparam, text

from bench.crowd import NOW, fill
from service import database

IDEA_OF_ONE_IN = 10  # conversations; the others look for something, or only ask
EXCHANGES = 3  # a conversation
# ``i * 2654435761 % 4294967296`` is each number once, in no order (Knuth's multiplicative hash): as pseudonyms and the
# provider's numbers come. Their lengths are the true ones.
_PEOPLE = text(
    """
    INSERT INTO person (id, pseudonym, channel, first_seen, last_seen, noticed_at, state, state_at, wrong_codes)
    WITH RECURSIVE numbers (i) AS (
        SELECT CAST(:first AS BIGINT) UNION ALL SELECT i + 1 FROM numbers WHERE i < CAST(:last AS BIGINT))
    SELECT i, 'past-00000000000000000000000000000000000000000000000000000000' || (i * 2654435761 % 4294967296), 'sms',
           :at, :at, :at, '{"flow": null, "answers": [], "asked": null, "shown": [], "misses": 0, "pages": []}', :at, 0
    FROM numbers
    """
)
_EXCHANGES = text(
    """
    INSERT INTO exchange (account, message_id, person_id, received_at, reply, options)
    WITH RECURSIVE numbers (i) AS (
        SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM numbers WHERE i < CAST(:last AS BIGINT))
    SELECT 'AC11111111111111111111111111111111', 'SM0000000000000000000000' || (i * 2654435761 % 4294967296),
           1 + i % CAST(:people AS BIGINT), :at,
           'De quoi avez-vous besoin ? 1 Un médecin sans rendez-vous 2 Un camion de prévention 3 Autre chose', '[]'
    FROM numbers
    """
)


def remember(engine: Engine, conversations: int) -> None:
    """Write so many conversations, each of a person of its own, into an empty database that has its tables."""
    database.prepare(engine)
    ideas = conversations // IDEA_OF_ONE_IN
    fill(engine, ideas)
    at = bindparam("at", NOW.replace(tzinfo=None) if engine.dialect.name == "sqlite" else NOW, type_=DateTime())
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(_PEOPLE.bindparams(at), {"first": ideas + 1, "last": conversations})
        connection.execute(_EXCHANGES.bindparams(at), {"last": conversations * EXCHANGES, "people": conversations})
        if engine.dialect.name == "postgresql":  # the rows came with their numbers: new ones go on from there
            for table in ("person", "contribution"):
                connection.execute(
                    text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :last)"),
                    {"table": table, "last": conversations},
                )
        connection.execute(text("ANALYZE"))
