"""The operator's commands: ``flask --app wsgi …``. Batch commands read and write JSON lines and need no configuration."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask_migrate import upgrade

import cli_lexicon
import cli_worker
from bot.channel import Channel
from bot.conversation import Said, State
from bot.dialogue import respond
from bot.effects import NewContribution, RememberPlace
from bot.flows.follow_up import ALPHABET
from bot.known import PARIS, Case, Known, Mind
from bot.nearby import Near, find_nearby
from bot.sms import count_segments
from extensions import db
from knowledge.faults import KnowledgeError
from knowledge.gazetteer import GRAND_EST, load_gazetteer
from knowledge.loader import HERE, load_knowledge
from knowledge.safety_schema import load_safety_facts
from service import (
    backup,
    database,
    erasure,
    look_alikes,
    people,
    reviewers,
    rotation,
    search,
    second_factor,
    settling,
    sign_ins,
)
from service.errors import ServiceError
from service.models import Role

WITHOUT_SETTINGS = frozenset({"classify", "find", "triage", "knowledge", "train", "talk"})


def needs_settings(words: list[str]) -> bool:
    """Whether the command that ``words`` call needs them: most do."""
    return WITHOUT_SETTINGS.isdisjoint(words) and not {"lexicon", "check"} <= set(words)


def register(app: Flask, load_mind: Callable[[], Mind]) -> None:
    """Give ``app`` the commands that need no database; they load what is known when they run."""
    _register_batch(app, load_mind)
    _register_knowledge(app)
    _register_talk(app, load_mind)
    cli_lexicon.register(app)


def _register_batch(app: Flask, load_mind: Callable[[], Mind]) -> None:

    @app.cli.command("classify")
    def classify() -> None:
        """{"id","text"} lines in; axis, solution, confidence and the three best solutions with reasons out."""
        matcher = load_mind().matcher

        def one(line: dict[str, Any]) -> dict[str, Any]:
            match = matcher.match(line["text"])
            return {
                "axis": match.axis or "none",
                "solution": match.solution or "none",
                "confident": match.confident,
                "solutions": [
                    {"id": s.solution, "score": round(s.score, 4), "why": list(s.why)} for s in match.suggestions
                ],
            }

        _answer_lines(one)

    @app.cli.command("find")
    def find() -> None:
        """{"id","text"} lines in; commune, need, whether to ask for a place, and projects out."""
        mind = load_mind()
        now = dt.datetime.now(PARIS)
        _answer_lines(lambda line: find_one(mind, line["text"], now))

    @app.cli.command("triage")
    def triage() -> None:
        """{"id","text"} lines in; the kind of emergency, or none, out."""
        safety = load_mind().safety

        def one(line: dict[str, Any]) -> dict[str, Any]:
            alert = safety.detect(line["text"])
            return {"kind": alert.kind.value if alert else "none"}

        _answer_lines(one)


def _register_knowledge(app: Flask) -> None:
    @app.cli.group("knowledge")
    def knowledge() -> None:
        """What the service knows: its files."""

    @knowledge.command("check")
    @click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
    def check(folder: Path | None) -> None:
        """Name file, entry and field of every fault in the knowledge files; exit 1 if there is one."""
        try:
            communes = {commune.insee for commune in load_gazetteer().communes}
            found = load_knowledge(folder or HERE, communes)
            load_safety_facts(folder or HERE)
        except KnowledgeError as error:
            for fault in error.faults:
                click.echo(str(fault), err=True)
            raise SystemExit(1) from error
        click.echo(
            f"{len(found.axes)} axes, {len(found.projects)} projects, {len(found.territories)} territories, "
            f"{len(found.sources)} sources: no fault."
        )


@contextmanager
def _refusals_told() -> Iterator[None]:
    """A service function's refusal as one line, and exit 1."""
    try:
        yield
    except ServiceError as error:
        raise click.ClickException(str(error)) from error


