"""Whole conversations as files that anyone can read, played against the mind; the state goes through JSON at every turn.

``> `` what the person writes, ``< `` what they are answered, ``+ `` what is done. Other lines set the scene:
``@ channel web``, ``@ now 2026-11-20 10:00``, ``@ point 49.25 4.03`` (the next message is a location),
``@ new`` (somebody who never wrote),
``@ case K7Q2MX retenue par le CTS | la réponse``,
``@ alike 3F4G6H 12 un bus dentaire`` (12 people said that; bare: nobody did any more), ``@ ideas_left 0``,
``@ ban 68 le motif`` (bare: lifted). A line that starts with ``#`` is a comment.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.channel import Channel
from bot.conversation import Said, State, Turn
from bot.dialogue import respond
from bot.effects import (
    AlertSeen,
    Appeal,
    Effect,
    Erase,
    NewContribution,
    NoticeGiven,
    OpenDataLink,
    OptIn,
    OptOut,
    RememberPlace,
    SupportIdea,
)
from bot.known import PARIS, Alike, Banned, Case, Known, Mind

FOLDER = Path(__file__).parent / "transcripts"
CODES = [f"K7Q2M{letter}" for letter in "XACDEFGHJK"]


@dataclass
class Play:
    """A conversation under way."""

    mind: Mind
    state: State = field(default_factory=State)
    channel: Channel = Channel.SMS
    now: dt.datetime = dt.datetime(2026, 11, 20, 10, 0, tzinfo=PARIS)
    point: tuple[float, float] | None = None
    cases: dict[str, Case] = field(default_factory=dict)
    home: str | None = None
    is_new: bool = False
    stopped: bool = False
    alike: Alike | None = None
    ideas_left: int = 10
    bans: tuple[Banned, ...] = ()

    def set_scene(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "channel":
            self.channel = Channel(rest)
        elif word == "now":
            self.now = dt.datetime.fromisoformat(rest).replace(tzinfo=PARIS)
        elif word == "new":
            self.state, self.home, self.is_new, self.stopped = State(), None, True, False
        elif word == "point":
            lat, lon = rest.split()
            self.point = float(lat), float(lon)
        elif word == "alike":
            code, _, said = rest.partition(" ")
            people, _, words = said.partition(" ")
            self.alike = Alike(code, words, int(people)) if rest else None
        elif word == "ideas_left":
            self.ideas_left = int(rest)
        elif word == "ban":
            departement, _, reason = rest.partition(" ")
            self.bans = (Banned(departement, reason, self.now.date()),) if rest else ()
        elif word == "case":
            code, _, news = rest.partition(" ")
            status, _, answer = news.partition(" | ")
            self.cases[code] = replace(self.cases[code], status=status, answer=answer or None)
        else:
            raise ValueError(f"unknown stage direction: {line}")

    def say(self, text: str) -> Turn:
        known = Known(
            self.mind,
            self.now,
            self.channel,
            draw_code=lambda: CODES[len(self.cases)],
            fresh_token="jeton",
            contact="l'ARS Grand Est",
            notice_url="https://voix.example.fr/mentions-legales",
            data_url="https://voix.example.fr/mes-donnees/",
            provider_answers_stop=self.channel is Channel.SMS,
            is_new=self.is_new,
            stopped=self.stopped,
            home=self.mind.places.commune(self.home) if self.home else None,
            find_case=self.cases.get,
            own_cases=lambda: tuple(reversed(self.cases.values())),
            find_alike=lambda words, departement: self.alike,
            ideas_left=lambda: self.ideas_left,
            bans=lambda: self.bans,
        )
        turn = respond(self.state, Said(text, self.point), known)
        self.point = None
        self.state = State.from_json(turn.state.to_json())
        assert self.state == turn.state, "the state does not survive JSON"
        for effect in turn.effects:
            self._do(effect)
        return turn

    def _do(self, effect: Effect) -> None:
        match effect:
            case RememberPlace(insee=insee):
                self.home = insee
            case NoticeGiven():
                self.is_new = False
            case OptOut(answers_only=False):
                self.stopped = True
            case OptIn():
                self.stopped = False
            case NewContribution():
                self.cases[effect.code] = Case(
                    effect.code, self.now.date(), effect.departement, "reçue, le CTS va la lire", effect.words, None
                )


def play(mind: Mind, script: str) -> tuple[str, list[Turn]]:
    """The script as it should read, given what the service answers now, and its turns."""
    scene = Play(mind)
    written: list[str] = []
    turns: list[Turn] = []
    for line in script.splitlines():
        if line.startswith(("< ", "+ ", "<")):
            continue
        written.append(line)
        if line.startswith("@ "):
            scene.set_scene(line[2:])
        elif line.startswith(">"):
            turn = scene.say(line[2:].replace("\\n", "\n"))
            turns.append(turn)
            written += [f"< {said}".rstrip() for said in turn.text.split("\n")]
            if scene.channel is Channel.WEB:
                written += [f"< [{option.label}]" for option in turn.options]
            written += [f"+ {describe(effect)}" for effect in turn.effects]
        elif line and not line.startswith("#"):
            raise ValueError(f"not a line of a transcript: {line}")
    return "\n".join(written) + "\n", turns


def describe(effect: Effect) -> str:
    match effect:
        case NewContribution():
            completes = f", complète {effect.completes}" if effect.completes else ""
            words = effect.words.replace("\n", "\\n")
            return (
                f"idée {effect.code} « {words} », {effect.insee or effect.departement}, "
                f"{effect.solution or 'à classer'}{completes}"
            )
        case SupportIdea(code=code):
            return f"soutien à {code}"
        case Appeal(words=words):
            return f"recours « {words} »"
        case RememberPlace(insee=insee):
            return f"lieu retenu {insee}"
        case AlertSeen(kind=kind, veiled=veiled):
            return f"alerte {kind}{', voilée' if veiled else ''}"
        case OptOut(answers_only=answers_only):
            return "refus des réponses" if answers_only else "refus des messages"
        case OptIn():
            return "refus levé"
        case OpenDataLink(token=token):
            return f"lien de données {token}"
        case Erase(keep_ideas=keep_ideas):
            return f"tout effacer{', sauf les idées' if keep_ideas else ''}"
        case NoticeGiven():
            return "notice donnée"
