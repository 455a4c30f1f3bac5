"""Ideas taken in: queued with a follow-up code, found again by it."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.effects import NewContribution
from bot.flows.follow_up import ALPHABET, LENGTH
from bot.known import PARIS, Case
from bot.matching import Matcher
from service import look_alikes, search
from service.keyring import Keyring
from service.masking import mask
from service.models import Change, Contribution, Import, Person, Reviewer, Source, Status

STATUS_FOR_CITIZEN = {
    Status.RECEIVED: "reçue, le CTS va la lire",
    Status.TO_CLASSIFY: "reçue, le CTS va la lire et la classer",
    Status.INSTRUCTED: "lue, le CTS va en débattre",
    Status.RETAINED: "retenue par le CTS",
    Status.FORWARDED: "transmise par le CTS à qui peut agir",
    Status.ATTACHED: "rattachée par le CTS à un projet",
    Status.NOT_RETAINED: "non retenue par le CTS",
    Status.BECAME_PROJECT: "devenue un projet",
    Status.MERGED: "regroupée avec une idée qui dit la même chose",
}
WRONG_CODES_ALLOWED = 10  # a day and a person; at 157 million codes a guesser finds nothing in a lifetime
WRONG_CODES_WINDOW = dt.timedelta(days=1)
MOST_OWN_CASES = 100


def draw_code(session: Session) -> str:
    """A follow-up code nobody has: unguessable, without look-alike characters."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        has_digit = any(character.isdigit() for character in code)  # by which a code is told from a word
        if has_digit and session.scalar(select(Contribution.id).where(Contribution.code == code)) is None:
            return code


def queue(
    session: Session, keyring: Keyring, matcher: Matcher, person: Person, new: NewContribution, now: dt.datetime
) -> Contribution:
    """A citizen's idea in the queue of its territory's CTS, by their own word."""
    completes = f" Elle complète l'idée {new.completes}, selon son auteur." if new.completes else ""
    reason = f"Reçue, avec l'accord de son auteur.{completes}"
    return take_in(session, keyring, matcher, person, new, now, source=Source(person.channel), reason=reason)


def take_in(
    session: Session,
    keyring: Keyring,
    matcher: Matcher,
    person: Person | None,
    new: NewContribution,
    now: dt.datetime,
    *,
    source: Source,
    reason: str,
    reviewer: Reviewer | None = None,
    import_key: str | None = None,
    imported: Import | None = None,
    said_at: dt.datetime | None = None,
) -> Contribution:
    """The idea in the queue, with the first line of its history; ``reviewer``: who entered it, if not its author.

    ``imported``: the file that it is taken from; ``said_at``: when it was said, if not now. What is personal in the words
    is masked before anyone reads them; the original then goes under seal.
    """
    masked = mask(new.words)
    # What the matcher says is shown to readers too: it must come of the words they may read.
    suggestions = matcher.match(masked.text).likely if masked.kinds else new.suggestions
    status = Status.RECEIVED if new.solution else Status.TO_CLASSIFY
    contribution = Contribution(
        code=new.code,
        person_id=person.id if person else None,
        channel=source,
        received_at=said_at or now,
        words=masked.text,
        sealed_words=keyring.seal(new.words, new.code) if masked.kinds else None,
        third_person_health=masked.third_person_health,
        departement=new.departement,
        insee=new.insee,
        suggestions=[asdict(suggestion) for suggestion in suggestions],
        suggested=suggestions[0].solution if suggestions else None,
        chosen_by_citizen=None if imported else new.solution,  # in a file it was whoever wrote the notes
        axis=new.axis,
        solution=new.solution,
        status=status,
        import_key=import_key,
        import_id=imported.id if imported else None,
    )
    contribution.history.append(
        Change(
            reviewer_id=reviewer.id if reviewer else None,
            at=now,
            to_status=status,
            to_solution=new.solution,
            reason=reason,
        )
    )
    look_alikes.enter(session, contribution)
    search.index(session, [contribution])
    return contribution


def find_case(session: Session, person: Person, code: str, now: dt.datetime) -> Case | None:
    """The case of ``code`` as ``person`` may see it; None when there is none, or after too many wrong codes."""
    contribution = session.scalar(select(Contribution).where(Contribution.code == code))
    own = contribution is not None and contribution.person_id == person.id
    if _guessed_too_often(person, now) and not own:
        return None
    if contribution is None:
        _count_wrong_code(person, now)
        return None
    return _as_case(contribution, person)


def own_cases(session: Session, person: Person) -> tuple[Case, ...]:
    """The person's own last cases, newest first."""
    newest = select(Contribution).where(Contribution.person_id == person.id).order_by(Contribution.id.desc())
    return tuple(_as_case(found, person) for found in session.scalars(newest.limit(MOST_OWN_CASES)))


def _as_case(contribution: Contribution, person: Person) -> Case:
    """The case, in words for the person's channel. Of a merged idea: what became of the one that it was merged into."""
    told = contribution
    while told.merged_into is not None:
        told = told.merged_into
    became = f", {STATUS_FOR_CITIZEN[told.status]}" if told is not contribution else ""
    return Case(
        code=contribution.code,
        sent_on=contribution.received_at.astimezone(PARIS).date(),
        departement=contribution.departement,
        status=STATUS_FOR_CITIZEN[contribution.status] + became,
        words=contribution.words if contribution.person_id == person.id else None,
        answer=told.answer if person.channel is Channel.WEB else told.answer_sms or told.answer,
    )


def _guessed_too_often(person: Person, now: dt.datetime) -> bool:
    if person.wrong_codes_since is None or now - person.wrong_codes_since > WRONG_CODES_WINDOW:
        person.wrong_codes, person.wrong_codes_since = 0, None
    return person.wrong_codes >= WRONG_CODES_ALLOWED


def _count_wrong_code(person: Person, now: dt.datetime) -> None:
    person.wrong_codes += 1
    person.wrong_codes_since = person.wrong_codes_since or now
