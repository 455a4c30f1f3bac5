"""Ideas taken in: their codes, who may read what, and that codes cannot be guessed."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.effects import NewContribution, Suggestion
from bot.flows.follow_up import ALPHABET, LENGTH
from bot.known import Case
from bot.matching import load_matcher
from service import contributions, people
from service.keyring import Keyring
from service.models import Change, Contribution, Person, Status

KEYRING = Keyring(("a pepper for the tests",))
MATCHER = load_matcher()
NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
WORDS = "  Il faudrait « un bus dentaire » à Thann…\n😀  "


def person(session: Session, pseudonym: str = "1:author", channel: Channel = Channel.SMS) -> Person:
    return people.hold_person(session, (pseudonym,), channel, NOW)


def idea(code: str = "K7Q2MX", solution: str | None = "A4.2", words: str = WORDS) -> NewContribution:
    suggestions = (Suggestion("A4.2", 0.8123, ("« bus » y fait penser",)), Suggestion("A2.1", 0.1, ()))
    return NewContribution(code, words, "68", "68334", solution and solution[:2], solution, suggestions)


def queue(session: Session, author: Person, code: str = "K7Q2MX", now: dt.datetime = NOW) -> Contribution:
    return contributions.queue(session, KEYRING, MATCHER, author, idea(code), now)


def find(session: Session, seeker: Person, code: str, now: dt.datetime = NOW) -> Case | None:
    return contributions.find_case(session, seeker, code, now)


# Taken in


def test_an_idea_is_kept_word_for_word_with_all_that_was_proposed(session: Session) -> None:
    author = person(session)
    queue(session, author, "NACDEF")
    queue(session, author)
    session.commit()
    kept = session.scalars(select(Contribution).where(Contribution.code == "K7Q2MX")).one()
    assert kept.words == WORDS
    assert (kept.person_id, kept.channel, kept.received_at) == (author.id, Channel.SMS, NOW)
    assert (kept.departement, kept.insee) == ("68", "68334")
    assert (kept.axis, kept.solution, kept.chosen_by_citizen) == ("A4", "A4.2", "A4.2")
    assert (kept.answer, kept.version) == (None, 1)
    assert kept.suggestions == [
        {"solution": "A4.2", "score": 0.8123, "why": ["« bus » y fait penser"]},
        {"solution": "A2.1", "score": 0.1, "why": []},
    ]


@pytest.mark.parametrize(
    ("solution", "status"),
    [
        pytest.param("A4.2", Status.RECEIVED, id="a solution was chosen"),
        pytest.param(None, Status.TO_CLASSIFY, id="none was"),
    ],
)
def test_an_idea_without_a_solution_is_to_be_classified(session: Session, solution: str | None, status: Status) -> None:
    made = contributions.queue(session, KEYRING, MATCHER, person(session), idea(solution=solution), NOW)
    assert made.status is status


def test_the_first_line_of_its_history_is_its_sending(session: Session) -> None:
    made = queue(session, person(session))
    lines = [
        (line.reviewer_id, line.at, line.from_status, line.to_status, line.from_solution, line.to_solution, line.reason, line.answer)
        for line in session.scalars(select(Change).where(Change.contribution_id == made.id))
    ]  # fmt: skip
    reason = "Reçue, avec l'accord de son auteur."
    assert lines == [(None, NOW, None, Status.RECEIVED, None, "A4.2", reason, None)]


def test_what_is_personal_is_hidden_from_readers_and_the_original_is_sealed(session: Session) -> None:
    words = "Rappelez-moi au 06 39 98 00 01 pour un bus dentaire à Thann"
    made = contributions.queue(session, KEYRING, MATCHER, person(session), idea(words=words), NOW)
    session.commit()
    assert "06 39 98 00 01" not in made.words
    assert made.words.endswith("pour un bus dentaire à Thann")
    assert made.sealed_words is not None
    assert KEYRING.open(made.sealed_words, "K7Q2MX") == words


def test_words_with_nothing_personal_are_not_sealed(session: Session) -> None:
    assert queue(session, person(session)).sealed_words is None


# Codes


def test_a_code_is_six_characters_that_cannot_be_mistaken(session: Session) -> None:
    codes = [contributions.draw_code(session) for _ in range(200)]
    assert {len(code) for code in codes} == {LENGTH} == {6}
    assert set("".join(codes)) <= set(ALPHABET)
    assert set("O01IL5S8BUYZ") & set(ALPHABET) == set()
    assert len(set(codes)) == 200


def test_a_code_that_is_taken_is_not_given_again(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    queue(session, person(session), "AAAAA2")
    drawn = itertools.chain("AAAAA2", "ACCENT", "CCCCC3")
    monkeypatch.setattr(contributions.secrets, "choice", lambda _: next(drawn))
    assert contributions.draw_code(session) == "CCCCC3"


# Found again


def test_its_author_reads_their_own_words(session: Session) -> None:
    author = person(session)
    queue(session, author, "NACDEF")
    queue(session, author)
    found = find(session, author, "K7Q2MX")
    assert found == Case("K7Q2MX", dt.date(2026, 11, 20), "68", "reçue, le CTS va la lire", WORDS, None)


def test_anyone_else_reads_its_state_and_never_the_words(session: Session) -> None:
    queue(session, person(session))
    found = find(session, person(session, "1:other"), "K7Q2MX")
    assert found == Case("K7Q2MX", dt.date(2026, 11, 20), "68", "reçue, le CTS va la lire", None, None)


def test_the_day_it_was_sent_is_the_day_in_paris(session: Session) -> None:
    author = person(session)
    queue(session, author, now=dt.datetime(2026, 11, 20, 23, 30, tzinfo=dt.UTC))
    found = find(session, author, "K7Q2MX")
    assert found is not None
    assert found.sent_on == dt.date(2026, 11, 21)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (Status.RECEIVED, "reçue, le CTS va la lire"),
        (Status.TO_CLASSIFY, "reçue, le CTS va la lire et la classer"),
        (Status.RETAINED, "retenue par le CTS"),
        (Status.NOT_RETAINED, "non retenue par le CTS"),
        (Status.BECAME_PROJECT, "devenue un projet"),
    ],
)
def test_every_state_is_told_in_french(session: Session, status: Status, told: str) -> None:
    author = person(session)
    queue(session, author).status = status
    found = find(session, author, "K7Q2MX")
    assert found is not None
    assert found.status == told


def test_an_author_has_their_ideas_newest_first(session: Session) -> None:
    author, other = person(session), person(session, "1:other")
    for number in range(7):
        queue(session, author, f"AAAAA{number + 2}")
        queue(session, other, f"CCCCC{number + 2}")
    assert [case.code for case in contributions.own_cases(session, author)] == [
        f"AAAAA{n}" for n in (8, 7, 6, 5, 4, 3, 2)
    ]
    assert contributions.own_cases(session, person(session, "1:nobody")) == ()


# Guesses


def guess(session: Session, seeker: Person, times: int, now: dt.datetime = NOW) -> list[Case | None]:
    return [find(session, seeker, f"WRON{letter}{letter}", now) for letter in ALPHABET[:times]]


def test_after_ten_wrong_codes_nothing_of_others_is_found_for_a_day(session: Session) -> None:
    queue(session, person(session))
    guesser, other = person(session, "1:guesser"), person(session, "1:other")
    assert guess(session, guesser, 9) == [None] * 9
    assert find(session, guesser, "K7Q2MX") is not None
    assert guess(session, guesser, 1) == [None]
    assert find(session, guesser, "K7Q2MX") is None
    assert find(session, guesser, "K7Q2MX", NOW + dt.timedelta(hours=24)) is None
    assert find(session, other, "K7Q2MX") is not None
    assert find(session, guesser, "K7Q2MX", NOW + dt.timedelta(hours=24, seconds=1)) is not None


def test_a_new_day_allows_ten_wrong_codes_again(session: Session) -> None:
    queue(session, person(session))
    guesser = person(session, "1:guesser")
    guess(session, guesser, 10)
    tomorrow = NOW + dt.timedelta(hours=25)
    guess(session, guesser, 9, tomorrow)
    assert find(session, guesser, "K7Q2MX", tomorrow) is not None
    guess(session, guesser, 1, tomorrow)
    assert find(session, guesser, "K7Q2MX", tomorrow) is None


def test_right_codes_are_not_counted(session: Session) -> None:
    author = person(session)
    queue(session, author)
    for _ in range(20):
        assert find(session, author, "K7Q2MX") is not None
    assert author.wrong_codes == 0


def test_an_author_who_mistyped_ten_codes_still_finds_their_own_idea(session: Session) -> None:
    author = person(session)
    queue(session, author)
    guess(session, author, 10)
    found = find(session, author, "K7Q2MX")
    assert found is not None
    assert found.words == WORDS
