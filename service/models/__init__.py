"""The tables, one file per aggregate. Importing this package makes them all known to ``Base.metadata``."""

from service.models.base import Base
from service.models.contribution import Change, Contribution, Status
from service.models.exchange import Exchange
from service.models.lexicon import PhraseProposal, ProposalState
from service.models.person import Person
from service.models.privacy import AlertCount, DataLink, Opening, OptOut
from service.models.reviewer import Reviewer

__all__ = [
    "AlertCount",
    "Base",
    "Change",
    "Contribution",
    "DataLink",
    "Exchange",
    "Opening",
    "OptOut",
    "Person",
    "PhraseProposal",
    "ProposalState",
    "Reviewer",
    "Status",
]
