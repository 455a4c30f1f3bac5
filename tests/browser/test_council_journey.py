"""Thirty ideas, from the telephones of their authors to the answers in their hands, with everybody at work at once.

Two secretaries instruct, four members of two colleges give their opinions, and a member and a secretary of another
territory look on: each in a browser of their own.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.sms import to_gsm7
from extensions import db
from service import reviewers
from service.models import Contribution, Delivery, OutboxMessage, Purpose, Role, Status
from service.sending_rules import SendingRules, is_quiet
from tests.browser.conftest import PASSWORD, open_page, sign_in
from tests.post_office import new_worker
from tests.server import Server
from tests.twilio_fake import Fake, running_fake
from tests.visitor import app_with

pytestmark = [pytest.mark.browser, pytest.mark.slow]
IDEAS = (
    "Il faudrait un bus dentaire qui passe dans les villages autour de Thann",
    "il faudrait un bus dentaire dans les villages autour de thann svp",  # the same, almost
    "Plus de médecins de garde le soir et le week-end à Colmar",
    "Il faudrait une maison de santé avec des internes à Masevaux",
    "Payer le logement des stagiaires en médecine qui viennent à Munster",
    "Des consultations en visio avec une infirmière à la mairie de Saint-Amarin",
    "Former les aides à domicile d'Altkirch à repérer la dépression des personnes âgées",
    "Un chèque sport pour les gens au RSA à Mulhouse",
    "Un numéro à appeler avant d'aller aux urgences de Mulhouse",
    "Il faudrait que des jeunes parlent aux jeunes de santé mentale dans les lycées de Guebwiller",
    "Des vidéos drôles sur le tabac, tournées avec des gens connus de Colmar",
    "Que les pharmaciens de Ferrette puissent vacciner et dépister",
    "Des crèches ouvertes la nuit pour les infirmières de l'hôpital de Mulhouse",
    "Un médiateur santé qui aille vers les gens dans les quartiers de Wittenheim",
    "Une ligne de bus jusqu'à l'hôpital pour les habitants de Soultz",
    "Il faudrait des ateliers de cuisine saine à l'école de Kaysersberg",
    "Il faudrait un psychologue une fois par semaine au collège de Ribeauvillé",
    "Déléguer les vaccins aux infirmières de la vallée de Lapoutroie",
    "Un dossier médical partagé entre l'hôpital et les médecins de Saint-Louis",
    "Il faudrait des marches organisées pour les retraités de Cernay",
    "Il faudrait dépister le diabète sur le marché d'Illzach",
    "Apprendre les premiers secours à tous les élèves de Rixheim",
    "Il faudrait une équipe mobile de soins palliatifs à domicile autour de Dannemarie",
    "Des téléconsultations dans la pharmacie de Huningue",
    "Il faudrait un groupe de parole pour les aidants de malades d'Alzheimer à Ensisheim",
    "Il faudrait embaucher des assistants médicaux pour les médecins débordés de Wintzenheim",
    "Il faudrait un camion de dépistage de la vue pour les enfants de Sierentz",
    "Donner des bourses aux étudiants infirmiers qui s'installent à Orbey",
    "Faire venir un cardiologue deux jours par mois à Neuf-Brisach",
    "Des pistes cyclables pour aller travailler sans voiture à Pfastatt",
)
FOREIGN_IDEA = "Il faudrait rouvrir la maternité de Vitry-le-François"
PEOPLE = {  # who: territory, college of a member
    "camille": ("68", None),
    "dominique": ("68", None),
    "claude": ("68", "users"),
    "sacha": ("68", "users"),
    "noa": ("68", "professionals"),
    "robin": ("68", "professionals"),
    "lou": ("51", "users"),
    "andrea": ("51", None),
}
MEMBERS = ("claude", "sacha", "noa", "robin")
CODE = re.compile(r"SUIVI ([2-9A-X]{6})")
QUESTION, REPLY = "Dans quels villages surtout ?", "À Bitschwiller et à Willer"
RETAINED = "Le conseil retient votre idée numéro {}."
REFUSED = "Le conseil ne peut pas porter votre idée numéro {}."


@dataclass
class Council:
    """The running service, who is at work, and the ideas: their codes and their authors' numbers, in the order told."""

    server: Server
    app: Flask
    fake: Fake
    pages: dict[str, Page]
    codes: list[str]

    def case(self, number: int) -> str:
        return f"{self.server.base}/inbox/contributions/{self.codes[number]}"

    def send_messages(self) -> None:
        """The worker sends what is owed."""
        new_worker(self.app, self.fake, next_day_hour).send_due(1000)

    def text(self, number: int, words: str) -> str:
        """The author of an idea texts; what they are answered."""
        return self.server.text(words, phone(number))


