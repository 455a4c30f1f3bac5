"""What was promised to people who wrote, checked after whatever happened: nothing lost, nothing twice, every reply owed."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import func, select

from cli_worker import Worker, make_worker
from extensions import db
from service.delivery import UNFINISHED
from service.keyring import Keyring
from service.models import Contribution, Exchange, OutboxMessage, Person, Support
from tests.soak.crowd import Crowd
from tests.telephone import SETTINGS
from tests.twilio_fake import Fake
from wsgi import create_app

# A crowd of few people, and of loopback numbers, writes more than the guards would answer.
GENEROUS = {
    "VOIX_SENDS_PER_SECOND": "1000",
    "VOIX_MOST_SENDS_A_DAY": "1000000",
    "VOIX_MOST_SENDS_A_DAY_EACH": "1000",
    "VOIX_MOST_REPLIES_AN_HOUR_EACH": "100000",
    "VOIX_MOST_REPLIES_A_DAY_EACH": "100000",
    "VOIX_MOST_SEGMENTS_PER_DAY_EACH_BLOCK": "10000000",
    "VOIX_MOST_SEGMENTS_PER_DAY": "10000000",
}


@contextmanager
def opened(database_url: str, fake: Fake, **more: str) -> Iterator[tuple[Flask, Worker]]:
    """The service on a database that is there, and its worker, in this process."""
    settings = {**SETTINGS, **GENEROUS, "DATABASE_URL": database_url, "VOIX_PROVIDER_URL": fake.base_url, **more}
    app = create_app({**settings, "TESTING": True, "RATELIMIT_ENABLED": False})
    with app.app_context():
        try:
            yield app, make_worker(app)
        finally:
            db.session.remove()
            db.engine.dispose()


def reconcile(worker: Worker, fake: Fake, rounds: int = 12) -> None:
    """The sweep and the worker at their work, a minute later each time, until nothing is left to do."""
    for ahead in range(1, rounds + 1):
        worker.clock = fake.clock = lambda ahead=ahead: dt.datetime.now(dt.UTC) + dt.timedelta(seconds=61 * ahead)
        worker.sweep()
        while worker.send_due():
            pass
        open_ones = select(func.count()).where(OutboxMessage.delivery.in_(UNFINISHED[:2]))
        is_done = ahead > 2 and not db.session.scalar(open_ones)
        db.session.rollback()
        if is_done:
            return


def find_lost(crowd: Crowd) -> list[str]:
    """The messages that were acknowledged and that the database does not hold."""
    held = set(db.session.scalars(select(Exchange.message_id)))
    db.session.rollback()
    return sorted(crowd.acknowledged - held)


def find_faults(crowd: Crowd) -> list[str]:
    """After reconciling, with replies by REST: what is lost, what came twice, what is owed and was not sent; one line each."""
    fake, session = crowd.fake, db.session
    arrived = Counter(one["sid"] for one in fake.messages if one["direction"] == "inbound")
    taken = Counter(one.partition(":")[0] for one in session.scalars(select(Exchange.message_id)))
    faults = [f"lost: {one}" for one in arrived - taken] + [f"acted on twice: {one}" for one in taken - arrived]
    ideas = Counter(session.scalars(select(Contribution.words)))
    faults += [f"twice: {words}" for words, times in ideas.items() if times > 1]
    replies = select(Exchange.person_id, func.count()).where(Exchange.reply != "").group_by(Exchange.person_id)
    owed = select(OutboxMessage.person_id, func.count()).group_by(OutboxMessage.person_id)
    if sorted(session.execute(replies)) != sorted(session.execute(owed)):
        faults.append("replies owed are not those that were given")
    keyring = Keyring((SETTINGS["PHONE_PEPPER"],))
    for number in {one.number for one in crowd.sent}:
        own = select(OutboxMessage.text).join(Person, Person.id == OutboxMessage.person_id)
        mine = own.where(Person.pseudonym == keyring.make_pseudonyms(number)[0]).order_by(OutboxMessage.id)
        if (due := list(session.scalars(mine))) != (told := fake.texts(number)):
            faults.append(f"…{number[-4:]} was not told what was owed, in that order, once: {due}, but {told}")
    session.rollback()
    return faults


def find_ideas_missing(crowd: Crowd) -> list[str]:
    """The ideas of people all of whose messages were acknowledged, and that nobody can read now, sorted.

    Who was told that somebody had said almost the same, and said yes, supports that idea: theirs is read in it.
    """
    keyring = Keyring((SETTINGS["PHONE_PEPPER"],))
    unsure = {one.number for one in crowd.sent if one.status != 200}
    heard = Counter(one.number for one in crowd.sent)
    held = set(db.session.scalars(select(Contribution.words)))
    supporters = select(Person.pseudonym).join(Support, Support.person_id == Person.id)
    supports = Counter(db.session.scalars(supporters))
    db.session.rollback()
    missing = []
    for number, script in crowd.scripts.items():
        if heard[number] == len(script) and number not in unsure:
            gone = [line for line in script if line.startswith("il faudrait") and line not in held]
            if len(gone) != supports[keyring.make_pseudonyms(number)[0]]:
                missing += gone
    return sorted(missing)
