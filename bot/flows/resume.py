"""Messages again, for someone who had stopped them: asked once more, since a word is soon typed."""

from bot.conversation import YES_NO, Ask, End, Flow
from bot.effects import OptIn
from bot.known import Known


def resume(known: Known) -> Flow:
    """Recevoir de nouveau nos messages ?"""
    wish = yield Ask("resume", "Voulez-vous recevoir de nouveau nos messages ?", YES_NO)
    if wish == "no":
        return End("Entendu : vous ne recevrez rien de nous.")
    return End("C'est noté : vous recevrez de nouveau nos messages. Pour arrêter : ARRET.", (OptIn(),))
