"""The pictures of the guide, taken of the demonstration: ``python -m tests.browser.pictures`` writes docs/pictures."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable

from playwright.sync_api import Browser, Page, sync_playwright

import demo
from extensions import db
from tests.browser.conftest import QUIET
from tests.server import ROOT, Server
from tests.visitor import app_with

FOLDER = ROOT / "docs" / "pictures"
SETTINGS = {"VOIX_TOTP_REQUIRED": "0", "VOIX_SMS_PRICE": "0.07"}
SECRETARY, COUNCIL, MEMBER = "marne@demo.example", "haut-rhin@demo.example", "usagers2@demo.example"


def main() -> None:
    """Take all of them."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(f"sqlite:///{folder}/demo.db", **SETTINGS)
        with app_with(DATABASE_URL=server.environment["DATABASE_URL"], **SETTINGS) as app:
            passwords = demo.add_reviewers(db.session())
            demo.add_contributions(app, db.session())
            db.session.commit()
        server.start()
        try:
            take_all(server, passwords)
        finally:
            server.kill()


def take_all(server: Server, passwords: dict[str, str]) -> None:
    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=[*QUIET, "--no-sandbox"])

        def enter(email: str, width: int = 1080) -> Page:
            return sign_in(browser, server, email, passwords[email], width)

        secretary = enter(SECRETARY)
        secretary.get_by_role("button", name="Raccourcis clavier").wait_for()
        take(secretary, "file", height=860)
        secretary.locator(".queue__words a").first.click()
        secretary.get_by_text("Vous y travaillez.").wait_for()
        take(secretary, "inbox")
        take(save_over_another(secretary), "deux-textes", clip=".instruct")
        council = enter(COUNCIL)
        council.goto(f"{server.base}/inbox/seances/1")
        take(council, "seance", height=1040)
        council.locator(".agenda__item", has_text="Décision préparée").get_by_role("link").click()
        take(council, "decision", clip=".decision", height=2600)
        council.goto(f"{server.base}/inbox/tableau")
        take(council, "tableau", height=1000)
        take(open_reading(enter(MEMBER, 390)), "avis", height=1180)


def sign_in(browser: Browser, server: Server, email: str, password: str, width: int) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 760}, locale="fr-FR").new_page()
    page.goto(f"{server.base}/inbox/connexion")
    page.get_by_label("Adresse électronique").fill(email)
    page.get_by_label("Mot de passe").fill(password)
    page.get_by_role("button", name="Se connecter").click()
    return page


def save_over_another(page: Page) -> Page:
    """Two secretaries save the same idea: what the second sees."""
    first = page.context.new_page()
    first.goto(page.url)
    for one, solution, reason in (
        (first, "A2.1", "Le manque de médecins, d'abord."),
        (page, "A2.2", "Plutôt la formation : voir le lycée."),
    ):
        one.get_by_label("Axe ou solution").select_option(solution)
        one.get_by_label("Motif, pour vos collègues").first.fill(reason)
        one.get_by_role("button", name="Enregistrer", exact=True).click()
    return page


def open_reading(page: Page) -> Page:
    page.get_by_role("link", name="Donner mes avis").click()
    return page


def take(page: Page, name: str, clip: str = "", height: int = 760) -> None:
    """The window, that high; or one part of the page."""
    if page.viewport_size:
        page.set_viewport_size({**page.viewport_size, "height": height})
    shoot: Callable[..., bytes] = page.locator(clip).screenshot if clip else page.screenshot
    shoot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
