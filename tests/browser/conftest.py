"""A real browser: Debian's Chromium, without a network of its own; the service in processes of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.server import Server

QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
PASSWORD = "un mot de passe assez long"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    assert program, "Chromium is missing: run tests/prepare"
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=[*QUIET, *sandbox])
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("service")
    running = Server(f"sqlite:///{folder / 'voix.db'}")
    add_reviewer(running, "camille", "68")
    add_reviewer(running, "claude", "68", "users")
    running.start(workers=2)
    yield running
    running.kill()


def add_reviewer(server: Server, name: str, departement: str, college: str = "") -> None:
    """An account of that name: of a college's member, or else of a secretary."""
    post = ["--role", "member", "--college", college] if college else []
    words = ["--name", name.capitalize(), "--territory", departement, "--password", PASSWORD, *post]
    server.command("reviewer", "add", f"{name}@cts.example", *words)


def open_page(browser: Browser, *, javascript: bool = True, width: int = 1280) -> Page:
    """A browser of one person's own."""
    context = browser.new_context(
        java_script_enabled=javascript, viewport={"width": width, "height": 900}, locale="fr-FR"
    )
    return context.new_page()


def sign_in(page: Page, server: Server, name: str) -> Page:
    """The queue, opened by the sign-in form."""
    page.goto(f"{server.base}/inbox/connexion")
    page.get_by_label("Adresse électronique").fill(f"{name}@cts.example")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(f"{server.base}/inbox/")
    return page
