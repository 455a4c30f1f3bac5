"""A project near here: what is sought, where, then the projects that serve it, or honestly none."""

from __future__ import annotations

from bot.conversation import Ask, End, Flow, Go, Option
from bot.days import find_day
from bot.flows.whereabouts import Whereabouts, remember, whereabouts
from bot.known import Known
from bot.nearby import Found, find_nearby
from bot.project_card import tell_project
from knowledge.schema import Need, Project

FIND_OR_PROPOSE = (
    Option("find_project", "Je le cherche", ("je cherche", "chercher", "trouver")),
    Option("contribute", "Je le propose", ("je propose", "proposer", "idee", "c'est une idee")),
)
SEEK_FURTHER = "Demandez aussi à votre médecin, à votre pharmacien ou à votre mairie."


def find_project(known: Known) -> Flow:
    """Un besoin, un lieu, les projets qui y répondent."""
    request = yield Ask("request", "Que cherchez-vous, et où ? Par exemple : médecin sans rendez-vous à Reims.")
    meaning = known.mind.understanding.read(request)
    if meaning.may_be_idea:
        wish = yield Ask("wish", "Cherchez-vous cela, ou proposez-vous que cela existe ?", FIND_OR_PROPOSE)
        if wish == "contribute":
            return Go("contribute", (("idea", request),))
    day = find_day(request, known.now.date())
    knowledge = known.mind.knowledge
    if meaning.project is not None:
        project = knowledge.project(meaning.project)
        return End(tell_project(project, known, day), remember(_said_place(known, request)))
    need_id = meaning.need
    if need_id is None:
        need_id = yield Ask("need", "De quoi avez-vous besoin ?", _needs(knowledge.needs))
        if need_id == NO_NEED.code:
            return End(f"Je ne connais pas de projet pour cela. {SEEK_FURTHER} Ou envoyez IDEE pour le proposer.")
    need = knowledge.need(need_id)
    where = yield from whereabouts(known, request, "Dans quelle commune ? (nom ou code postal)", home=known.home)
    if where.outside:
        return End(f"{where.outside} est hors du Grand Est, seule région que je connais. {SEEK_FURTHER}")
    found = find_nearby(knowledge, known.mind.places, need, where.commune, where.departement, known.now)
    if not found.projects:
        instead = _first_nearby(known, meaning.other_need, where) if meaning.other_need else None
        if instead is not None:
            text = f"Rien que je connaisse pour « {need.label} » {_near(where, known)}, mais ceci peut aider :"
            return End(f"{text}\n{tell_project(instead, known, day, where.commune)}", remember(where))
        return End(_nothing(need, where, found, known), remember(where))
    chosen = found.projects[0].project.id
    if len(found.projects) > 1:
        options = tuple(Option(near.project.id, near.label()) for near in found.projects)
        chosen = yield Ask("project", f"Pour « {need.label} » {_near(where, known)} :", options)
    return End(tell_project(knowledge.project(chosen), known, day, where.commune), remember(where))


NO_NEED = Option("none", "Autre chose", ("autre", "rien", "aucun"))


def _first_nearby(known: Known, need_id: str, where: Whereabouts) -> Project | None:
    mind = known.mind
    need = mind.knowledge.need(need_id)
    found = find_nearby(mind.knowledge, mind.places, need, where.commune, where.departement, known.now)
    return next((near.project for near in found.projects if not near.project.for_professionals), None)


def _needs(needs: tuple[Need, ...]) -> tuple[Option, ...]:
    return (*(Option(need.id, need.label) for need in needs), NO_NEED)


def _nothing(need: Need, where: Whereabouts, found: Found, known: Known) -> str:
    text = f"Je ne connais pas de projet pour « {need.label} » {_near(where, known)}."
    if found.elsewhere:
        text += f" Le plus proche : {found.elsewhere[0].label()}, qui ne couvre pas ce secteur."
    return f"{text} {SEEK_FURTHER} Pour proposer qu'il y en ait un : envoyez IDEE."


def _near(where: Whereabouts, known: Known) -> str:
    if where.commune:
        return f"près de {where.commune.name}"
    return known.mind.knowledge.territory(where.departement).in_name


def _said_place(known: Known, words: str) -> Whereabouts:
    reading = known.mind.places.find(words)
    return Whereabouts(reading.communes[0]) if len(reading.communes) == 1 else Whereabouts()
