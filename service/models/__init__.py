"""The tables, one file per aggregate. Importing this package makes them all known to ``Base.metadata``."""

from service.models import search  # noqa: F401 -- makes its tables known
from service.models.base import Base
from service.models.contribution import (
    Change,
    Claim,
    Contribution,
    Import,
    Note,
    Sketch,
    Source,
    Status,
    Support,
    ToldApart,
)
from service.models.council import AnswerTemplate, Draft, Meeting, Opinion, PastItem, Phase, Verdict
from service.models.exchange import Exchange
from service.models.lexicon import PhraseProposal, ProposalState
from service.models.outbox import Ban, Delivery, Line, OutboxMessage, Purpose, Question
from service.models.person import Person
from service.models.privacy import AlertCount, DataLink, Opening, OptOut
from service.models.reply_count import ReplyCount
from service.models.reviewer import Invitation, RecoveryCode, Reviewer, Role, SavedView, SignIn, SignInFailure

__all__ = [
    "AlertCount",
    "AnswerTemplate",
    "Ban",
    "Base",
    "Change",
    "Claim",
    "Contribution",
    "DataLink",
    "Delivery",
    "Draft",
    "Exchange",
    "Import",
    "Invitation",
    "Line",
    "Meeting",
    "Note",
    "Opening",
    "Opinion",
    "OptOut",
    "OutboxMessage",
    "PastItem",
    "Person",
    "Phase",
    "PhraseProposal",
    "ProposalState",
    "Purpose",
    "Question",
    "RecoveryCode",
    "ReplyCount",
    "Reviewer",
    "Role",
    "SavedView",
    "SignIn",
    "SignInFailure",
    "Sketch",
    "Source",
    "Status",
    "Support",
    "ToldApart",
    "Verdict",
]
