"""Search in French: a full-text index of the contributions, in which plurals and accents make no difference.

What is indexed is prepared here, the same for both databases: words folded and cut to their roots, with the code, the
commune and the territory, so that the words of one territory are found by one look at the index.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from sqlalchemy import ARRAY, ColumnElement, Integer, Text, cast, column, delete, func, insert, select, table
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.orm import Session

from bot.features import LONGEST_WORD, find_stem, is_small
from bot.flows.follow_up import ALPHABET, LENGTH
from bot.folding import fold
from knowledge.gazetteer import load_gazetteer
from service.models import Contribution, Reviewer
from service.models.search import NAME
from service.rights import visible_to

BATCH = 1000  # contributions indexed at once by ``reindex``
_ON_SQLITE = table(NAME, column("rowid", Integer), column("document", Text))
_ON_POSTGRESQL = table(NAME, column("contribution_id", Integer), column("document", TSVECTOR))
_WORD = re.compile(r"[^\W_]+")
_PLURAL_OF_AL = re.compile(r"(?<!e)aux$|ails?$")  # hôpitaux, travaux, travail; not bureaux


def index(session: Session, contributions: Sequence[Contribution]) -> None:
    """Let ``contributions``, which have their ids, be found as they are now. They are forgotten with their rows."""
    if not contributions:
        return
    ids = [one.id for one in contributions]
    if _is_sqlite(session):
        session.execute(delete(_ON_SQLITE).where(_ON_SQLITE.c.rowid.in_(ids)))
        documents = [{"rowid": one.id, "document": " ".join(_list_tokens(one))} for one in contributions]
        session.execute(insert(_ON_SQLITE), documents)
    else:
        session.execute(delete(_ON_POSTGRESQL).where(_ON_POSTGRESQL.c.contribution_id.in_(ids)))
        vectors = [
            {"contribution_id": one.id, "document": func.array_to_tsvector(cast(_list_tokens(one), ARRAY(Text)))}
            for one in contributions
        ]
        session.execute(insert(_ON_POSTGRESQL).values(vectors))


def reindex(session: Session, after: int = 0) -> int | None:
    """Index the next BATCH of contributions from the one after id ``after``; the last one's id, None at the end."""
    following = select(Contribution).where(Contribution.id > after).order_by(Contribution.id).limit(BATCH)
    batch = session.scalars(following).all()
    index(session, batch)
    return batch[-1].id if batch else None


def find(session: Session, words: str, departement: str | None = None) -> ColumnElement[bool]:
    """The condition that a contribution, of one territory if it is given, holds all these words; the last may be cut short."""
    *whole, last = list_words(words)
    roots = [_mark(departement)] if departement else []
    roots += [find_root(word) for word in whole]
    if _is_sqlite(session):
        asked = " AND ".join([*(f'"{root}"' for root in roots), f'("{find_root(last)}" OR "{last}"*)'])
        found = select(_ON_SQLITE.c.rowid).where(_ON_SQLITE.c.document.op("MATCH")(asked))
    else:
        cut_short = f"('{find_root(last)}' | '{last}':*)"
        asked = " & ".join([*(f"'{root}'" for root in roots), cut_short])
        # The last is asked for twice: PostgreSQL guesses that one text in two hundred holds any word that is cut short,
        # and would walk along all of them for the first fifty.
        matches = (_ON_POSTGRESQL.c.document.op("@@")(cast(one, TSQUERY)) for one in (asked, cut_short))
        found = select(_ON_POSTGRESQL.c.contribution_id).where(*matches)
    return Contribution.id.in_(found)


def find_code(session: Session, reviewer: Reviewer, words: str) -> str | None:
    """The code that ``words`` are, however it is written, when its contribution is one this reviewer may see."""
    code = "".join(words.split()).upper()
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        return None
    return session.scalar(visible_to(reviewer).with_only_columns(Contribution.code).where(Contribution.code == code))


def list_words(text: str) -> list[str]:
    """The words of ``text`` that can be searched for: folded; letters and digits alone, so that no query can be bent."""
    words = (word[:LONGEST_WORD] for word in _WORD.findall(fold(text)))
    return [word for word in words if len(word) > 1 and not is_small(word)]


def find_root(word: str) -> str:
    """``word``, folded, without its ending: the same for "hôpital" and "hôpitaux", "infirmier" and "infirmières"."""
    if len(word) > 3:  # letters: "bus" is no plural
        word = _PLURAL_OF_AL.sub("al", word)
        word = word[:-1] if word[-1] in "sx" else word
    while (shorter := find_stem(word)) != word:
        word = shorter
    return word


def _list_tokens(contribution: Contribution) -> list[str]:
    place = _name_communes().get(contribution.insee or "", "")
    roots = [find_root(word) for word in list_words(f"{contribution.words} {place}")]
    return [_mark(contribution.departement), contribution.code.lower(), *dict.fromkeys(roots)]


def _mark(departement: str) -> str:
    return f"departement{departement}"


@cache
def _name_communes() -> dict[str, str]:
    return {commune.insee: commune.name for commune in load_gazetteer().communes}


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
