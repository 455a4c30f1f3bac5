"""A council at work: people of each role, and ideas, meetings and messages in each state that a page can show."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

from flask import Flask
from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.effects import NewContribution
from extensions import db
from inbox.exports import MOST_XLSX_ROWS
from service import (
    abuse,
    answer_templates,
    cases,
    claims,
    contributions,
    decisions,
    entries,
    invitations,
    meetings,
    merging,
    my_data,
    opinions,
    publication,
    questions,
    reviewers,
    saved_views,
    second_factor,
    totp,
)
from service.decisions import Decision
from service.filters import read_filter
from service.models import Contribution, Meeting, Phase, Reviewer, Role, Source, Status, Verdict
from tests.browser.conftest import PASSWORD
from tests.council import citizen
from tests.saying import BUS, SAME_BUS

HERE, EMPTY = "68", "08"  # the council's territory; one from which nobody has written
CROWDED = "10"  # one with more ideas than a workbook takes, all decided
PEOPLE = {
    # who: territory, role, college of a member
    "camille": (HERE, Role.SECRETARY, None),
    "dominique": (HERE, Role.SECRETARY, None),
    "claude": (HERE, Role.MEMBER, "users"),
    "sacha": (HERE, Role.MEMBER, "users"),
    "noa": (HERE, Role.MEMBER, "professionals"),
    "alex": (None, Role.REGION, None),
    "andrea": (EMPTY, Role.SECRETARY, None),
    "ali": (EMPTY, Role.MEMBER, "users"),
    "parti": (HERE, Role.MEMBER, "users"),  # whose account is closed
    "protegee": (HERE, Role.SECRETARY, None),  # who signs in with a code too
}
WORDS = {
    "received": "Il faudrait que les pharmaciens puissent vacciner et dépister dans les villages du Sundgau",
    "suggested": "Des consultations en visio avec une infirmière à la mairie de Saint-Amarin",
    "unclassified": "Plus de bancs à l'ombre sur le chemin de la maison de santé à Cernay",
    "sealed": "Je suis Mme Martine Keller, 06 12 34 56 78, et il manque une maison de garde à Guebwiller",
    "third": "Mon voisin Jean Muller a un cancer et personne ne peut le conduire à l'hôpital de Colmar",
    "claimed": "Un chèque sport pour les personnes au RSA à Mulhouse",
    "asked": "Former les aides à domicile à repérer la dépression chez les personnes âgées",
    "answered": "Un médiateur santé dans les quartiers de Mulhouse, qui aille vers les gens",
    "flagged": "Achetez mes pilules pas chères, livraison à Colmar",
    "main": BUS,
    "twin": SAME_BUS,
    "other_twin": "Il faudrait un bus dentaire dans les villages autour de Thann et Cernay",
    "drafted": "Payer le logement des internes qui viennent en stage dans la vallée de Munster",
    "undecided": "Aux urgences de Colmar, un numéro à appeler avant d'y aller",
    "closed": "Que des jeunes parlent aux jeunes de santé mentale dans les lycées d'Altkirch",
    "ready": "Une maison de santé à Masevaux, avec des internes",
    "published": "Plus de médecins de garde le soir et le week-end à Colmar",
    "not retained": "Rembourser les cures pour tout le monde, tous les ans",
}
SECRET = totp.make_secret()  # of who signs in with a code
ANSWER = "Merci pour votre idée. Le conseil la retient et la travaille avec les communes."


@dataclass
class Stage:
    """What is on it: codes of ideas by the names of ``WORDS``, numbers of other things, links."""

    codes: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    def case(self, name: str, rest: str = "") -> str:
        """The address of a case."""
        return f"/inbox/contributions/{self.codes[name]}{rest}"

    def meeting(self, name: str, rest: str = "") -> str:
        """The address of a meeting."""
        return f"/inbox/seances/{self.numbers[name]}{rest}"


def set_stage(app: Flask) -> Stage:
    """Everything, made through the service; committed."""
    stage, session = Stage(), db.session()
    people = _add_people(session)
    _Maker(app, session, people, stage).make()
    _crowd(session)
    session.commit()
    return stage


def make_code(now: dt.datetime) -> str:
    """What their telephone shows."""
    return totp.make_code(SECRET, int(now.timestamp()) // totp.STEP_SECONDS)


def _add_people(session: Session) -> dict[str, Reviewer]:
    now = dt.datetime.now(dt.UTC)
    return {
        name: reviewers.add_reviewer(
            session, f"{name}@cts.example", name.capitalize(), PASSWORD, departement, now, role, college
        )
        for name, (departement, role, college) in PEOPLE.items()
    }


def _crowd(session: Session) -> None:
    one = {
        "channel": Source.PAPER,
        "received_at": dt.datetime.now(dt.UTC),
        "words": "Plus de médecins",
        "third_person_health": False,
        "departement": CROWDED,
        "suggestions": [],
        "status": Status.RETAINED,
        "version": 1,
    }
    session.execute(insert(Contribution), [{**one, "code": f"{n:06}"} for n in range(MOST_XLSX_ROWS + 1)])


@dataclass
class _Maker:
    app: Flask
    session: Session
    people: dict[str, Reviewer]
    stage: Stage
    now: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))

    def make(self) -> None:
        mind, keyring = self.app.extensions["voix"].mind, self.app.extensions["voix"].service.keyring
        session, secretary = self.session, self.people["camille"]
        for place, (name, words) in enumerate(WORDS.items()):
            code = f"{'ABCDEFGHJKLMNPQRSTUV'[place]}2345X"
            suggestions = mind.matcher.match(words).likely
            solution = suggestions[0].solution if suggestions and name != "suggested" else None
            new = NewContribution(code, words, HERE, None, solution and solution[:2], solution, suggestions)
            received = self.now - dt.timedelta(days=3 * (len(WORDS) - place))
            contributions.queue(session, keyring, mind.matcher, citizen(session, f"author of {code}"), new, received)
            self.stage.codes[name] = code
        self._instruct()
        self._deliberate()
        claims.claim(session, self.people["dominique"], self.stage.codes["claimed"], self.now)
        cases.add_note(session, secretary, self.stage.codes["asked"], "À voir avec le réseau gérontologique.", self.now)
        saved_views.save_view(session, secretary, "Dentistes", read_filter("q=dentaire"))
        answer_templates.add_defaults(session)
        own = {"status": Status.RETAINED, "name": "Retenue, à Colmar", "answer": ANSWER, "answer_sms": ANSWER}
        self.stage.numbers["template"] = answer_templates.write_template(session, secretary, None, **own).id  # type: ignore[arg-type]
        regional = answer_templates.list_templates(session, secretary)
        self.stage.numbers["regional template"] = next(one.id for one in regional if one.departement is None)
        robin = ("robin@cts.example", "Robin", Role.MEMBER, HERE, "users")
        _, self.stage.links["invitation"] = invitations.invite(session, secretary, *robin, self.now)
        self.people["parti"].closed_at = self.now
        self.stage.numbers |= {name: one.id for name, one in self.people.items()}
        second_factor.set_up(session, keyring, self.people["protegee"], SECRET, make_code(self.now), self.now)
        my_data.open_link(session, citizen(session, f"author of {self.stage.codes['asked']}"), "own", self.now)
        entry = entries.Entry("stage", "Des soins dentaires à l'école", Source.PAPER, "Colmar", "", None, "", False)
        self.stage.codes["entered"] = entries.enter_idea(session, keyring, mind, secretary, entry, self.now).code

    def _instruct(self) -> None:
        session, keyring = self.session, self.app.extensions["voix"].service.keyring
        knowledge, secretary = self.app.extensions["voix"].mind.knowledge, self.people["camille"]
        for name in (
            "claimed",
            "asked",
            "answered",
            "drafted",
            "undecided",
            "closed",
            "ready",
            "published",
            "not retained",
        ):
            found = self._read(name)
            solution = "A3.1" if name == "undecided" else found.solution or "A4.2"  # corrected: for the lexicon
            cases.instruct(
                session,
                secretary,
                found.code,
                solution,
                reason="Relue.",
                told_by=(),
                version=found.version,
                now=self.now,
            )
        questions.ask(session, knowledge, secretary, self.stage.codes["asked"], "Dans quel village ?", self.now)
        asked = questions.ask(
            session, knowledge, secretary, self.stage.codes["answered"], "Dans quel quartier surtout ?", self.now
        )
        questions.take_answer(session, keyring, asked.id, "À Bourtzwiller et aux Coteaux", self.now)
        flagged = self._read("flagged")
        abuse.flag(session, secretary, flagged.code, "Publicité.", is_abuse=True, version=flagged.version, now=self.now)
        abuse.ban_author(session, secretary, flagged.code, "Publicité répétée.", self.now)
        abuse.take_appeal(session, (f"author of {flagged.code}",), "C'était une plaisanterie, pardon.", self.now)
        both = [self._read("main"), self._read("twin")]
        merging.merge(session, secretary, both[0].code, {one.code: one.version for one in both}, self.now)

    def _deliberate(self) -> None:
        session, secretary = self.session, self.people["camille"]
        prepared = self._hold("Séance de printemps", 90, Phase.INSTRUCTION, "asked", "answered")
        opened = self._hold("Séance plénière", 14, Phase.OPINIONS, "drafted", "undecided", "claimed")
        closed = self._hold("Séance d'automne", 1, Phase.CLOSED, "closed", "ready")
        self.stage.numbers |= {"prepared": prepared.id, "opened": opened.id, "closed": closed.id}
        for name, verdict in (("claude", Verdict.FAVOURABLE), ("noa", Verdict.RESERVED)):
            given = opinions.Given(verdict, (3, 2, 4, 1), "Attendu depuis des années.")
            opinions.give_opinion(session, self.people[name], self.stage.codes["drafted"], given, self.now)
        for name in ("undecided", "claimed"):
            given = opinions.Given(Verdict.CONFLICT, (None,) * 4, "")
            opinions.give_opinion(session, self.people["noa"], self.stage.codes[name], given, self.now)
        decision = Decision(Status.RETAINED, "Réaliste.", ANSWER, ANSWER)
        for name in ("drafted", "ready", "published", "not retained"):
            status = Status.NOT_RETAINED if name == "not retained" else Status.RETAINED
            found = self._read(name)
            mind = self.app.extensions["voix"].mind
            own = replace(decision, status=status)
            decisions.draft_decision(session, mind, secretary, found.code, own, version=found.version, now=self.now)
        versions = {found.code: found.version for found in map(self._read, ("published", "not retained"))}
        publication.publish(session, secretary, versions, self.now)

    def _hold(self, title: str, days: int, phase: Phase, *names: str) -> Meeting:
        secretary = self.people["camille"]
        held = meetings.hold_meeting(self.session, secretary, HERE, title, (self.now + dt.timedelta(days=days)).date())
        for name in names:
            meetings.put_on_agenda(self.session, secretary, self._read(name), held)
        for step in (Phase.OPINIONS, Phase.CLOSED):
            if held.phase is not phase:
                meetings.move_phase(self.session, secretary, held.id, step, held.version)
        return held

    def _read(self, name: str) -> Contribution:
        return cases.read_case(self.session, self.people["camille"], self.stage.codes[name])
