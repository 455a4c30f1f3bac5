"""Who speaks first when a message arrives: an emergency, a duty word, a global word, a reviewer's question, the flow
under way, or a new one."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.channel import Channel
from bot.conversation import Said, State, Turn, advance, resume, start, step_back
from bot.duty import ANSWERED_BY_PROVIDER, Duty, read_duty
from bot.effects import AlertSeen, AnswerQuestion, Appeal, NoticeGiven, OpenDataLink, OptOut, RememberPlace
from bot.flows import FLOWS
from bot.flows.ban import read_appeal
from bot.flows.follow_up import LENGTH, NOT_A_CODE, read_code
from bot.folding import as_phrase
from bot.known import Known
from bot.questions import read_question_answer
from bot.safety import Alert
from bot.sms import write_pages
from bot.understanding import Intent
from bot.wishes import find_topic

NEW_WORDS = {
    "menu": "menu",
    "accueil": "menu",
    "nouveau": "menu",
    "nouvelle idee": "contribute",
    "idee": "contribute",
    "trouver": "find_project",
    "suivi": "follow_up",
}
# Words that do not answer their question but say a wish are followed: nothing of the person's own is lost by it.
LEFT_FOR_A_NEW_WISH = frozenset({"menu", "find_project", "follow_up", "about", "resume", "erase"})
LONGEST_MESSAGE = 2000  # characters; ten SMS, a page: beyond, nobody reads an idea
WELCOME = "Bonjour, ici Voix Santé, pour la santé dans le Grand Est."
HELP = (
    "Écrivez ce que vous cherchez (« médecin sans rendez-vous à Reims ») ou votre idée pour la santé près de chez vous.\n"
    "MENU, RETOUR, SUIVI et votre code, CONTACT, MES DONNEES, ARRET : ces mots marchent toujours."
)
STOPPED = "C'est noté : vous ne recevrez plus de messages de Voix Santé. Pour reprendre : REPRENDRE."
STILL_STOPPED = "Vous avez arrêté nos messages. Pour reprendre, envoyez REPRENDRE."
SAY_IT_OTHERWISE = "Si c'était une idée ou une demande, dites-la avec d'autres mots."
NO_ANSWER = "C'est noté : la réponse du CTS ne vous sera pas envoyée. SUIVI et votre code la donnent."
_SUIVI = re.compile(r"^suivi\s*:?\s*(?=\S)")


def respond(state: State, said: Said, known: Known) -> Turn:
    """Our turn, ready for the channel: on SMS its text holds the numbered options and is one page long.

    An empty text means that nothing is to be sent: the provider already answered.
    """
    word, duty = as_phrase(said.text), read_duty(said.text)
    # A duty word is a whole message known by heart: it is no emergency.
    alert = None if duty else known.mind.safety.detect(said.text)
    if alert is not None and not alert.veiled:
        # Nothing else is said, and the conversation stays exactly where it was.
        return Turn(_write(alert.text, known), state, effects=(AlertSeen(alert.kind, veiled=False),))
    turn = _do_duty(duty, word, state, known) if duty else _obey(word, state, said, known)
    if turn is None and alert is None and state.pages and (state.asked or word == "suite"):
        # A question whose options are still unread cannot be answered: they are shown first.
        return Turn(state.pages[0], replace(state, pages=state.pages[1:]))
    turn = turn or _answer_question(state, said, known) or _listen(state, said, known)
    if alert is not None:
        turn = _warn_first(alert, turn, state, said, known)
    return _for_channel(turn, known)


def _warn_first(alert: Alert, turn: Turn, state: State, said: Said, known: Known) -> Turn:
    """A veiled sign gets the number, then the answer it would have had; not being understood is no reproach here."""
    seen = AlertSeen(alert.kind, veiled=True)
    is_kept = said.text.strip() in dict(turn.state.answers).values()
    is_kept = is_kept or any(isinstance(effect, AnswerQuestion | Appeal) for effect in turn.effects)
    if turn.state.misses > state.misses or is_kept:
        # Not understood, or kept as an answer: nothing of it is kept, and no reviewer reads it.
        return replace(aside(f"{alert.text}\n{SAY_IT_OTHERWISE}", state, known), effects=(seen,))
    return replace(turn, text=f"{alert.text}\n{turn.text}", effects=(*turn.effects, seen))


def _obey(word: str, state: State, said: Said, known: Known) -> Turn | None:
    """The turn that a global word calls for; None when ``word``, the whole message folded, is not one."""
    if known.stopped:
        return _answer_who_stopped(state, said, known)
    appeal = read_appeal(said.text) if len(said.text) <= LONGEST_MESSAGE else None
    if appeal is not None and known.bans():  # to anyone else the word is one like any other
        answer, effects = appeal
        turn = aside(answer, state, known)
        return replace(turn, effects=(*turn.effects, *effects))
    if word in NEW_WORDS:
        return start(NEW_WORDS[word], (), known, FLOWS)
    if word == "retour":
        return step_back(state, known, FLOWS) or start("menu", (), known, FLOWS)
    if word == "suite" and not state.pages:
        return aside("Vous avez tout lu.", state, known)
    if _SUIVI.match(word) or len(word) == LENGTH:
        code = read_code(said)
        if code:
            return start("follow_up", (("code", code),), known, FLOWS)
        if word.startswith("suivi") and len(word.split()) == 2:
            asked = start("follow_up", (), known, FLOWS)
            return replace(asked, text=f"{NOT_A_CODE}\n{asked.text}")
    return None


def _answer_who_stopped(state: State, said: Said, known: Known) -> Turn:
    """Somebody who refused our messages is only heard on REPRENDRE and EFFACER, and what they answer to those."""
    if state.flow in {"resume", "erase"} and state.asked is not None:
        answered = advance(state, said, known, FLOWS)
        if answered.state.misses == 0:
            return answered
    return Turn(STILL_STOPPED, State())


def _do_duty(duty: Duty, word: str, state: State, known: Known) -> Turn:
    told_by_provider = known.provider_answers_stop and word in ANSWERED_BY_PROVIDER
    match duty:
        case Duty.STOP:
            return Turn("" if told_by_provider else STOPPED, State(), effects=(OptOut(),))
        case Duty.NO_ANSWER:
            return replace(aside(NO_ANSWER, state, known), effects=(OptOut(answers_only=True),))
        case Duty.RESUME:
            return start("resume", (), known, FLOWS)
        case Duty.CONTACT:
            return aside(
                f"Voix Santé est un service de {known.contact}. Mentions légales : {known.notice_url}", state, known
            )
        case Duty.HELP:
            return Turn("", state) if told_by_provider else aside(HELP, state, known)
        case Duty.MY_DATA:
            told = aside(_tell_my_data(known), state, known)
            return replace(told, effects=(OpenDataLink(known.fresh_token),))
        case Duty.ERASE:
            return start("erase", (), known, FLOWS)


def _tell_my_data(known: Known) -> str:
    place = f"la commune {known.home.name}" if known.home else "aucun lieu"
    ideas = len(known.own_cases())
    return (
        f"Nous gardons de vous : un pseudonyme (jamais votre numéro en clair), {place}, "
        f"{ideas or 'aucune'} idée{'s' if ideas > 1 else ''}. Le détail, pendant 24 h : {known.data_url}{known.fresh_token}\n"
        "Pour tout effacer : EFFACER."
    )


def _answer_question(state: State, said: Said, known: Known) -> Turn | None:
    """The turn after an answer to a reviewer's question, back where the person was; None when it is none."""
    if len(said.text) > LONGEST_MESSAGE:
        return None
    answered = read_question_answer(state, said, known)
    if answered is None:
        return None
    thanks, effect = answered
    turn = aside(thanks, state, known)
    return replace(turn, effects=(*turn.effects, effect))


