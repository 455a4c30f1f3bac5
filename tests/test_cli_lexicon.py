"""The operator's commands for the lexicon: train, check, gate."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import cli_lexicon
from bot.known import Mind
from extensions import db
from service import lexicon_folder
from service.models import PhraseProposal, ProposalState
from tests.service.test_gate import GOOD, HARMFUL, add_idea
from tests.visitor import app_with

pytestmark = pytest.mark.slow  # they train models

ROOT = Path(__file__).parents[1]
FLASK = str(Path(sys.executable).with_name("flask"))
TEXT = "une péniche"


@pytest.fixture
def app(database_url: str, lexicon: Path, mind: Mind, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application with a small lexicon of its own."""
    monkeypatch.setattr("wsgi.load_mind", lambda: mind)
    with app_with(DATABASE_URL=database_url, VOIX_LEXICON=str(lexicon)) as made:
        yield made


def run(app: Flask, *words: str) -> tuple[int, list[str]]:
    db.session.rollback()
    result = app.test_cli_runner().invoke(args=list(words))
    return result.exit_code, result.output.splitlines()


def states(session: Session) -> list[ProposalState]:
    session.rollback()
    return list(session.scalars(select(PhraseProposal.state).order_by(PhraseProposal.id)))


@pytest.fixture
def accepted(session: Session, new_reviewer: object) -> None:
    """A good phrase and a harmful one, accepted."""
    region = new_reviewer(None)  # type: ignore[operator]
    add_idea(session, region, 2, GOOD, ProposalState.ACCEPTED)
    add_idea(session, region, 3, HARMFUL, ProposalState.ACCEPTED)


@pytest.mark.usefixtures("accepted")
def test_the_gate_takes_what_is_good_holds_back_what_is_not_and_a_running_service_knows_it(
    app: Flask, session: Session, lexicon: Path
) -> None:
    assert app.extensions["voix"].mind.matcher.match(TEXT).solution != GOOD.label
    code, said = run(app, "lexicon", "gate")
    assert (code, said[-1]) == (0, "1 dans le lexique, 1 retenue(s), 0 en attente.")
    assert states(session) == [ProposalState.LIVE, ProposalState.HELD_BACK]
    assert [(one.text, one.label) for one in lexicon_folder.read_learnt(lexicon)] == [(GOOD.text, GOOD.label)]
    app.extensions["voix"].live_mind._looked_at = 0.0
    assert app.extensions["voix"].mind.matcher.match(TEXT).solution == GOOD.label
    before = [(path.name, path.read_bytes()) for path in sorted(lexicon.glob("*.npz"))]
    assert run(app, "lexicon", "gate") == (0, ["Aucune phrase acceptée n'attend."])
    assert [(path.name, path.read_bytes()) for path in sorted(lexicon.glob("*.npz"))] == before


@pytest.mark.usefixtures("accepted")
def test_a_second_gate_says_that_there_is_one_and_stops(app: Flask, session: Session, lexicon: Path) -> None:
    with lexicon_folder.hold(lexicon):
        assert run(app, "lexicon", "gate") == (1, [f"Error: {lexicon_folder.BUSY}"])
    assert states(session) == [ProposalState.ACCEPTED] * 2


@pytest.mark.usefixtures("accepted")
def test_a_crash_after_the_files_are_in_place_is_mended_by_the_next_run(
    app: Flask, session: Session, lexicon: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_place = lexicon_folder.put_in_place

    def cut(copy: Path, folder: Path) -> None:
        put_in_place(copy, folder)
        raise OSError("power cut")

    monkeypatch.setattr(lexicon_folder, "put_in_place", cut)
    db.session.rollback()
    assert str(app.test_cli_runner().invoke(args=["lexicon", "gate"]).exception) == "power cut"
    assert states(session) == [ProposalState.ACCEPTED] * 2
    monkeypatch.undo()
    assert run(app, "lexicon", "gate")[0] == 0
    assert states(session) == [ProposalState.LIVE, ProposalState.HELD_BACK]
    assert [one.text for one in lexicon_folder.read_learnt(lexicon)] == [GOOD.text]


@pytest.mark.parametrize("words", [("lexicon", "gate"), ("train",)], ids=" ".join)
def test_without_scikit_learn_one_line_says_what_to_install(
    app: Flask, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert run(app, *words) == (1, [f"Error: {cli_lexicon.NO_TEACHER}"])


def test_a_broken_line_stops_the_training_with_its_name_and_changes_nothing(app: Flask, lexicon: Path) -> None:
    with (lexicon / "phrases" / "ville.jsonl").open("a") as file:
        file.write("{\n")
    before = (lexicon / "solutions.npz").read_bytes()
    code, said = run(app, "train", str(lexicon))
    assert (code, len(said)) == (1, 1)
    assert said[0].startswith("Error: ville.jsonl, line 25: ")
    assert (lexicon / "solutions.npz").read_bytes() == before


def test_train_prints_each_models_figures(app: Flask, lexicon: Path) -> None:
    code, said = run(app, "train", str(lexicon))
    assert (code, [line.partition(":")[0] for line in said]) == (0, ["solutions", "needs", "intents"])
    assert "phrases 72, authors 3, right_on_phrases_left_out " in said[0]


@pytest.mark.slow
def test_the_check_needs_no_settings_names_the_line_and_exits_1(lexicon: Path) -> None:
    def check(*words: str) -> subprocess.CompletedProcess[str]:
        command = [FLASK, "--app", "wsgi", "lexicon", "check", *words]
        return subprocess.run(
            command, cwd=ROOT, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
        )

    assert (check().returncode, check(str(lexicon)).returncode) == (0, 0)
    (lexicon / "phrases" / "ville.jsonl").write_text("[]\n")
    done = check(str(lexicon))
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        "phrases/ville.jsonl · line 1: not an object; write {…}\n",
    )


@pytest.mark.slow
def test_the_gate_without_settings_says_so_in_one_line() -> None:
    command = [FLASK, "--app", "wsgi", "lexicon", "gate"]
    done = subprocess.run(
        command, cwd=ROOT, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
