"""Decisions: drafted by one, published once, told to everybody concerned."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.known import Mind
from extensions import db
from service import contributions, decisions, people, publication
from service.decisions import Decision
from service.errors import Forbidden, NotFound, Outdated, Refused
from service.models import (
    Change,
    Contribution,
    Delivery,
    Draft,
    Meeting,
    OutboxMessage,
    Person,
    Phase,
    Purpose,
    Reviewer,
    Role,
    Status,
    Support,
)
from service.status import CHANGED_MEANWHILE
from tests.council import LATER, NOW, citizen, idea, meeting

NewReviewer = Callable[..., Reviewer]
RETAINED = Decision(Status.RETAINED, "Réaliste.", "Bonjour, le conseil retient votre idée.", "Idée retenue, merci !")
OWED = "Voix Santé, votre idée K7Q2MX : retenue par le CTS.\nRéponse du CTS : Idée retenue, merci !"


@pytest.fixture
def secretary(new_reviewer: NewReviewer) -> Reviewer:
    return new_reviewer("68")


@pytest.fixture
def found(session: Session) -> Contribution:
    """The idea that is decided; another beside it."""
    idea(session, "CCCCC2")
    return idea(session, "K7Q2MX")


def draft(
    session: Session, mind: Mind, reviewer: Reviewer, found: Contribution, decision: Decision = RETAINED
) -> Draft:
    made = decisions.draft_decision(session, mind, reviewer, found.code, decision, version=found.version, now=NOW)
    session.commit()
    return made


def publish(session: Session, reviewer: Reviewer, *found: Contribution) -> publication.Publication:
    done = publication.publish(session, reviewer, {one.code: one.version for one in found}, LATER)
    session.commit()
    return done


def owed(session: Session) -> list[tuple[str, str, Delivery]]:
    """To whom, what, and how it stands."""
    rows = select(Person.pseudonym, OutboxMessage).join(OutboxMessage, OutboxMessage.person_id == Person.id)
    return [(name, one.text, one.delivery) for name, one in session.execute(rows.order_by(OutboxMessage.id))]


# Drafting


def test_a_draft_waits_and_the_citizen_sees_nothing(
    session: Session, mind: Mind, secretary: Reviewer, found: Contribution
) -> None:
    made = draft(session, mind, secretary, found)
    assert Decision.of(made) == RETAINED
    assert (found.status, found.drafted_status, found.answer) == (Status.INSTRUCTED, Status.RETAINED, None)
    assert owed(session) == []
    author = session.get_one(Person, found.person_id)
    case = contributions.find_case(session, author, "K7Q2MX", NOW)
    assert case is not None
    assert (case.status, case.answer) == ("lue, le CTS va en débattre", None)


PROJECT = "cmsi-louvois"
WRONG = [
    (Decision(Status.NOT_RETAINED, " ", "a", "b"), "reason", "Indiquez pourquoi l'idée n'est pas retenue."),
    (Decision(Status.FORWARDED, "", "a", "b", " "), "forwarded_to", "Dites à qui l'idée est transmise."),
    (Decision(Status.ATTACHED, "", "a", "b"), "project", "Choisissez le projet."),
    (Decision(Status.BECAME_PROJECT, "", "a", "b", project="inconnu"), "project", "Choisissez le projet."),
    (Decision(Status.MERGED, "", "a", "b"), "status", "Choisissez une décision."),
    (Decision(Status.RETAINED, "", " ", "b"), "answer", "Écrivez la réponse pour le site."),
    (Decision(Status.RETAINED, "", "a", ""), "answer_sms", "Écrivez la réponse par SMS."),
    (
        Decision(Status.RETAINED, "", "a", "{projet}"),
        "answer_sms",
        "Remplacez {projet} dans la réponse : il ne peut pas être rempli pour cette idée.",
    ),
]


@pytest.mark.parametrize(("decision", "field", "sentence"), WRONG, ids=[f"{w[0].status} {w[1]}" for w in WRONG])
def test_a_decision_that_cannot_be_published_is_refused(
    session: Session,
    mind: Mind,
    secretary: Reviewer,
    found: Contribution,
    decision: Decision,
    field: str,
    sentence: str,
) -> None:
    with pytest.raises(Refused) as refused:
        draft(session, mind, secretary, found, decision)
    assert (str(refused.value), refused.value.field) == (sentence, field)
    assert found.drafted_status is None


def test_a_decision_keeps_only_its_own_fields_and_fills_in_its_answers(
    session: Session, mind: Mind, secretary: Reviewer, found: Contribution
) -> None:
    typed = Decision(Status.FORWARDED, "", "À {destinataire}, pour {commune}.", "{code}", "la mairie", PROJECT)
    made = draft(session, mind, secretary, found, typed)
    assert Decision.of(made) == Decision(
        Status.FORWARDED, "", "À la mairie, pour Mulhouse.", "K7Q2MX", "la mairie", None
    )
    made = draft(session, mind, secretary, found, replace(typed, status=Status.ATTACHED, answer="{projet}"))
    assert (made.forwarded_to, made.project) == ("", PROJECT)
    assert made.answer == mind.knowledge.project(PROJECT).name


def test_of_two_who_draft_the_second_is_told_and_nothing_is_lost(
    session: Session, mind: Mind, secretary: Reviewer, new_reviewer: NewReviewer, found: Contribution
) -> None:
    other, read = new_reviewer("68"), found.version
    draft(session, mind, secretary, found)
    with pytest.raises(Outdated) as outdated:
        decisions.draft_decision(
            session, mind, other, "K7Q2MX", replace(RETAINED, answer="Autre"), version=read, now=NOW
        )
    assert str(outdated.value) == CHANGED_MEANWHILE
    session.rollback()
    kept = decisions.find_draft(session, found)
    assert kept is not None
    assert (kept.answer, kept.reviewer_id) == (RETAINED.answer, secretary.id)


def test_the_same_decision_in_other_words_outdates_too(
    session: Session, mind: Mind, secretary: Reviewer, found: Contribution
) -> None:
    draft(session, mind, secretary, found)
    read = found.version
    draft(session, mind, secretary, found, replace(RETAINED, answer="Mieux dit."))
    assert found.version == read + 1


def test_a_double_click_drafts_once(session: Session, mind: Mind, secretary: Reviewer, found: Contribution) -> None:
    read = found.version
    draft(session, mind, secretary, found)
    decisions.draft_decision(session, mind, secretary, "K7Q2MX", RETAINED, version=read, now=LATER)
    assert found.version == read + 1


def test_a_draft_may_be_forgotten(session: Session, mind: Mind, secretary: Reviewer, found: Contribution) -> None:
    read = found.version
    draft(session, mind, secretary, found)
    with pytest.raises(Outdated):
        decisions.discard_draft(session, secretary, "K7Q2MX", read)
    decisions.discard_draft(session, secretary, "K7Q2MX", found.version)
    session.commit()
    assert (found.drafted_status, decisions.find_draft(session, found)) == (None, None)
    decisions.discard_draft(session, secretary, "K7Q2MX", read)  # a double click


def test_only_those_who_decide_here_draft_and_publish(
    session: Session, mind: Mind, new_reviewer: NewReviewer, found: Contribution
) -> None:
    member, foreigner = new_reviewer("68", Role.MEMBER, "users"), new_reviewer("51")
    for act in (draft, None):
        for reviewer, error in ((member, Forbidden), (foreigner, NotFound)):
            with pytest.raises(error):
                if act:
                    act(session, mind, reviewer, found)
                else:
                    publish(session, reviewer, found)


def test_a_merged_idea_is_decided_with_the_other(
    session: Session, mind: Mind, secretary: Reviewer, found: Contribution
) -> None:
    draft(session, mind, secretary, found)
    found.status = Status.MERGED
    session.commit()
    with pytest.raises(Refused):
        draft(session, mind, secretary, found, replace(RETAINED, answer="Autre"))
    assert publish(session, secretary, found).refused == {"K7Q2MX": decisions.MERGED_MEANWHILE}
    assert found.status is Status.MERGED


# Publishing


def test_publishing_moves_the_status_logs_it_and_owes_the_answer(
    session: Session, mind: Mind, secretary: Reviewer, found: Contribution
) -> None:
    draft(session, mind, secretary, found)
    done = publish(session, secretary, found)
    assert (done.published, done.refused) == (("K7Q2MX",), {})
    assert (found.status, found.drafted_status) == (Status.RETAINED, None)
    assert (found.answer, found.answer_sms) == (RETAINED.answer, RETAINED.answer_sms)
    line = session.scalars(select(Change).where(Change.contribution_id == found.id)).one()
    assert (line.from_status, line.to_status, line.reviewer_id, line.reason, line.answer) == (
        Status.INSTRUCTED,
        Status.RETAINED,
        secretary.id,
        "Réaliste.",
        RETAINED.answer,
    )
    assert owed(session) == [("author of K7Q2MX", OWED, Delivery.OWED)]
    message = session.scalars(select(OutboxMessage)).one()
    assert (message.purpose, message.batch, message.contribution_id) == (Purpose.DECISION, done.batch, found.id)
    assert publication.count_deliveries(session, [found]) == {found.id: {Delivery.OWED: 1}}


def test_a_transmission_says_to_whom_and_a_project_is_linked(
    session: Session, mind: Mind, secretary: Reviewer, found: Contribution
) -> None:
    draft(session, mind, secretary, found, replace(RETAINED, status=Status.FORWARDED, forwarded_to="la mairie"))
    publish(session, secretary, found)
    draft(session, mind, secretary, found, replace(RETAINED, status=Status.BECAME_PROJECT, project=PROJECT))
    publish(session, secretary, found)
    lines = session.scalars(select(Change).where(Change.contribution_id == found.id).order_by(Change.id)).all()
    assert [(line.to_status, line.forwarded_to, line.reason) for line in lines] == [
        (Status.FORWARDED, "la mairie", "Réaliste."),
        (Status.BECAME_PROJECT, None, "Réaliste."),
    ]
    assert found.linked_project == PROJECT


def test_everybody_concerned_is_told_once_on_their_channel(
    session: Session, mind: Mind, secretary: Reviewer, found: Contribution
) -> None:
    merged = idea(session, "DDDDD2", author="merged", channel=Channel.WEB)
    deeper = idea(session, "EEEEE2", author="deeper")
    merged.merged_into_id, deeper.merged_into_id = found.id, merged.id
    citizen(session, "noise")
    fan, stopped = citizen(session, "fan"), citizen(session, "stopped")
    people.opt_out(session, ("stopped",), NOW, answers_only=True)
    author = session.get_one(Person, found.person_id)
    for person, supported in ((fan, found), (fan, deeper), (stopped, merged), (author, merged)):
        session.add(Support(contribution_id=supported.id, person_id=person.id, at=NOW))
    session.add(Support(contribution_id=found.id, person_id=None, at=NOW))  # somebody who was erased
    session.commit()
    draft(session, mind, secretary, found)
    publish(session, secretary, found)
    end = ": retenue par le CTS.\nRéponse du CTS :"
    assert sorted(owed(session)) == sorted(
        [
            ("author of K7Q2MX", OWED, Delivery.OWED),
            (
                "merged",
                f"Voix Santé, votre idée DDDDD2, regroupée avec K7Q2MX {end} {RETAINED.answer}",
                Delivery.OWED,
            ),
            (
                "deeper",
                f"Voix Santé, votre idée EEEEE2, regroupée avec K7Q2MX {end} Idée retenue, merci !",
                Delivery.OWED,
            ),
            ("fan", f"Voix Santé, l'idée K7Q2MX que vous soutenez {end} Idée retenue, merci !", Delivery.OWED),
            (
                "stopped",
                f"Voix Santé, l'idée DDDDD2 que vous soutenez, regroupée avec K7Q2MX {end} Idée retenue, merci !",
                Delivery.UNWANTED,
            ),
        ]
    )
    assert publication.count_deliveries(session, [found]) == {found.id: {Delivery.OWED: 4, Delivery.UNWANTED: 1}}
    assert publication.count_sms_openings(publication.find_audience(session, found)) == {
        "Voix Santé, votre idée K7Q2MX": 1,
        "Voix Santé, votre idée EEEEE2, regroupée avec K7Q2MX": 1,
        "Voix Santé, l'idée K7Q2MX que vous soutenez": 1,
        "Voix Santé, l'idée DDDDD2 que vous soutenez, regroupée avec K7Q2MX": 1,
    }


def test_an_erased_author_is_told_nothing(
    session: Session, mind: Mind, secretary: Reviewer, found: Contribution
) -> None:
    found.person_id = None
    session.commit()
    draft(session, mind, secretary, found)
    assert publish(session, secretary, found).published == ("K7Q2MX",)
    assert owed(session) == []


def test_the_author_reads_the_answer_of_their_channel(
    session: Session, mind: Mind, secretary: Reviewer, found: Contribution
) -> None:
    draft(session, mind, secretary, found)
    publish(session, secretary, found)
    merged = idea(session, "DDDDD2", status=Status.MERGED)
    merged.merged_into_id = found.id
    session.commit()
    by_sms, on_the_web = citizen(session, "by SMS"), citizen(session, "on the web", Channel.WEB)
    told = {
        (code, person.pseudonym): (case.status, case.answer)
        for code in ("K7Q2MX", "DDDDD2")
        for person in (by_sms, on_the_web)
        if (case := contributions.find_case(session, person, code, NOW))
    }
    became = "regroupée avec une idée qui dit la même chose, retenue par le CTS"
    assert told == {
        ("K7Q2MX", "by SMS"): ("retenue par le CTS", RETAINED.answer_sms),
        ("K7Q2MX", "on the web"): ("retenue par le CTS", RETAINED.answer),
        ("DDDDD2", "by SMS"): (became, RETAINED.answer_sms),
        ("DDDDD2", "on the web"): (became, RETAINED.answer),
    }


def test_a_published_decision_may_be_revised_and_the_history_keeps_both(
    session: Session, mind: Mind, secretary: Reviewer, found: Contribution
) -> None:
    draft(session, mind, secretary, found)
    first = publish(session, secretary, found)
    draft(session, mind, secretary, found, Decision(Status.NOT_RETAINED, "Trop cher.", "Non.", "Non."))
    second = publish(session, secretary, found)
    lines = session.scalars(select(Change).where(Change.contribution_id == found.id).order_by(Change.id)).all()
    assert [(line.to_status, line.answer) for line in lines] == [
        (Status.RETAINED, RETAINED.answer),
        (Status.NOT_RETAINED, "Non."),
    ]
    assert first.batch != second.batch
    # Of the two publications the delivery that is told is the last one's.
    assert publication.count_deliveries(session, [found]) == {found.id: {Delivery.OWED: 1}}


def test_a_double_click_publishes_once(session: Session, mind: Mind, secretary: Reviewer, found: Contribution) -> None:
    draft(session, mind, secretary, found)
    read = {"K7Q2MX": found.version}
    for codes in (("K7Q2MX",), ()):
        done = publication.publish(session, secretary, read, LATER)
        session.commit()
        assert (done.published, done.refused) == (codes, {})
    assert len(owed(session)) == 1


def test_a_case_that_changed_since_it_was_read_holds_up_no_other(
    session: Session, mind: Mind, secretary: Reviewer, found: Contribution
) -> None:
    other = session.scalars(select(Contribution).where(Contribution.code == "CCCCC2")).one()
    draft(session, mind, secretary, found)
    draft(session, mind, secretary, other)
    read = {one.code: one.version for one in (found, other)}
    draft(session, mind, secretary, found, replace(RETAINED, answer="Autre"))
    done = publication.publish(session, secretary, read, LATER)
    session.commit()
    assert (done.published, done.refused) == (("CCCCC2",), {"K7Q2MX": CHANGED_MEANWHILE})
    assert (found.status, found.drafted_status) == (Status.INSTRUCTED, Status.RETAINED)
    assert [name for name, _text, _delivery in owed(session)] == ["author of CCCCC2"]


def test_a_case_is_published_whole_or_not_at_all(
    session: Session, mind: Mind, secretary: Reviewer, found: Contribution, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that cannot be owed takes its case's status back, and no other's."""
    other = session.scalars(select(Contribution).where(Contribution.code == "CCCCC2")).one()
    session.add(Support(contribution_id=found.id, person_id=citizen(session, "fan").id, at=NOW))
    session.commit()
    draft(session, mind, secretary, found)
    draft(session, mind, secretary, other)
    monkeypatch.setattr("service.outbox.LONGEST_TEXT", len(OWED))  # the supporter's message is longer
    done = publish(session, secretary, found, other)
    assert done.published == ("CCCCC2",)
    assert list(done.refused) == ["K7Q2MX"]
    assert (found.status, found.answer, found.drafted_status) == (Status.INSTRUCTED, None, Status.RETAINED)
    assert [name for name, _text, _delivery in owed(session)] == ["author of CCCCC2"]


