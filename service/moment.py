"""One message being dealt with, and everything that the conversation may know then of its person."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass, field
from functools import cache

from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.known import PARIS, Known, Mind
from service import abuse, contributions, people, questions, supports
from service.guards import GuardRules
from service.keyring import Keyring
from service.models import Person
from service.particulars import Particulars

TOKEN_BYTES = 16  # 128 random bits: nobody finds a data link by trying


@dataclass(frozen=True)
class Service:
    """What every message needs and none changes: what is known, the secrets, how this deployment presents itself."""

    mind: Mind
    keyring: Keyring
    contact: str
    public_base_url: str
    provider_answers_stop: bool
    guard_rules: GuardRules = field(default_factory=GuardRules)


@dataclass(frozen=True)
class Moment:
    """One message being dealt with."""

    session: Session
    service: Service
    person: Person
    pseudonyms: tuple[str, ...]
    sender: str
    now: dt.datetime
    sent_at: dt.datetime | None  # of a message that never reached our door


def gather(moment: Moment, has: Particulars) -> Known:
    """Everything the conversation may know of this moment and this person, who has these particulars."""
    session, service, person, now = moment.session, moment.service, moment.person, moment.now
    opted_out = people.find_opt_out(session, moment.pseudonyms) if has.refusal else None
    return Known(
        mind=service.mind,
        now=now.astimezone(PARIS),
        channel=person.channel,
        draw_code=lambda: contributions.draw_code(session),
        fresh_token=secrets.token_urlsafe(TOKEN_BYTES),
        contact=service.contact,
        notice_url=f"{service.public_base_url}/mentions-legales",
        data_url=f"{service.public_base_url}/mes-donnees/",
        provider_answers_stop=service.provider_answers_stop and person.channel is Channel.SMS,
        is_new=person.noticed_at is None,
        stopped=opted_out is not None and not opted_out.answers_only,
        home=service.mind.places.get(person.home_insee),
        find_case=lambda code: contributions.find_case(session, person, code, now),
        own_cases=lambda: contributions.own_cases(session, person),
        find_alike=cache(lambda words, where: supports.find_supportable(session, person, words, where)),
        ideas_left=cache(lambda: abuse.count_ideas_left(session, person, now)),
        bans=cache(lambda: abuse.tell_bans(session, moment.pseudonyms)) if has.ban else tuple,
        questions=cache(lambda: questions.list_open(session, person, moment.sent_at)) if has.question else tuple,
        shown_at=person.state_at,
    )
