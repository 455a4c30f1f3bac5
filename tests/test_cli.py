"""The operator's commands, as other tools call them: JSON lines in, JSON lines out, no settings needed."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import cli
from bot.known import Mind
from service import reviewers, sign_ins
from service.models import Reviewer, Role

ROOT = Path(__file__).parents[1]
FLASK = str(Path(sys.executable).with_name("flask"))
PASSWORD = "un mot de passe assez long"
SOLUTIONS = {"A1.1", "A1.2", "A2.1", "A2.2", *(f"A{axis}.{n}" for axis in (3, 4) for n in range(1, 7))}
PROJECT_KEYS = {"id", "name", "km"}
Command = Callable[[str, bytes], tuple[int, list[dict[str, Any]]]]


def run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """``flask --app wsgi …`` in a process with nothing in its environment."""
    command = [FLASK, "--app", "wsgi", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env={"PATH": "/usr/bin:/bin"}, input=given, capture_output=True, check=False
    )


def in_a_process(command: str, given: bytes) -> tuple[int, list[dict[str, Any]]]:
    done = run(command, given=given)
    return done.returncode, [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]


@pytest.fixture
def here(mind: Mind) -> Command:
    """The same commands, in this process: quicker, for tables of cases."""
    app = Flask("wsgi")
    cli.register(app, lambda: mind)

    def invoke(command: str, given: bytes) -> tuple[int, list[dict[str, Any]]]:
        result = app.test_cli_runner().invoke(args=[command], input=given)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]

    return invoke


def lines(*objects: object) -> bytes:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in objects).encode()


# The contract


def assert_classified(line: dict[str, Any]) -> None:
    assert set(line) == {"id", "axis", "solution", "confident", "solutions"}
    assert line["axis"] in {"none", "A1", "A2", "A3", "A4"}
    assert line["solution"] in {"none", *SOLUTIONS}
    assert isinstance(line["confident"], bool)
    assert len(line["solutions"]) <= 3
    for found in line["solutions"]:
        assert set(found) == {"id", "score", "why"}
        assert found["id"] in SOLUTIONS
        assert isinstance(found["score"], float)
        assert [why for why in found["why"] if not isinstance(why, str)] == []
    scores = [found["score"] for found in line["solutions"]]
    assert scores == sorted(scores, reverse=True)


def assert_found(line: dict[str, Any]) -> None:
    assert set(line) == {"id", "commune", "need", "ask_place", "projects", "elsewhere"}
    assert line["commune"] is None or set(line["commune"]) == {"insee", "name"}
    assert line["need"] is None or isinstance(line["need"], str)
    assert isinstance(line["ask_place"], bool)
    for project in (*line["projects"], *line["elsewhere"]):
        assert set(project) == PROJECT_KEYS
        assert project["km"] is None or isinstance(project["km"], float)


CONTRACTS = {"classify": assert_classified, "find": assert_found}
TEXTS = [
    "il faudrait plus de médecins de garde le dimanche à Colmar",
    "medecin sans rdv a reims",
    "",
    "😀",
    "bonjour",
    "x" * 10_000,
    "\x00\x01",
    "أريد طبيبا",
]


@pytest.mark.slow
@pytest.mark.parametrize("command", CONTRACTS)
def test_without_any_settings_each_line_is_answered_in_order_as_agreed(command: str) -> None:
    code, answers = in_a_process(command, lines(*({"id": n, "text": text} for n, text in enumerate(TEXTS))))
    assert (code, [answer["id"] for answer in answers]) == (0, list(range(len(TEXTS))))
    for answer in answers:
        CONTRACTS[command](answer)


@pytest.mark.slow
@pytest.mark.parametrize("command", CONTRACTS)
def test_a_malformed_line_is_an_error_on_that_line_and_the_rest_goes_on(command: str) -> None:
    given = lines({"id": "a", "text": "bonjour"}) + b"{not json\n" + lines({"id": "b", "text": "menu"})
    done = run(command, given=given)
    first, error, last = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 1
    assert (first["id"], last["id"]) == ("a", "b")
    assert set(error) == {"id", "error"}
    assert (error["id"], error["error"].startswith("line 2: ")) == (None, True)
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("command", CONTRACTS)
@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(b'"texte"', id="a string"),
        pytest.param(b"{}", id="nothing in it"),
        pytest.param(b'{"id": 1, "text": null}', id="no text"),
        pytest.param(b'{"id": 1, "text": ["a"]}', id="a text that is none"),
        pytest.param(b"\xff\xfe", id="not UTF-8"),
        pytest.param(b"[" * 100_000, id="too deep"),
        pytest.param(b'{"id": 1, "text": "a"', id="cut short"),
    ],
)
def test_any_bad_line_is_an_error_and_the_rest_goes_on(here: Command, command: str, bad: bytes) -> None:
    code, answers = here(command, bad + b"\n" + lines({"id": "next", "text": "bonjour"}))
    assert (code, len(answers)) == (1, 2)
    assert (set(answers[0]), answers[1]["id"]) == ({"id", "error"}, "next")
    CONTRACTS[command](answers[1])


def test_an_error_is_told_under_the_id_of_its_line_when_it_has_one(here: Command) -> None:
    code, answers = here("classify", lines({"id": "K7", "texte": "bonjour"}))
    assert (code, answers[0]["id"]) == (1, "K7")


@pytest.mark.parametrize(
    "identifier",
    [
        pytest.param("é😀", id="text"),
        pytest.param(12, id="number"),
        pytest.param(None, id="null"),
        pytest.param({"a": [1]}, id="object"),
        pytest.param("\ud800", id="half a surrogate pair"),
    ],
)
def test_the_id_comes_back_as_it_was_given(here: Command, identifier: object) -> None:
    given = json.dumps({"id": identifier, "text": "bonjour"}).encode()
    code, answers = here("find", given + b"\n")
    assert (code, [answer["id"] for answer in answers]) == (0, [identifier])


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b'{"id": 1, "text": "bonjour"}', id="no line end"),
        pytest.param(b'{"id": 1, "text": "bonjour"}\r\n', id="line ends of Windows"),
        pytest.param(b'\xef\xbb\xbf{"id": 1, "text": "bonjour"}\n', id="a mark of UTF-8"),
        pytest.param(b'{"id": 1, "text": "bonjour", "more": 2}\n', id="a field more"),
    ],
)
@pytest.mark.parametrize("command", CONTRACTS)
def test_what_tools_write_is_read(here: Command, command: str, given: bytes) -> None:
    code, answers = here(command, given)
    assert (code, [answer["id"] for answer in answers]) == (0, [1] if given else [])


# Very clear cases only: the models are trained elsewhere


def test_a_clear_request_finds_the_project_near_the_commune(here: Command) -> None:
    _, (line,) = here("find", lines({"id": 1, "text": "medecin sans rdv a reims"}))
    assert line == {
        "id": 1,
        "commune": {"insee": "51454", "name": "Reims"},
        "need": "soins_sans_rdv",
        "ask_place": False,
        "projects": [{"id": "cmsi-louvois", "name": "CMSI de Louvois", "km": 0.0}],
        "elsewhere": [],
    }


def test_a_clear_request_out_of_reach_finds_what_is_elsewhere(here: Command) -> None:
    _, (line,) = here("find", lines({"id": 1, "text": "médecin sans rendez-vous à Strasbourg"}))
    assert (line["projects"], [project["id"] for project in line["elsewhere"]]) == ([], ["cmsi-louvois"])


def test_a_clear_request_without_a_place_asks_for_one(here: Command) -> None:
    _, (line,) = here("find", lines({"id": 1, "text": "médecin sans rendez-vous"}))
    assert (line["need"], line["commune"], line["ask_place"]) == ("soins_sans_rdv", None, True)


def test_a_greeting_is_no_idea(here: Command) -> None:
    _, (line,) = here("classify", lines({"id": 1, "text": "bonjour"}))
    assert line == {"id": 1, "axis": "none", "solution": "none", "confident": False, "solutions": []}


# The other commands


@pytest.mark.slow
def test_the_knowledge_is_checked_without_any_settings() -> None:
    done = run("knowledge", "check")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().startswith("4 axes, 12 projects, 10 territories, ")


@pytest.mark.slow
def test_a_fault_of_the_knowledge_is_named_by_file_and_the_exit_code_is_1(tmp_path: Path) -> None:
    (tmp_path / "axes.toml").write_text("[[axis]\n")
    done = run("knowledge", "check", str(tmp_path))
    assert (done.returncode, done.stdout) == (1, b"")
    assert [line for line in done.stderr.decode().splitlines() if line.startswith("axes.toml")] != []


@pytest.mark.slow
def test_a_command_that_needs_settings_says_so_in_one_line_and_exits_2() -> None:
    done = run("reviewer", "add", "a@b.fr")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().startswith("voix-sante: DATABASE_URL is missing")
    assert len(done.stderr.splitlines()) == 1


def add(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["reviewer", "add", *arguments])
    return result.exit_code, result.output


def test_a_reviewer_is_added_and_may_sign_in(app: Flask, session: Session) -> None:
    code, said = add(app, "Camille@cts.example", "--name", "Camille", "--territory", "68", "--password", PASSWORD)
    assert (code, said) == (0, "Camille@cts.example peut se connecter à /inbox/.\n")
    kept = session.scalars(select(Reviewer)).one()
    assert (kept.email, kept.name, kept.departement) == ("camille@cts.example", "Camille", "68")
    assert reviewers.sign_in(session, "camille@cts.example", PASSWORD) is kept


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        pytest.param(["--territory", "68"], (Role.SECRETARY, "68", None), id="a secretary by default"),
        pytest.param([], (Role.REGION, None, None), id="the region without a territory"),
        pytest.param(
            ["--territory", "68", "--role", "member", "--college", "users"], (Role.MEMBER, "68", "users"), id="a member"
        ),
    ],
)
def test_a_role_and_a_college_may_be_given(
    app: Flask, session: Session, options: list[str], kept: tuple[Role, str | None, str | None]
) -> None:
    assert add(app, "a@cts.example", "--password", PASSWORD, *options)[0] == 0
    made = session.scalars(select(Reviewer)).one()
    assert (made.role, made.departement, made.college) == kept


@pytest.mark.parametrize(
    ("options", "code"),
    [
        pytest.param(["--territory", "68", "--role", "member"], 1, id="a member without college"),
        pytest.param(["--territory", "68", "--college", "users"], 1, id="a secretary with one"),
        pytest.param(["--territory", "68", "--role", "member", "--college", "nonsense"], 2, id="no such college"),
        pytest.param(["--role", "king"], 2, id="no such role"),
    ],
)
def test_a_role_that_cannot_be_makes_no_account(app: Flask, session: Session, options: list[str], code: int) -> None:
    assert add(app, "a@cts.example", "--password", PASSWORD, *options)[0] == code
    assert reviewers.count(session) == 0


def test_a_lost_second_factor_is_taken_away_and_sessions_end(app: Flask, session: Session) -> None:
    add(app, "a@cts.example", "--territory", "68", "--password", PASSWORD)
    reviewer = session.scalars(select(Reviewer)).one()
    now = dt.datetime.now(dt.UTC)
    reviewer.sealed_totp_secret = b"sealed"
    token = sign_ins.open_session(session, reviewer, "x", now)
    session.commit()
    result = app.test_cli_runner().invoke(args=["reviewer", "reset-second-factor", "A@cts.example"])
    said = "A@cts.example n'a plus de second facteur ; ses sessions sont fermées.\n"
    assert (result.exit_code, result.output) == (0, said)
    session.expire_all()
    assert (reviewer.sealed_totp_secret, sign_ins.find(session, token, now)) == (None, None)


@pytest.mark.parametrize("words", [["reset-second-factor"], ["password", "--password", PASSWORD]])
def test_an_account_that_is_not_there_is_told_in_one_line(app: Flask, words: list[str]) -> None:
    result = app.test_cli_runner().invoke(args=["reviewer", *words, "nobody@cts.example"])
    assert (result.exit_code, result.output) == (1, "Error: Il n'y a pas de compte pour nobody@cts.example.\n")


def test_without_a_territory_a_reviewer_reads_the_whole_region(app: Flask, session: Session) -> None:
    add(app, "region@cts.example", "--password", PASSWORD)
    assert session.scalars(select(Reviewer.departement)).one() is None


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(["a@b.fr", "--password", "court"], 1, "Error: Le mot de passe doit avoir au moins 12 caractères.\n", id="short"),
        pytest.param(["camille", "--password", PASSWORD], 1, "Error: « camille » n'est pas une adresse électronique.\n", id="no address"),
        pytest.param(["taken@b.fr", "--password", PASSWORD], 1, "Error: Un compte existe déjà pour taken@b.fr.\n", id="taken"),
    ],
)  # fmt: skip
def test_an_account_that_cannot_be_is_refused_in_one_line(
    app: Flask, session: Session, new_reviewer: object, arguments: list[str], code: int, said: str
) -> None:
    add(app, "taken@b.fr", "--password", PASSWORD)
    assert add(app, *arguments) == (code, said)
    assert reviewers.count(session) == 1


def test_a_territory_outside_of_the_region_is_refused(app: Flask, session: Session) -> None:
    code, _ = add(app, "a@b.fr", "--territory", "75", "--password", PASSWORD)
    assert (code, reviewers.count(session)) == (2, 0)