def test_a_meeting_is_published_once_its_opinions_are_closed(
    session: Session, mind: Mind, secretary: Reviewer, found: Contribution
) -> None:
    held = meeting(session, secretary, found)
    draft(session, mind, secretary, found)
    with pytest.raises(Refused) as refused:
        publication.publish_meeting(session, secretary, held, {"K7Q2MX": found.version}, LATER)
    assert str(refused.value) == publication.NOT_CLOSED
    held.phase = Phase.CLOSED
    session.commit()
    assert publication.publish_meeting(session, secretary, held, {}, LATER).published == ()
    session.expire_all()
    assert held.published_at is None
    version = held.version
    publication.publish_meeting(session, secretary, held, {"K7Q2MX": found.version}, LATER)
    session.commit()
    assert (held.published_at, held.version, found.status) == (LATER, version, Status.RETAINED)


def test_a_meeting_publishes_what_is_on_its_own_agenda_and_nothing_else(
    session: Session, mind: Mind, secretary: Reviewer, found: Contribution
) -> None:
    elsewhere, nowhere = idea(session, "DDDDD2"), idea(session, "EEEEE2")
    held = meeting(session, secretary, found, phase=Phase.CLOSED)
    meeting(session, secretary, elsewhere, phase=Phase.INSTRUCTION)
    three = (found, elsewhere, nowhere)
    for one in three:
        draft(session, mind, secretary, one)
    done = publication.publish_meeting(session, secretary, held, {one.code: one.version for one in three}, LATER)
    session.commit()
    assert done.published == ("K7Q2MX",)
    assert done.refused == dict.fromkeys(("DDDDD2", "EEEEE2"), publication.NOT_DEBATED)
    assert [one.status for one in three] == [Status.RETAINED, Status.INSTRUCTED, Status.INSTRUCTED]
    assert [name for name, _text, _delivery in owed(session)] == ["author of K7Q2MX"]


