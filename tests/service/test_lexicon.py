"""A correction becomes a proposed phrase; who sees it, who may let it be tried; what erasure leaves; the agreement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channel import Channel
from service import cases, erasure, lexicon, people
from service.agreement import Share, measure_agreement
from service.errors import NotFound, Refused
from service.models import Contribution, PhraseProposal, ProposalState, Reviewer, Source, Status
from service.retention import read_retention

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
NewReviewer = Callable[[str | None], Reviewer]
WORDS = "un bus dentaire, appelez-moi au [téléphone]"
ONLY_REGION = "Seule la région accepte ou refuse une phrase : le lexique sert à tous les territoires."


def take_in(
    session: Session, code: str = "K7Q2MX", suggested: str | None = "A2.1", departement: str = "68"
) -> Contribution:
    """An idea for which the matcher suggested a solution."""
    author = people.hold_person(session, (f"1:{code}",), Channel.SMS, NOW)
    made = Contribution(
        code=code,
        person_id=author.id,
        channel=Source.SMS,
        received_at=NOW,
        words=WORDS,
        third_person_health=False,
        departement=departement,
        suggestions=[],
        suggested=suggested,
        axis=suggested and suggested[:2],
        solution=suggested,
        status=Status.RECEIVED,
    )
    session.add(made)
    session.commit()
    return made


def classify(
    session: Session, reviewer: Reviewer, contribution: Contribution, solution: str | None, at: dt.datetime = NOW
) -> None:
    given = {"reason": "Réaliste.", "told_by": (), "version": contribution.version, "now": at}
    cases.instruct(session, reviewer, contribution.code, solution, **given)
    session.commit()


def proposed(session: Session) -> list[tuple[str | None, str, ProposalState]]:
    """What was suggested, what the reviewer says, and its state, oldest first."""
    found = session.scalars(select(PhraseProposal).order_by(PhraseProposal.id))
    return [(one.suggested, one.label, one.state) for one in found]


@pytest.fixture
def region(new_reviewer: NewReviewer) -> Reviewer:
    return new_reviewer(None)


@pytest.fixture
def proposal(session: Session, region: Reviewer) -> PhraseProposal:
    """A phrase proposed in Haut-Rhin, beside one proposed in Marne."""
    classify(session, region, take_in(session), "A4.2")
    classify(session, region, take_in(session, "NNNNNN", departement="51"), "A4.3")
    return session.scalars(select(PhraseProposal).order_by(PhraseProposal.id)).first()  # type: ignore[return-value]


# What becomes a proposal


@pytest.mark.parametrize(
    ("suggested", "solution", "expected"),
    [
        pytest.param("A2.1", "A2.1", [], id="agreed"),
        pytest.param("A2.1", "A4.2", [("A2.1", "A4.2", ProposalState.PROPOSED)], id="corrected"),
        pytest.param(None, "A4.2", [(None, "A4.2", ProposalState.PROPOSED)], id="nothing suggested"),
        pytest.param("A2.1", None, [], id="left without a solution"),
    ],
)
def test_a_correction_and_nothing_else_becomes_a_proposed_phrase(
    session: Session, region: Reviewer, suggested: str | None, solution: str | None, expected: list[object]
) -> None:
    classify(session, region, take_in(session, suggested=suggested), solution)
    assert proposed(session) == expected


def test_a_proposed_phrase_holds_the_masked_words_and_who_corrected(session: Session, region: Reviewer) -> None:
    idea = take_in(session)
    classify(session, region, idea, "A4.2")
    made = session.scalars(select(PhraseProposal)).one()
    assert (made.words, made.contribution_id, made.reviewer_id, made.at) == (WORDS, idea.id, region.id, NOW)
    assert (made.decided_by, made.decided_at, made.note) == (None, None, "")


@pytest.mark.parametrize(
    ("state", "solution", "expected"),
    [
        pytest.param("accepted", "A4.3", [("A4.3", "proposed")], id="another correction takes its place"),
        pytest.param("accepted", "A4.2", [("A4.2", "accepted")], id="the same correction changes nothing"),
        pytest.param("refused", "A4.2", [("A4.2", "refused")], id="a refused one does not come back"),
        pytest.param("held_back", "A2.1", [], id="agreed after all"),
        pytest.param("live", "A4.3", [("A4.2", "live"), ("A4.3", "proposed")], id="a live one stays until the gate"),
        pytest.param("live", "A4.2", [("A4.2", "live")], id="a live one is not proposed again"),
    ],
)
def test_of_a_decision_revised_the_last_correction_counts(
    session: Session, region: Reviewer, state: str, solution: str, expected: list[tuple[str, str]]
) -> None:
    idea = take_in(session)
    classify(session, region, idea, "A4.2")
    session.scalars(select(PhraseProposal)).one().state = ProposalState(state)
    session.commit()
    classify(session, region, idea, solution)
    assert [(label, found.value) for _, label, found in proposed(session)] == expected


# Who sees, who may


@pytest.mark.parametrize(
    ("departement", "labels"),
    [
        pytest.param(None, ["A4.2", "A4.3"], id="region"),
        pytest.param("68", ["A4.2"], id="Haut-Rhin"),
        pytest.param("51", ["A4.3"], id="Marne"),
        pytest.param("88", [], id="Vosges"),
    ],
)
@pytest.mark.usefixtures("proposal")
def test_a_territory_sees_its_own_phrases_and_the_region_all(
    session: Session, new_reviewer: NewReviewer, departement: str | None, labels: list[str]
) -> None:
    reviewer = new_reviewer(departement)
    assert [one.label for one in lexicon.list_proposals(session, reviewer)] == labels
    assert lexicon.list_proposals(session, reviewer, (ProposalState.LIVE,)) == []
    assert lexicon.count_by_state(session, reviewer) == {
        **dict.fromkeys(ProposalState, 0),
        ProposalState.PROPOSED: len(labels),
    }


@pytest.mark.parametrize("act", [lexicon.accept, lexicon.refuse], ids=["accept", "refuse"])
@pytest.mark.parametrize(
    ("departement", "error", "sentence"),
    [
        pytest.param("68", Refused, ONLY_REGION, id="their own territory's"),
        pytest.param("51", NotFound, "Cette phrase n'existe pas, ou n'est pas de votre territoire.", id="another's"),
    ],
)
def test_a_territory_decides_on_no_phrase(
    session: Session, new_reviewer: NewReviewer, proposal: PhraseProposal, act: Callable[..., object],
    departement: str, error: type[Exception], sentence: str,
) -> None:  # fmt: skip
    with pytest.raises(error) as caught:
        act(session, new_reviewer(departement), proposal.id, NOW)
    assert str(caught.value) == sentence
    assert [state for _, _, state in proposed(session)] == [ProposalState.PROPOSED] * 2


@pytest.mark.parametrize("before", [state for state in ProposalState if state is not ProposalState.LIVE])
def test_the_region_accepts_and_refuses_and_may_change_its_mind(
    session: Session, region: Reviewer, proposal: PhraseProposal, before: ProposalState
) -> None:
    proposal.state, proposal.note = before, "Avant : 1/2."
    session.commit()
    lexicon.refuse(session, region, proposal.id, NOW)
    assert (proposal.state, proposal.note) == (ProposalState.REFUSED, "")
    lexicon.accept(session, region, proposal.id, NOW)
    assert (proposal.state, proposal.decided_by, proposal.decided_at) == (ProposalState.ACCEPTED, region.id, NOW)


def test_a_live_phrase_is_no_longer_decided_on(session: Session, region: Reviewer, proposal: PhraseProposal) -> None:
    proposal.state = ProposalState.LIVE
    session.commit()
    with pytest.raises(Refused) as caught:
        lexicon.refuse(session, region, proposal.id, NOW)
    assert str(caught.value) == "Cette phrase est déjà dans le lexique."


# Erasure


@pytest.mark.parametrize(
    ("state", "keep_ideas", "left"),
    [
        pytest.param("accepted", False, [], id="not live: it goes with the idea"),
        pytest.param("live", False, [("", None)], id="live: no word of it stays"),
        pytest.param("accepted", True, [(WORDS, 1)], id="ideas kept: so are phrases"),
    ],
)
def test_who_erases_their_ideas_erases_the_phrases_drawn_from_them(
    session: Session, region: Reviewer, state: str, keep_ideas: bool, left: list[tuple[str, int | None]]
) -> None:
    idea = take_in(session)
    classify(session, region, idea, "A4.2")
    classify(session, region, take_in(session, "NNNNNN"), "A4.3")
    session.scalars(select(PhraseProposal).where(PhraseProposal.label == "A4.2")).one().state = ProposalState(state)
    session.commit()
    author = people.hold_person(session, ("1:K7Q2MX",), Channel.SMS, NOW)
    erasure.erase_person(session, author, NOW, keep_ideas=keep_ideas)
    session.commit()
    found = session.scalars(select(PhraseProposal).where(PhraseProposal.label == "A4.2"))
    assert [(one.words, one.contribution_id) for one in found] == left
    noise = session.scalars(select(PhraseProposal).where(PhraseProposal.label == "A4.3")).one()
    assert (noise.words, noise.contribution_id is None) == (WORDS, False)


@pytest.mark.parametrize(("state", "left"), [("refused", []), ("live", [(WORDS, None)])], ids=["refused", "live"])
def test_the_purge_of_old_ideas_leaves_the_lexicon_what_it_learnt_and_nothing_else(
    session: Session, region: Reviewer, state: str, left: list[tuple[str, int | None]]
) -> None:
    classify(session, region, take_in(session), "A4.2")
    session.scalars(select(PhraseProposal)).one().state = ProposalState(state)
    session.commit()
    erasure.purge(session, read_retention({}), NOW + dt.timedelta(days=6 * 365))
    session.commit()
    session.expire_all()
    assert session.scalars(select(Contribution)).all() == []
    assert [(one.words, one.contribution_id) for one in session.scalars(select(PhraseProposal))] == left


# Agreement


def test_agreement_is_counted_by_solution_and_by_month_of_the_last_decision(
    session: Session, region: Reviewer, new_reviewer: NewReviewer
) -> None:
    def later(days: int) -> dt.datetime:
        return NOW + dt.timedelta(days=days)

    classify(session, region, take_in(session, "AAAAAA"), "A2.1", later(0))
    classify(session, region, take_in(session, "CCCCCC"), "A4.2", later(0))
    classify(session, region, take_in(session, "DDDDDD", None), "A4.2", later(30))
    classify(session, region, take_in(session, "EEEEEE", departement="51"), "A2.1", later(30))
    classify(session, region, take_in(session, "FFFFFF"), None, later(30))
    revised = take_in(session, "GGGGGG")
    classify(session, region, revised, "A3.1", later(0))
    classify(session, region, revised, "A2.1", later(30))
    take_in(session, "HHHHHH")

    found = measure_agreement(session, region, later(40))
    assert found.months == ("2026-07", "2026-08", "2026-09", "2026-10", "2026-11", "2026-12")
    assert found.by_solution == {"A2.1": Share(3, 3), "A4.2": Share(0, 2)}
    assert found.by_month == {
        ("A2.1", "2026-11"): Share(1, 1),
        ("A2.1", "2026-12"): Share(2, 2),
        ("A4.2", "2026-11"): Share(0, 1),
        ("A4.2", "2026-12"): Share(0, 1),
    }
    assert (found.month_totals["2026-11"], found.month_totals["2026-12"]) == (Share(1, 2), Share(2, 3))
    assert (found.overall, found.overall.percent) == (Share(3, 5), 60)
    marne = measure_agreement(session, new_reviewer("51"), later(40))
    assert (marne.by_solution, marne.overall) == ({"A2.1": Share(1, 1)}, Share(1, 1))
    vosges = measure_agreement(session, new_reviewer("88"), later(40))
    assert (vosges.by_solution, vosges.overall.percent) == ({}, None)


def test_months_run_back_over_the_new_year(session: Session, region: Reviewer) -> None:
    found = measure_agreement(session, region, dt.datetime(2027, 2, 1, tzinfo=dt.UTC))
    assert found.months == ("2026-09", "2026-10", "2026-11", "2026-12", "2027-01", "2027-02")


def test_a_decision_of_new_years_night_belongs_to_the_month_in_paris(session: Session, region: Reviewer) -> None:
    night = dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC)
    classify(session, region, take_in(session), "A2.1", night)
    assert measure_agreement(session, region, night).by_month == {("A2.1", "2027-01"): Share(1, 1)}


def test_a_refused_classification_proposes_nothing(session: Session, region: Reviewer) -> None:
    idea = take_in(session)
    idea.status = Status.MERGED
    session.commit()
    with pytest.raises(Refused):
        classify(session, region, idea, "A4.2")
    session.rollback()
    assert proposed(session) == []
