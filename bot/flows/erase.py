"""Forget me: everything, or everything but my ideas, which are then nobody's."""

from bot.conversation import Ask, End, Flow, Option
from bot.effects import Erase
from bot.known import Known

CHOICES = (
    Option("all", "Oui, mes idées aussi", ("oui", "tout")),
    Option("keep", "Oui, mais gardez mes idées, anonymes", ("garder",)),
    Option("no", "Non", ("non", "annuler", "rien")),
)


def erase(known: Known) -> Flow:
    """Effacer ce que nous gardons de vous ?"""
    choice = yield Ask("erase", "Effacer tout ce que nous gardons de vous ? C'est définitif.", CHOICES)
    if choice == "no":
        return End("Rien n'est effacé.")
    kept = " Vos idées restent, sans lien avec vous." if choice == "keep" else ""
    return End(f"C'est effacé.{kept} Merci, et au revoir.", (Erase(keep_ideas=choice == "keep"),))
