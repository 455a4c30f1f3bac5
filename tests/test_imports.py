"""The house's directions: wsgi, cli, demo -> webhooks, public, inbox -> extensions -> service -> bot -> knowledge."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {
    "wsgi",
    "cli",
    "cli_lexicon",
    "cli_worker",
    "demo",
    "demo_council",
    "extensions",
    "metrics",
    "request_log",
    "webhooks",
    "public",
    "inbox",
    "service",
    "bot",
    "knowledge",
}
MAY_IMPORT = {
    "knowledge": set(),
    "bot": {"knowledge"},
    "service": {"bot", "knowledge"},
    "extensions": {"service"},
    "metrics": {"extensions", "service", "bot"},
    "request_log": set(),
    "webhooks": {"extensions", "metrics", "service", "bot", "knowledge"},
    "public": {"extensions", "service", "bot", "knowledge"},
    "inbox": {"extensions", "service", "bot", "knowledge"},
    "cli": {"cli_lexicon", "cli_worker", "extensions", "service", "bot", "knowledge"},
    "cli_lexicon": {"extensions", "service", "bot", "knowledge"},
    "cli_worker": {"extensions", "service", "bot", "knowledge"},
    "wsgi": OURS,
    "demo": OURS,
    "demo_council": {"service", "bot", "knowledge"},
}
WORLDLY = {"flask", "sqlalchemy", "twilio", "requests", "os", "random", "secrets", "time", "socket", "urllib"}
NOT_IN = {"knowledge": WORLDLY, "bot": WORLDLY, "service": {"flask", "twilio"}}
ONE_DOOR = {ROOT / "service" / "providers" / "twilio.py": {"twilio"}}  # the one file that may, when it is called


def files_of(package: str) -> list[Path]:
    folder = ROOT / package
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [ROOT / f"{package}.py"]


def imported_packages(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_imports_point_downwards(package: str) -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files_of(package)
        for name in imported_packages(path) & (OURS - MAY_IMPORT[package] - {package})
    }
    assert wrong == set()


@pytest.mark.parametrize("package", sorted(NOT_IN))
def test_the_pure_packages_do_not_touch_the_world(package: str) -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files_of(package)
        for name in (imported_packages(path) & NOT_IN[package]) - ONE_DOOR.get(path, set())
    }
    assert wrong == set()


def test_a_wrong_import_would_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "flow.py"
    path.write_text("from service.talk import answer\nimport os.path\n")
    assert imported_packages(path) == {"service", "os"}


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "core", "managers"])
def test_no_file_is_named_after_a_kind(name: str) -> None:
    assert [p for package in OURS for p in files_of(package) if name in {p.stem, p.parent.name}] == []
