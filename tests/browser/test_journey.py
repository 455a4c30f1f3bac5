"""One idea's whole way, as people walk it: told in a chat or by SMS, decided in the inbox, followed up by its author."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import open_page, sign_in
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
IDEAS = {  # by how they are told; of one like another, the citizen would be asked first whether they support that one
    False: "il faudrait une maison médicale de garde ouverte le dimanche à Colmar",
    True: "il faudrait un bus dentaire qui passe dans les villages autour de Thann",
    "SMS": "il faudrait former les aides à domicile d'Altkirch à repérer la dépression",
}
ANSWER = "Merci ! Nous en parlerons avec la mairie au printemps."
CODE = re.compile(r"SUIVI ([2-9A-X]{6})")


def say(page: Page, text: str) -> None:
    page.get_by_label("Votre message").fill(text)
    page.get_by_role("button", name="Envoyer").click()


def last_reply(page: Page) -> str:
    return page.locator("#reponse").inner_text()


def tell_idea_in_chat(page: Page, server: Server, idea: str) -> str:
    """The follow-up code of the idea, told in the chat."""
    page.goto(f"{server.base}/chat")
    say(page, idea)
    page.get_by_role("group", name="Réponses proposées").get_by_role("button").first.click()
    page.get_by_role("button", name="Oui", exact=True).click()
    expect(page.locator("#reponse")).to_contain_text("Merci")
    found = CODE.search(last_reply(page))
    assert found, last_reply(page)
    return found.group(1)


def tell_idea_by_sms(server: Server, number: str) -> str:
    server.text(IDEAS["SMS"], number)
    server.text("1", number)
    found = CODE.search(server.text("oui", number))
    assert found
    return found.group(1)


def decide(browser: Browser, server: Server, code: str, idea: str, *, javascript: bool) -> None:
    page = sign_in(open_page(browser, javascript=javascript), server, "camille")
    page.goto(f"{server.base}/inbox/contributions/{code}")
    assert page.locator("blockquote.words").first.inner_text() == idea
    page.get_by_role("button", name=re.compile("^Oui, ")).click()
    expect(page.get_by_text(f"Idée {code} : instruite.")).to_be_visible()
    page.goto(f"{server.base}/inbox/contributions/{code}")
    page.get_by_label("Retenue", exact=True).check()
    page.get_by_label("Réponse sur le site").fill(ANSWER)
    page.get_by_label("Réponse par SMS").fill(ANSWER)
    page.get_by_role("button", name="Préparer cette décision").click()
    page.get_by_role("button", name="Publier cette réponse maintenant").click()
    expect(page.get_by_text(f"La réponse à l'idée {code} est publiée.")).to_be_visible()
    expect(page.locator("[aria-labelledby=historique]")).to_contain_text("Camille")
    page.context.close()


@pytest.mark.parametrize("javascript", [False, True], ids=["without JavaScript", "with JavaScript"])
def test_an_idea_told_in_the_chat_is_decided_and_followed_up(
    browser: Browser, server: Server, javascript: bool
) -> None:
    page = open_page(browser, javascript=javascript, width=360)
    code = tell_idea_in_chat(page, server, IDEAS[javascript])
    decide(browser, server, code, IDEAS[javascript], javascript=javascript)
    page.reload()  # the conversation is still there
    expect(page.locator("#conversation")).to_contain_text(IDEAS[javascript])
    say(page, f"SUIVI {code}")
    expect(page.locator("#reponse")).to_contain_text(ANSWER)
    assert "retenue par le CTS" in last_reply(page)
    assert server.text(f"suivi {code}", "+33639980077").endswith(ANSWER)
    page.context.close()


def test_an_idea_told_by_sms_is_decided_and_followed_up(browser: Browser, server: Server) -> None:
    code = tell_idea_by_sms(server, "+33639980078")
    decide(browser, server, code, IDEAS["SMS"], javascript=True)
    own = server.text(f"SUIVI {code}", "+33639980078")
    assert "il faudrait former les aides" in own and own.endswith(ANSWER)
    stranger = server.text(f"SUIVI {code}", "+33639980079")
    assert "former les aides" not in stranger and stranger.endswith(ANSWER)


def test_the_chat_is_used_with_the_keyboard_alone(browser: Browser, server: Server) -> None:
    page = open_page(browser)
    page.goto(f"{server.base}/chat")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the first skip link: to the message
    page.keyboard.type("bonjour")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#reponse")).to_contain_text("Voix Santé, pour la santé dans le Grand Est")
    page.context.close()


def test_no_page_asks_anything_of_another_site(browser: Browser, server: Server) -> None:
    page = open_page(browser)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/", "/chat", "/projets", "/projets/cmsi-louvois", "/mentions-legales", "/inbox/connexion"):
        page.goto(server.base + path)
    assert [url for url in asked if not url.startswith((server.base, "data:"))] == []
    page.context.close()
