"""Whole conversations that Hypothesis makes up, by the service itself on a real database; what is promised is checked at
every step.

Each promise is a method whose name says it and whose docstring is its words; those of a message are in
``tests.soak.correspondence``.
"""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select

from bot.conversation import Said
from bot.duty import Duty
from service import erasure, people, questions, sending, talk
from service.errors import ServiceError
from service.models import Contribution, Delivery, OutboxMessage, Reviewer
from service.outbox import LONGEST_TEXT, STARTED, deliver_on_the_web
from service.providers.provider import Receipt
from service.retention import ALL, EXCHANGES
from service.sending_rules import SendingRules
from tests.soak import ledger
from tests.soak.citizens import ACCOUNT, ADDRESSES, CONSENT, NUMBERS, SUPPORT
from tests.soak.correspondence import Correspondence
from tests.soak.reviewing import ACTS
from tests.soak.sayings import DUTY_WORDS, EMERGENCIES, PLACES, STOPS, SURE_IDEAS, messages

SPANS = [dt.timedelta(**span) for span in ({"seconds": 1}, {"minutes": 20}, {"hours": 9}, {"days": 3}, {"days": 40})]
LONG_SPANS = [dt.timedelta(days=days) for days in (100, 400)]


class Conversations(Correspondence, RuleBasedStateMachine):
    """People write, reviewers work, time passes, the service restarts."""

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[int, ledger.Row] = {}

    # People

    @rule(who=st.sampled_from(sorted(ADDRESSES)), text=messages)
    def say_anything(self, who: str, text: str) -> None:
        self.say(who, text)

    @rule(who=st.sampled_from(sorted(ADDRESSES)), texts=st.lists(messages, min_size=2, max_size=6))
    def talk_a_while(self, who: str, texts: list[str]) -> None:
        for text in texts:
            self.say(who, text)

    @rule(
        who=st.sampled_from(sorted(ADDRESSES)),
        idea=st.sampled_from(SURE_IDEAS),
        place=st.sampled_from(PLACES[:6]),
        last=st.sampled_from(["1", "oui", "oui", "non", "ARRET", "menu", "3"]),
    )
    def say_an_idea(self, who: str, idea: str, place: str, last: str) -> None:
        """Somebody who reads what they are asked."""
        citizen = self.citizens[self.name_of(ADDRESSES[who][0])]
        for text in ("REPRENDRE", "oui") if citizen.refusal is Duty.STOP else ():
            self.say(who, text)
        for text in ("nouvelle idée", idea):
            self.say(who, text)
        for _ in range(4):
            if CONSENT in citizen.read or SUPPORT in citizen.read:
                break
            self.say(who, place if "commune" in citizen.read else "1")
        self.say(who, last)

    @rule(
        who=st.sampled_from(sorted(ADDRESSES)),
        text=st.sampled_from(STOPS + DUTY_WORDS),
        yes=st.sampled_from(["1", "oui", "2"]),
    )
    def say_a_duty_word_and_answer(self, who: str, text: str, yes: str) -> None:
        self.say(who, text)
        self.say(who, yes)

    @rule(who=st.sampled_from(sorted(ADDRESSES)), text=st.sampled_from(sorted(EMERGENCIES)))
    def an_emergency_is_answered_and_the_question_on_the_table_stays(self, who: str, text: str) -> None:
        """An emergency is answered at any step, to whoever stopped us or wrote too often too, and the conversation is the
        same after it."""
        before = self.recall(who)
        reply = self.answer(who, text)
        assert EMERGENCIES[text] in reply.text
        assert self.recall(who) == before
        self.world.done["emergencies"] += 1

    @precondition(lambda self: self.said)
    @rule(which=st.integers(0, 1000), other_words=st.sampled_from([None, "oui", "ARRET"]))
    def a_repeated_message_gets_the_same_reply_and_changes_nothing(self, which: int, other_words: str | None) -> None:
        """A repeated message gets the same reply byte for byte and changes nothing; its words are not even read again."""
        incoming, reply, at = self.said[which % len(self.said)]
        if self.now - at > dt.timedelta(days=EXCHANGES.days):
            return  # the purge may have forgotten it
        said = incoming.said if other_words is None else Said(other_words)
        again = talk.Incoming(incoming.account, incoming.message_id, incoming.sender, incoming.channel, said)
        with self.world.transaction() as session:
            before = ledger.read_everything(session)
        with self.world.transaction() as session:
            repeated = talk.answer(session, self.service, again, self.now)
        assert (repeated.text, repeated.options) == (reply.text, reply.options)
        with self.world.transaction() as session:
            assert ledger.read_everything(session) == before
        self.world.done["repeats"] += 1

    # Reviewers and the worker

    @rule(act=st.sampled_from(sorted(ACTS)), which=st.integers(0, 100))
    def review(self, act: str, which: int) -> None:
        """A reviewer does something with one of the contributions, or is told why they cannot."""
        with self.world.transaction() as session:
            found = session.scalars(select(Contribution).order_by(Contribution.id)).all()
            if not found:
                return
            reviewer = session.scalars(select(Reviewer)).one()
            try:
                with session.begin_nested():
                    ACTS[act](session, self.world.mind, reviewer, found[which % len(found)], self.now)
                self.world.done["reviews"] += 1
            except ServiceError:
                self.world.done["reviews refused"] += 1

    @rule()
    def nothing_that_we_start_leaves_for_who_refused(self) -> None:
        """The worker sends what is owed; of what we start ourselves nothing leaves for somebody who refused our messages."""
        post = sending.Post(self.service.keyring, SendingRules(per_second=10_000), ACCOUNT, "https://voix.example.fr/s")
        while True:
            with self.world.transaction() as session:
                taken = sending.take_next(session, post, self.now)
                if taken is None:
                    break
                key = taken.parcel.key
                purpose = session.scalars(select(OutboxMessage.purpose).where(OutboxMessage.key == key)).one()
            refusal = self.citizens[self.name_of(taken.parcel.address)].refusal
            assert refusal is None or purpose not in STARTED
            assert len(taken.parcel.text) <= LONGEST_TEXT
            receipt = Receipt(f"SM{key.replace('-', '')}", taken.parcel.text, self.now, Delivery.SENT)
            with self.world.transaction() as session:
                sending.note_outcome(session, post, key, receipt, self.now)
            self.world.done["sent"] += 1

    @rule(act=st.sampled_from(["ask", "decide", "merge", "separate"]), which=st.integers(0, 100))
    def review_and_send(self, act: str, which: int) -> None:
        self.review(act, which)
        self.nothing_that_we_start_leaves_for_who_refused()

    @rule()
    def look_at_the_chat(self) -> None:
        with self.world.transaction() as session:
            visitor = people.find_person(session, (self.name_of(ADDRESSES["on the web"][0]),))
            if visitor is not None:
                deliver_on_the_web(session, visitor, self.now)

    # Time and restarts

    @rule(span=st.sampled_from(SPANS))
    def time_passes(self, span: dt.timedelta) -> None:
        self.now += span
        with self.world.transaction() as session:
            questions.follow_up(session, self.world.mind.knowledge, self.now)
            sending.expire(session, self.now)

    @rule(span=st.sampled_from(LONG_SPANS))
    def seasons_pass_and_the_purge_runs(self, span: dt.timedelta) -> None:
        self.now += span
        with self.world.transaction() as session:
            erasure.purge(session, {kept.setting: kept for kept in ALL}, self.now)

    @rule(most_an_hour=st.sampled_from([60, 60, 5]))
    def restart(self, most_an_hour: int) -> None:
        self.world.engine.dispose()
        self.service = self.world.make_service(most_an_hour)

    # What holds at any moment

    @invariant()
    def history_only_grows(self) -> None:
        """What is written in a contribution's history is never changed, nor taken away while the contribution is there."""
        with self.world.transaction() as session:
            history = ledger.read_history(session)
            alive = set(session.scalars(select(Contribution.id)))
        kept = {number: line for number, line in self.history.items() if line[0] in alive}
        assert kept.items() <= history.items()
        self.history = history

    @invariant()
    def the_counts_are_what_they_count(self) -> None:
        """The counts and marks on a contribution equal what they count."""
        with self.world.transaction() as session:
            ledger.check_counts(session)

    @invariant()
    def nothing_is_owed_to_who_refused(self) -> None:
        """What we start ourselves is never owed to somebody who refused our messages."""
        with self.world.transaction() as session:
            ledger.check_owed(session)

    def teardown(self) -> None:
        """No telephone number of anybody who wrote is in any table, and no idea came but by an agreement."""
        with self.world.transaction() as session:
            ledger.check_no_number(session, NUMBERS)
            assert len(ledger.read_codes(session)) <= self.agreed