@pytest.fixture(scope="module")
def council(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Council]:
    server = Server(f"sqlite:///{tmp_path_factory.mktemp('council') / 'voix.db'}")
    try:
        server.start(workers=2)
        with running_fake() as fake, app_with(DATABASE_URL=server.environment["DATABASE_URL"]) as app:
            add_people()
            pages = {name: sign_in(open_page(browser), server, name) for name in PEOPLE}
            codes = [tell(server, words, phone(number)) for number, words in enumerate(IDEAS)]
            tell(server, FOREIGN_IDEA, phone(len(IDEAS)))
            yield Council(server, app, fake, pages, codes)
    finally:
        server.kill()


def add_people() -> None:
    for name, (departement, college) in PEOPLE.items():
        role, email, now = Role.MEMBER if college else None, f"{name}@cts.example", dt.datetime.now(dt.UTC)
        reviewers.add_reviewer(db.session(), email, name.capitalize(), PASSWORD, departement, now, role, college)
    db.session.commit()


def next_day_hour() -> dt.datetime:
    """Now, or as soon as people may be written to."""
    hour = dt.datetime.now(dt.UTC)
    while is_quiet(SendingRules(), hour):
        hour += dt.timedelta(hours=1)
    return hour


def phone(number: int) -> str:
    return f"+336399801{number:02}"


def tell(server: Server, words: str, number: str) -> str:
    """The code of an idea texted as a citizen does, with every question answered."""
    reply = server.text(words, number)
    for _ in range(6):
        if found := CODE.search(reply):
            return found[1]
        if "C'est une autre idée" in reply:
            reply = server.text("3", number)
        else:
            reply = server.text("oui" if "Transmettre votre idée" in reply else "1", number)
    raise AssertionError(f"{words}: {reply}")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).first.click()
    page.wait_for_load_state()


def press_together(*buttons: Locator) -> None:
    """People press at the same moment, each in their own browser."""
    with ExitStack() as stack:
        for button in buttons:
            stack.enter_context(button.page.expect_navigation())
        for button in buttons:
            button.evaluate("one => { setTimeout(() => one.click()); }")


def choose_classification(page: Page) -> Locator:
    """The button that classifies the idea on the page: as it was suggested, else by hand."""
    accept = page.get_by_role("button", name=re.compile("^Oui, "))
    if accept.count():
        return accept
    page.get_by_label("Axe ou solution").select_option("A2.1")
    return page.get_by_role("button", name="Enregistrer et passer à la suivante")


def read_code(page: Page) -> str:
    return page.locator("h1 .code").inner_text()


# The steps, in the order of the days


def put_a_question(council: Council) -> None:
    """A citizen is asked something, and answers by SMS, in the middle of everything."""
    page = council.pages["camille"]
    page.goto(council.case(0))
    page.get_by_text("Poser une question").click()
    page.get_by_label("Votre question").fill(QUESTION)
    press(page, "Envoyer la question")
    expect(page.get_by_text("Votre question part vers l'auteur")).to_be_visible()
    council.send_messages()
    assert [QUESTION in text for text in council.fake.texts(phone(0))] == [True]
    assert council.text(0, REPLY) == "Merci ! Votre réponse est transmise au CTS du Haut-Rhin."
    page.reload()
    expect(page.locator(".asked blockquote")).to_have_text(REPLY)


def take_over_a_claim(council: Council) -> None:
    camille, dominique = council.pages["camille"], council.pages["dominique"]
    camille.goto(council.case(2))
    expect(camille.get_by_text("Vous y travaillez.")).to_be_visible()
    dominique.goto(council.case(2))
    expect(dominique.get_by_text("Camille y travaille")).to_be_visible()
    dominique.get_by_text("Reprendre…").click()
    press(dominique, "Reprendre l'idée à Camille")
    expect(dominique.get_by_text("Vous y travaillez.")).to_be_visible()
    camille.reload()
    expect(camille.get_by_text("Dominique y travaille")).to_be_visible()


