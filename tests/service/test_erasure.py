"""Forgetting: one person at their word, by the SMS door; and everyone's data when its time has come."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.channel import Channel
from service import cases
from service.erasure import HOLDS_SOMETHING, purge
from service.keyring import Keyring
from service.models import (
    AlertCount,
    Base,
    Change,
    Contribution,
    DataLink,
    Exchange,
    Opening,
    OptOut,
    Person,
    PhraseProposal,
    ProposalState,
    Reviewer,
    Status,
)
from service.retention import oldest_kept, read_retention
from tests.telephone import SETTINGS, Telephone

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
KEYRING = Keyring((SETTINGS["PHONE_PEPPER"],))
NUMBER, NOISE = "+33639980001", "+33639980002"
IDEA = "il faudrait plus de médecins de garde le dimanche à Colmar, appelez le 06 39 98 55 77"
MASKED = "il faudrait plus de médecins de garde le dimanche à Colmar, appelez le [téléphone]"
ERASED, ERASED_BUT_IDEAS = "C'est effacé. Merci", "C'est effacé. Vos idées restent, sans lien avec vous. Merci"
TABLE = read_retention({})
EMPTY_RESPONSE = b"<?xml version='1.0' encoding='utf-8'?>\n<Response />"
NewReviewer = Callable[[str | None], Reviewer]


def text_idea(session: Session, telephone: Telephone, idea: str = IDEA) -> str:
    """The code of an idea told by SMS."""
    before = set(session.scalars(select(Contribution.code)))
    telephone.text("nouvelle idée")
    telephone.text(idea)
    for _ in range(4):
        telephone.text("1")
        if new := set(session.scalars(select(Contribution.code))) - before:
            return new.pop()
    raise AssertionError("the idea was not taken")


def live_a_life(session: Session, telephone: Telephone, reviewer: Reviewer) -> str:
    """The code of the idea of someone of whom everything is held that can be: see ``count_held``."""
    code = text_idea(session, telephone)
    cases.open_original(session, KEYRING, reviewer, code, "Un masquage semble de trop.", NOW)
    idea = session.scalars(select(Contribution).where(Contribution.code == code)).one()
    for state in (ProposalState.PROPOSED, ProposalState.LIVE):
        session.add(
            PhraseProposal(
                contribution_id=idea.id, words=MASKED, label="A4.2", reviewer_id=reviewer.id, at=NOW, state=state
            )
        )
    session.commit()
    telephone.text("mes donnees")
    telephone.text("SUIVI K7Q2M9")
    telephone.text("nouvelle idée")
    telephone.text("il faudrait des sages-femmes")
    return code


def count_held(session: Session, code: str) -> dict[str, int]:
    """How many rows of each kind belong to the person or the idea."""
    session.expire_all()
    idea = session.scalar(select(Contribution.id).where(Contribution.code == code)) or 0
    (pseudonym,) = KEYRING.make_pseudonyms(NUMBER)
    person = session.scalar(select(Person.id).where(Person.pseudonym == pseudonym)) or 0
    conditions = {
        "person": select(Person).where(Person.id == person),
        "idea": select(Contribution).where(Contribution.id == idea),
        "sealed": select(Contribution).where(Contribution.id == idea, Contribution.sealed_words.is_not(None)),
        "history": select(Change).where(Change.contribution_id == idea),
        "openings": select(Opening).where(Opening.contribution_id == idea),
        "phrases": select(PhraseProposal).where(PhraseProposal.contribution_id == idea),
        "links": select(DataLink).where(DataLink.person_id == person),
    }
    return {name: len(session.scalars(query).all()) for name, query in conditions.items()}


EVERYTHING = {"person": 1, "idea": 1, "sealed": 1, "history": 1, "openings": 1, "phrases": 2, "links": 1}


def read_all(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    session.rollback()
    rows = {
        table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
        for table in Base.metadata.sorted_tables
    }
    session.rollback()
    return rows


def find_traces(session: Session, traces: dict[str, str]) -> list[str]:
    """Which traces are in a row of any table."""
    written = repr(read_all(session))
    return [name for name, trace in traces.items() if trace in written]


def erase(telephone: Telephone, choice: str) -> str:
    telephone.text("effacer")
    return telephone.text(choice)


# One person, at their word


def test_who_erases_everything_leaves_nothing_and_nobody_else_loses_anything(
    app: Flask, session: Session, new_reviewer: NewReviewer
) -> None:
    telephone, noise, reviewer = Telephone(app, NUMBER), Telephone(app, NOISE), new_reviewer("68")
    other = live_a_life(session, noise, reviewer)
    code = live_a_life(session, telephone, reviewer)
    assert count_held(session, code) == EVERYTHING
    before = count_held(session, other)
    assert erase(telephone, "1").startswith(ERASED)
    assert count_held(session, code) == dict.fromkeys(EVERYTHING, 0)
    assert count_held(session, other) == {**before, "person": 0, "links": 0}  # of NUMBER, who is gone
    assert [idea.code for idea in session.scalars(select(Contribution))] == [other]
    assert [person.pseudonym for person in session.scalars(select(Person))] == [*KEYRING.make_pseudonyms(NOISE)]


@pytest.mark.parametrize(
    ("choice", "left"),
    [
        pytest.param("1", [], id="everything"),
        pytest.param("2", ["code", "words"], id="all but the ideas"),
    ],
)
def test_no_row_leads_to_who_was_erased(
    app: Flask, session: Session, new_reviewer: NewReviewer, choice: str, left: list[str]
) -> None:
    telephone = Telephone(app, NUMBER)
    code = live_a_life(session, telephone, new_reviewer("68"))
    person = session.scalars(select(Person)).one()
    link = session.scalars(select(DataLink)).one()
    traces = {
        "pseudonym": person.pseudonym.split(":")[1],
        "link": link.token_hash,
        "code": code,
        "words": MASKED,
        "draft": "il faudrait des sages-femmes",
        "number": NUMBER.removeprefix("+33"),
    }
    assert find_traces(session, traces) == ["pseudonym", "link", "code", "words", "draft"]
    erase(telephone, choice)
    assert find_traces(session, traces) == left
    assert {(one.person_id, one.said, len(one.options)) for one in session.scalars(select(Exchange))} == {
        (None, None, 0)
    }


def test_a_live_phrase_of_erased_ideas_is_left_empty_for_the_gate_to_take_out(
    app: Flask, session: Session, new_reviewer: NewReviewer
) -> None:
    telephone = Telephone(app, NUMBER)
    live_a_life(session, telephone, new_reviewer("68"))
    erase(telephone, "1")
    session.expire_all()
    phrases = [(one.state, one.words, one.contribution_id) for one in session.scalars(select(PhraseProposal))]
    assert phrases == [(ProposalState.LIVE, "", None)]


def test_who_keeps_their_ideas_keeps_them_masked_with_their_history_and_as_nobodys(
    app: Flask, session: Session, new_reviewer: NewReviewer
) -> None:
    telephone = Telephone(app, NUMBER)
    code = live_a_life(session, telephone, new_reviewer("68"))
    assert erase(telephone, "2").startswith(ERASED_BUT_IDEAS)
    held = {"person": 0, "idea": 1, "sealed": 0, "history": 1, "openings": 0, "phrases": 2, "links": 0}
    assert count_held(session, code) == held
    idea = session.scalars(select(Contribution)).one()
    assert (idea.person_id, idea.words, idea.insee) == (None, MASKED, "68066")
    followed = telephone.text(f"SUIVI {code}")
    assert followed.startswith(f"Idée {code}, du ")
    assert "garde le dimanche" not in followed
    assert "aucune idée" in telephone.text("mes donnees")


def test_an_idea_kept_is_not_erased_by_a_later_erasure(app: Flask, session: Session) -> None:
    telephone = Telephone(app, NUMBER)
    code = text_idea(session, telephone)
    erase(telephone, "2")
    erase(telephone, "1")
    session.expire_all()
    assert list(session.scalars(select(Contribution.code))) == [code]


def test_who_changes_their_mind_loses_nothing(app: Flask, session: Session, new_reviewer: NewReviewer) -> None:
    telephone = Telephone(app, NUMBER)
    code = live_a_life(session, telephone, new_reviewer("68"))
    for choice in ("3", "non", "annuler"):
        assert erase(telephone, choice).startswith("Rien n'est effacé.")
    assert count_held(session, code) == EVERYTHING


@pytest.mark.parametrize("choice", ["1", "2"])
def test_a_refusal_outlives_the_erasure_and_is_respected(app: Flask, session: Session, choice: str) -> None:
    telephone = Telephone(app, NUMBER)
    telephone.text("arret")
    erase(telephone, choice)
    session.expire_all()
    assert [refusal.pseudonym for refusal in session.scalars(select(OptOut))] == [*KEYRING.make_pseudonyms(NUMBER)]
    assert session.scalar(select(func.count()).select_from(Person)) == 0
    assert telephone.text("bonjour").startswith("Vous avez arreté nos messages.")


def test_who_had_refused_nothing_leaves_no_refusal(app: Flask, session: Session) -> None:
    erase(Telephone(app, NUMBER), "1")
    assert session.scalar(select(func.count()).select_from(OptOut)) == 0


@pytest.mark.parametrize("choice", ["1", "2"])
def test_the_confirmation_delivered_again_gets_the_same_bytes_and_makes_nobody(
    app: Flask, session: Session, choice: str
) -> None:
    """The provider sends again what it had no answer to: the person must still read that it is done."""
    telephone = Telephone(app, NUMBER)
    text_idea(session, telephone)
    telephone.text("effacer")
    form = telephone.form(choice)
    first = telephone.post(form)
    assert "C'est effacé." in first.get_data(as_text=True)
    after = read_all(session)
    assert telephone.post(form).data == first.data
    assert read_all(session) == after
    assert after["person"] == []


def test_an_earlier_message_delivered_again_after_the_erasure_does_nothing(app: Flask, session: Session) -> None:
    """What it was answered is erased too; without its number it would be a new person's new message."""
    telephone = Telephone(app, NUMBER)
    form = telephone.form("nouvelle idée")
    telephone.post(form)
    erase(telephone, "1")
    after = read_all(session)
    assert telephone.post(form).data == EMPTY_RESPONSE
    assert read_all(session) == after


