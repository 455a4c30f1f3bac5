"""Who is answered, how often, at what cost in all; and that who is not is heard all the same."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.conversation import Said
from bot.known import Mind
from extensions import db
from service import guards, people, talk
from service.guards import COUNTRIES, LAST_WORD, GuardRules, Reason, Spending, read_guard_rules, read_spending
from service.keyring import Keyring
from service.models import Base, Contribution, Exchange, OptOut, OutboxMessage, Person, ReplyCount
from service.settings import SettingsError
from tests.postgres import ON_POSTGRESQL
from tests.service.test_talk import Talker
from tests.telephone import NOTICE

NOW = dt.datetime(2026, 11, 20, 9, 10, tzinfo=dt.UTC)  # 10.10 in Paris
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
KEYRING = Keyring(("a pepper for the tests",))
NUMBER, OTHER, ABROAD = "+33639980001", "+33639980002", "+8801711123456"
EMERGENCY = "mon mari ne respire plus"
THE_EMERGENCYS_ANSWER = "Si une vie est en danger, appelez tout de suite le 15 ou le 112."
IDEA = "il faudrait plus de médecins de garde le dimanche à Colmar"
NewTalker = Callable[..., Talker]


@pytest.fixture
def new_talker(session: Session, mind: Mind) -> NewTalker:
    """A maker of people with telephones, answered by rules of the test's own."""

    def make(number: str = NUMBER, channel: Channel = Channel.SMS, **rules: object) -> Talker:
        made = Talker(session, mind, number, channel)
        made.service = replace(made.service, guard_rules=GuardRules(**rules))  # type: ignore[arg-type]
        made.now = NOW
        return made

    return make


def say(talker: Talker, text: str = "merci") -> tuple[str, Reason | None]:
    reply = talker.send(text)
    return NOTICE.sub("", reply.text), reply.withheld