# Two at once


def test_a_meeting_reopened_while_it_is_published_publishes_nothing(
    session: Session, mind: Mind, secretary: Reviewer, found: Contribution
) -> None:
    held = meeting(session, secretary, found, phase=Phase.CLOSED)
    draft(session, mind, secretary, found)
    assert held.phase is Phase.CLOSED  # as it was read, a moment before
    reopened = update(Meeting).values(phase=Phase.OPINIONS)
    session.execute(reopened, execution_options={"synchronize_session": False})
    with pytest.raises(Refused) as refused:
        publication.publish_meeting(session, secretary, held, {"K7Q2MX": found.version}, LATER)
    assert str(refused.value) == publication.NOT_CLOSED
    session.rollback()
    assert (found.status, owed(session)) == (Status.INSTRUCTED, [])


def publish_twice_at_once(app: Flask, session: Session, secretary: Reviewer, found: Contribution) -> int:
    """How many messages are owed after two people published the same case at the same moment."""
    number, read, ready = secretary.id, {found.code: found.version}, threading.Barrier(2)
    session.rollback()
    faults: list[Exception] = []

    def run() -> None:
        with app.app_context(), Session(db.engine) as own:
            ready.wait()
            try:
                publication.publish(own, own.get_one(Reviewer, number), read, LATER)
                own.commit()
            except Exception as error:
                faults.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    return len(owed(session))


def test_two_who_publish_at_once_tell_the_author_once(
    app: Flask, session: Session, mind: Mind, secretary: Reviewer, found: Contribution
) -> None:
    draft(session, mind, secretary, found)
    assert publish_twice_at_once(app, session, secretary, found) == 1


def test_without_its_defences_a_second_publication_tells_again(
    session: Session, mind: Mind, secretary: Reviewer, found: Contribution, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: the draft that was read before the first one published it, and no look at the version."""
    draft(session, mind, secretary, found)
    stale = decisions.find_draft(session, found)
    assert stale is not None
    kept = Draft(contribution_id=found.id, reviewer_id=secretary.id, at=NOW, **vars(Decision.of(stale)))
    publish(session, secretary, found)
    monkeypatch.setattr(publication, "find_draft", lambda *_: kept)
    monkeypatch.setattr(publication, "check_version", lambda *_: None)
    monkeypatch.setattr(session, "delete", lambda _: None)
    publish(session, secretary, found)
    assert len(owed(session)) == 2
