"""The council's work on a crowd's ideas: what was debated, noted, asked, decided and written about some of them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from knowledge.gazetteer import GRAND_EST
from knowledge.loader import load_knowledge
from service import reviewers
from service.models import (
    Base,
    Claim,
    Delivery,
    Draft,
    Import,
    Meeting,
    Note,
    Opinion,
    OutboxMessage,
    Phase,
    Purpose,
    Question,
    Reviewer,
    Role,
    Source,
    Status,
    Verdict,
)
from service.opinions import CRITERIA, MARKS
from service.retention import MESSAGES

PASSWORD = "un mot de passe assez long"  # of each secretary and of the region
MEMBERS = 12  # of each council, who give opinions
HELD_EVERY = dt.timedelta(days=91)
ANSWER = "Le conseil a débattu de votre idée. Merci de votre contribution."
# Shares, 0–1, as we suppose them: no council has worked with this service for years yet.
IMPORTED = 0.02  # of all
DEBATED = 0.02  # of what was instructed: few of the ideas of a region come before a council one by one
DRAFTED = 0.03  # of what is instructed and not decided
NOTED, ASKED = 0.05, 0.03  # of all
CLAIMED = 0.005  # of what is open
DELIVERIES = {Delivery.DELIVERED: 94, Delivery.FAILED: 4, Delivery.OWED: 1, Delivery.UNWANTED: 1}


@dataclass(frozen=True)
class Council:
    """The ids of its secretary, members (each with a college) and meetings (the oldest first), and of the file that it
    imported.
    """

    secretary: int
    members: tuple[tuple[int, str | None], ...]
    meetings: tuple[int, ...]
    imported: int


def name_secretary(departement: str | None) -> str:
    """The address of a territory's secretary; None: the region's."""
    return f"{departement or 'region'}@bench.example"


def add_councils(session: Session, since: dt.datetime, now: dt.datetime) -> dict[str, Council]:
    """The council of each département, which met ever since."""
    colleges = [college.id for college in load_knowledge().colleges]
    reviewers.add_reviewer(session, name_secretary(None), "Région", PASSWORD, None, now)
    councils = {}
    for departement in GRAND_EST:
        secretary = reviewers.add_reviewer(session, name_secretary(departement), "Camille", PASSWORD, departement, now)
        post = {"role": Role.MEMBER, "departement": departement, "created_at": since, "password_hash": ""}
        members = [
            Reviewer(
                email=f"{number}.{departement}@bench.example",
                name=f"Membre {number}",
                college=colleges[number % len(colleges)],
                **post,
            )
            for number in range(MEMBERS)
        ]
        days = [since + HELD_EVERY * number for number in range(1, (now - since) // HELD_EVERY + 1)]
        meetings = [
            Meeting(departement=departement, title="Plénière", held_on=day.date(), phase=Phase.CLOSED) for day in days
        ]
        imported = Import(
            reviewer_id=secretary.id,
            departement=departement,
            at=since,
            file_name="notes.csv",
            taken_in=0,
            known_already=0,
            refused=0,
        )
        session.add_all([*members, *meetings, imported])
        session.flush()
        councils[departement] = Council(
            secretary.id,
            tuple((member.id, member.college) for member in members),
            tuple(meeting.id for meeting in meetings),
            imported.id,
        )
    return councils


def deal_with(row: dict[str, Any], council: Council, now: dt.datetime, chance: random.Random) -> None:
    """Set what the council's work leaves in the row of a contribution itself."""
    received, status = row["received_at"], row["status"]
    wait = min(now - received, HELD_EVERY)
    is_decided = status not in {Status.RECEIVED, Status.TO_CLASSIFY, Status.INSTRUCTED}
    is_debated = (is_decided or status is Status.INSTRUCTED) and chance.random() < DEBATED
    place = min((now - received) // HELD_EVERY, len(council.meetings) - 1)
    is_imported = chance.random() < IMPORTED
    row |= {
        "meeting_id": council.meetings[-1 - place] if is_debated else None,
        "opinion_count": chance.randrange(1, MEMBERS) if is_debated else 0,
        "instructed_at": received + wait * 0.2 if is_decided or status is Status.INSTRUCTED else None,
        "decided_at": received + wait * 0.7 if is_decided else None,
        "answered_at": received + wait * 0.9 if is_decided else None,
        "answered_after": (wait * 0.9).days if is_decided and not is_imported else None,
        "answer": ANSWER if is_decided else None,
        "answer_sms": ANSWER if is_decided else None,
        "drafted_status": Status.RETAINED if status is Status.INSTRUCTED and chance.random() < DRAFTED else None,
        "import_id": council.imported if is_imported else None,
        "import_key": str(row["id"]) if is_imported else None,
        "channel": Source.MEETING if is_imported else row["channel"],
    }


def list_records(
    row: dict[str, Any], council: Council, now: dt.datetime, chance: random.Random
) -> Iterator[tuple[type[Base], dict[str, Any]]]:
    """The rows about a contribution in other tables, each with its table."""
    about = {"contribution_id": row["id"], "reviewer_id": council.secretary}
    at = row["instructed_at"] or row["received_at"]
    if chance.random() < NOTED:
        yield Note, {**about, "at": at, "words": "À voir avec les communes avant la séance."}
    if row["waiting"] or chance.random() < ASKED:
        answered = {} if row["waiting"] else {"closed_at": at, "answer": "Dans les villages de la vallée."}
        asked = {"closed_at": None, "answer": None, "person_id": row["person_id"], "asked_at": at}
        yield Question, {**about, **asked, **answered, "words": "Dans quels villages surtout ?"}
    if row["drafted_status"]:
        said = {"reason": "Réaliste.", "forwarded_to": "", "answer": ANSWER, "answer_sms": ANSWER}
        yield Draft, {**about, **said, "at": at, "status": row["drafted_status"]}
    if row["status"] in {Status.RECEIVED, Status.TO_CLASSIFY} and chance.random() < CLAIMED:
        yield Claim, {**about, "until": now.replace(year=now.year + 10)}  # held whenever the pages are measured
    for member, college in council.members[: row["opinion_count"]]:
        given = {"verdict": chance.choice(list(Verdict)), "comment": "Attendu depuis des années."}
        marks = {name: chance.choice((None, *MARKS)) for name in CRITERIA}
        yield Opinion, {**about, **given, **marks, "reviewer_id": member, "college": college, "at": at}
    if row["answered_at"] and row["answered_at"] > now - dt.timedelta(days=MESSAGES.days):
        delivery = chance.choices(list(DELIVERIES), list(DELIVERIES.values()))[0]
        yield OutboxMessage, _make_message(row, delivery)


def _make_message(row: dict[str, Any], delivery: Delivery) -> dict[str, Any]:
    at = row["answered_at"]
    return {
        "key": str(row["id"]),
        "person_id": row["person_id"],
        "contribution_id": row["id"],
        "purpose": Purpose.DECISION,
        "text": f"Voix Santé, votre idée {row['code']} : {ANSWER}",
        "owed_at": at,
        "due_at": at,
        "expires_at": at + dt.timedelta(days=30),
        "delivery": delivery,
        "delivered_at": at if delivery is Delivery.DELIVERED else None,
    }