def count(session: Session, table: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


THANKS = ("Avec plaisir ! Pour autre chose, envoyez MENU.", None)


# Of one number


def test_a_number_is_answered_so_often_an_hour_then_told_once_and_answered_again_the_next(
    new_talker: NewTalker,
) -> None:
    talker, noise = new_talker(most_an_hour=3), new_talker(OTHER, most_an_hour=3)
    assert [say(talker) for _ in range(6)] == [
        *[THANKS] * 3,
        (LAST_WORD, Reason.NUMBER),
        *[("", Reason.NUMBER)] * 2,
    ]
    assert say(noise) == THANKS
    talker.now += HOUR
    assert [say(talker) for _ in range(4)] == [*[THANKS] * 3, ("", Reason.NUMBER)]


def test_a_number_is_answered_so_often_a_day_of_paris(new_talker: NewTalker) -> None:
    talker = new_talker(most_a_day=3)
    answers = []
    for _ in range(6):
        answers.append(say(talker))
        talker.now += HOUR
    assert answers == [*[THANKS] * 3, (LAST_WORD, Reason.NUMBER), *[("", Reason.NUMBER)] * 2]
    talker.now = dt.datetime(2026, 11, 20, 22, 59, tzinfo=dt.UTC)  # the last minute of the day
    assert say(talker) == ("", Reason.NUMBER)
    talker.now += dt.timedelta(minutes=1)
    assert say(talker) == THANKS


def test_on_sms_and_whatsapp_together(new_talker: NewTalker) -> None:
    sms, whatsapp = new_talker(most_an_hour=2), new_talker(f"whatsapp:{NUMBER}", Channel.WHATSAPP, most_an_hour=2)
    assert [say(sms)[1], say(whatsapp)[1], say(sms)[1]] == [None, None, Reason.NUMBER]


def test_the_web_chat_has_limits_of_its_own(new_talker: NewTalker, session: Session) -> None:
    talker = new_talker("web:" + "a" * 43, Channel.WEB, most_an_hour=1, most_segments=1)
    assert [say(talker)[1] for _ in range(3)] == [None] * 3
    assert count(session, ReplyCount) == 0


def test_erasing_oneself_does_not_start_the_count_anew(new_talker: NewTalker) -> None:
    talker = new_talker(most_an_hour=3)
    assert [say(talker, text)[1] for text in ("merci", "effacer", "1", "merci")] == [None, None, None, Reason.NUMBER]


# Of one country


@pytest.mark.parametrize(
    ("number", "is_answered"),
    [
        pytest.param("+33639980001", True, id="France"),
        pytest.param("whatsapp:+33639980001", True, id="France, on WhatsApp"),
        pytest.param("0639980001", True, id="France, as the French write it"),
        pytest.param("+262692123456", True, id="La Réunion"),
        pytest.param("+590690123456", True, id="Guadeloupe"),
        pytest.param("+32470123456", True, id="Belgium"),
        pytest.param("+352621123456", True, id="Luxembourg"),
        pytest.param("+4915123456789", True, id="Germany"),
        pytest.param("+41791234567", True, id="Switzerland"),
        pytest.param("+33899123456", False, id="premium, in France"),
        pytest.param("+8801711123456", False, id="Bangladesh"),
        pytest.param("+12025550123", False, id="North America"),
        pytest.param("+88213123456", False, id="satellite"),
        pytest.param("38063", False, id="a short code"),
        pytest.param("+3", False, id="no number"),
    ],
)
def test_only_numbers_of_the_countries_set_are_answered(new_talker: NewTalker, number: str, is_answered: bool) -> None:
    assert say(new_talker(number)) == (THANKS if is_answered else ("", Reason.COUNTRY))


def test_another_country_can_be_answered(new_talker: NewTalker) -> None:
    rules = read_guard_rules({"VOIX_COUNTRIES": "fr, bd"})
    assert say(new_talker(ABROAD, calling_codes=rules.calling_codes)) == THANKS
    assert say(new_talker("+32470123456", calling_codes=rules.calling_codes)) == ("", Reason.COUNTRY)


# Of one block of numbers


RUN = [f"+3375000{place:04}" for place in range(12)]  # numbers rented together
THEIR_SEGMENTS, ALL_SEGMENTS = 4, 16


def pump(new_talker: NewTalker, each_block: int) -> list[Reason | None]:
    """What a run of numbers gets, each of which writes once: two segments, with the notice of a first contact."""
    rules = {"most_segments_each_block": each_block, "most_segments": ALL_SEGMENTS}
    return [say(new_talker(number, **rules))[1] for number in RUN]


def test_a_run_of_numbers_does_not_silence_the_others(new_talker: NewTalker) -> None:
    assert pump(new_talker, THEIR_SEGMENTS) == [None] * 2 + [Reason.BLOCK] * 10
    assert say(new_talker(most_segments=ALL_SEGMENTS)) == THANKS
    tomorrow = new_talker(RUN[-1], most_segments_each_block=THEIR_SEGMENTS)
    tomorrow.now += DAY
    assert say(tomorrow) == THANKS


def test_without_a_limit_of_their_block_they_silence_everybody(new_talker: NewTalker) -> None:
    """The twin."""
    assert pump(new_talker, 2 * ALL_SEGMENTS) == [None] * 8 + [Reason.SPENDING] * 4
    assert say(new_talker(most_segments=ALL_SEGMENTS)) == ("", Reason.SPENDING)


def test_a_block_is_the_number_but_for_its_last_four_digits_however_it_is_written(new_talker: NewTalker) -> None:
    rules = {"most_segments_each_block": 2}
    assert say(new_talker("+33750000001", **rules)) == THANKS
    of_the_block = ("+33750009999", "0750001234", "whatsapp:+33750005678")
    assert [say(new_talker(number, **rules)) for number in of_the_block] == [("", Reason.BLOCK)] * 3
    assert [say(new_talker(number, **rules)) for number in ("+33749999999", "+33750010000")] == [THANKS] * 2


# In all


def test_when_the_days_segments_are_spent_nobody_is_answered_until_tomorrow(
    new_talker: NewTalker, session: Session
) -> None:
    talker, other = new_talker(most_segments=3), new_talker(OTHER, most_segments=3)
    assert say(talker) == THANKS  # two segments, with the notice of a first contact
    assert say(other) == ("", Reason.SPENDING)
    assert say(talker) == THANKS  # the third
    assert read_spending(session, NOW) == Spending(replies=2, segments=3, withheld=1)
    assert say(other) == ("", Reason.SPENDING)
    other.now += DAY
    assert say(other) == THANKS


def test_the_last_word_is_for_who_was_being_answered(new_talker: NewTalker) -> None:
    talker = new_talker(most_segments=3)
    assert [say(talker) for _ in range(5)] == [
        *[THANKS] * 2,
        (LAST_WORD, Reason.SPENDING),
        *[("", Reason.SPENDING)] * 2,
    ]


def test_what_was_said_and_withheld_is_counted(new_talker: NewTalker, session: Session) -> None:
    talker, abroad = new_talker(most_an_hour=2), new_talker(ABROAD)
    for _ in range(4):
        say(talker)
    say(abroad)
    assert read_spending(session, NOW) == Spending(replies=3, segments=4, withheld=3)
    assert read_spending(session, NOW + DAY) == Spending(0, 0, 0)


# An emergency


@pytest.mark.parametrize(
    "rules",
    [
        {"most_an_hour": 1},
        {"most_a_day": 1},
        {"most_segments_each_block": 1},
        {"most_segments": 1},
        {"calling_codes": frozenset()},
    ],
    ids=str,
)
def test_an_emergency_is_always_answered(new_talker: NewTalker, rules: dict[str, object]) -> None:
    talker = new_talker(**rules)
    for _ in range(4):
        say(talker)
    assert say(talker)[1] is not None
    for _ in range(3):
        text, reason = say(talker, EMERGENCY)
        assert (text[: len(THE_EMERGENCYS_ANSWER)], reason) == (THE_EMERGENCYS_ANSWER, None)


# What is withheld is done all the same, and nothing that was not shown is answered


def silence(talker: Talker) -> None:
    """From now on this person is told nothing but of emergencies."""
    rules = GuardRules(calling_codes=frozenset())
    talker.service = replace(talker.service, guard_rules=rules)


def test_a_consent_given_to_a_question_that_was_shown_counts(new_talker: NewTalker, session: Session) -> None:
    talker = new_talker()
    for text in ("nouvelle idée", IDEA):
        talker.say(text)
    while talker.state.asked != "consent":
        talker.say("1")
    silence(talker)
    assert say(talker, "oui") == (LAST_WORD, Reason.COUNTRY)
    assert count(session, Contribution) == 1


def test_a_consent_is_not_given_to_a_question_that_was_withheld(new_talker: NewTalker, session: Session) -> None:
    talker = new_talker()
    for text in ("nouvelle idée", IDEA):
        talker.say(text)
    before = talker.state
    silence(talker)
    for text in ("1", "oui", "oui", "1"):
        say(talker, text)
    assert talker.state == before
    assert count(session, Contribution) == 0


def test_who_is_not_answered_may_still_refuse_our_messages(new_talker: NewTalker, session: Session) -> None:
    talker = new_talker()
    silence(talker)
    assert say(talker, "arret")[0] == ""
    assert count(session, OptOut) == 1


def test_the_notice_is_given_with_the_first_reply_that_is_said(new_talker: NewTalker) -> None:
    talker = new_talker()
    answered = talker.service
    silence(talker)
    say(talker)
    assert talker.person.noticed_at is None
    talker.service = answered
    assert NOTICE.search(talker.send("merci").text)
    assert talker.person.noticed_at == NOW


def test_a_repeated_delivery_gets_the_same_silence_and_is_not_counted(new_talker: NewTalker, session: Session) -> None:
    talker = new_talker(most_an_hour=1)
    say(talker)
    message_id = f"SM{7:032x}"
    first = talker.send("merci", message_id)
    before = read_spending(session, NOW)
    talker.now += HOUR
    again = talker.send("merci", message_id)
    assert (first.text, again.text, again.is_repeat) == (LAST_WORD, LAST_WORD, True)
    assert read_spending(session, NOW) == before


def test_nothing_is_owed_for_a_reply_that_is_withheld(new_talker: NewTalker, session: Session) -> None:
    talker = new_talker(ABROAD)
    incoming = talk.Incoming("AC1", f"SM{8:032x}", ABROAD, Channel.SMS, Said("merci"))
    reply = talk.answer(session, talker.service, incoming, NOW, owed=True)
    assert (reply.text, reply.withheld, count(session, OutboxMessage)) == ("", Reason.COUNTRY, 0)
    assert count(session, Exchange) == 1


# What is kept


def test_the_counts_lead_to_nobody_and_another_day_not_to_the_same_number(
    new_talker: NewTalker, session: Session
) -> None:
    talker = new_talker()
    say(talker)
    talker.now += DAY
    say(talker)
    subjects = [one for one in session.scalars(select(ReplyCount.subject)) if not one.startswith("all:")]
    assert len(set(subjects)) == 4  # on each day the number, and its block
    person = session.scalars(select(Person.pseudonym)).one()
    assert [one for one in subjects if one == person or NUMBER[3:-4] in one] == []


def test_the_purge_forgets_the_counts_of_the_day_before_yesterday(new_talker: NewTalker, session: Session) -> None:
    talker = new_talker()
    for _ in range(3):
        say(talker)
        talker.now += DAY
    session.execute(guards.forget_counts(talker.now - DAY))
    days = set(session.scalars(select(ReplyCount.day)))
    assert days == {dt.date(2026, 11, 21), dt.date(2026, 11, 22)}


# Two at once


def text_at_once(app: Flask, service: talk.Service, copies: int) -> list[Reason | None]:
    """What as many messages of one number get, sent together."""
    start, found = threading.Barrier(copies), []

    def send(number: int) -> None:
        with app.app_context():
            start.wait()
            incoming = talk.Incoming("AC1", f"SM{number:032x}", NUMBER, Channel.SMS, Said("merci"))
            reply = talk.answer(db.session(), service, incoming, NOW)
            db.session.commit()
            found.append(reply.withheld)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(copies)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_messages_of_one_number_at_once_do_not_pass_its_limit(
    app: Flask, session: Session, new_talker: NewTalker
) -> None:
    service = new_talker(most_an_hour=3).service
    session.rollback()
    found = text_at_once(app, service, 12)
    assert sorted(found, key=str) == [None] * 3 + [Reason.NUMBER] * 9
    assert read_spending(db.session(), NOW).withheld == 9


@ON_POSTGRESQL
def test_without_the_lock_of_the_person_they_do(
    app: Flask, session: Session, new_talker: NewTalker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin, on PostgreSQL: on SQLite the whole transaction is alone."""
    service = new_talker(most_an_hour=3).service
    say(new_talker(OTHER))
    people.hold_person(session, KEYRING.make_pseudonyms(NUMBER), Channel.SMS, NOW)
    session.commit()
    monkeypatch.setattr(people, "_held", people._known_as)
    weigh, together = guards.weigh, threading.Barrier(12, timeout=30)

    def weigh_together(*arguments: object, **more: object) -> guards.Verdict:
        verdict = weigh(*arguments, **more)  # type: ignore[arg-type]
        together.wait()
        return verdict

    monkeypatch.setattr(guards, "weigh", weigh_together)
    assert text_at_once(app, service, 12) == [None] * 12


# The settings


def test_without_settings_the_defaults_hold() -> None:
    assert read_guard_rules({}) == GuardRules()
    france_and_around = {33, 590, 594, 596, 262, 508, 687, 689, 681, 32, 352, 49, 41}
    assert GuardRules() == GuardRules(frozenset(france_and_around), 60, 150, 2_000, 20_000)
    assert COUNTRIES.split()[0] == "FR"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("VOIX_COUNTRIES", "France", "VOIX_COUNTRIES is not a list of countries such as FR BE LU DE CH: FRANCE"),
        ("VOIX_COUNTRIES", "FR ZZ", "VOIX_COUNTRIES is not a list of countries such as FR BE LU DE CH: FR ZZ"),
        ("VOIX_MOST_REPLIES_AN_HOUR_EACH", "0", "VOIX_MOST_REPLIES_AN_HOUR_EACH is not a number, 1 or more: 0"),
        ("VOIX_MOST_REPLIES_A_DAY_EACH", "x", "VOIX_MOST_REPLIES_A_DAY_EACH is not a number, 1 or more: x"),
        (
            "VOIX_MOST_SEGMENTS_PER_DAY_EACH_BLOCK",
            "0",
            "VOIX_MOST_SEGMENTS_PER_DAY_EACH_BLOCK is not a number, 1 or more: 0",
        ),
        ("VOIX_MOST_SEGMENTS_PER_DAY", "-1", "VOIX_MOST_SEGMENTS_PER_DAY is not a number, 1 or more: -1"),
    ],
)
def test_a_mistake_is_told_in_one_line(name: str, value: str, told: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_guard_rules({name: value})
    assert str(error.value) == told
