"""Messages to the service and what is promised of each: a promise is a method, its docstring the promise in words.

What is expected is known from what was said and shown alone (``Citizen``), never from the state that the service keeps.
"""

from __future__ import annotations

import datetime as dt
from xml.etree import ElementTree

from bot.channel import Channel
from bot.conversation import Said, State
from bot.dialogue import STILL_STOPPED
from bot.duty import Duty, read_duty
from bot.folding import as_phrase
from bot.sms import MORE, to_gsm7
from service import people, reviewers, talk
from service.guards import GuardRules
from service.models import Person
from service.outbox import LONGEST_TEXT
from tests.soak import ledger
from tests.soak.citizens import (
    ACCOUNT,
    ADDRESSES,
    CONSENT,
    ENDS_FOR_WHO_STOPPED,
    ERASE,
    ERASING,
    RESUME,
    START,
    YES,
    Citizen,
    World,
)
from tests.telephone import NOTICE
from tests.visitor import PASSWORD
from webhooks.sms import write_twiml


class Correspondence:
    """People who write, and what they were answered. ``said``: each message, what a repeat of it must get, and when."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.world.empty()
        self.now = START
        self.service = self.world.make_service(GuardRules.most_an_hour)
        self.citizens = {self.name_of(sender): Citizen() for sender, _ in ADDRESSES.values()}
        self.said: list[tuple[talk.Incoming, talk.Reply, dt.datetime]] = []
        self.agreed = 0
        with self.world.transaction() as session:
            reviewers.add_reviewer(session, "region@cts.example", "Camille", PASSWORD, None, START)
        self.world.done["runs"] += 1

    def name_of(self, sender: str) -> str:
        return self.service.keyring.make_pseudonyms(sender)[0]

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
        citizen.is_unsure = reply.withheld is not None
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
        is_lifting = duty is None and citizen.may_answer(RESUME, self.now) and as_phrase(text) in YES
        with self.world.transaction() as session:
            found = people.find_opt_out(session, (self.name_of(ADDRESSES[who][0]),))
            kept = None if found is None else Duty.NO_ANSWER if found.answers_only else Duty.STOP
        if is_lifting and (kept is None or not citizen.is_unsure):
            citizen.refusal = None
        assert kept is citizen.refusal

    def only_a_confirmed_word_erases(self, citizen: Citizen, text: str, *, gone: bool) -> None:
        """Nobody is erased but by their answer to « Effacer ? », and by it they are."""
        is_confirmed = citizen.may_answer(ERASE, self.now) and as_phrase(text) in ERASING
        assert gone == is_confirmed or (citizen.is_unsure and not gone), (citizen.read, text)

    def nothing_leads_to_who_is_erased(self, sender: str, person_id: int) -> None:
        """After EFFACER and « oui » nothing leads to the person; a repeat of what they said gets silence, but the last."""
        name = self.name_of(sender)
        with self.world.transaction() as session:
            ledger.check_forgotten(session, person_id, name)
        for place, (incoming, reply, at) in enumerate(self.said[:-1]):
            if self.name_of(incoming.sender) == name and not reply.text.startswith(ledger.FAREWELL):
                self.said[place] = (incoming, talk.Reply(""), at)
        self.world.done["erasures"] += 1
