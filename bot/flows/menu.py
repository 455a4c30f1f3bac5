"""The menu: what can be done here. Words of the person's own are as good as a number."""

from bot.conversation import Ask, Flow, Go, Option
from bot.known import Known

CHOICES = (
    Option("find_project", "Trouver un projet de santé près de chez moi", ("trouver", "chercher", "projet")),
    Option("contribute", "Donner mon idée", ("idee", "idée", "proposer", "contribuer")),
    Option("follow_up", "Suivre mon idée", ("suivre", "suivi")),
    Option("about", "Qui êtes-vous ?", ("qui", "qui etes vous", "cnr", "cts")),
)
ASKING = "Que souhaitez-vous ? Choisissez, ou écrivez simplement ce que vous cherchez ou proposez."


def menu(known: Known) -> Flow:
    """Que souhaitez-vous ?"""
    choice = yield Ask("wish", ASKING, CHOICES, read=lambda said: None)
    return Go(choice)
