"""Others say almost the same: support their idea, add to it, or go on with one's own. A part of giving an idea."""

from __future__ import annotations

from collections.abc import Generator

from bot.conversation import YES_NO, Ask, AskIf, End, Option, Reader, Said
from bot.effects import SupportIdea
from bot.flows.follow_up import read_code, shorten
from bot.flows.whereabouts import Whereabouts, remember
from bot.known import Alike, Known

SUPPORT, COMPLETE, NEW = "support", "complete", "new"


def ask_which(known: Known, idea: str, departement: str) -> Generator[AskIf, str, tuple[str, str]]:
    """What the person wishes, and the code of the idea that they were shown, which the answer kept holds; both are empty
    when there is none."""

    def find() -> Ask | None:
        alike = known.find_alike(idea, departement)
        return _offer(alike) if alike is not None else None

    wish, _, code = (yield AskIf("alike", find)).partition(":")
    return wish, code


def _offer(alike: Alike) -> Ask:
    who = "1 habitant a" if alike.people == 1 else f"{alike.people} habitants ont"
    options = (
        Option(f"{SUPPORT}:{alike.code}", "La soutenir", ("soutenir", "je la soutiens", "oui")),
        Option(f"{COMPLETE}:{alike.code}", "La compléter", ("completer",)),
        Option(f"{NEW}:{alike.code}", "C'est une autre idée", ("autre", "autre idee", "non")),
    )
    text = f"{who} dit presque cela :\n« {shorten(alike.words)} »"
    return Ask("alike", text, options, read=_read_wish())


def support(code: str, where: Whereabouts) -> Generator[Ask, str, End]:
    """One question, since even a number is only passed on by agreement."""
    text = "Soutenir cette idée ? Le CTS saura qu'une personne de plus la soutient, et rien d'autre de vous."
    if (yield Ask("consent_support", text, YES_NO)) == "no":
        return End("Entendu : rien n'est transmis. À bientôt !")
    return End(
        f"Merci ! Votre soutien est compté. Pour savoir ce que devient cette idée, envoyez SUIVI {code}",
        (SupportIdea(code), *remember(where)),
    )


def _read_wish() -> Reader:
    """What was shown stays a good answer when another idea has become more alike since. Nothing else of the words is kept:
    the code stands in the history, which reviewers read."""

    def read(said: Said) -> str | None:
        wish, code = said.text.partition(":")[0], read_code(said)
        return f"{wish}:{code}" if wish in (SUPPORT, COMPLETE, NEW) and code else None

    return read