def _listen(state: State, said: Said, known: Known) -> Turn:
    """The message as the answer to the question on the table, or else as a new wish."""
    if len(said.text) > LONGEST_MESSAGE:
        return aside(
            f"Votre message est trop long : {LONGEST_MESSAGE} caractères au plus, s'il vous plaît.", state, known
        )
    if state.flow not in FLOWS or state.asked is None:
        return _begin(said, known)
    answered = advance(state, said, known, FLOWS)
    if answered.state.misses and state.flow in LEFT_FOR_A_NEW_WISH and _is_a_wish(said, known):
        return _begin(said, known)
    return answered


def aside(text: str, state: State, known: Known) -> Turn:
    """Something said in passing: the question on the table is repeated after it, and stays as it was."""
    if state.flow not in FLOWS or state.asked is None:
        return Turn(text, replace(state, pages=()))
    question = resume(state, known, FLOWS)
    return replace(question, text=f"{text}\n{question.text}", state=replace(question.state, misses=state.misses))


def _is_a_wish(said: Said, known: Known) -> bool:
    intent = known.mind.understanding.read(said.text).intent
    return said.point is not None or intent not in {Intent.UNCLEAR, Intent.GIBBERISH}


def _begin(said: Said, known: Known) -> Turn:
    """A message that answers nothing: acted on at once if it says what it wants, else met with the menu."""
    if said.point is not None:
        return _locate(said.point, known)
    meaning = known.mind.understanding.read(said.text)
    match meaning.intent:
        case Intent.FIND:
            return start("find_project", (("request", said.text.strip()),), known, FLOWS)
        case Intent.CONTRIBUTE:
            return start("contribute", (("idea", said.text.strip()),), known, FLOWS)
        case Intent.FOLLOW_UP:
            code = read_code(said)
            return start("follow_up", (("code", code),) if code else (), known, FLOWS)
        case Intent.OFFER:
            return start("contribute", (), known, FLOWS)
        case Intent.ABOUT:
            topic = find_topic(as_phrase(said.text))
            return start("about", (("topic", topic),) if topic else (), known, FLOWS)
        case Intent.HELP:
            return Turn(HELP, State())
        case Intent.HUMAN:
            return _do_duty(Duty.CONTACT, "", State(), known)
        case Intent.MY_DATA:
            return _do_duty(Duty.MY_DATA, "", State(), known)
        case Intent.THANK:
            return Turn("Avec plaisir ! Pour autre chose, envoyez MENU.", State())
        case Intent.INSULT:
            return _menu_after("Je comprends votre agacement. Ce service est automatique.", known)
        case Intent.OTHER_LANGUAGE:
            return _menu_after("This service speaks French only. / Dieser Dienst versteht nur Französisch.", known)
        case Intent.GREET:
            return _menu_after(WELCOME, known)
        case _:
            return _menu_after("Je n'ai pas bien compris." if said.text.strip() else WELCOME, known)