def test_who_writes_after_an_erasure_is_somebody_new_and_is_told_who_reads(app: Flask, session: Session) -> None:
    telephone = Telephone(app, NUMBER)
    text_idea(session, telephone)
    erase(telephone, "1")
    reply = telephone.post(telephone.form("bonjour")).get_data(as_text=True)
    assert re.search(r"\[.*Vos idées sont lues par le CTS.*\]", reply)
    person = session.scalars(select(Person)).one()
    assert (person.home_insee, person.wrong_codes) == (None, 0)


# Everyone, when the time has come


def make_person(session: Session, name: str, at: dt.datetime = NOW, state: str | None = None) -> Person:
    person = Person(
        pseudonym=f"1:{name}", channel=Channel.SMS, first_seen=at, last_seen=at, state=state, state_at=at, wrong_codes=0
    )
    session.add(person)
    session.flush()
    return person


def make_idea(
    session: Session, code: str, at: dt.datetime = NOW, person: Person | None = None, sealed: bytes | None = None
) -> Contribution:
    idea = Contribution(
        code=code,
        person_id=person.id if person else None,
        channel=Channel.SMS,
        received_at=at,
        words="un bus dentaire",
        sealed_words=sealed,
        third_person_health=False,
        departement="68",
        suggestions=[],
        status=Status.RECEIVED,
    )
    idea.history.append(Change(at=at, to_status=Status.RECEIVED, reason="Reçue."))
    session.add(idea)
    session.flush()
    return idea