def save_the_same_case_twice(council: Council) -> None:
    """Camille still has the case open that Dominique took over: both save, and no word of either is lost."""
    typed = {"camille": "Vu avec le SAMU de Colmar.", "dominique": "Dépend du CDOM."}
    for name, reason in typed.items():
        page = council.pages[name]
        page.get_by_label("Axe ou solution").select_option("A2.1" if name == "camille" else "A2.2")
        page.get_by_label("Motif, pour vos collègues").first.fill(reason)
    buttons = [council.pages[name].get_by_role("button", name="Enregistrer", exact=True) for name in typed]
    press_together(*buttons)
    losers = [name for name in typed if council.pages[name].locator("#probleme").count()]
    assert len(losers) == 1
    loser = council.pages[losers[0]]
    sides = loser.locator(".sides").inner_text()
    assert all(reason in sides for reason in typed.values())  # side by side
    expect(loser.get_by_label("Motif, pour vos collègues").first).to_have_value(typed[losers[0]])
    press(loser, "Enregistrer et passer à la suivante")  # having read both
    loser.goto(council.case(2))
    history = loser.locator("[aria-labelledby=historique]").inner_text()
    assert all(reason in history for reason in typed.values())


def act_on_several_over_a_save(council: Council) -> None:
    """Dominique ticks cases; Camille saves one of them meanwhile. Hers stays, and the page says which was left out."""
    camille, dominique = council.pages["camille"], council.pages["dominique"]
    dominique.goto(f"{council.server.base}/inbox/")
    for number in (3, 4, 5):
        dominique.get_by_label(f"Cocher {council.codes[number]}").check()
    camille.goto(council.case(4))
    camille.get_by_label("Axe ou solution").select_option("A1.1")
    camille.get_by_label("Motif, pour vos collègues").first.fill("À moi, relue avec soin.")
    press(camille, "Enregistrer et passer à la suivante")
    dominique.get_by_text("Agir sur les idées cochées").click()
    dominique.locator("#bulk-solution").select_option("A3.1")
    dominique.get_by_role("button", name="Classer", exact=True).click()
    expect(dominique.locator("#probleme")).to_contain_text(council.codes[4])
    expect(dominique.locator("#probleme")).to_contain_text("par Camille")
    expect(dominique.get_by_role("status").filter(has_text="2 idées classées.")).to_be_visible()
    with reading() as session:
        solutions = dict(session.execute(select(Contribution.code, Contribution.solution)).all())  # type: ignore[arg-type]
    assert [solutions[council.codes[number]] for number in (3, 4, 5)] == ["A3.1", "A1.1", "A3.1"]


def merge_and_undo(council: Council) -> None:
    """Two say the same: merged, separated, merged again. Each time both texts are there, and the author is told."""
    page = council.pages["dominique"]
    for is_last in (False, True):
        page.goto(council.case(0))
        page.get_by_label(f"Regrouper {council.codes[1]}").check()
        press(page, "Comparer, puis regrouper")
        assert [words in page.locator("main").inner_text() for words in IDEAS[:2]] == [True, True]
        page.get_by_label(council.codes[0]).check()
        press(page, "Regrouper ici")
        assert [words in page.locator("main").inner_text() for words in IDEAS[:2]] == [True, True]
        if not is_last:
            press(page, f"Séparer {council.codes[1]}")
            expect(page.get_by_role("status")).to_contain_text("est de nouveau suivie à part")


def instruct_the_rest(council: Council) -> None:
    """Both secretaries go through the queue with « save and next », always pressing at the same moment."""
    pages = [council.pages["camille"], council.pages["dominique"]]
    done: list[str] = []
    for place, page in enumerate(pages):
        page.goto(f"{council.server.base}/inbox/")
        page.locator(".queue__words a").nth(place).click()
        expect(page.get_by_text("Vous y travaillez.")).to_be_visible()
    while pages:
        done += [read_code(page) for page in pages]
        press_together(*[choose_classification(page) for page in pages])
        pages = [page for page in pages if "/contributions/" in page.url]
    waiting = [code for number, code in enumerate(council.codes) if number not in {1, 2, 3, 4, 5}]
    assert sorted(done) == sorted(waiting)  # each once: nobody did another's