def _menu_after(text: str, known: Known) -> Turn:
    menu = start("menu", (), known, FLOWS)
    return replace(menu, text=f"{text}\n{menu.text}")


def _locate(point: tuple[float, float], known: Known) -> Turn:
    """A location with no question to answer: remembered, and what is sought there is asked."""
    commune = known.mind.places.nearest(*point)
    if commune is None:
        return _menu_after("Ce lieu est hors du Grand Est, seule région que je connais.", known)
    asked = start("find_project", (), replace(known, home=commune), FLOWS)
    return replace(
        asked,
        text=f"Vous êtes près de {commune.name}. {asked.text}",
        effects=(*asked.effects, RememberPlace(commune.insee)),
    )


def _for_channel(turn: Turn, known: Known) -> Turn:
    """The turn as its channel carries it; on first contact with the notice that the law wants there."""
    notice = _write_notice(known) if known.is_new and turn.text else ""
    if known.channel is Channel.WEB:
        return turn  # the chat page itself carries the notice
    if notice:
        turn = replace(turn, effects=(*turn.effects, NoticeGiven()))
    labels = [option.label for option in turn.options]
    if known.channel is Channel.WHATSAPP:
        numbered = [f"{number} {label}" for number, label in enumerate(labels, 1)]
        return replace(turn, text="\n".join(filter(None, [turn.text, *numbered, notice])))
    first, *rest = write_pages(turn.text, labels, notice)
    return replace(turn, text=first, state=replace(turn.state, pages=tuple(rest)))


def _write(text: str, known: Known) -> str:
    """A text of one page, in the channel's alphabet."""
    return write_pages(text)[0] if known.channel is Channel.SMS else text


def _write_notice(known: Known) -> str:
    return f"[{known.contact}. Vos idées sont lues par le CTS : pas de détail médical. ARRET pour arrêter. {known.notice_url}]"