def make_exchange(session: Session, name: str, at: dt.datetime, person: Person | None = None) -> None:
    session.add(
        Exchange(
            account="AC1", message_id=name, person_id=person and person.id, received_at=at, reply="Bonjour", options=[]
        )
    )
    session.flush()


def make_alert(session: Session, name: str, day: dt.datetime) -> None:
    session.add(AlertCount(day=day.date(), kind=name, departement="68", count=2))


NOTHING = dict.fromkeys(
    [
        "EXCHANGES",
        "CONVERSATIONS",
        "ORIGINALS",
        "ANSWERS",
        "MESSAGES",
        "OWN_MESSAGES",
        "ASKED",
        "CHANGES",
        "OPENINGS",
        "PHRASES",
        "LEARNT",
        "CONTRIBUTIONS",
        "OWNERS",
        "OWN_EXCHANGES",
        "DATA_LINKS",
        "PEOPLE",
        "SIGN_INS",
        "INVITATIONS",
        "REPLY_COUNTS",
        "SIGN_IN_FAILURES",
        "ALERTS",
        "ADDRESSES",
    ],
    0,
)


@pytest.mark.parametrize(
    ("setting", "make", "step", "counted", "left"),
    [
        pytest.param(
            "EXCHANGES",
            make_exchange,
            SECOND,
            {"EXCHANGES": 1},
            select(Exchange.message_id).where(Exchange.reply != ""),
            id="exchanges",
        ),
        pytest.param(
            "PEOPLE", make_person, SECOND, {"PEOPLE": 1}, select(func.substr(Person.pseudonym, 3)), id="people"
        ),
        pytest.param(
            "CONVERSATIONS",
            lambda session, name, at: setattr(make_person(session, name, at, "{}"), "last_seen", NOW),
            SECOND,
            {"CONVERSATIONS": 1},
            select(func.substr(Person.pseudonym, 3)).where(Person.state.is_not(None)),
            id="conversations",
        ),
        pytest.param(
            "ORIGINALS",
            lambda session, name, at: make_idea(session, name, at, sealed=b"sealed"),
            SECOND,
            {"ORIGINALS": 1},
            select(Contribution.code).where(Contribution.sealed_words.is_not(None)),
            id="originals",
        ),
        pytest.param(
            "CONTRIBUTIONS",
            make_idea,
            SECOND,
            {"CONTRIBUTIONS": 1, "CHANGES": 1},
            select(Contribution.code),
            id="ideas",
        ),
        pytest.param("ALERTS", make_alert, dt.timedelta(days=1), {"ALERTS": 1}, select(AlertCount.kind), id="alerts"),
    ],
)
def test_what_is_older_than_its_delay_goes_and_what_is_as_old_stays(
    session: Session,
    setting: str,
    make: Callable[[Session, str, dt.datetime], object],
    step: dt.timedelta,
    counted: dict[str, int],
    left: object,
) -> None:
    table = read_retention({f"VOIX_KEEP_{setting}_DAYS": 3}) if setting == "EXCHANGES" else TABLE
    limit = oldest_kept(table[setting], NOW)
    for name, at in (("older", limit - step), ("as old", limit), ("newer", limit + step)):
        make(session, name, at)
    session.commit()
    assert purge(session, table, NOW) == {**NOTHING, **counted}
    session.commit()
    assert sorted(session.scalars(left)) == ["as old", "newer"]  # type: ignore[call-overload]
    assert purge(session, table, NOW) == NOTHING