def prepare_the_meeting(council: Council) -> str:
    """The address of the meeting, its agenda filled and its opinions open."""
    page = council.pages["camille"]
    page.goto(f"{council.server.base}/inbox/seances")
    page.get_by_label(re.compile("^Titre")).fill("Plénière")
    page.get_by_label("Date").fill("2027-01-15")
    press(page, "Créer la séance")
    address = page.url
    press(page, "Ajouter 29 idées instruites qui attendent")
    expect(page.get_by_role("heading", name="Ordre du jour : 29 idées")).to_be_visible()
    press(page, "Ouvrir les avis")
    return address


def give_opinions(council: Council, meeting: str) -> None:
    """Four members read at once; what the others think is hidden from each until they have said it themselves."""
    comments = {name: f"Ce qu'en pense {name.capitalize()}." for name in MEMBERS}
    for turn in range(3):
        pages = [council.pages[name] for name in MEMBERS]
        for name, page in zip(MEMBERS, pages, strict=True):
            page.goto(f"{meeting}/avis")
            page.get_by_role("link", name="Tout le dossier").click()
            page.wait_for_url("**/contributions/*")
            shown = page.locator("main").inner_text()
            assert [one for one in comments.values() if one in shown] == []
            page.get_by_label("Favorable", exact=True).check()
            page.get_by_role("group", name="Innovant").get_by_label(str(1 + turn)).check()
            page.get_by_label("Commentaire").fill(comments[name])
        press_together(*[page.get_by_role("button", name="Donner mon avis") for page in pages])
        for page in pages:
            expect(page.get_by_text("est enregistré.")).to_be_visible()
    page = council.pages["claude"]
    page.reload()
    page.get_by_text("4 avis en détail").click()
    expect(page.locator(".opinions")).to_contain_text(comments["robin"])
    rows = page.locator(".results tbody th").all_inner_texts()
    assert rows == ["Professionnels et offreurs", "Usagers"]
    council.pages["camille"].goto(meeting)
    expect(council.pages["camille"].get_by_role("row", name=re.compile("^Usagers"))).to_contain_text("6 sur 58")


def draft_decisions(council: Council) -> None:
    """Both secretaries draft, turn by turn; every third idea is not retained."""
    numbers = [number for number in range(len(IDEAS)) if number != 1]
    for place, number in enumerate(numbers):
        page = council.pages[("camille", "dominique")[place % 2]]
        page.goto(council.case(number))
        is_retained = bool(number % 3)
        page.get_by_label("Retenue" if is_retained else "Non retenue", exact=True).check()
        form = page.locator("[aria-labelledby=decision]")
        form.get_by_label("Motif, pour vos collègues").fill("Débattu en séance.")
        answer = (RETAINED if is_retained else REFUSED).format(number)
        form.get_by_label("Réponse sur le site").fill(answer)
        form.get_by_label("Réponse par SMS").fill(answer)
        press(page, "Préparer cette décision")
        expect(page.get_by_text("Elle n'est pas encore publiée.")).to_be_visible()
    assert "lue, le CTS va en débattre" in council.text(3, f"SUIVI {council.codes[3]}")  # nothing of it is told yet


def publish(council: Council, meeting: str) -> None:
    """In one batch, by both secretaries at the same moment: once all the same."""
    pages = [council.pages["camille"], council.pages["dominique"]]
    pages[0].goto(meeting)
    press(pages[0], "Clore les avis")
    for page in pages:
        page.goto(meeting)
    press_together(*[page.get_by_role("button", name="Publier les réponses cochées") for page in pages])
    pages[0].goto(meeting)
    expect(pages[0].get_by_text("Toutes les décisions de la séance sont publiées.")).to_be_visible()
    council.send_messages()


# What is then true


@contextmanager
def reading() -> Iterator[Session]:
    """A look into the database, which keeps nobody from it afterwards."""
    db.session.rollback()
    yield db.session()
    db.session.rollback()


def expect_answer(council: Council, number: int) -> str:
    """What the author of an idea is told, whole. Idea 1 is merged with idea 0: its answer is that one's."""
    main = 0 if number == 1 else number
    told = ("retenue par le CTS", RETAINED) if main % 3 else ("non retenue par le CTS", REFUSED)
    gathered = f", regroupée avec {council.codes[0]}" if number == 1 else ""
    opening = f"Voix Santé, votre idée {council.codes[number]}{gathered}"
    return f"{opening} : {told[0]}.\nRéponse du CTS : {told[1].format(main)}"


