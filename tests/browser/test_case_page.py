"""The page of one idea as it behaves in a browser: a case that is given up, what was typed and not saved."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from tests.browser.conftest import open_page, sign_in
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NUMBER = "+33639980171"
TYPED = "Le conseil retient votre idée, et la travaille avec les communes."


@pytest.fixture(scope="module")
def code(server: Server) -> str:
    for words in ("nouvelle idée", "Il faudrait un bus dentaire dans les villages", "1", "1", "Ferrette", "1", "oui"):
        said = server.text(words, NUMBER)
        if found := re.search(r"SUIVI ([2-9A-X]{6})", said):
            return found[1]
    raise AssertionError(said)


@pytest.fixture
def page(browser: Browser, server: Server, code: str) -> Iterator[Page]:
    """The case, open before its secretary."""
    page = sign_in(open_page(browser), server, "camille")
    open_case(page, server, code)
    yield page
    page.context.close()


def open_case(page: Page, server: Server, code: str, query: str = "") -> None:
    page.goto(f"{server.base}/inbox/contributions/{code}{query}")
    expect(page.get_by_text("Vous y travaillez")).to_be_visible()


def answer(page: Page, *, leave: bool) -> list[str]:
    """The dialogs that the browser will have shown, each answered so."""
    shown: list[str] = []

    def meet(dialog: Dialog) -> None:
        shown.append(dialog.type)
        if leave:
            dialog.accept()
        else:
            dialog.dismiss()

    page.on("dialog", meet)
    return shown


def write_a_decision(page: Page) -> None:
    page.get_by_text("Préparer une décision").click()
    page.get_by_label("Réponse sur le site").press_sequentially(TYPED)


def add_a_note(page: Page) -> None:
    page.get_by_label("Ajouter une note").press_sequentially("À voir.")
    page.get_by_role("button", name="Ajouter la note").click()


def test_a_case_that_is_given_up_stays_free(page: Page, server: Server, code: str) -> None:
    open_case(page, server, code, "?vue=etat%3Dtoutes")
    page.get_by_role("button", name="Relâcher").click()
    expect(page.get_by_text(f"Vous ne travaillez plus sur l'idée {code}.")).to_be_visible()
    assert page.url == f"{server.base}/inbox/?etat=toutes"
    page.goto(f"{server.base}/inbox/?etat=toutes&montrer=libres")
    expect(page.get_by_role("link", name=code)).to_be_visible()


def test_what_was_typed_elsewhere_on_the_page_is_not_left_behind_unasked(page: Page) -> None:
    shown = answer(page, leave=False)
    write_a_decision(page)
    add_a_note(page)
    expect(page.get_by_label("Ajouter une note")).to_have_value("À voir.")
    expect(page.get_by_label("Réponse sur le site")).to_have_value(TYPED)
    page.get_by_role("link", name="Idées des habitants").click()
    expect(page.get_by_label("Réponse sur le site")).to_have_value(TYPED)
    assert shown == ["beforeunload"] * 2


def test_who_says_so_leaves_it_behind(page: Page) -> None:
    shown = answer(page, leave=True)
    write_a_decision(page)
    add_a_note(page)
    expect(page.get_by_label("Ajouter une note")).to_have_value("")
    assert shown == ["beforeunload"]


def test_what_is_sent_or_was_never_touched_asks_nothing(page: Page) -> None:
    shown = answer(page, leave=False)
    add_a_note(page)
    expect(page.get_by_label("Ajouter une note")).to_have_value("")
    write_a_decision(page)
    page.get_by_label("Retenue", exact=True).check()
    page.get_by_role("button", name="Préparer cette décision").last.click()  # refused: there is no text for an SMS
    expect(page.locator("#probleme")).to_be_visible()
    page.get_by_label("Réponse par SMS").press_sequentially("Retenue.")
    page.get_by_role("button", name="Préparer cette décision").last.click()
    expect(page.get_by_text("est préparée. Elle n'est pas encore publiée.")).to_be_visible()
    page.get_by_role("link", name="Idées des habitants").click()
    page.wait_for_url(re.compile(r"/inbox/(\?.*)?$"))
    assert shown == []


def test_what_was_refused_is_not_left_behind_unasked(page: Page) -> None:
    shown = answer(page, leave=False)
    page.get_by_label("Réponse par SMS").fill("")
    page.get_by_role("button", name="Préparer cette décision").last.click()
    expect(page.locator("#probleme")).to_be_visible()
    page.keyboard.press("Shift")  # a browser asks nothing of who did nothing
    page.get_by_role("link", name="Idées des habitants").click()
    expect(page.locator("#probleme")).to_be_visible()
    assert shown == ["beforeunload"]


def test_without_the_script_it_would_be_lost(browser: Browser, server: Server, code: str) -> None:
    page = sign_in(open_page(browser), server, "camille")
    page.route("**/unsaved.js", lambda route: route.abort())
    open_case(page, server, code)
    shown = answer(page, leave=False)
    page.get_by_label("Réponse sur le site").fill("Un texte longuement pesé.")
    add_a_note(page)
    expect(page.get_by_label("Ajouter une note")).to_have_value("")
    expect(page.get_by_label("Réponse sur le site")).not_to_have_value("Un texte longuement pesé.")
    assert shown == []
    page.context.close()
