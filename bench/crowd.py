"""A database as full as a region would make it: people, contributions with their history, index and sketches, and what
the councils did about them (``bench.council``).

The words are those of the lexicon's phrases, each with a third of its words taken from another, and a commune: as many
different texts as wanted, with the words of the field as frequent as they are.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import Session

from bench.council import Council, add_councils, deal_with, list_records
from bot.channel import Channel
from bot.flows.follow_up import ALPHABET, LENGTH
from bot.likeness import find_stems
from bot.matching import LEXICON
from bot.phrases import read_phrases
from bot.sketches import sketch
from knowledge.gazetteer import load_gazetteer
from service import search
from service.models import Base, Change, Contribution, Person, Sketch, Source, Status

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
BATCH = 5000  # rows written at once
YEARS = 2  # over which the contributions came
# One contribution in a hundred of the old ones is still open: a council that keeps up.
DECIDED = (Status.RETAINED, Status.NOT_RETAINED, Status.FORWARDED, Status.ATTACHED, Status.BECAME_PROJECT)
OPEN = (Status.RECEIVED, Status.TO_CLASSIFY, Status.INSTRUCTED)


def fill(engine: Engine, contributions: int, seed: int = 1) -> None:
    """Make the tables of an empty database and write so many contributions, each of a person of its own."""
    Base.metadata.create_all(engine)
    chance = random.Random(seed)
    with Session(engine) as session:
        councils = add_councils(session, NOW - dt.timedelta(days=365 * YEARS), NOW)
        session.commit()
        rows = _draw(contributions, councils, chance)
        while batch := list(islice(rows, BATCH)):
            session.execute(insert(Person), [_make_person(row) for row in batch])
            session.execute(insert(Contribution), batch)
            session.execute(insert(Change), [_make_change(row) for row in batch])
            session.execute(insert(Sketch), [band for row in batch for band in _make_sketches(row)])
            records = defaultdict(list)
            for row in batch:
                for table, record in list_records(row, councils[row["departement"]], NOW, chance):
                    records[table].append(record)
            for table, those in records.items():
                session.execute(insert(table), those)
            session.commit()
        after: int | None = 0
        while after is not None:
            after = search.reindex(session, after)
            session.commit()
            session.expunge_all()
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))


def _draw(number: int, councils: Mapping[str, Council], chance: random.Random) -> Iterator[dict[str, Any]]:
    """The rows of so many contributions, oldest first."""
    phrases = [one for one in read_phrases(LEXICON / "phrases") if "." in one.label]
    communes = load_gazetteer().communes
    weights = [commune.population + 1 for commune in communes]
    for id_ in range(1, number + 1):
        phrase, other = chance.choice(phrases), chance.choice(phrases).text.split()
        words = phrase.text.split()[:40]
        for _ in range(max(1, len(words) // 3)):
            words[chance.randrange(len(words))] = chance.choice(other)
        commune = chance.choices(communes, weights)[0]
        age = dt.timedelta(days=365 * YEARS * (1 - id_ / number), minutes=chance.randrange(60))
        is_open = chance.random() < (0.01 if age > dt.timedelta(days=90) else 0.6)
        label = phrase.label if chance.random() < 0.9 else chance.choice(phrases).label
        row = {
            "id": id_,
            "code": _write_code(id_),
            "person_id": id_,
            "channel": chance.choices(list(Source), (50, 1, 40, 3, 3, 3))[0],
            "received_at": NOW - age,
            "words": f"{' '.join(words)} à {commune.name}",
            "third_person_health": False,
            "departement": commune.departement,
            "insee": commune.insee,
            "suggestions": [{"solution": phrase.label, "score": 0.8, "why": []}],
            "suggested": phrase.label,
            "axis": label[:2],
            "solution": label,
            "status": chance.choice(OPEN if is_open else DECIDED),
            "support_count": chance.choice((0, 0, 0, 0, 0, 0, 0, 0, 0, 3)),
            "flagged": chance.random() < 0.001,
            "waiting": is_open and chance.random() < 0.02,
            "alike": chance.random() < 0.1,
            "version": 1,
        }
        deal_with(row, councils[commune.departement], NOW, chance)
        yield row


def _make_person(row: dict[str, Any]) -> dict[str, Any]:
    pseudonym, seen = f"bench:{row['id']}", row["received_at"]
    return {"id": row["id"], "pseudonym": pseudonym, "channel": Channel.SMS, "first_seen": seen, "last_seen": seen}


def _make_change(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "contribution_id": row["id"],
        "at": row["received_at"],
        "to_status": row["status"],
        "to_solution": row["solution"],
        "reason": "Reçue, avec l'accord de son auteur.",
    }


def _make_sketches(row: dict[str, Any]) -> list[dict[str, int]]:
    keys = set(sketch(find_stems(row["words"]), row["departement"]))
    return [{"band": key, "contribution_id": row["id"]} for key in keys]


def _write_code(number: int) -> str:
    """A code of its own for each number, in no visible order."""
    number = number * 7919 % len(ALPHABET) ** LENGTH
    code = ""
    for _ in range(LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        code += ALPHABET[digit]
    return code
