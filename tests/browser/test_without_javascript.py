"""The inbox without JavaScript: a secretary's day and a member's evening, in browsers that run no script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import open_page, sign_in
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
IDEA = "Il faudrait une équipe mobile de soins palliatifs autour de Dannemarie"


def test_a_secretary_and_a_member_work_without_javascript(browser: Browser, server: Server) -> None:
    for text in (IDEA, "1", "oui"):
        server.text(text, "+33639980170")
    secretary = sign_in(open_page(browser, javascript=False), server, "camille")

    # found by its words, claimed by a button, put aside with others, asked about, noted
    secretary.get_by_label("Chercher des mots ou un code").fill("palliatifs")
    secretary.get_by_role("button", name="Chercher").click()
    secretary.locator(".queue__words a").click()
    code = secretary.locator("h1 .code").inner_text()
    secretary.get_by_role("button", name="Je m'en occupe").click()
    expect(secretary.get_by_text("Vous y travaillez, jusqu'à")).to_be_visible()
    secretary.get_by_label("Ajouter une note").fill("Vu avec l'hôpital.")
    secretary.get_by_role("button", name="Ajouter la note").click()
    secretary.get_by_text("Poser une question").click()
    secretary.get_by_label("Votre question").fill("Pour quels villages ?")
    secretary.get_by_role("button", name="Envoyer la question").click()
    expect(secretary.get_by_text("En attente de sa réponse.")).to_be_visible()
    secretary.get_by_label("Axe ou solution").select_option("A2.1")
    secretary.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(secretary.locator("[aria-labelledby=historique]")).to_contain_text("Instruite")

    # a meeting, the idea on its agenda by the queue, its opinions open
    secretary.goto(f"{server.base}/inbox/seances")
    secretary.get_by_label("Titre").fill("Séance sans script")
    secretary.get_by_label("Date").fill("2027-02-01")
    secretary.get_by_role("button", name="Créer la séance").click()
    meeting = secretary.url
    secretary.goto(f"{server.base}/inbox/?q=palliatifs&etat=toutes")
    secretary.get_by_label(f"Cocher {code}").check()
    secretary.get_by_text("Agir sur les idées cochées").click()
    secretary.locator("#bulk-meeting").select_option(label="Séance sans script, 01/02/2027")
    secretary.get_by_role("button", name="Mettre à l'ordre du jour").click()
    secretary.goto(meeting)
    secretary.get_by_role("button", name="Ouvrir les avis").click()

    # a member is told so, reads, and says what they think
    member = sign_in(open_page(browser, javascript=False, width=360), server, "claude")
    member.get_by_role("link", name="Donner mes avis : 0 sur 1").click()
    expect(member.locator("blockquote.words")).to_have_text(IDEA)
    member.get_by_role("button", name="Enregistrer et passer à la suivante").click()
    expect(member.locator("#probleme")).to_contain_text("Choisissez votre avis.")
    member.get_by_label("Favorable", exact=True).check()
    member.get_by_label("Commentaire").fill("Attendu.")
    member.get_by_role("button", name="Enregistrer et passer à la suivante").click()
    expect(member.get_by_text("Vous avez donné votre avis sur toutes les idées")).to_be_visible()

    # decided by a template, published with the meeting
    secretary.goto(meeting)
    secretary.get_by_role("button", name="Clore les avis").click()
    secretary.goto(f"{server.base}/inbox/contributions/{code}")
    secretary.get_by_label("Retenue", exact=True).check()
    for version in ("Réponse sur le site", "Réponse par SMS"):
        secretary.get_by_label(version).fill("Le conseil retient votre idée.")
    secretary.get_by_role("button", name="Préparer cette décision").last.click()
    secretary.goto(meeting)
    secretary.get_by_role("button", name="Publier les réponses cochées").click()
    expect(secretary.get_by_text("1 réponse publiée.")).to_be_visible()
    assert server.text(f"SUIVI {code}", "+33639980170").endswith("Le conseil retient votre idée.")
    for page in (secretary, member):
        page.context.close()
