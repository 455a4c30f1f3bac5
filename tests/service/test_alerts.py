"""Emergencies are counted by day, kind and territory; their words are kept nowhere."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.known import PARIS, Mind
from service import alerts, people
from service.keyring import Keyring
from service.models import AlertCount, Base, Contribution, Reviewer
from tests.conftest import PASSWORD
from tests.telephone import SETTINGS, Telephone
from tests.visitor import Visitor

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 20)
KEYRING = Keyring((SETTINGS["PHONE_PEPPER"],))
# One of each kind: the odd last word is looked for in every row.
EMERGENCIES = {
    "vital_emergency": "mon mari ne respire plus, zygomatique",
    "suicide": "je veux en finir, zygomatique",
    "violence": "mon mari me frappe, zygomatique",
    "poison": "mon fils a avalé de la javel, zygomatique",
}
# Hints at a danger: the first that the detector, which is taught again now and then, sees as veiled.
HINTS = (
    "je suis de trop pour tout le monde, il faudrait que ça s'arrête",
    "je suis de trop pour tout le monde",
    "tout le monde serait mieux sans moi",
    "je voudrais m'endormir et ne plus jamais me réveiller",
)
NewReviewer = Callable[[str | None], Reviewer]


def read_counts(session: Session) -> dict[tuple[dt.date, str, str], int]:
    session.rollback()
    session.expire_all()
    counts = {(one.day, one.kind, one.departement): one.count for one in session.scalars(select(AlertCount))}
    session.rollback()
    return counts


def read_all(session: Session) -> str:
    """Every row of every table, written out."""
    session.rollback()
    written = repr([tuple(row) for table in Base.metadata.sorted_tables for row in session.execute(select(table))])
    session.rollback()
    return written


def move_to(session: Session, telephone: Telephone, insee: str) -> None:
    """Make ``insee`` the commune that this person last spoke of."""
    telephone.text("bonjour")
    person = people.find_person(session, KEYRING.make_pseudonyms(telephone.number))
    assert person is not None
    person.home_insee = insee
    session.commit()


@pytest.fixture(params=["plain", "veiled"])
def emergency(request: pytest.FixtureRequest, mind: Mind) -> str:
    """An emergency told plainly, or only hinted at."""
    if request.param == "plain":
        return EMERGENCIES["suicide"]
    return next(hint for hint in HINTS if (alert := mind.safety.detect(hint)) and alert.veiled)


# Counting


def test_alerts_are_counted_by_day_kind_and_territory(session: Session) -> None:
    tomorrow = NOW + dt.timedelta(days=1)
    for kind, departement, at in (
        ("suicide", "68", NOW),
        ("suicide", "68", NOW),
        ("suicide", "67", NOW),
        ("poison", "68", NOW),
        ("suicide", "68", tomorrow),
        ("suicide", "", NOW),
    ):
        alerts.count_alert(session, kind, departement, at)
    assert read_counts_here(session) == {
        (TODAY, "suicide", "68"): 2,
        (TODAY, "suicide", "67"): 1,
        (TODAY, "poison", "68"): 1,
        (tomorrow.date(), "suicide", "68"): 1,
        (TODAY, "suicide", ""): 1,
    }


def read_counts_here(session: Session) -> dict[tuple[dt.date, str, str], int]:
    """The counts, also those not committed."""
    session.expire_all()
    return {(one.day, one.kind, one.departement): one.count for one in session.scalars(select(AlertCount))}


@pytest.mark.parametrize(
    ("at", "day"),
    [
        pytest.param(dt.datetime(2026, 11, 20, 22, 59, tzinfo=dt.UTC), TODAY, id="a minute to midnight in Paris"),
        pytest.param(dt.datetime(2026, 11, 20, 23, 0, tzinfo=dt.UTC), dt.date(2026, 11, 21), id="midnight in Paris"),
        pytest.param(dt.datetime(2026, 7, 20, 22, 0, tzinfo=dt.UTC), dt.date(2026, 7, 21), id="midnight in summer"),
    ],
)
def test_a_day_is_one_of_paris(session: Session, at: dt.datetime, day: dt.date) -> None:
    alerts.count_alert(session, "suicide", "68", at)
    assert read_counts_here(session) == {(day, "suicide", "68"): 1}


@pytest.mark.parametrize(
    ("departement", "counts"),
    [
        pytest.param("68", {"suicide": 3, "poison": 4}, id="Haut-Rhin"),
        pytest.param("51", {}, id="Marne"),
        pytest.param(None, {"suicide": 3 + 8 + 16, "poison": 4}, id="region, with those of no known place"),
    ],
)
def test_a_reviewer_is_told_the_counts_of_their_territory_since_a_day(
    session: Session, new_reviewer: NewReviewer, departement: str | None, counts: dict[str, int]
) -> None:
    for kind, where, days_ago, count in (
        ("suicide", "68", 0, 1),
        ("suicide", "68", 30, 2),
        ("poison", "68", 1, 4),
        ("suicide", "67", 0, 8),
        ("suicide", "", 0, 16),
        ("suicide", "68", 31, 32),
    ):
        session.add(AlertCount(day=TODAY - dt.timedelta(days=days_ago), kind=kind, departement=where, count=count))
    session.commit()
    assert alerts.count_by_kind(session, new_reviewer(departement), TODAY - dt.timedelta(days=30)) == counts


def test_another_territorys_counts_are_nobodys_whatever_is_asked(session: Session, new_reviewer: NewReviewer) -> None:
    session.add(AlertCount(day=TODAY, kind="suicide", departement="68", count=1))
    session.add(AlertCount(day=TODAY, kind="suicide", departement="51", count=2))
    session.commit()
    counts = [alerts.count_by_kind(session, new_reviewer(where), TODAY, "51") for where in ("51", "68", None)]
    assert counts == [{"suicide": 2}, {}, {"suicide": 2}]


def test_two_alerts_at_once_are_two(app: Flask, session: Session) -> None:
    session.rollback()
    start = threading.Barrier(8)
    statuses: list[int] = []

    def send(number: str) -> None:
        telephone = Telephone(app, number)
        form = telephone.form(EMERGENCIES["suicide"])
        start.wait()
        statuses.append(telephone.post(form).status_code)

    threads = [threading.Thread(target=send, args=(f"+3363998000{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 8
    assert read_counts(session) == {(dt.datetime.now(PARIS).date(), "suicide", ""): 8}


def test_the_same_alert_delivered_again_is_counted_once(app: Flask, session: Session) -> None:
    telephone = Telephone(app)
    form = telephone.form(EMERGENCIES["poison"])
    assert telephone.post(form).data == telephone.post(form).data
    assert list(read_counts(session).values()) == [1]


# From the message to the reviewer


@pytest.mark.parametrize("channel", ["sms", "web"])
def test_an_emergency_is_counted_once_and_its_words_are_kept_nowhere(
    app: Flask, session: Session, channel: str
) -> None:
    for text in EMERGENCIES.values():
        if channel == "sms":
            Telephone(app).text(text)
        else:
            visitor = Visitor(app)
            visitor.fill_in("/chat", text=text)
            assert "zygomatique" not in visitor.read("/chat").words
    today = dt.datetime.now(PARIS).date()
    assert read_counts(session) == {(today, kind, ""): 1 for kind in EMERGENCIES}
    assert "zygomatique" not in read_all(session)


@pytest.mark.parametrize("channel", ["sms", "web"])
def test_at_any_question_the_words_of_an_emergency_are_kept_nowhere(
    app: Flask, session: Session, channel: str, emergency: str
) -> None:
    """Neither as what was said, nor as an answer of the conversation under way, which may become an idea."""
    trace = max(re.split("[',]", emergency), key=len)  # quotes are written otherwise in a row
    kept, found = [], 0
    for number, before in enumerate(("", "nouvelle idée", "trouver", "suivi")):
        telephone, visitor = Telephone(app, f"+3363998000{number}"), Visitor(app)
        for message in filter(None, (before, emergency)):
            _ = telephone.text(message) if channel == "sms" else visitor.fill_in("/chat", text=message)
        found, already = read_all(session).count(trace), found
        if found > already:
            kept.append(before)
    assert sum(read_counts(session).values()) == 4
    assert kept == []


def test_no_emergency_enters_the_ideas_queue(app: Flask, session: Session, emergency: str) -> None:
    telephone = Telephone(app)
    for message in ("nouvelle idée", emergency, "1", "1", "Colmar", "1", "oui", "1"):
        telephone.text(message)
    assert [words for words in session.scalars(select(Contribution.words)) if emergency in words] == []


def test_an_emergency_is_counted_in_the_territory_its_author_last_spoke_of(app: Flask, session: Session) -> None:
    for number, insee in (("+33639980001", "68066"), ("+33639980002", "51454")):
        telephone = Telephone(app, number)
        move_to(session, telephone, insee)
        telephone.text(EMERGENCIES["violence"])
    today = dt.datetime.now(PARIS).date()
    assert read_counts(session) == {(today, "violence", "68"): 1, (today, "violence", "51"): 1}


@pytest.mark.parametrize(
    ("departement", "shown"),
    [
        pytest.param("68", "urgence vitale 2.", id="their territory"),
        pytest.param("67", None, id="a territory without any"),
        pytest.param(None, "urgence vitale 3.", id="the region"),
    ],
)
def test_reviewers_see_a_count_and_no_word(
    app: Flask, session: Session, new_reviewer: NewReviewer, departement: str | None, shown: str | None
) -> None:
    for number, insee in (("+33639980001", "68066"), ("+33639980002", "68066"), ("+33639980003", "51454")):
        telephone = Telephone(app, number)
        move_to(session, telephone, insee)
        telephone.text(EMERGENCIES["vital_emergency"])
    visitor = Visitor(app)
    reviewer = new_reviewer(departement)
    visitor.fill_in("/inbox/connexion", action="", email=reviewer.email, password=PASSWORD)
    page = visitor.read("/inbox/")
    told = page.words.split("(comptés, jamais lus ni gardés) : ")
    assert (told[1].split(" Voix")[0].startswith(shown) if len(told) > 1 and shown else None) == (
        True if shown else None
    )
    assert len(told) == (2 if shown else 1)
    assert [word for word in ("zygomatique", "respire") if word in page.html] == []
