"""Whole conversations that Hypothesis makes up, by the service itself on a real database; what is promised is checked at
every step.

Each promise is a method whose name says it and whose docstring is its words. What the machine expects it knows from
what was said and shown alone (``Citizen``), never from the state that the service keeps.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from xml.etree import ElementTree

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.conversation import YES_NO, Said, State
from bot.dialogue import STILL_STOPPED
from bot.duty import Duty, read_duty
from bot.folding import as_phrase
from bot.known import Mind
from bot.sms import MORE, to_gsm7
from service import erasure, people, questions, reviewers, sending, talk
from service.errors import ServiceError
from service.guards import GuardRules
from service.keyring import Keyring
from service.models import Base, Contribution, Delivery, OutboxMessage, Person, Reviewer
from service.moment import Service
from service.outbox import LONGEST_TEXT, STARTED, deliver_on_the_web
from service.people import CONVERSATION_LASTS
from service.providers.provider import Receipt
from service.retention import ALL, EXCHANGES
from service.sending_rules import SendingRules
from tests.soak import ledger
from tests.soak.reviewing import ACTS
from tests.soak.sayings import DUTY_WORDS, EMERGENCIES, PLACES, STOPS, SURE_IDEAS, messages
from tests.telephone import NOTICE
from tests.visitor import PASSWORD
from webhooks.sms import write_twiml

START = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)  # a Friday, 10 o'clock in Paris
PEPPER = "a pepper for the tests"
ACCOUNT = "AC" + "1" * 32
NUMBERS = ("+33639980001", "+33639980002")
ADDRESSES = {  # how each channel names who writes; the first two are one person
    "by SMS": (NUMBERS[0], Channel.SMS),
    "by WhatsApp": (f"whatsapp:{NUMBERS[0]}", Channel.WHATSAPP),
    "another": (NUMBERS[1], Channel.SMS),
    "on the web": ("web:" + "k" * 43, Channel.WEB),
}
# Words of our questions that are the same in every alphabet.
CONSENT, SUPPORT = "sans votre num", "une personne de plus la soutient"
RESUME, ERASE = "Voulez-vous recevoir de nouveau nos messages", "Effacer tout ce que nous gardons de vous"
YES = frozenset(("1", "oui", *YES_NO[0].words))
ERASING = YES - frozenset(YES_NO[0].words) | {"2", "tout", "garder"}
ENDS_FOR_WHO_STOPPED = ("C'est noté", "Entendu", "C'est effacé", "Rien n'est effacé")
SPANS = [dt.timedelta(**span) for span in ({"seconds": 1}, {"minutes": 20}, {"hours": 9}, {"days": 3}, {"days": 40})]
LONG_SPANS = [dt.timedelta(days=days) for days in (100, 400)]


@dataclass
class Citizen:
    """What one knows of somebody who only reads over their shoulder."""

    refusal: Duty | None = None  # STOP, NO_ANSWER, or none
    read: str = ""  # the last thing that we said to them, an emergency's answer left out
    read_at: dt.datetime = START

    def may_answer(self, question: str, now: dt.datetime) -> bool:
        """Whether ``question`` is what they would answer now."""
        return question in self.read and now - self.read_at <= CONVERSATION_LASTS


@dataclass
class World:
    """A database, and what is the same in all runs; ``done`` counts what happened in them."""

    engine: Engine
    mind: Mind
    done: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with Session(self.engine) as session, session.begin():
            yield session

    def empty(self) -> None:
        """As if nobody had ever written."""
        with self.transaction() as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(delete(table))

    def make_service(self, most_an_hour: int) -> Service:
        """The service as a process makes it at start."""
        rules = GuardRules(most_an_hour=most_an_hour)
        return Service(self.mind, Keyring((PEPPER,)), "l'ARS Grand Est", "https://voix.example.fr", True, rules)


class Conversations(RuleBasedStateMachine):
    """People write, reviewers work, time passes, the service restarts."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.world.empty()
        self.now = START
        self.service = self.world.make_service(GuardRules.most_an_hour)
        self.citizens = {self.name_of(sender): Citizen() for sender, _ in ADDRESSES.values()}
        self.said: list[tuple[talk.Incoming, talk.Reply, dt.datetime]] = []
        self.agreed = 0
        self.history: dict[int, ledger.Row] = {}
        with self.world.transaction() as session:
            reviewers.add_reviewer(session, "region@cts.example", "Camille", PASSWORD, None, START)
        self.world.done["runs"] += 1

    def name_of(self, sender: str) -> str:
        return self.service.keyring.make_pseudonyms(sender)[0]

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

    def say(self, who: str, text: str) -> None:
        """One message, and all that is promised of it."""
        sender, _ = ADDRESSES[who]
        citizen = self.citizens[self.name_of(sender)]
        with self.world.transaction() as session:
            person = people.find_person(session, (self.name_of(sender),))
            person_id = person.id if person else None
            codes = ledger.read_codes(session)
        reply = self.answer(who, text)
        alert = None if read_duty(text) else self.world.mind.safety.detect(text)
        with self.world.transaction() as session:
            born = ledger.read_codes(session) - codes
            gone = person_id is not None and session.get(Person, person_id) is None
        self.nothing_is_queued_without_a_yes(citizen, text, born)
        if alert is None or alert.veiled:
            self.who_stopped_is_left_alone(citizen, text, reply, is_hinting=alert is not None)
            self.a_refusal_is_lifted_by_a_confirmed_word_alone(who, citizen, text)
            self.only_a_confirmed_word_erases(citizen, text, gone=gone)
            if gone and person_id is not None:
                self.nothing_leads_to_who_is_erased(sender, person_id)
            self.remember(citizen, text, reply)

    def answer(self, who: str, text: str) -> talk.Reply:
        """The service's reply, as the channel's door asks for it."""
        sender, channel = ADDRESSES[who]
        account = "web" if channel is Channel.WEB else ACCOUNT
        incoming = talk.Incoming(account, f"SM{len(self.said):032x}", sender, channel, Said(text))
        with self.world.transaction() as session:
            reply = talk.answer(session, self.service, incoming, self.now)
        self.said.append((incoming, reply, self.now))
        self.every_reply_can_be_carried(reply)
        self.world.done["messages"] += 1
        return reply

    def remember(self, citizen: Citizen, text: str, reply: talk.Reply) -> None:
        """What they have before their eyes now."""
        if reply.withheld is None and reply.text:
            is_next_page = citizen.read.removesuffix("\n").endswith(MORE) and as_phrase(text) == "suite"
            citizen.read = citizen.read + reply.text if is_next_page else reply.text
            citizen.read_at = self.now

    def recall(self, who: str) -> State:
        """Where a conversation stands."""
        with self.world.transaction() as session:
            person = people.find_person(session, (self.name_of(ADDRESSES[who][0]),))
            return people.recall_state(person, self.now) if person else State()

    # What is promised of a message

    def every_reply_can_be_carried(self, reply: talk.Reply) -> None:
        """Every reply is at most 1,600 characters, and valid XML as TwiML, from which it is read back as it was."""
        assert len(reply.text) <= LONGEST_TEXT
        message = ElementTree.fromstring(write_twiml(reply.text)).find("Message")
        assert (message.text if message is not None else "") == reply.text

    def nothing_is_queued_without_a_yes(self, citizen: Citizen, text: str, born: set[str]) -> None:
        """Nobody's idea is queued without their « oui » to the question that was before their eyes; one « oui », one idea."""
        self.agreed += len(born)
        self.world.done["ideas"] += len(born)
        if born:
            assert len(born) == 1
            assert citizen.may_answer(CONSENT, self.now), citizen.read
            assert as_phrase(text) in YES, text

    def who_stopped_is_left_alone(self, citizen: Citizen, text: str, reply: talk.Reply, *, is_hinting: bool) -> None:
        """A person who said ARRET gets nothing but emergencies, duty words and their answers, or the way back."""
        if citizen.refusal is not Duty.STOP or read_duty(text) or is_hinting or reply.withheld:
            return
        said = NOTICE.sub("", reply.text)
        asked = citizen.may_answer(RESUME, self.now) or citizen.may_answer(ERASE, self.now)
        is_reminder = said in (STILL_STOPPED, to_gsm7(STILL_STOPPED))
        assert is_reminder or (asked and said.startswith(ENDS_FOR_WHO_STOPPED)), said

    def a_refusal_is_lifted_by_a_confirmed_word_alone(self, who: str, citizen: Citizen, text: str) -> None:
        """A refusal stands from the word that says it until « oui » to REPRENDRE; nothing else lifts it, nothing makes one."""
        duty = read_duty(text)
        if duty is Duty.STOP or (duty is Duty.NO_ANSWER and citizen.refusal is None):
            citizen.refusal = duty
            self.world.done["refusals"] += 1
        elif duty is None and citizen.may_answer(RESUME, self.now) and as_phrase(text) in YES:
            citizen.refusal = None
        with self.world.transaction() as session:
            found = people.find_opt_out(session, (self.name_of(ADDRESSES[who][0]),))
            kept = None if found is None else Duty.NO_ANSWER if found.answers_only else Duty.STOP
        assert kept is citizen.refusal

    def only_a_confirmed_word_erases(self, citizen: Citizen, text: str, *, gone: bool) -> None:
        """Nobody is erased but by their answer to « Effacer ? », and by it they are."""
        is_confirmed = citizen.may_answer(ERASE, self.now) and as_phrase(text) in ERASING
        assert gone == is_confirmed, (citizen.read, text)

    def nothing_leads_to_who_is_erased(self, sender: str, person_id: int) -> None:
        """After EFFACER and « oui » nothing leads to the person; a repeat of what they said gets silence, but the last."""
        name = self.name_of(sender)
        with self.world.transaction() as session:
            ledger.check_forgotten(session, person_id, name)
        for place, (incoming, reply, at) in enumerate(self.said[:-1]):
            if self.name_of(incoming.sender) == name and not reply.text.startswith(ledger.FAREWELL):
                self.said[place] = (incoming, talk.Reply(""), at)
        self.world.done["erasures"] += 1

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
