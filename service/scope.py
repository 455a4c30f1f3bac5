"""What a dashboard counts: the contributions that a reviewer may see, or of these one territory's."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select

from knowledge.gazetteer import GRAND_EST
from service.models import Contribution, Reviewer
from service.rights import visible_to


@dataclass(frozen=True)
class Scope:
    """``asked``: the territory that the region looks at; of a reviewer of one territory nothing else is asked."""

    reviewer: Reviewer
    asked: str | None = None

    @property
    def territory(self) -> str | None:
        """The one territory it is about; None for the whole region."""
        return self.reviewer.departement or self.asked

    @property
    def territories(self) -> list[str]:
        """All that it is about: an index that begins with the territory wants them named."""
        return [self.territory] if self.territory else list(GRAND_EST)

    def select(self) -> Select[Contribution]:
        """The contributions."""
        seen = visible_to(self.reviewer)
        return seen.where(Contribution.departement == self.territory) if self.territory else seen
