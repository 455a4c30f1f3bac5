"""A message in, its effects done, its reply kept: exactly once."""

from __future__ import annotations

import datetime as dt
import itertools
import re

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.conversation import Said, State
from bot.known import Mind
from service import people, talk
from service.keyring import Keyring
from service.models import Base, Contribution, Exchange, Person, Source
from tests.telephone import NOTICE

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
KEYRING = Keyring(("a pepper for the tests",))
IDEA = "il faudrait plus de médecins de garde le dimanche à Colmar"
SENT = re.compile(r"envoyez SUIVI ([A-Z0-9]{6})")
MESSAGE_IDS = (f"SM{number:032x}" for number in itertools.count())


class Talker:
    """A person at the service's own door."""

    def __init__(self, session: Session, mind: Mind, sender: str = "web:a", channel: Channel = Channel.SMS) -> None:
        self.session, self.mind, self.sender, self.channel = session, mind, sender, channel
        self.service = talk.Service(mind, KEYRING, "l'ARS", "https://voix.example.fr", provider_answers_stop=True)
        self.now = NOW

    def send(self, text: str, message_id: str | None = None) -> talk.Reply:
        incoming = talk.Incoming("AC1", message_id or next(MESSAGE_IDS), self.sender, self.channel, Said(text))
        return talk.answer(self.session, self.service, incoming, self.now)

    def say(self, text: str) -> str:
        """The reply, without the notice that the first one ends with."""
        return NOTICE.sub("", self.send(text).text)

    def tell_idea(self, idea: str = IDEA) -> str:
        """The code of an idea told to the end; "1" takes the first solution, then agrees."""
        self.say("nouvelle idée")
        self.say(idea)
        for _ in range(4):
            if sent := SENT.search(self.say("1")):
                return sent[1]
        raise AssertionError("the idea was not taken")

    @property
    def state(self) -> State:
        return people.recall_state(self.person, self.now)

    @property
    def person(self) -> Person:
        person = people.find_person(self.session, KEYRING.make_pseudonyms(self.sender))
        assert person is not None
        return person


@pytest.fixture
def talker(session: Session, mind: Mind) -> Talker:
    return Talker(session, mind)


def count(session: Session, table: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        pytest.param("Épernay, où ? « oui » 10 %", "Épernay, où ? « oui » 10 %", id="words are left alone"),
        pytest.param("a\x00b\x01c\x7fd\x9be", "a b c d e", id="controls"),
        pytest.param("a\ud800b", "a b", id="half a surrogate pair"),
        pytest.param("a\ufffeb\uffffc", "a b c", id="what is no character"),
        pytest.param("a\u202eb", "a b", id="turned writing"),
        pytest.param("un\ndeux", "un\ndeux", id="line ends are kept"),
        pytest.param("un\r\ndeux", "un\ndeux", id="line ends as browsers send them"),
        pytest.param("un\u00a0deux\u202ftrois", "un\u00a0deux\u202ftrois", id="narrow spaces"),
        pytest.param("👩\u200d⚕\ufe0f ok", "👩\u200d⚕\ufe0f ok", id="emoji of several parts"),
        pytest.param("  \t bonjour \n ", "bonjour", id="spaces around"),
        pytest.param("\x00\x01", "", id="nothing but controls"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_text_loses_only_what_cannot_be_kept(text: str, clean: str) -> None:
    assert talk.clean_text(text) == clean


def test_a_reply_is_kept_with_its_message(session: Session, talker: Talker) -> None:
    Talker(session, talker.mind, "web:noise").say("bonjour")
    reply = talker.send("bonjour", "SM1")
    kept = session.scalars(select(Exchange).where(Exchange.message_id == "SM1")).one()
    assert (kept.account, kept.person_id, kept.received_at, kept.reply) == ("AC1", talker.person.id, NOW, reply.text)
    assert [tuple(option) for option in kept.options] == list(reply.options)


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        pytest.param(Channel.SMS, None, id="an SMS is on the phone"),
        pytest.param(Channel.WHATSAPP, None, id="so is WhatsApp"),
        pytest.param(Channel.WEB, "bonjour", id="a web page must show it again"),
    ],
)
def test_what_was_said_is_kept_for_the_web_only(
    session: Session, mind: Mind, channel: Channel, said: str | None
) -> None:
    Talker(session, mind, channel=channel).say("bonjour")
    assert session.scalars(select(Exchange.said)).one() == said


