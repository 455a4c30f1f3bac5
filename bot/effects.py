"""What a conversation asks the service to do. Data only: ``service.talk`` does it, in the turn's own transaction."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Suggestion:
    """A solution the matcher proposed: ``score`` is a calibrated probability (0–1), ``why`` its reasons in words."""

    solution: str
    score: float
    why: tuple[str, ...]


@dataclass(frozen=True)
class NewContribution:
    """A citizen's idea, agreed to be given to the CTS.

    ``words`` are theirs, untouched. ``insee`` is None when only the département is known; ``solution`` is None when the
    citizen chose none of those proposed: a person classifies it.
    """

    code: str
    words: str
    departement: str
    insee: str | None
    axis: str | None
    solution: str | None
    suggestions: tuple[Suggestion, ...]
    completes: str | None = None  # the code of an idea of others, to which the citizen adds this


@dataclass(frozen=True)
class SupportIdea:
    """A citizen says the same as the idea of that code: one more is counted, nothing else is passed on."""

    code: str


@dataclass(frozen=True)
class Appeal:
    """Why a citizen whose ideas are no longer taken in finds that they should be."""

    words: str


@dataclass(frozen=True)
class AnswerQuestion:
    """A citizen's answer, in their words, to the reviewer's question of that number."""

    number: int
    words: str


@dataclass(frozen=True)
class RememberPlace:
    """The commune this person last spoke of, so that it need not be asked again."""

    insee: str


@dataclass(frozen=True)
class OptOut:
    """No more messages of ours: none at all, or (``answers_only``) only not the CTS's answers."""

    answers_only: bool = False


@dataclass(frozen=True)
class OptIn:
    """Messages are welcome again."""


@dataclass(frozen=True)
class OpenDataLink:
    """A page with everything held on this person, under an address that only they are told and that expires."""

    token: str


@dataclass(frozen=True)
class Erase:
    """Forget this person everywhere; their ideas stay, no longer anyone's, if ``keep_ideas``."""

    keep_ideas: bool


@dataclass(frozen=True)
class AlertSeen:
    """An emergency was answered: counted by kind, never by its words."""

    kind: str
    veiled: bool


@dataclass(frozen=True)
class NoticeGiven:
    """The person has been told who we are, who reads them and how to stop."""


Effect = (
    NewContribution
    | SupportIdea
    | Appeal
    | AnswerQuestion
    | RememberPlace
    | OptOut
    | OptIn
    | OpenDataLink
    | Erase
    | AlertSeen
    | NoticeGiven
)
