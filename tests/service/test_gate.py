"""The gate: a phrase that lowers a figure stays out, a good one goes in, and a running service would see it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.matching import LEXICON, load_matcher
from bot.training import train
from service import gate, lexicon_folder
from service.errors import Refused
from service.gate import Batch, Figures, Judged
from service.lexicon_folder import Learnt
from service.models import Contribution, PhraseProposal, ProposalState, Reviewer, Status
from tests.lexicons import JUDGED, TODAY

pytestmark = pytest.mark.slow  # they train models

ROOT = Path(__file__).parents[2]
NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
GOOD = Learnt("une péniche", "A2.1", 1)
OTHER_GOOD = Learnt("le stade des sourires", "A2.1", 2)
HARMFUL = Learnt("une borne pour le docteur", "A4.2", 3)  # a judged text, which is A1.1's
OTHER_HARMFUL = Learnt("Une borne pour le docteur du bourg !", "A4.2", 4)
ALL_RIGHT = (len(JUDGED), len(JUDGED))


def batch_of(folder: Path, *phrases: Learnt, reviewed: tuple[Judged, ...] = ()) -> Batch:
    return Batch(phrases, frozenset(), reviewed, tuple(gate.read_judged(folder / "gate.jsonl")))


def try_phrases(folder: Path, bench: Path, *phrases: Learnt, reviewed: tuple[Judged, ...] = ()) -> gate.Verdict:
    return gate.try_batch(folder, batch_of(folder, *phrases, reviewed=reviewed), bench, TODAY, lambda line: None)


def trained_with(folder: Path, place: Path, *phrases: Learnt) -> Path:
    copy = lexicon_folder.copy_to(folder, place)
    lexicon_folder.write_learnt(copy, phrases)
    train(copy, TODAY)
    return copy


# The trial


@pytest.mark.parametrize("phrase", [HARMFUL, OTHER_HARMFUL], ids=["the same words", "nearly"])
def test_a_harmful_phrase_is_held_back_with_its_figures(lexicon: Path, tmp_path: Path, phrase: Learnt) -> None:
    verdict = try_phrases(lexicon, tmp_path / "bench", phrase)
    assert (verdict.live, verdict.candidate) == ((), None)
    ((held, trial),) = verdict.held_back
    assert held == phrase
    assert (trial.before, trial.after) == (
        Figures((0, 0), ALL_RIGHT),
        Figures((0, 0), (ALL_RIGHT[0] - 1, ALL_RIGHT[1])),
    )


def test_without_the_gate_the_harmful_phrase_lowers_the_figure(lexicon: Path, tmp_path: Path) -> None:
    """The twin: the same phrase, put in the folder by hand."""
    harmed = trained_with(lexicon, tmp_path / "by-hand", HARMFUL)
    trial = gate.replay(load_matcher(lexicon), load_matcher(harmed), batch_of(lexicon), ())
    assert (trial.before.judged[0], trial.after.judged[0]) == (len(JUDGED), len(JUDGED) - 1)


def test_a_good_phrase_goes_live_and_is_learnt(lexicon: Path, tmp_path: Path) -> None:
    assert load_matcher(lexicon).match(GOOD.text).solution != GOOD.label
    verdict = try_phrases(lexicon, tmp_path / "bench", GOOD)
    assert ([phrase for phrase, _ in verdict.live], verdict.held_back) == ([GOOD], ())
    assert verdict.candidate is not None
    lexicon_folder.put_in_place(verdict.candidate, lexicon)
    assert load_matcher(lexicon).match(GOOD.text).solution == GOOD.label
    assert lexicon_folder.read_learnt(lexicon) == [GOOD]


@pytest.mark.slow
def test_of_a_batch_only_what_lowers_nothing_goes_live(lexicon: Path, tmp_path: Path) -> None:
    verdict = try_phrases(lexicon, tmp_path / "bench", GOOD, HARMFUL, OTHER_GOOD, OTHER_HARMFUL)
    assert [phrase for phrase, _ in verdict.live] == [GOOD, OTHER_GOOD]
    assert [phrase for phrase, _ in verdict.held_back] == [HARMFUL, OTHER_HARMFUL]
    assert verdict.candidate is not None
    assert lexicon_folder.read_learnt(verdict.candidate) == [GOOD, OTHER_GOOD]


def test_what_a_reviewer_decided_weighs_as_much_as_the_judged_texts(lexicon: Path, tmp_path: Path) -> None:
    reviewed = (
        Judged("un hublot numérique au bourg", frozenset({"A1.1"})),
        Judged("une brochure", frozenset({"A4.2"})),
    )
    phrase = Learnt("un hublot numérique au bourg voisin", "A4.2", 1)
    judged = Batch((phrase,), frozenset(), reviewed, ())
    ((held, trial),) = gate.try_batch(lexicon, judged, tmp_path / "bench", TODAY, lambda line: None).held_back
    assert (held, trial.before.reviewed, trial.after.reviewed) == (phrase, (2, 2), (1, 2))


def test_a_phrase_gets_no_credit_for_its_own_text(lexicon: Path, tmp_path: Path) -> None:
    own = Judged(GOOD.text, frozenset({GOOD.label}))
    ((_, trial),) = try_phrases(lexicon, tmp_path / "bench", GOOD, reviewed=(own,)).live
    assert (trial.before.reviewed, trial.after.reviewed) == ((0, 0), (0, 0))


def test_trials_are_bounded_and_what_was_not_tried_waits(
    lexicon: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "MOST_TRIALS", 3)
    verdict = try_phrases(lexicon, tmp_path / "bench", HARMFUL, OTHER_HARMFUL, GOOD)
    assert (verdict.live, [phrase for phrase, _ in verdict.held_back]) == ((), [HARMFUL])


def test_an_erased_phrase_leaves_the_folder_whatever_the_figures(lexicon: Path, tmp_path: Path) -> None:
    lexicon_folder.put_in_place(trained_with(lexicon, tmp_path / "before", GOOD, OTHER_GOOD), lexicon)
    batch = Batch((), frozenset({GOOD.proposal}), (Judged(GOOD.text, frozenset({GOOD.label})),), ())
    verdict = gate.try_batch(lexicon, batch, tmp_path / "bench", TODAY, lambda line: None)
    assert verdict.candidate is not None
    lexicon_folder.put_in_place(verdict.candidate, lexicon)
    assert lexicon_folder.read_learnt(lexicon) == [OTHER_GOOD]


def test_models_that_training_alone_would_lower_are_no_ground_to_judge_on(lexicon: Path, tmp_path: Path) -> None:
    """The models in the folder know more than its phrases teach: somebody forgot a file."""
    lexicon_folder.put_in_place(trained_with(lexicon, tmp_path / "better", GOOD), lexicon)
    (lexicon / lexicon_folder.REVIEWED).unlink()
    reviewed = (Judged(GOOD.text, frozenset({GOOD.label})),)
    with pytest.raises(Refused) as caught:
        try_phrases(lexicon, tmp_path / "bench", OTHER_GOOD, reviewed=reviewed)
    assert str(caught.value) == gate.STALE


def test_a_text_has_one_label_the_last_that_went_live(tmp_path: Path) -> None:
    (tmp_path / "phrases").mkdir()
    lexicon_folder.write_learnt(tmp_path, [GOOD, OTHER_GOOD, Learnt(GOOD.text, "A1.1", 9)])
    assert lexicon_folder.read_learnt(tmp_path) == [Learnt(GOOD.text, "A1.1", 9), OTHER_GOOD]


def test_the_texts_of_the_gate_are_the_projects_judged_ones() -> None:
    assert (LEXICON / "gate.jsonl").read_bytes() == (ROOT / "tests/data/dev-contributions.jsonl").read_bytes()


def test_two_never_write_the_same_folder(tmp_path: Path) -> None:
    with lexicon_folder.hold(tmp_path):
        with pytest.raises(Refused) as caught, lexicon_folder.hold(tmp_path):
            raise AssertionError("held twice")
        assert str(caught.value) == lexicon_folder.BUSY
    with lexicon_folder.hold(tmp_path):
        pass


# What the database says


def add_idea(session: Session, reviewer: Reviewer, number: int, phrase: Learnt, state: ProposalState) -> PhraseProposal:
    """A decided contribution and the phrase proposed from it."""
    idea = Contribution(
        code=f"AAAAA{number}", channel=Channel.SMS, received_at=NOW, words=phrase.text, third_person_health=False,
        departement="68", suggestions=[], suggested=None, solution=phrase.label, status=Status.RETAINED,
    )  # fmt: skip
    session.add(idea)
    session.flush()
    made = PhraseProposal(
        contribution_id=idea.id, words=phrase.text.replace(" ", "\n", 1), label=phrase.label, suggested=None,
        reviewer_id=reviewer.id, at=NOW, state=state,
    )  # fmt: skip
    session.add(made)
    session.commit()
    return made


def learnt_from(proposal: PhraseProposal, phrase: Learnt) -> Learnt:
    return Learnt(phrase.text, phrase.label, proposal.id)


def test_the_batch_is_what_was_accepted_and_the_texts_what_was_decided(
    session: Session, new_reviewer: object, lexicon: Path
) -> None:
    region = new_reviewer(None)  # type: ignore[operator]
    accepted = add_idea(session, region, 2, GOOD, ProposalState.ACCEPTED)
    for number, state in enumerate((ProposalState.PROPOSED, ProposalState.REFUSED, ProposalState.HELD_BACK), 3):
        add_idea(session, region, number, OTHER_GOOD, state)
    erased = add_idea(session, region, 6, OTHER_GOOD, ProposalState.LIVE)
    erased.words = ""
    session.commit()
    lexicon_folder.write_learnt(lexicon, [learnt_from(erased, OTHER_GOOD)])
    batch = gate.read_batch(session, lexicon)
    assert batch.phrases == (learnt_from(accepted, GOOD),)
    assert batch.erased == {erased.id}
    assert sorted(judged.text for judged in batch.reviewed) == sorted([GOOD.text, *[OTHER_GOOD.text] * 4])
    assert [judged.text for judged in batch.judged] == list(JUDGED)


def test_what_changed_during_the_trial_is_not_overruled(session: Session, new_reviewer: object) -> None:
    proposal = add_idea(session, new_reviewer(None), 2, GOOD, ProposalState.ACCEPTED)  # type: ignore[operator]
    trial = gate.Trial(Figures((1, 2), (3, 4)), Figures((1, 2), (4, 4)))
    verdict = gate.Verdict(((learnt_from(proposal, GOOD), trial),), (), None)
    proposal.state = ProposalState.REFUSED
    session.commit()
    with pytest.raises(Refused) as caught:
        gate.record(session, verdict, NOW)
    assert str(caught.value) == gate.CHANGED
    session.rollback()
    assert session.scalars(select(PhraseProposal.state)).all() == [ProposalState.REFUSED]


def test_the_outcome_is_recorded_with_the_figures(session: Session, new_reviewer: object) -> None:
    region = new_reviewer(None)  # type: ignore[operator]
    good = add_idea(session, region, 2, GOOD, ProposalState.ACCEPTED)
    harmful = add_idea(session, region, 3, HARMFUL, ProposalState.ACCEPTED)
    better = gate.Trial(Figures((1, 2), (3, 4)), Figures((1, 2), (4, 4)))
    worse = gate.Trial(Figures((1, 2), (3, 4)), Figures((0, 2), (4, 4)))
    verdict = gate.Verdict(
        ((learnt_from(good, GOOD), better),), ((learnt_from(harmful, HARMFUL), worse),), None
    )  # fmt: skip
    gate.record(session, verdict, NOW)
    assert [(one.state, one.note) for one in (good, harmful)] == [
        (ProposalState.LIVE, "Avant : avis des CTS 1/2, textes d'épreuve 3/4 ; après : avis des CTS 1/2, textes d'épreuve 4/4."),
        (ProposalState.HELD_BACK, "Avant : avis des CTS 1/2, textes d'épreuve 3/4 ; après : avis des CTS 0/2, textes d'épreuve 4/4."),
    ]  # fmt: skip
