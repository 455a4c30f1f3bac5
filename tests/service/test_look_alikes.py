"""Contributions that say nearly the same: found in their territory, ranked, marked, however many there are."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.known import Mind
from bot.sketches import BANDS
from service import look_alikes
from service.look_alikes import ALMOST_SAME, CLOSE, COMPARED, VERY_CLOSE, add_sketches, find_alike, renew_mark
from service.models import Contribution, Sketch
from tests.council import idea
from tests.saying import BUS, OTHER, SAME_BUS, say


def found(session: Session, words: str, least: float = CLOSE, departement: str = "68") -> list[str]:
    alike = find_alike(session, departement, words, least=least, limit=10)
    return [one.contribution.code for one in alike]


def test_the_most_alike_come_first_and_others_not_at_all(session: Session, mind: Mind) -> None:
    say(session, mind, "AAAAA2", "un bus dentaire pour les villages de la vallée de Thann et de Masevaux")
    say(session, mind, "AAAAA3", OTHER)
    say(session, mind, "AAAAA4")
    assert found(session, SAME_BUS) == ["AAAAA4", "AAAAA2"]
    assert found(session, SAME_BUS, ALMOST_SAME) == ["AAAAA4"]


def test_candidates_never_cross_a_territory(session: Session, mind: Mind) -> None:
    say(session, mind, "AAAAA2", departement="67")
    say(session, mind, "AAAAA3")
    assert found(session, BUS) == ["AAAAA3"]
    assert found(session, BUS, departement="67") == ["AAAAA2"]
    assert found(session, BUS, departement="51") == []


def test_both_are_marked_and_a_reader_of_the_first_is_not_outdated(session: Session, mind: Mind) -> None:
    say(session, mind, "AAAAA2")
    say(session, mind, "AAAAA3", OTHER)
    say(session, mind, "AAAAA4", SAME_BUS)
    rows = session.execute(
        select(Contribution.code, Contribution.alike, Contribution.version).order_by(Contribution.id)
    )
    assert [tuple(row) for row in rows] == [("AAAAA2", True, 1), ("AAAAA3", False, 1), ("AAAAA4", True, 1)]


def test_a_mark_goes_with_the_last_look_alike(session: Session, mind: Mind) -> None:
    first, second = say(session, mind, "AAAAA2"), say(session, mind, "AAAAA3", SAME_BUS)
    session.delete(second.history[0])
    session.delete(second)
    renew_mark(session, first)
    session.commit()
    assert (first.alike, first.version) == (False, 1)
    assert session.scalar(select(func.count()).select_from(Sketch)) == BANDS  # the other's went with it


def test_for_a_merged_idea_stands_the_one_it_was_merged_into(session: Session, mind: Mind) -> None:
    main, merged = say(session, mind, "AAAAA2", OTHER), say(session, mind, "AAAAA3")
    merged.merged_into = main
    session.commit()
    alike = find_alike(session, "68", SAME_BUS, least=CLOSE, limit=10)
    assert [(one.contribution.code, one.likeness > ALMOST_SAME) for one in alike] == [("AAAAA2", True)]
    assert find_alike(session, "68", SAME_BUS, least=CLOSE, limit=10, but=merged) == []


def test_however_many_say_it_the_newest_are_enough(session: Session) -> None:
    for number in range(COMPARED + 20):
        made = idea(session, f"A{number:05}")
        made.words = BUS
        session.flush()
        add_sketches(session, [made])
    session.commit()
    alike = find_alike(session, "68", BUS, least=VERY_CLOSE, limit=2 * COMPARED)
    newest = [f"A{number:05}" for number in range(20, COMPARED + 20)]
    assert sorted(one.contribution.code for one in alike) == newest


def test_contributions_are_sketched_anew_batch_by_batch(
    session: Session, mind: Mind, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [say(session, mind, "AAAAA2").id, say(session, mind, "AAAAA3", OTHER).id]
    before = sorted(session.execute(select(Sketch.band, Sketch.contribution_id)))
    session.execute(delete(Sketch).where(Sketch.contribution_id == ids[0]))
    monkeypatch.setattr(look_alikes, "BATCH", 1)
    assert look_alikes.sketch_anew(session) == ids[0]
    assert look_alikes.sketch_anew(session, ids[0]) == ids[1]
    assert look_alikes.sketch_anew(session, ids[1]) is None
    session.commit()
    assert sorted(session.execute(select(Sketch.band, Sketch.contribution_id))) == before


def test_words_that_say_nothing_find_nothing(session: Session, mind: Mind) -> None:
    say(session, mind, "AAAAA2", "bonjour, ce serait bien !")
    assert found(session, "bonjour, ce serait bien !") == []
    assert session.scalar(select(func.count()).select_from(Sketch)) == 0
