"""The operator's commands for the lexicon: teach the models, check the files, let reviewers' phrases through the gate."""

from __future__ import annotations

import datetime as dt
import importlib.util
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from flask import Flask, current_app

from bot.matching import LEXICON
from bot.phrases import PhraseError
from bot.text_model import ModelError
from extensions import db
from knowledge.loader import load_knowledge
from service import gate, lexicon_folder
from service.errors import ServiceError
from service.lexicon_check import find_faults

NO_TEACHER = "scikit-learn is missing: install the optional group, uv sync --group train (or pip install scikit-learn)"
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


def register(app: Flask) -> None:
    """Give ``app`` the commands."""

    @app.cli.command("train")
    @click.argument("folder", required=False, type=FOLDER, default=LEXICON)
    def train(folder: Path) -> None:
        """Teach the models of FOLDER, by default the one shipped, from its phrases; a running service takes them up."""
        _need_teacher()
        try:
            with lexicon_folder.hold(folder), TemporaryDirectory(prefix="voix-train-") as place:
                notes = lexicon_folder.train_in_place(folder, Path(place) / "knowledge", dt.date.today())
        except (PhraseError, ServiceError) as error:
            raise click.ClickException(str(error)) from error
        for name, figures in notes.items():
            click.echo(f"{name}: {', '.join(f'{key} {value}' for key, value in figures.items())}")

    @app.cli.group("lexicon")
    def lexicon() -> None:
        """What the models learn from: its files."""

    @lexicon.command("check")
    @click.argument("folder", required=False, type=FOLDER, default=LEXICON)
    def check(folder: Path) -> None:
        """Name file and line of every fault in FOLDER, by default the one shipped; exit 1 if there is one."""
        faults = find_faults(folder, load_knowledge())
        for fault in faults:
            click.echo(str(fault), err=True)
        if faults:
            raise SystemExit(1)
        click.echo(f"{folder}: no fault.")

    @lexicon.command("gate")
    def pass_gate() -> None:
        """Try the phrases that the region accepted; those that lower no figure go live in VOIX_LEXICON."""
        _need_teacher()
        folder = current_app.extensions["voix"].settings.lexicon
        try:
            with lexicon_folder.hold(folder), TemporaryDirectory(prefix="voix-gate-") as bench:
                _pass_gate(folder, Path(bench))
        except (PhraseError, ModelError, ServiceError) as error:
            db.session.rollback()
            raise click.ClickException(str(error)) from error


def _pass_gate(folder: Path, bench: Path) -> None:
    """One batch. The database is free while models are taught; it keeps the outcome once the files are in place."""
    session = db.session()
    batch = gate.read_batch(session, folder)
    session.rollback()
    if not batch.phrases and not batch.erased:
        click.echo("Aucune phrase acceptée n'attend.")
        return
    verdict = gate.try_batch(folder, batch, bench, dt.date.today(), click.echo)
    gate.record(session, verdict, dt.datetime.now(dt.UTC))
    if verdict.candidate is not None:
        lexicon_folder.put_in_place(verdict.candidate, folder)
    session.commit()
    waiting = len(batch.phrases) - len(verdict.live) - len(verdict.held_back)
    click.echo(f"{len(verdict.live)} dans le lexique, {len(verdict.held_back)} retenue(s), {waiting} en attente.")


def _need_teacher() -> None:
    if importlib.util.find_spec("sklearn") is None:
        raise click.ClickException(NO_TEACHER)
