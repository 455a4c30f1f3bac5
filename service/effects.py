"""Doing what a conversation asks for, in the transaction of its message."""

from __future__ import annotations

from bot.effects import (
    AlertSeen,
    AnswerQuestion,
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
from service import abuse, addresses, alerts, contributions, erasure, my_data, people, questions, supports
from service.moment import Moment


def carry_out(moment: Moment, effect: Effect) -> None:
    """Do one of them."""
    session, person, now = moment.session, moment.person, moment.now
    match effect:
        case NewContribution():
            contributions.queue(session, moment.service.keyring, moment.service.mind.matcher, person, effect, now)
            addresses.keep_address(moment.service.keyring, person, moment.sender)
        case SupportIdea(code=code):
            supports.support(session, person, code, now)
            addresses.keep_address(moment.service.keyring, person, moment.sender)
        case Appeal(words=words):
            abuse.take_appeal(session, moment.pseudonyms, words, now)
        case AnswerQuestion(number=number, words=words):
            questions.take_answer(session, moment.service.keyring, number, words, now)
        case RememberPlace(insee=insee):
            person.home_insee = insee
        case NoticeGiven():
            person.noticed_at = now
        case AlertSeen(kind=kind):
            alerts.count_alert(session, kind, (person.home_insee or "")[:2], now)
        case OptOut(answers_only=answers_only):
            people.opt_out(session, moment.pseudonyms, now, answers_only=answers_only)
        case OptIn():
            people.opt_in(session, moment.pseudonyms)
        case OpenDataLink(token=token):
            my_data.open_link(session, person, token, now)
        case Erase(keep_ideas=keep_ideas):
            erasure.erase_person(session, person, now, keep_ideas=keep_ideas)
