"""The inbox by the keyboard alone: nothing here touches a mouse, and at each step one sees where one is."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PASSWORD, open_page
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ANSWER = "Le conseil retient votre idée."
MOST_TABS = 120  # more to get anywhere, and nobody would
FOCUSED = """() => {
  const one = document.activeElement, label = one.getAttribute("aria-label") ?? one.labels?.[0]?.innerText;
  return (one.value && one.tagName === "BUTTON" ? one.innerText : label || one.innerText || "").trim();
}"""
# An outline of two pixels at least, on the element or where a card's link draws it, inside the window.
SHOWN = """() => {
  const one = document.activeElement;
  const isDrawn = [null, "::after"].some((part) => {
    const style = getComputedStyle(one, part);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });
  const box = one.getBoundingClientRect();
  return isDrawn && box.bottom > 0 && box.top < innerHeight && box.width > 0;
}"""


def tab_to(page: Page, name: str) -> None:
    """Go on with the Tab key to what is called so (a whole label, or a regular expression), always in sight."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if page.evaluate("document.activeElement !== document.body"):
            assert page.evaluate(SHOWN), f"nobody sees that « {found} » has the focus"
        if re.fullmatch(name, found, re.DOTALL):
            return
    raise AssertionError(f"no way to « {name} »")


def press(page: Page, name: str) -> None:
    """Tab to it, and Enter, which leads to another page."""
    tab_to(page, name)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def sign_in_by_keyboard(page: Page, server: Server) -> None:
    page.goto(f"{server.base}/inbox/connexion")
    tab_to(page, "Adresse électronique")
    page.keyboard.type("camille@cts.example")
    tab_to(page, "Mot de passe")
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.fixture
def page(browser: Browser, server: Server) -> Page:
    """Camille's, in the queue, where three ideas wait."""
    for place, words in enumerate(("des crèches de nuit", "un car de dépistage", "un médiateur santé")):
        for text in (f"Il faudrait {words} à Huningue", "1", "oui"):
            server.text(text, f"+3363998018{place}")
    opened = open_page(browser)
    sign_in_by_keyboard(opened, server)
    return opened


def test_an_idea_goes_from_the_queue_to_its_answer(page: Page, server: Server) -> None:
    page.goto(f"{server.base}/inbox/?q=huningue")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "Aller au contenu"
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()

    press(page, ".*crèches de nuit.*")
    code = page.locator("h1 .code").inner_text()
    press(page, "Oui, .*")  # classified; the next one
    assert page.locator("h1 .code").inner_text() != code
    page.keyboard.press("c")  # a shortcut: to the choice
    expect(page.get_by_label("Axe ou solution")).to_be_focused()
    page.keyboard.press("ArrowDown")
    press(page, "Enregistrer et passer à la suivante")
    with page.expect_navigation():
        page.keyboard.press("u")  # back to the list

    page.goto(f"{server.base}/inbox/contributions/{code}")
    tab_to(page, "Retenue")
    page.keyboard.press("Space")
    for version in ("Réponse sur le site", "Réponse par SMS"):
        tab_to(page, version)
        page.keyboard.type(ANSWER)
    press(page, "Préparer cette décision")
    press(page, "Publier cette réponse maintenant")
    expect(page.get_by_text(f"La réponse à l'idée {code} est publiée.")).to_be_visible()
    assert server.text(f"SUIVI {code}", "+33639980180").endswith(ANSWER)


def test_a_refusal_has_the_focus_and_leads_to_its_field(page: Page, server: Server) -> None:
    page.goto(f"{server.base}/inbox/?etat=toutes&q=huningue")
    press(page, ".*médiateur santé.*")
    press(page, "Ajouter la note")
    expect(page.locator("#probleme")).to_be_focused()
    tab_to(page, "Écrivez.*")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab") if page.evaluate("document.activeElement.id") != "note" else None
    expect(page.get_by_label("Ajouter une note")).to_be_focused()


def test_the_help_on_shortcuts_holds_the_focus_until_escape(page: Page, server: Server) -> None:
    page.goto(f"{server.base}/inbox/?etat=toutes")
    tab_to(page, "Raccourcis clavier.*")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Raccourcis clavier")
    expect(dialog).to_be_visible()
    for _ in range(6):  # round and round: nothing behind it is reached
        page.keyboard.press("Tab")
        is_inside = "document.activeElement === document.body || document.querySelector('dialog').contains(document.activeElement)"
        assert page.evaluate(is_inside)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert page.evaluate(FOCUSED).startswith("Raccourcis clavier")  # where one was

    page.keyboard.press("j")  # and the shortcuts: down the list, tick
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[name=chosen]").nth(1)).to_be_checked()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