def test_a_message_seen_before_gets_its_reply_and_changes_nothing(session: Session, talker: Talker) -> None:
    talker.say("nouvelle idée")
    first = talker.send(IDEA, "SM1")
    state = talker.state
    talker.now += dt.timedelta(hours=1)
    assert talker.send("autre chose", "SM1") == first
    assert (talker.state, count(session, Exchange)) == (state, 2)


def test_the_same_message_id_of_another_account_is_another_message(session: Session, talker: Talker) -> None:
    talker.send("bonjour", "SM1")
    other = talk.Incoming("AC2", "SM1", "web:b", Channel.SMS, Said("bonjour"))
    talk.answer(session, talker.service, other, NOW)
    assert (count(session, Exchange), count(session, Person)) == (2, 2)


def test_an_idea_agreed_to_is_queued_once_with_its_words(session: Session, talker: Talker) -> None:
    code = talker.tell_idea()
    kept = session.scalars(select(Contribution)).one()
    assert (kept.code, kept.words, kept.departement, kept.insee) == (code, IDEA, "68", "68066")
    assert talker.state == State()


def test_an_idea_refused_at_the_end_is_not_kept(session: Session, talker: Talker) -> None:
    talker.say("nouvelle idée")
    talker.say(IDEA)
    reply = talker.say("1")
    if "Transmettre" not in reply:
        talker.say("1")
    talker.say("non")
    assert count(session, Contribution) == 0


def test_the_place_of_an_idea_is_remembered(session: Session, talker: Talker) -> None:
    talker.tell_idea()
    assert session.scalars(select(Person.home_insee)).one() == "68066"


@pytest.mark.parametrize("channel", Channel)
def test_an_idea_is_marked_with_the_channel_it_came_by(session: Session, mind: Mind, channel: Channel) -> None:
    """Whatever channel the person first wrote by."""
    Talker(session, mind, channel=Channel.SMS).say("bonjour")
    person = Talker(session, mind, channel=channel)
    person.say("nouvelle idée")
    person.say(IDEA)
    while count(session, Contribution) == 0:
        person.say("1")
    assert session.scalars(select(Contribution.channel)).one() is Source(channel)


def test_its_author_follows_their_idea_and_reads_their_words(talker: Talker) -> None:
    code = talker.tell_idea()
    told = talker.say(f"suivi {code}")
    assert told.startswith(f'Idée {code} "{IDEA}", du 20 novembre : recue, le CTS va la lire')


def test_anyone_else_follows_it_without_its_words(session: Session, talker: Talker) -> None:
    code = talker.tell_idea()
    told = Talker(session, talker.mind, "web:b").say(f"suivi {code}")
    assert f"Idée {code}, du 20 novembre : recue, le CTS va la lire" in told
    assert IDEA not in told


@pytest.mark.parametrize(
    ("after", "still_asked"),
    [
        pytest.param(dt.timedelta(hours=48), True, id="48 hours"),
        pytest.param(dt.timedelta(hours=48, seconds=1), False, id="a second more"),
    ],
)
def test_a_question_left_open_for_48_hours_is_forgotten(
    session: Session, talker: Talker, after: dt.timedelta, still_asked: bool
) -> None:
    talker.say("menu")
    assert talker.state.asked == "wish"
    talker.now += after
    talker.say("2")
    assert (talker.state.flow == "contribute") is still_asked


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param('{"flow"', id="not JSON"),
        pytest.param(State("gone", (), "name").to_json(), id="a flow that is no more"),
        pytest.param(State("contribute", (), "gone").to_json(), id="a question that is no more"),
        pytest.param(State("find_project", (("request", "x"), ("need", "gone")), "place").to_json(), id="a need that is no more"),
        pytest.param(State("contribute", (("idea", "x"), ("place", "99999")), "solution").to_json(), id="a commune that is no more"),
    ],
)  # fmt: skip
def test_a_state_of_before_a_deploy_never_leaves_a_person_without_reply(talker: Talker, kept: str) -> None:
    talker.say("bonjour")
    talker.person.state = kept
    assert talker.say("oui") != ""
    assert talker.say("menu").splitlines()[-1] != ""


def test_a_remembered_commune_that_is_no_more_never_leaves_a_person_without_reply(
    talker: Talker,
) -> None:
    """Communes merge every first of January."""
    talker.say("bonjour")
    talker.person.home_insee = "68999"
    assert talker.say("menu") != ""


def test_a_failed_message_leaves_nothing_behind(
    session: Session, talker: Talker, monkeypatch: pytest.MonkeyPatch
) -> None:
    talker.say("bonjour")
    session.commit()
    state = talker.state
    monkeypatch.setattr(talk, "respond", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        talker.say("menu")
    session.rollback()
    assert (talker.state, count(session, Exchange)) == (state, 1)