def test_a_link_that_has_expired_goes_and_another_stays(session: Session) -> None:
    person = make_person(session, "a")
    for name, expires in (("expired", NOW - SECOND), ("now", NOW), ("later", NOW + SECOND)):
        session.add(DataLink(token_hash=name, person_id=person.id, expires_at=expires))
    session.commit()
    assert purge(session, TABLE, NOW) == {**NOTHING, "DATA_LINKS": 1}
    assert sorted(session.scalars(select(DataLink.token_hash))) == ["later", "now"]


def test_a_person_forgotten_leaves_their_ideas_as_nobodys(session: Session) -> None:
    gone, stays = make_person(session, "gone", NOW - dt.timedelta(days=366)), make_person(session, "stays")
    make_idea(session, "AAAAAA", NOW - dt.timedelta(days=366), gone)
    make_idea(session, "BBBBBB", NOW - dt.timedelta(days=366), stays)
    session.commit()
    assert purge(session, TABLE, NOW) == {**NOTHING, "OWNERS": 1, "PEOPLE": 1}
    session.expire_all()
    owners = {idea.code: idea.person_id for idea in session.scalars(select(Contribution))}
    assert owners == {"AAAAAA": None, "BBBBBB": stays.id}


def test_a_refusal_is_never_purged(session: Session) -> None:
    session.add(OptOut(pseudonym="1:a", since=NOW - dt.timedelta(days=36500), answers_only=False))
    session.commit()
    assert purge(session, TABLE, NOW) == NOTHING
    assert list(session.scalars(select(OptOut.pseudonym))) == ["1:a"]


