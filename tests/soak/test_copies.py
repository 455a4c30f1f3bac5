"""Copies of one message at once over several processes, and messages of one person in every order at once."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from service.keyring import Keyring
from service.models import Contribution, Exchange, Person
from tests.server import Server
from tests.soak.crowd import post
from tests.soak.promises import GENEROUS
from tests.telephone import SETTINGS, new_message_id

pytestmark = pytest.mark.slow
WORKERS = 4
COPIES = 100
IDEA = "il faudrait plus de médecins de garde le dimanche à Colmar"
AT_ONCE = ("nouvelle idée", IDEA, "1", "oui")
CODE = re.compile(r"\b(?=[A-X]*\d)[2-9A-X]{6}\b")
KEYRING = Keyring((SETTINGS["PHONE_PEPPER"],))


@contextmanager
def running(database_url: str, without: str = "") -> Iterator[Server]:
    """The service in four processes; ``without``: what it lacks, a defence or its haste."""
    server = Server(database_url, **GENEROUS)
    server.launch("--preload", "--workers", str(WORKERS), application=f"tests.soak.doors:make_app({without!r})")
    try:
        server.wait()
        yield server
    finally:
        server.kill()


def send_copies(
    server: Server, number: str = "+33639980001", before: tuple[str, ...] = AT_ONCE[:-1]
) -> Counter[tuple[int, str]]:
    """The answers to COPIES of a « oui »: by default, of the one that agrees to transmit an idea."""
    for text in before:
        assert post(server, new_message_id(), number, text, 30)[0] == 200
    message_id = new_message_id()
    with ThreadPoolExecutor(COPIES) as pool:
        sent = [pool.submit(post, server, message_id, number, "oui", 60) for _ in range(COPIES)]
        return Counter(one.result() for one in sent)


def count(database_url: str, table: type[Contribution] | type[Exchange] | type[Person]) -> int:
    engine = create_engine(database_url)
    with Session(engine) as session:
        found = session.scalar(select(func.count()).select_from(table)) or 0
    engine.dispose()
    return found


def test_a_hundred_copies_over_four_processes_have_one_effect_and_one_reply(database_url: str) -> None:
    with running(database_url) as server:
        ((status, reply), times), *others = send_copies(server).most_common()
        assert (status, times, others) == (200, COPIES, [])
        assert CODE.sub("CODE", reply).endswith("envoyez SUIVI CODE")
        assert (count(database_url, Contribution), count(database_url, Exchange)) == (1, len(AT_ONCE))


def test_when_a_message_is_not_known_again_its_copies_are_answered_otherwise(database_url: str) -> None:
    """The twin: each copy is another message."""
    with running(database_url, "forgetful") as server:
        assert len(send_copies(server)) > 1
        assert count(database_url, Exchange) == len(AT_ONCE) - 1 + COPIES


def test_a_hundred_copies_of_the_word_that_erases_leave_nobody(database_url: str) -> None:
    with running(database_url, "haste") as server:
        answers = send_copies(server, before=("bonjour", "effacer"))
        assert answers == {(200, "C'est effacé. Merci, et au revoir."): COPIES}
        assert (count(database_url, Person), count(database_url, Exchange)) == (0, 3)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_when_a_copy_keeps_what_it_made_while_it_waited_somebody_is_left(database_url: str) -> None:
    """The twin, on PostgreSQL: who waited for the erased made them anew. On SQLite a copy waits before it begins."""
    with running(database_url, "rollback") as server:
        send_copies(server, before=("bonjour", "effacer"))
        assert count(database_url, Person) == 1


def read_outcome(database_url: str, number: str) -> tuple[object, ...]:
    """Where the conversation stands, what was exchanged and what came of it."""
    engine = create_engine(database_url)
    with Session(engine) as session:
        person = session.scalars(select(Person).where(Person.pseudonym.in_(KEYRING.make_pseudonyms(number)))).one()
        exchanged = session.scalar(select(func.count()).where(Exchange.person_id == person.id))
        ideas = session.scalars(select(Contribution.words).where(Contribution.person_id == person.id)).all()
        found = (person.state, exchanged, tuple(ideas))
    engine.dispose()
    return found


def try_order(server: Server, database_url: str, number: str, order: tuple[int, ...], together: bool) -> object:
    """What comes of the four messages, one after the other or let go at once in that order; then all is erased."""
    with ThreadPoolExecutor(len(order) if together else 1) as pool:
        sent = {
            place: pool.submit(post, server, new_message_id(), number, AT_ONCE[place], 60) for place in order
        }  # with one thread, in this order
        answers = tuple((sent[place].result()[0], CODE.sub("CODE", sent[place].result()[1])) for place in sorted(order))
    outcome = (answers, read_outcome(database_url, number))
    for text in ("effacer", "1"):
        post(server, new_message_id(), number, text, 60)
    return outcome


def try_orders(server: Server, database_url: str) -> list[bool]:
    """For each of the 24 orders: whether the four messages at once had an outcome that some order of them has."""
    orders = list(itertools.permutations(range(len(AT_ONCE))))
    serial = {
        repr(try_order(server, database_url, f"+336399810{place:02}", order, together=False))
        for place, order in enumerate(orders)
    }
    return [
        repr(try_order(server, database_url, f"+336399820{place:02}", order, together=True)) in serial
        for place, order in enumerate(orders)
    ]


def test_four_messages_of_one_person_at_once_come_out_as_in_some_order(database_url: str) -> None:
    with running(database_url) as server:
        assert try_orders(server, database_url) == [True] * 24


def test_without_the_lock_they_come_out_as_in_none(database_url: str) -> None:
    """The twin: nobody waits for anybody."""
    with running(database_url, "unlocked") as server:
        assert False in try_orders(server, database_url)
