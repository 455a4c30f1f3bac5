"""One file, one conversation. A flow only asks, branches and returns; see ``bot.conversation``.

Rules: an answer kept is a code, never a position; a question whose meaning changes gets a new key; a question
that agrees to something is never answered in advance.
"""

from types import MappingProxyType

from bot.flows.about import about
from bot.flows.contribute import contribute
from bot.flows.erase import erase
from bot.flows.find_project import find_project
from bot.flows.follow_up import follow_up
from bot.flows.menu import menu
from bot.flows.resume import resume

FLOWS = MappingProxyType(
    {
        "menu": menu,
        "find_project": find_project,
        "contribute": contribute,
        "follow_up": follow_up,
        "about": about,
        "erase": erase,
        "resume": resume,
    }
)