def fill_all_old(session: Session, reviewer: Reviewer) -> None:
    """Somebody of six years ago, nothing of whom was ever purged; and somebody of today, who loses nothing."""
    for name, code, at in (("old", "AAAAAA", NOW - dt.timedelta(days=2200)), ("new", "BBBBBB", NOW)):
        person = make_person(session, name, at, "{}")
        make_exchange(session, name, at, person)
        idea = make_idea(session, code, at, person, sealed=b"sealed")
        for state in (ProposalState.REFUSED, ProposalState.LIVE):
            session.add(
                PhraseProposal(
                    contribution_id=idea.id, words="un bus", label="A4.2", reviewer_id=reviewer.id, at=at, state=state
                )
            )
        session.add(Opening(contribution_id=idea.id, reviewer_id=reviewer.id, at=at, reason="Vérifier."))
        session.add(DataLink(token_hash=name, person_id=person.id, expires_at=at + dt.timedelta(days=1)))
        make_alert(session, name, at)


def fill_one_each(session: Session, reviewer: Reviewer) -> None:
    """One row past each delay, each of somebody else."""
    ages = {setting: oldest_kept(kept, NOW) - dt.timedelta(days=1) for setting, kept in TABLE.items()}
    make_exchange(session, "old", ages["EXCHANGES"])
    make_person(session, "idle", ages["CONVERSATIONS"], "{}").last_seen = NOW
    make_person(session, "gone", ages["PEOPLE"])
    make_idea(session, "AAAAAA", ages["ORIGINALS"], sealed=b"sealed")
    make_idea(session, "BBBBBB", ages["CONTRIBUTIONS"])
    make_alert(session, "suicide", ages["ALERTS"])


FILLS = [pytest.param(fill_one_each, id="one row each"), pytest.param(fill_all_old, id="all of one person")]


@pytest.mark.parametrize("fill", FILLS)
def test_a_dry_run_counts_what_a_real_one_erases_and_changes_nothing(
    session: Session, new_reviewer: NewReviewer, fill: Callable[[Session, Reviewer], None]
) -> None:
    fill(session, new_reviewer("68"))
    session.commit()
    before = read_all(session)
    foreseen = purge(session, TABLE, NOW, dry_run=True)
    session.commit()
    assert read_all(session) == before
    assert foreseen == purge(session, TABLE, NOW)
    assert foreseen != NOTHING


def test_all_that_was_held_of_one_person_goes_and_only_the_learnt_phrase_stays(
    session: Session, new_reviewer: NewReviewer
) -> None:
    reviewer = new_reviewer("68")
    fill_all_old(session, reviewer)
    session.commit()
    purge(session, TABLE, NOW)
    session.commit()
    left = {name: len(rows) for name, rows in read_all(session).items() if rows}
    once = ("alert_count", "change", "contribution", "data_link", "opening", "person", "reviewer")
    assert left == {**dict.fromkeys(once, 1), "phrase_proposal": 3, "exchange": 2}
    held = select(Exchange.message_id).where(HOLDS_SOMETHING)
    assert len(session.scalars(held).all()) == 1  # of the other, the number alone stays


@pytest.mark.parametrize("fill", FILLS)
def test_the_command_foresees_in_a_dry_run_what_it_then_does(
    app: Flask, session: Session, new_reviewer: NewReviewer, fill: Callable[[Session, Reviewer], None]
) -> None:
    fill(session, new_reviewer("68"))
    session.commit()

    def run(*options: str) -> dict[str, int]:
        result = app.test_cli_runner().invoke(args=["purge", *options])
        assert result.exit_code == 0, result.output
        return {kind: int(number) for kind, number in map(str.split, result.output.splitlines())}

    before = read_all(session)
    foreseen = run("--dry-run")
    assert read_all(session) == before
    assert list(foreseen) == [kind.lower() for kind in NOTHING]
    assert run() == foreseen
    assert set(run().values()) == {0}
