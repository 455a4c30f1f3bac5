"""People who say ideas in tests, taken in as the conversation takes them in."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from bot.effects import NewContribution
from bot.known import Mind
from service import contributions
from service.keyring import Keyring
from service.models import Contribution
from tests.council import NOW, citizen

PEPPER = "a pepper for the tests"
KEYRING = Keyring((PEPPER,))
BUS = "Il faudrait un bus dentaire qui passe dans les villages autour de Thann"
SAME_BUS = "un bus dentaire dans les villages autour de thann svp"
OTHER = "Plus de médecins de garde le soir et le week-end à Colmar"


def say(
    session: Session,
    mind: Mind,
    code: str,
    words: str = BUS,
    *,
    author: str | None = None,
    departement: str = "68",
    solution: str | None = "A4.2",
    now: dt.datetime = NOW,
) -> Contribution:
    """An idea queued under ``code``, of its own author unless told."""
    person = citizen(session, author or f"author of {code}")
    new = NewContribution(code, words, departement, None, solution and solution[:2], solution, ())
    made = contributions.queue(session, KEYRING, mind.matcher, person, new, now)
    session.commit()
    return made
