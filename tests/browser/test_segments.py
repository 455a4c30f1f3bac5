"""The live count of SMS segments agrees with what is sent: segments.js against bot/sms.py, in the real page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from bot.sms import count_segments, to_gsm7
from tests.browser.conftest import PASSWORD
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TEXTS = (
    "",
    "a" * 160,
    "a" * 161,
    "a" * 306,
    "a" * 307,
    "€" * 80,
    "€" * 81,
    "a" * 152 + "€" * 10,
    "« Ça coûte » … cœur, Noël, ÉTÉ, l’été – 20 °C → 1⁄2\t№ 5",
    "e\u0301te\u0301 a\u0302me",
    "a\u0300\u0323 a\u0327\u030a \u212b",
    "un emoji 🙂 et 中文",
    "«\u00a0guillemets\u202f»",
)


def test_the_page_counts_as_the_server_sends(browser: Browser, server: Server) -> None:
    page = browser.new_page()
    page.goto(f"{server.base}/inbox/connexion")
    page.get_by_label("Adresse électronique").fill("camille@cts.example")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.goto(f"{server.base}/inbox/seances")
    counted = page.evaluate(
        """async (texts) => {
          const { toGsm7, countSegments, countAll } = await import("/static/segments.js");
          const table = await (await fetch("/inbox/alphabet-sms.json")).json();
          const openings = [["Voix", 2], ["Voix, regroupée", 3]];
          return [
            texts.map((text) => [toGsm7(text, table), countSegments(toGsm7(text, table), table)]),
            [145, 146, 156, 157].map((length) => countAll(openings, "a".repeat(length), table)),
          ];
        }""",
        list(TEXTS),
    )
    assert counted == [
        [[to_gsm7(text), count_segments(to_gsm7(text))] for text in TEXTS],
        [
            {"least": 1, "most": 1, "readers": 5, "total": 5},
            {"least": 1, "most": 2, "readers": 5, "total": 2 * 1 + 3 * 2},
            {"least": 1, "most": 2, "readers": 5, "total": 2 * 1 + 3 * 2},
            {"least": 2, "most": 2, "readers": 5, "total": 10},
        ],
    ]
    page.close()
