"""Every page of the service, in every state it can be in, looked at by axe-core at WCAG 2.2 AA.

Each is looked at on a computer by day and on a telephone by night. A new page is added to ``VISITS``; until then
``test_every_page_is_visited`` fails.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from service import totp
from service.throttle import FREE_FOR_ACCOUNT
from tests.browser.axe import find_faults
from tests.browser.conftest import PASSWORD, open_page, sign_in
from tests.browser.stage import CROWDED, Stage, make_code, set_stage
from tests.server import Server
from tests.visitor import app_with

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DEVICES = {
    "computer": ({"width": 1280, "height": 900}, "light"),
    "telephone": ({"width": 360, "height": 740}, "dark"),
}
# States that a page is in only after it refused something, and says so.
REFUSALS = re.compile("refused|wrong|by two|meanwhile|nothing ticked|unknown|without a reason|to be confirmed|too ")
SETTINGS = {"VOIX_DEMO": "1", "VOIX_EMBED_ORIGINS": "https://ars.example"}  # every door is open
NOT_PAGES = {  # what answers a GET, and nobody looks at
    "public.static",
    "public.healthz",
    "public.readyz",
    "metrics.show",
    "inbox.show_sms_alphabet",
    "inbox.export_csv",
}


@dataclass(frozen=True)
class Visit:
    """A page: its endpoint, who opens it (None: somebody without an account), where, and what they do there first."""

    endpoint: str
    who: str | None
    address: str | Callable[[Stage], str]
    act: Callable[[Page], object] = lambda page: None
    state: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.endpoint, self.who, self.state)))


# What is done on a page


def press(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("button", name=name).first.click()


def fill(label: str, text: str, button: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.get_by_label(label, exact=True).first.fill(text)
        press(button)(page)

    return act


def press_outdated(button: str) -> Callable[[Page], None]:
    """As if somebody else had saved since the page was opened."""

    def act(page: Page) -> None:
        page.evaluate("document.querySelectorAll('[name^=version]').forEach((one) => { one.value = 0; })")
        press(button)(page)

    return act


def decide_outdated(page: Page) -> None:
    page.get_by_label("Réponse sur le site").fill("Une autre réponse.")
    press_outdated("Préparer cette décision")(page)


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


def unfold_and(act: Callable[[Page], object]) -> Callable[[Page], None]:
    def both(page: Page) -> None:
        unfold(page)
        act(page)

    return both


def tick_outdated(page: Page) -> None:
    page.evaluate(
        "document.querySelectorAll('[name=chosen]').forEach((one) => { one.value = `${one.value.slice(0, 6)}.0`; })"
    )
    page.locator("[name=chosen]").first.check()
    unfold(page)
    page.get_by_role("button", name="Rendre instruites").click()


def start_signing_in(page: Page) -> None:
    page.get_by_label("Adresse électronique").fill("protegee@cts.example")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    press("Se connecter")(page)


def sign_in_with_a_code(page: Page) -> None:
    start_signing_in(page)
    code = make_code(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=30))  # a code serves once: not that of the set-up
    page.get_by_label("Code à 6 chiffres").fill(code)
    press("Continuer")(page)
    page.goto(re.sub(r"/inbox/.*", "/inbox/compte", page.url))
    unfold(page)


def fail_to_sign_in(page: Page) -> None:
    page.get_by_label("Adresse électronique").fill("camille@cts.example")
    page.get_by_label("Mot de passe").fill("pas le bon")
    press("Se connecter")(page)


def guess_passwords(page: Page) -> None:
    for _ in range(FREE_FOR_ACCOUNT + 1):
        page.get_by_label("Adresse électronique").fill("personne@cts.example")
        page.get_by_label("Mot de passe").fill("pas le bon")
        press("Se connecter")(page)


def write_in_chat(page: Page) -> None:
    page.get_by_label("Votre message").fill("il faudrait un car de dépistage à Ferrette")
    press("Envoyer")(page)
    page.get_by_text("De quelle piste").or_(page.get_by_text("semble proche")).first.wait_for()


def text_from_the_simulator(page: Page) -> None:
    page.get_by_label("Votre SMS").fill("bonjour")
    page.get_by_role("button", name="Envoyer").click()


def take_up_template(page: Page) -> None:
    page.get_by_label("Modèle de réponse").select_option(index=1)
    press("Reprendre ce modèle")(page)


def open_original(page: Page) -> None:
    unfold(page)
    page.get_by_label("Pourquoi l'ouvrir").fill("Le lieu est masqué.")
    press("Ouvrir et noter ma lecture")(page)


def enter(place: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.get_by_label("L'idée", exact=True).fill("Des soins dentaires dans les écoles")
        page.get_by_label("Commune").fill(place)
        page.locator("[name=source]").first.check()
        press("Continuer")(page)

    return act


def invite(page: Page) -> None:
    page.get_by_label("Son adresse électronique").fill("nouveau@cts.example")
    page.get_by_label("Collège").select_option(index=1)
    press("Faire l'invitation")(page)


def set_up_second_factor(page: Page) -> None:
    secret = page.locator("[name=secret]").input_value()
    now = int(dt.datetime.now(dt.UTC).timestamp())
    page.get_by_label("Code à 6 chiffres").fill(totp.make_code(secret, now // totp.STEP_SECONDS))
    page.get_by_label("Votre mot de passe").fill(PASSWORD)
    press("Activer")(page)


def choose_file(page: Page) -> None:
    content = "Idée;Commune\nDes soins dentaires à l'école;Colmar\nUn car de dépistage;Nulle-Part\n".encode()
    page.get_by_label("Fichier CSV").set_input_files({"name": "notes.csv", "mimeType": "text/csv", "buffer": content})
    press("Lire le fichier")(page)


def import_file(page: Page) -> None:
    choose_file(page)
    press("Importer 1")(page)
    page.get_by_role("heading", name="notes.csv").wait_for()
    unfold(page)


def stop_on_the_way(page: Page) -> None:
    """An import of more than one request takes in, where no script goes on."""
    page.route("**/go-on.js", lambda route: route.abort())
    words = "\n".join(f"idée numéro {number} : {number * 7919 % 10007} soins" for number in range(6000))
    content = f"Idée\n{words}\n".encode()
    page.get_by_label("Fichier CSV").set_input_files({"name": "long.csv", "mimeType": "text/csv", "buffer": content})
    press("Lire le fichier")(page)
    press("Importer 6")(page)
    page.get_by_role("heading", name="Import en cours").wait_for()


def case(name: str, act: Callable[[Page], object] = unfold, who: str = "camille", state: str = "") -> Visit:
    return Visit("inbox.case", who, lambda stage: stage.case(name), act, state or name)


def meeting(name: str, who: str, act: Callable[[Page], object] = lambda page: None, state: str = "") -> Visit:
    return Visit("inbox.meeting", who, lambda stage: stage.meeting(name), act, state or name)


VISITS = [
    # everybody's
    Visit("public.home", None, "/"),
    Visit("public.projects", None, "/projets"),
    Visit("public.project", None, "/projets/cmsi-louvois"),
    Visit("public.legal", None, "/mentions-legales"),
    Visit("public.register", None, "/registre"),
    Visit("public.own_data", None, "/mes-donnees/own"),
    Visit("public.own_data", None, "/mes-donnees/no-such-link", state="gone"),
    Visit("public.project", None, "/projets/no-such-project", state="not found"),
    Visit("chat.show", None, "/chat", state="empty"),
    Visit("chat.show", None, "/chat", write_in_chat, "with answers to choose from"),
    Visit("embedded_chat.show", None, "/chat/integrer"),
    Visit("simulator.show", None, "/simulateur", state="empty"),
    Visit("simulator.show", None, "/simulateur", text_from_the_simulator, "with messages"),
    # the way in
    Visit("inbox.sign_in", None, "/inbox/connexion"),
    Visit("inbox.sign_in", None, "/inbox/connexion", fail_to_sign_in, "wrong password"),
    Visit("inbox.sign_in", None, "/inbox/connexion", guess_passwords, "too many attempts"),
    Visit("inbox.code_form", None, "/inbox/connexion", start_signing_in),
    Visit("inbox.code_form", None, "/inbox/connexion", lambda page: (start_signing_in(page), fill("Code à 6 chiffres", "1", "Continuer")(page)), "wrong code"),
    Visit("inbox.account", None, "/inbox/connexion", sign_in_with_a_code, "with a second factor"),
    Visit("inbox.invitation", None, lambda stage: f"/inbox/invitation/{stage.links['invitation']}"),
    Visit("inbox.invitation", None, lambda stage: f"/inbox/invitation/{stage.links['invitation']}", fill("Choisissez un mot de passe", "court", "Créer mon compte"), "refused"),
    Visit("inbox.invitation", None, "/inbox/invitation/none", state="gone"),
    # the queue
    Visit("inbox.queue", "camille", "/inbox/?etat=toutes", unfold, "all"),
    Visit("inbox.queue", "camille", "/inbox/?etat=toutes", lambda page: page.keyboard.press("?"), "help on shortcuts"),
    Visit("inbox.queue", "camille", "/inbox/?q=dentaire&etat=toutes", unfold, "filtered"),
    Visit("inbox.queue", "camille", "/inbox/?q=introuvable", state="nothing found"),
    Visit("inbox.queue", "camille", "/inbox/?commune=Nulle-Part", unfold, "unknown commune"),
    Visit("inbox.queue", "camille", "/inbox/?etat=toutes", unfold_and(press("Rendre instruites")), "nothing ticked"),
    Visit("inbox.queue", "camille", "/inbox/?etat=toutes", tick_outdated, "changed meanwhile"),
    Visit("inbox.queue", "claude", "/inbox/?etat=toutes", unfold, "all"),
    Visit("inbox.queue", "alex", "/inbox/?etat=toutes", unfold, "all"),
    Visit("inbox.queue", "andrea", "/inbox/", unfold, "empty"),
    Visit("inbox.queue", "ali", "/inbox/", state="empty"),
    # the case
    *(case(name) for name in ("received", "suggested", "unclassified", "sealed", "third", "claimed", "asked", "answered", "flagged", "main", "twin", "drafted", "undecided", "published", "not retained")),
    *(case(name, who="claude", state=name) for name in ("received", "drafted", "undecided", "closed", "published", "twin")),
    case("drafted", who="alex"),
    Visit("inbox.case", "camille", "/inbox/contributions/ZZZZZZ", state="not found"),
    case("sealed", open_original, state="original opened"),
    case("sealed", unfold_and(press("Ouvrir et noter ma lecture")), state="original without a reason"),
    case("received", press_outdated("Enregistrer et passer"), state="classified by two"),
    case("drafted", decide_outdated, state="decided by two"),
    case("drafted", press_outdated("Publier cette réponse maintenant"), state="published by two"),
    case("twin", press_outdated("Séparer"), state="separated by two"),
    case("received", unfold_and(lambda page: (page.get_by_label("Motif", exact=True).fill("Publicité."), press_outdated("Signaler l'idée")(page))), state="flagged by two"),
    case("undecided", press("Préparer cette décision"), state="decision refused"),
    case("undecided", take_up_template, state="template taken up"),
    case("undecided", press("Ajouter la note"), state="note refused"),
    case("undecided", unfold_and(fill("Votre question", "Votre numéro est-il le 06 12 34 56 78 ?", "Envoyer la question")), state="question to be confirmed"),
    case("received", unfold_and(press("Signaler l'idée")), state="flag refused"),
    case("undecided", press("Donner mon avis"), "sacha", "opinion refused"),
    # look-alikes, entries, abuse
    Visit("inbox.list_alike", "camille", "/inbox/semblables"),
    Visit("inbox.list_alike", "andrea", "/inbox/semblables", state="empty"),
    Visit("inbox.compare", "camille", lambda stage: f"/inbox/regrouper?idee={stage.codes['main']}&idee={stage.codes['other_twin']}"),
    Visit("inbox.compare", "camille", lambda stage: f"/inbox/regrouper?idee={stage.codes['main']}", state="refused"),
    Visit("inbox.compare", "camille", lambda stage: f"/inbox/regrouper?idee={stage.codes['main']}&idee={stage.codes['other_twin']}", press_outdated("Regrouper ici"), "merged by two"),
    Visit("inbox.new_entry", "camille", "/inbox/nouvelle-idee"),
    Visit("inbox.new_entry", "camille", "/inbox/nouvelle-idee", press("Continuer"), "refused"),
    Visit("inbox.new_entry", "camille", "/inbox/nouvelle-idee", enter("Colmar"), "understood"),
    Visit("inbox.new_entry", "camille", "/inbox/nouvelle-idee", enter("68130"), "several communes"),
    Visit("inbox.show_entered", "camille", lambda stage: f"/inbox/nouvelle-idee/{stage.codes['entered']}"),
    Visit("inbox.list_bans", "camille", "/inbox/abus"),
    Visit("inbox.list_bans", "camille", "/inbox/abus", press("Maintenir le blocage"), "refused"),
    Visit("inbox.list_bans", "andrea", "/inbox/abus", state="empty"),
    # meetings, templates
    *(Visit("inbox.list_meetings", who, "/inbox/seances") for who in ("camille", "claude", "alex", "andrea", "ali")),
    Visit("inbox.list_meetings", "camille", "/inbox/seances", press("Créer la séance"), "refused"),
    *(meeting(name, who) for name in ("prepared", "opened", "closed") for who in ("camille", "claude")),
    meeting("opened", "camille", press_outdated("Clore les avis"), "changed meanwhile"),
    Visit("inbox.read_for_meeting", "sacha", lambda stage: stage.meeting("opened", "/avis")),
    Visit("inbox.read_for_meeting", "sacha", lambda stage: stage.meeting("opened", "/avis"), press("Enregistrer et passer"), "refused"),
    Visit("inbox.read_for_meeting", "noa", lambda stage: stage.meeting("opened", "/avis"), state="all read"),
    Visit("inbox.read_for_meeting", "sacha", lambda stage: stage.meeting("prepared", "/avis"), state="not open"),
    *(Visit("inbox.print_agenda", "claude", lambda stage, name=name: stage.meeting(name, "/ordre-du-jour"), state=name) for name in ("opened", "closed")),
    *(Visit("inbox.print_record", who, lambda stage: stage.meeting("closed", "/compte-rendu")) for who in ("camille", "claude")),
    Visit("inbox.list_templates", "camille", "/inbox/modeles"),
    Visit("inbox.list_templates", "alex", "/inbox/modeles"),
    Visit("inbox.list_templates", "camille", "/inbox/modeles", press("Enregistrer le modèle"), "refused"),
    Visit("inbox.edit_template", "camille", lambda stage: f"/inbox/modeles/{stage.numbers['template']}"),
    Visit("inbox.edit_template", "camille", lambda stage: f"/inbox/modeles/{stage.numbers['template']}", press_outdated("Enregistrer le modèle"), "written by two"),
    Visit("inbox.edit_template", "camille", lambda stage: f"/inbox/modeles/{stage.numbers['regional template']}", state="the region's"),
    # seeing
    *(Visit("inbox.dashboard", who, "/inbox/tableau", unfold) for who in ("camille", "claude", "alex", "andrea")),
    *(Visit("inbox.show_exports", who, "/inbox/exports") for who in ("camille", "andrea")),
    Visit("inbox.export_xlsx", "alex", f"/inbox/exports/idees.xlsx?etat=toutes&territoire={CROWDED}", state="too large"),
    Visit("inbox.show_dictionary", "camille", "/inbox/exports/dictionnaire"),
    *(Visit("inbox.show_lexicon", who, "/inbox/lexique", unfold) for who in ("claude", "alex", "ali")),
    *(Visit("inbox.list_imports", who, "/inbox/imports", state="empty") for who in ("camille", "alex")),
    Visit("inbox.list_imports", "camille", "/inbox/imports", press("Lire le fichier"), "refused"),
    Visit("inbox.list_imports", "camille", "/inbox/imports", choose_file, "checked"),
    Visit("inbox.list_imports", "camille", "/inbox/imports", import_file, "imported"),
    Visit("inbox.list_imports", "camille", "/inbox/imports", stop_on_the_way, "under way"),
    # people
    *(Visit("inbox.people", who, "/inbox/personnes") for who in ("camille", "alex", "andrea")),
    Visit("inbox.people", "camille", "/inbox/personnes", press("Faire l'invitation"), "refused"),
    Visit("inbox.people", "camille", "/inbox/personnes", invite, "invited"),
    Visit("inbox.people", "claude", "/inbox/personnes", state="forbidden"),
    *(Visit("inbox.person", "alex", lambda stage, name=name: f"/inbox/personnes/{stage.numbers[name]}", state=name) for name in ("claude", "parti")),
    Visit("inbox.account", "camille", "/inbox/compte", unfold),
    Visit("inbox.account", "claude", "/inbox/compte", press("Changer de mot de passe"), "refused"),
    Visit("inbox.second_factor_form", "camille", "/inbox/compte/second-facteur", unfold),
    Visit("inbox.second_factor_form", "camille", "/inbox/compte/second-facteur", press("Activer"), "refused"),
    Visit("inbox.second_factor_form", "dominique", "/inbox/compte/second-facteur", set_up_second_factor, "recovery codes"),
]  # fmt: skip


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(f"sqlite:///{tmp_path_factory.mktemp('stage') / 'voix.db'}", **SETTINGS)
    running.start(workers=2)
    yield running
    running.kill()


@pytest.fixture(scope="module")
def app(service: Server) -> Iterator[Flask]:
    with app_with(DATABASE_URL=service.environment["DATABASE_URL"], **SETTINGS) as application:
        yield application


@pytest.fixture(scope="module")
def stage(app: Flask) -> Stage:
    return set_stage(app)


@pytest.fixture(scope="module")
def browsers(browser: Browser, service: Server, stage: Stage) -> Callable[[str | None], BrowserContext]:
    """The browser of each: a new one for who has no account."""
    opened: dict[str, BrowserContext] = {}

    def find(who: str | None) -> BrowserContext:
        if who is None:
            return open_page(browser).context
        if who not in opened:
            opened[who] = sign_in(open_page(browser), service, who).context
        return opened[who]

    return find


@pytest.mark.parametrize("visit", VISITS, ids=str)
def test_axe_finds_nothing(
    visit: Visit, service: Server, stage: Stage, browsers: Callable[[str | None], BrowserContext]
) -> None:
    page = browsers(visit.who).new_page()
    page.goto(service.base + (visit.address if isinstance(visit.address, str) else visit.address(stage)))
    visit.act(page)
    page.wait_for_load_state()
    if REFUSALS.search(visit.state):
        expect(page.locator("#probleme")).to_be_visible()
    found = {}
    for device, (size, scheme) in DEVICES.items():
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        if faults := find_faults(page):
            found[device] = faults
    page.close()
    assert found == {}


def test_every_page_is_visited(app: Flask) -> None:
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert sorted({visit.endpoint for visit in VISITS}) == sorted(pages - NOT_PAGES)


def test_axe_sees_what_is_wrong(browser: Browser) -> None:
    page = open_page(browser)
    page.set_content("<html lang='fr'><title>Page</title><main><h1>Page</h1><input></main></html>")
    assert [fault.split(":")[0] for fault in find_faults(page)] == ["label"]
    page.context.close()
