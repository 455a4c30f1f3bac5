"""An idea for health care: the words, the place, the nearest of the 16 solutions, an agreement."""

from __future__ import annotations

from bot.conversation import YES_NO, Ask, AskIf, End, Flow, Option, Reader, Said
from bot.effects import NewContribution
from bot.flows.alike_idea import COMPLETE, SUPPORT, ask_which, support
from bot.flows.ban import find_ban, tell_ban
from bot.flows.whereabouts import Whereabouts, ask_place, remember, whereabouts
from bot.folding import as_phrase
from bot.known import Known
from bot.matching import Match
from bot.understanding import NOT_AN_IDEA

OTHER = Option("other", "Autre chose", ("autre", "aucune", "aucun", "rien de tout ca", "non"))
OTHER_PLACE = Option("place", "Oui, mais pour une autre commune", ("autre commune", "autre", "changer"))
ASK_PLACE = "Pour quelle commune ? (nom, code postal, ou à défaut département)"
TOMORROW = (
    "Vous avez transmis beaucoup d'idées aujourd'hui. Celle-ci est gardée : écrivez-moi demain pour la transmettre."
)


def contribute(known: Known) -> Flow:
    """Une idée, un lieu, une solution proche, un accord."""
    idea = yield Ask(
        "idea",
        "Quelle est votre idée pour la santé près de chez vous ? Écrivez-la avec vos mots, sans nom ni détail médical.",
        read=_idea_reader(known),
        hint="J'attends une phrase qui dise ce qui manque ou ce qu'il faudrait.",
    )
    where = yield from whereabouts(known, idea, ASK_PLACE, home=known.home)
    if not where.departement:
        where = yield from ask_place(known, "place_inside", f"{_outside(where)} {ASK_PLACE}")
    if not where.departement:
        return End(f"{_outside(where)} Je ne peux pas transmettre votre idée.")
    if banned := find_ban(known, where.departement):
        return End(tell_ban(known, banned))
    yield AskIf("tomorrow", lambda: _put_off() if known.ideas_left() < 1 else None)
    wish, code = yield from ask_which(known, idea, where.departement)
    if wish == SUPPORT:
        return (yield from support(code, where))
    if wish == COMPLETE:
        idea += "\n" + (yield Ask("addition", "Que voulez-vous y ajouter ?"))
    match = known.mind.matcher.match(idea)
    solution = None
    options = _solutions(known, match)
    if options:
        chosen = yield Ask("solution", _intro(match), (*options, OTHER), read=_solution_reader(known))
        solution = None if chosen == OTHER.code else chosen
    consent = yield Ask("consent", _consent(known, where), (*YES_NO, OTHER_PLACE))
    if consent == OTHER_PLACE.code:
        corrected = yield from ask_place(known, "place_corrected", ASK_PLACE)
        said_outside = "" if corrected.departement else f"{_outside(corrected)} "
        where = corrected if corrected.departement else where
        if banned := find_ban(known, where.departement):
            return End(tell_ban(known, banned))
        consent = yield Ask("consent_corrected", said_outside + _consent(known, where), YES_NO)
    if consent == "no":
        return End("Entendu : rien n'est transmis. À bientôt !")
    new_code = known.draw_code()
    contribution = NewContribution(
        code=new_code,
        words=idea,
        departement=where.departement,
        insee=where.commune.insee if where.commune else None,
        axis=solution.split(".")[0] if solution else None,
        solution=solution,
        suggestions=match.likely,
        completes=code if wish == COMPLETE else None,
    )
    return End(
        f"Merci ! Votre idée est transmise au CTS {known.mind.knowledge.territory(where.departement).of_name}. "
        f"Pour savoir ce qu'elle devient, envoyez SUIVI {new_code}",
        (contribution, *remember(where)),
    )


def _intro(match: Match) -> str:
    if match.confident:
        return "Votre idée semble proche de la piste 1. Est-ce bien cela ? Sinon, choisissez :"
    return "De quelle piste votre idée est-elle la plus proche ?"


def _solutions(known: Known, match: Match) -> tuple[Option, ...]:
    found = [known.mind.knowledge.solution(suggestion.solution) for suggestion in match.likely]
    return tuple(
        Option(solution.id, solution.short, ("oui", "c'est cela", "exact") if place == 0 and match.confident else ())
        for place, solution in enumerate(found)
    )


def _solution_reader(known: Known) -> Reader:
    """A solution that was shown stays a good answer after the matcher has learnt to propose others."""
    solutions = {solution.id for solution in known.mind.knowledge.solutions}
    return lambda said: said.text if said.text in solutions else None


def _put_off() -> Ask:
    """No answer to this question is one: it is gone on the next day, and what follows it is asked."""
    return Ask("tomorrow", TOMORROW, read=lambda said: None, hint="Pas avant demain. MENU pour autre chose.")


def _consent(known: Known, where: Whereabouts) -> str:
    territory = known.mind.knowledge.territory(where.departement)
    place = f"{where.commune.name} ({where.commune.departement})" if where.commune else territory.name
    return (
        f"Lieu : {place}. Transmettre votre idée au conseil territorial de santé (CTS) {territory.of_name}, "
        f"sans votre numéro ? Qui dira presque cela pourra en lire le début."
    )


def _outside(where: Whereabouts) -> str:
    return f"{where.outside} est hors du Grand Est, seule région que je couvre."


def _idea_reader(known: Known) -> Reader:
    def read(said: Said) -> str | None:
        words = said.text.strip()
        if not words or known.mind.understanding.read(words).intent in NOT_AN_IDEA:
            return None
        is_only_a_place = as_phrase(known.mind.places.read_answer(words).matched) == as_phrase(words)
        return None if is_only_a_place else words

    return read