def check_everybody_is_told(council: Council) -> None:
    """One answer each, the right one, in the outbox and on the telephone; and SUIVI tells it."""
    expected = sorted(expect_answer(council, number) for number in range(len(IDEAS)))
    with reading() as session:
        decided = session.scalars(select(OutboxMessage).where(OutboxMessage.purpose == Purpose.DECISION)).all()
        assert sorted(message.text for message in decided) == expected
        assert {message.delivery for message in decided} == {Delivery.SENT}
        assert len({message.batch for message in decided}) == 1
    for number in range(len(IDEAS)):
        arrived = [text for text in council.fake.texts(phone(number)) if "Réponse du CTS" in text]
        assert arrived == [to_gsm7(expect_answer(council, number))]
    assert "Le conseil retient votre idée numéro 4." in council.text(4, f"SUIVI {council.codes[4]}")


def check_nothing_is_lost(council: Council) -> None:
    """Every word as it was texted; a history that tells each step, by whom, from what it was to what it is."""
    with reading() as session:
        rows = {one.code: one for one in session.scalars(select(Contribution))}
        for number, code in enumerate(council.codes):
            steps = [change.to_status for change in rows[code].history]
            assert rows[code].words == IDEAS[number]
            before = [change.from_status for change in rows[code].history]
            assert before == [None, *steps[:-1]]  # no step is missing
            assert [change.reviewer_id is None for change in rows[code].history] == [True] + [False] * (len(steps) - 1)
            decided = Status.RETAINED if number % 3 else Status.NOT_RETAINED
            assert steps[-1] is (Status.MERGED if number == 1 else decided)
    page = council.pages["robin"]
    page.goto(council.case(4))
    history = page.locator("[aria-labelledby=historique]")
    for said in ("À moi, relue avec soin.", "Débattu en séance.", "Camille", RETAINED.format(4)):
        expect(history).to_contain_text(said)


def check_no_leak(council: Council, meeting: str = "") -> None:
    """Those of another territory find nothing: not by pages, search, exports, nor by addresses that others told them."""
    base = council.server.base
    ours = [*IDEAS, *council.codes, QUESTION, REPLY, "Débattu en séance.", "Ce qu'en pense"]
    for name in ("lou", "andrea"):
        page = council.pages[name]
        places = ["/inbox/?etat=toutes", "/inbox/?q=dentaire&etat=toutes", "/inbox/?q=thann&etat=toutes&territoire=68"]
        places += [
            "/inbox/?territoire=68",
            "/inbox/?commune=68224",
            "/inbox/seances",
            "/inbox/tableau",
            "/inbox/lexique",
        ]
        places += ["/inbox/semblables", "/inbox/personnes", "/inbox/abus"] if name == "andrea" else []
        for place in places:
            response = page.goto(base + place)
            assert response and response.status == 200, place
            shown = page.content()
            assert [words for words in ours if words in shown] == [], place
        closed = [council.case(number) for number in range(len(IDEAS))]
        closed += [meeting, f"{meeting}/ordre-du-jour", f"{meeting}/compte-rendu"] if meeting else []
        assert {page.request.get(address).status for address in closed} == {404}
        page.goto(f"{base}/inbox/?q={council.codes[0]}")
        assert "/contributions/" not in page.url  # a code searched for leads nowhere
    exported = council.pages["andrea"].request.get(f"{base}/inbox/exports/idees.csv?etat=toutes&territoire=68")
    assert [words for words in ours if words in exported.text()] == []
    own = council.pages["andrea"].request.get(f"{base}/inbox/exports/idees.csv?etat=toutes").text()
    assert len(list(csv.reader(io.StringIO(own), delimiter=";"))) == 2  # the header and their own idea
    assert council.pages["lou"].request.get(f"{base}/inbox/exports/idees.csv").status == 403


def test_thirty_ideas_from_the_queue_to_their_answers(council: Council) -> None:
    check_no_leak(council)
    put_a_question(council)
    take_over_a_claim(council)
    save_the_same_case_twice(council)
    act_on_several_over_a_save(council)
    merge_and_undo(council)
    instruct_the_rest(council)
    meeting = prepare_the_meeting(council)
    give_opinions(council, meeting)
    draft_decisions(council)
    publish(council, meeting)
    check_everybody_is_told(council)
    check_nothing_is_lost(council)
    check_no_leak(council, meeting)