def find_one(mind: Mind, text: str, now: dt.datetime) -> dict[str, Any]:
    """What ``find`` answers to one text: see design, the batch commands."""
    meaning = mind.understanding.read(text)
    place = mind.places.find(text)
    commune = place.communes[0] if place.communes else None
    need = mind.knowledge.need(meaning.need) if meaning.need else None
    known_place = bool(commune or place.departement or place.outside)
    projects: tuple[Near, ...] = ()
    elsewhere: tuple[Near, ...] = ()
    if need and not place.outside:
        found = find_nearby(mind.knowledge, mind.places, need, commune, place.departement or "", now)
        projects, elsewhere = found.projects, found.elsewhere
    return {
        "commune": {"insee": commune.insee, "name": commune.name} if commune else None,
        "need": need.id if need else None,
        "ask_place": need is not None and not known_place,
        "projects": [_near(near) for near in projects],
        "elsewhere": [_near(near) for near in elsewhere],
    }


def _near(near: Near) -> dict[str, Any]:
    return {"id": near.project.id, "name": near.project.name, "km": None if near.km is None else round(near.km, 1)}


def _is_unicode(text: str) -> bool:
    """Whether ``text`` can be written: half a surrogate pair, which JSON can name, cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _answer_lines(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """One output line per input line, in order. A bad line gets an error object, the rest goes on; exit 1 then."""
    failed = False
    for number, raw in enumerate(sys.stdin.buffer, 1):
        identifier: Any = None
        try:
            line = json.loads(raw.decode("utf-8-sig"))
            identifier = line.get("id") if isinstance(line, dict) else None
            if not isinstance(line, dict) or not isinstance(line.get("text"), str):
                raise ValueError('expected an object with "id" and "text"')
            result = {"id": identifier, **answer(line)}
        except (ValueError, RecursionError) as error:
            failed = True
            result = {"id": identifier, "error": f"line {number}: {error}"}
        written = json.dumps(result, ensure_ascii=False)
        click.echo(written if _is_unicode(written) else json.dumps(result))
    if failed:
        raise SystemExit(1)


def _register_talk(app: Flask, load_mind: Callable[[], Mind]) -> None:
    @app.cli.command("talk")
    @click.option("--web", is_flag=True, help="As on the web chat; otherwise as by SMS, with its segments.")
    def talk(web: bool) -> None:
        """Converse with the service; an empty line or Ctrl-D ends."""
        talk_in_terminal(load_mind(), Channel.WEB if web else Channel.SMS)


def talk_in_terminal(mind: Mind, channel: Channel) -> None:
    """One conversation, kept in memory; ideas are shown, not sent to anyone."""
    state, home = State(), None
    cases: dict[str, Case] = {}
    while line := click.prompt("vous", default="", show_default=False).strip():
        now = dt.datetime.now(PARIS)
        known = Known(
            mind,
            now,
            channel,
            draw_code=lambda: f"K7Q2M{ALPHABET[len(cases) % len(ALPHABET)]}",
            home=home,
            find_case=cases.get,
            own_cases=lambda: tuple(cases.values()),
        )
        turn = respond(state, Said(line), known)
        state = State.from_json(turn.state.to_json())
        for effect in turn.effects:
            match effect:
                case RememberPlace(insee=insee):
                    home = mind.places.commune(insee)
                case NewContribution():
                    sent = Case(
                        effect.code,
                        now.date(),
                        effect.departement,
                        "reçue (essai : rien n'est transmis)",
                        effect.words,
                        None,
                    )
                    cases[effect.code] = sent
        click.secho(turn.text, fg="cyan")
        if channel is Channel.WEB:
            click.echo("  ".join(f"[{option.label}]" for option in turn.options))
        else:
            click.secho(f"({count_segments(turn.text)} segment(s))", dim=True)


def register_with_database(app: Flask) -> None:
    """Give ``app`` the commands that need its database."""
    cli_worker.register(app)

    @app.cli.group("reviewer")
    def reviewer() -> None:
        """Accounts of the inbox."""

    @reviewer.command("add")
    @click.argument("email")
    @click.option("--name", default="", help="As colleagues read it.")
    @click.option(
        "--territory", type=click.Choice(sorted(GRAND_EST)), help="Département; without it: the whole region."
    )
    @click.option(
        "--role",
        type=click.Choice([role.value for role in Role]),
        help="By default: secretary with a territory, region without.",
    )
    @click.option("--college", help="Of a member: an id of knowledge/colleges.toml.")
    @click.password_option(help="Asked when not given.")
    def add(email: str, name: str, territory: str | None, role: str | None, college: str | None, password: str) -> None:
        """Open an account for EMAIL."""
        known = [one.id for one in app.extensions["voix"].mind.knowledge.colleges]
        if college is not None and college not in known:
            raise click.BadParameter(f"one of {', '.join(known)}", param_hint="--college")
        now, given = dt.datetime.now(dt.UTC), Role(role) if role else None
        with _refusals_told():
            reviewers.add_reviewer(db.session(), email, name, password, territory, now, given, college)
        db.session.commit()
        click.echo(f"{email} peut se connecter à /inbox/.")

    @reviewer.command("password")
    @click.argument("email")
    @click.password_option(help="Asked when not given.")
    def set_password(email: str, password: str) -> None:
        """Give EMAIL a new password, and sign them out everywhere."""
        with _refusals_told():
            reviewers.set_password(db.session(), reviewers.find_by_email(db.session(), email), password)
        db.session.commit()
        click.echo(f"{email} a un nouveau mot de passe ; ses sessions sont fermées.")

    @reviewer.command("reset-second-factor")
    @click.argument("email")
    def reset_second_factor(email: str) -> None:
        """Let EMAIL sign in without their lost telephone and recovery codes; make sure first that it is they who ask."""
        with _refusals_told():
            found = reviewers.find_by_email(db.session(), email)
        second_factor.remove(db.session(), found)
        sign_ins.end_all(db.session(), found)
        db.session.commit()
        click.echo(f"{email} n'a plus de second facteur ; ses sessions sont fermées.")

    @app.cli.command("purge")
    @click.option("--dry-run", is_flag=True, help="Only count what would go.")
    def purge(dry_run: bool) -> None:
        """Erase what has been kept long enough; to be run every day."""
        table = app.extensions["voix"].retention
        counts = erasure.purge(db.session(), table, dt.datetime.now(dt.UTC), dry_run=dry_run)
        db.session.commit()
        for kind, count in counts.items():
            click.echo(f"{kind.lower():15} {count}")
        if not dry_run:
            database.scrub(db.engine)

    @app.cli.command("reindex")
    def reindex() -> None:
        """Make the full-text index of the contributions and their sketches anew, while the service runs."""
        for index in (search.reindex, look_alikes.sketch_anew, look_alikes.mark_anew):
            last: int | None = 0
            while last is not None:
                last = index(db.session(), last)
                db.session.commit()
                db.session.expunge_all()
        click.echo("Every idea can be found again.")

    @app.cli.command("backup")
    @click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
    def back_up(path: Path) -> None:
        """Copy the database to PATH while the service runs."""
        with _refusals_told():
            backup.back_up(db.engine, path)
        click.echo(f"{path}: {path.stat().st_size} bytes.")

    @app.cli.command("restore")
    @click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
    def restore(path: Path) -> None:
        """Put the database back as it was at PATH, brought to this version. Stop the service first."""
        refusals = people.list_refusals(db.session())
        db.session.rollback()
        with _refusals_told():
            backup.restore(db.engine, path)
        upgrade()
        people.keep_refusals(db.session(), refusals)  # nobody who said ARRET since the copy is written to again
        settling.doubt_everything(db.session(), dt.datetime.now(dt.UTC))
        db.session.commit()
        click.echo("Restored. Run purge, and erase again who asked for it since the copy: it holds them.")

    @app.cli.group("keys")
    def keys() -> None:
        """The secrets behind pseudonyms and seals."""

    @keys.command("rotate")
    def rotate() -> None:
        """Seal anew what an older key of PHONE_PEPPER ("new,old") sealed; tell what still depends on it."""
        with _refusals_told():
            resealed, waiting = rotation.rotate(db.session(), app.extensions["voix"].service.keyring)
        db.session.commit()
        click.echo(f"{resealed} original(s) and number(s) sealed anew.")
        click.echo(
            f"{waiting} person(s) still known under an older key: each changes at their next message, or goes by the purge. "
            "Keep the older key until this is 0."
        )
