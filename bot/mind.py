"""The mind, put together from the knowledge: made once, at start."""

from bot.known import Mind
from bot.matching import load_matcher
from bot.places import Places
from bot.safety import load_safety
from bot.understanding import load_understanding
from knowledge.gazetteer import load_gazetteer
from knowledge.loader import HERE, Knowledge, load_knowledge


def load_mind() -> Mind:
    """Everything that is the same for everyone. Raises KnowledgeError naming every fault of the files."""
    gazetteer = load_gazetteer()
    knowledge = load_knowledge(communes={commune.insee for commune in gazetteer.communes})
    places = Places(gazetteer, read_districts(knowledge))
    matcher = load_matcher()
    return Mind(knowledge, places, matcher, load_safety(HERE), load_understanding(knowledge, matcher, places))


def read_districts(knowledge: Knowledge) -> dict[str, str]:
    """The districts that the projects name, each with the INSEE code of its commune."""
    districts: dict[str, str] = {}
    for project in knowledge.projects:
        place = project.place
        for district in (*place.districts, *((place.district,) if place.district else ())):
            districts[district] = place.insee
    return districts
