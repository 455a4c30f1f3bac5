"""The worker's commands: send what is owed, take in what never arrived, ask what nobody answered."""

from __future__ import annotations

import datetime as dt
import logging
import signal
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

import click
from flask import Flask
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from extensions import db
from service import addresses, line, missed, questions, sending, settling
from service.moment import Service
from service.providers.choice import make_provider
from service.providers.provider import Problem, Provider, Receipt
from service.sending import Post

IDLE = 1.0  # seconds between two looks at the outbox: an emergency's answer waits no longer
AFTER_A_FAILURE = 2.0  # seconds until what failed is tried again
MOST_IN_A_ROW = 50  # messages, before the sweep, or the sending, gets its turn, and a call to stop is heard
SENT_MEANWHILE = 10  # between so many arrivals that are taken in: a second's worth
# What cannot be taken in may be our fault, and mended: it is tried again at every sweep, for so long.
TRIED_FOR = dt.timedelta(days=1)
logger = logging.getLogger("voix.worker")


def read_clock() -> dt.datetime:
    """Now."""
    return dt.datetime.now(dt.UTC)


@dataclass
class Worker:
    """One worker. It commits: what it takes in hand is known to the others before it does anything with it."""

    session: Callable[[], Session]
    provider: Provider
    post: Post
    service: Callable[[], Service]
    clock: Callable[[], dt.datetime] = read_clock

    def send_due(self, most: int = MOST_IN_A_ROW, *, only_safety: bool = False) -> int:
        """How many messages were sent, or tried: all that are due, ``most`` of them; or the answers to emergencies."""
        for done in range(most):
            taken = sending.take_next(self.session(), self.post, self.clock(), only_safety=only_safety)
            self.session().commit()
            if taken is None:
                return done
            time.sleep(max(0.0, (taken.at - self.clock()).total_seconds()))
            if self.clock() > taken.until:  # this machine stood still: the sweep asks whether somebody else sent it
                continue
            try:
                outcome: Receipt | Problem = self.provider.send(taken.parcel)
            except Problem as problem:
                outcome = problem
                logger.warning("message %s: %s", taken.parcel.key, problem)
            sending.note_outcome(self.session(), self.post, taken.parcel.key, outcome, self.clock())
            self.session().commit()
        return most

    def sweep(self) -> None:
        """Look after everything that went wrong or has had its time, unless another worker just did."""
        mine = line.take_sweep(self.session(), self.post.account, self.clock())
        self.session().commit()
        if not mine:
            return
        sending.expire(self.session(), self.clock())
        self.session().commit()
        # In this order: what was sent is to be known before it is taken for an answer to what never arrived.
        for ask in (self.settle_doubts, self.take_in_missed):
            try:
                ask()
            except Problem as problem:  # the next sweep tries again; that one may not ask keeps nobody from sending
                logger.warning("the provider was asked in vain: %s", problem)
        questions.follow_up(self.session(), self.service().mind.knowledge, self.clock())
        addresses.forget_addresses(self.session())
        self.session().commit()

    def settle_doubts(self) -> int:
        """How many messages the provider was asked of, MOST_IN_A_ROW of them. Raises Problem when it does not tell."""
        for asked in range(MOST_IN_A_ROW):
            doubt = settling.take_doubt(self.session(), self.post, self.clock())
            self.session().commit()
            if doubt is None:
                return asked
            receipts = self.provider.find(doubt.address)
            settling.settle(self.session(), self.post.account, doubt, receipts, self.clock())
            self.session().commit()
        return MOST_IN_A_ROW

    def settle_all_doubts(self) -> int:
        """How many messages the provider was asked of, until none is in doubt. Raises Problem when it does not tell."""
        asked = 0
        while some := self.settle_doubts():
            asked += some
        return asked

    def take_in_missed(self) -> int:
        """How many messages were taken in that had never arrived. Raises Problem when the provider does not tell.

        Those whose answer it did not read are counted too. One that cannot be taken in holds up no other; the list is
        read from it on again, the next time.
        """
        account, began = self.post.account, self.clock()
        since = missed.find_start(self.session(), account, began)
        self.session().commit()
        arrivals = self.provider.list_arrivals(since)
        found = missed.choose_missed(self.session(), account, arrivals, began)
        self.session().commit()
        failed = []
        for done, one in enumerate(found, 1):
            try:
                missed.take_in(self.session(), self.service(), account, one, self.clock())
                self.session().commit()
            except OperationalError:  # the database itself: the others would fare no better
                raise
            except Exception as error:
                self.session().rollback()
                failed.append(one)
                logger.error("message %s cannot be taken in: %s", one.message_id, _describe(error))
            # After a long outage an emergency does not wait for the last, nor does the line stand still.
            if done % MOST_IN_A_ROW == 0:
                self.send_due(only_safety=True)
                self.send_due(SENT_MEANWHILE)
        if failed:
            logger.error("%d message(s) of %d could not be taken in, and will be tried again", len(failed), len(found))
        again = max(failed[0].at, began - TRIED_FOR) if failed else began  # they come in the order they were sent
        missed.note_read(self.session(), account, min(again, began))
        self.session().commit()
        return len(found) - len(failed)

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop``: a database that fails is waited for, and no fault of ours ends it."""
        while not stop.is_set():
            try:
                self.sweep()
                pause = 0.0 if self.send_due() else IDLE
            except SQLAlchemyError:
                logger.exception("the database failed")
                self.session().rollback()
                pause = AFTER_A_FAILURE
            except Exception as error:
                logger.error("the worker goes on after %s", _describe(error))
                self.session().rollback()
                pause = AFTER_A_FAILURE
            stop.wait(pause)


def _describe(error: Exception) -> str:
    """What kind of fault, and where; not in its own words, which may be those of a person."""
    return f"{type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__))}"


def make_worker(app: Flask) -> Worker:
    """The worker of this deployment."""
    voix = app.extensions["voix"]
    settings = voix.settings
    provider = make_provider(settings)
    callbacks = f"{settings.public_base_url}/webhooks/sms/status"
    post = Post(voix.first_service.keyring, voix.sending_rules, provider.account, callbacks)
    return Worker(db.session, provider, post, lambda: voix.service)


def register(app: Flask) -> None:
    """Give ``app`` the worker's commands."""

    @app.cli.command("worker")
    @click.option("--once", is_flag=True, help="Do what is due now, and end: for cron.")
    def work(once: bool) -> None:
        """Send what is owed and look after the rest, until told to stop (SIGTERM, Ctrl-C)."""
        worker, stop = make_worker(app), threading.Event()
        if once:
            worker.sweep()
            sent = 0
            while some := worker.send_due():
                sent += some
            click.echo(f"{sent} message(s).")
            return
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())  # the message in hand is ended first
        worker.run(stop)

    @app.cli.command("reconcile")
    def reconcile() -> None:
        """Take in what the provider has and never reached us; ask it what became of what was sent."""
        worker = make_worker(app)
        try:
            asked = worker.settle_all_doubts()
            click.echo(f"{worker.take_in_missed()} message(s) taken in.")
            click.echo(f"{asked + worker.settle_all_doubts()} message(s) asked about.")
        except Problem as problem:
            raise click.ClickException(f"The provider did not answer: {problem}") from problem

    @app.cli.command("remind")
    def remind() -> None:
        """Remind people of the questions they have not answered, and close those that nobody will."""
        knowledge = app.extensions["voix"].mind.knowledge
        done = questions.follow_up(db.session(), knowledge, read_clock())
        db.session.commit()
        click.echo(f"{done} question(s).")
