"""The figures of a dashboard: each is the length of the list that it leads to."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from bot.known import Mind
from service import cases, merging, publication, queue
from service.agreement import Share
from service.alerts import count_alert
from service.dashboard import Dashboard, read_dashboard
from service.decisions import Decision, discard_draft, draft_decision
from service.filters import NONE, Filter, Step
from service.flow import Delay
from service.models import Contribution, Delivery, Reviewer, Source, Status
from service.periods import Span, Unit, list_spans
from service.scope import Scope
from service.standing import AGES, WAITING
from tests.council import idea

NewReviewer = Callable[..., Reviewer]
NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)


def ago(days: int) -> dt.datetime:
    return NOW - dt.timedelta(days=days)


def received(session: Session, code: str, at: dt.datetime, departement: str = "68", **more: object) -> Contribution:
    """An idea that came at that moment."""
    made = idea(session, code, departement, Status.RECEIVED)
    made.received_at = at
    for name, value in more.items():
        setattr(made, name, value)
    session.commit()
    return made


def instruct(session: Session, by: Reviewer, found: Contribution, solution: str, at: dt.datetime) -> None:
    version = found.version
    cases.instruct(session, by, found.code, solution, reason="", told_by=(), version=version, now=at)
    session.commit()


def decide(
    session: Session, mind: Mind, by: Reviewer, found: Contribution, at: dt.datetime, published: dt.datetime
) -> None:
    decision = Decision(Status.RETAINED, "Réaliste.", "Merci.", "Merci.")
    draft_decision(session, mind, by, found.code, decision, version=found.version, now=at)
    publication.publish(session, by, {found.code: found.version}, published)
    session.commit()


@pytest.fixture
def council(session: Session, mind: Mind, new_reviewer: NewReviewer) -> Reviewer:
    """A secretary, and what their territory did of late; one idea of another territory."""
    secretary = new_reviewer("68")
    received(session, "AAAAA2", ago(2), channel=Source.PAPER)
    received(session, "BBBBB2", ago(40), insee=None, axis=None, solution=None, flagged=True)
    agreed = received(session, "CCCCC2", ago(100), suggested="A4.2")
    instruct(session, secretary, agreed, "A4.2", ago(60))
    corrected = received(session, "DDDDD2", ago(50), suggested="A4.2")
    instruct(session, secretary, corrected, "A2.1", ago(10))
    answered = received(session, "EEEEE2", ago(45), suggested="A1.1")
    instruct(session, secretary, answered, "A1.1", ago(41))
    decide(session, mind, secretary, answered, ago(6), ago(5))
    main, merged = received(session, "FFFFF2", ago(300), axis="A3", solution=None), received(session, "GGGGG2", ago(8))
    merging.merge(session, secretary, "FFFFF2", {one.code: one.version for one in (main, merged)}, ago(7))
    session.commit()
    received(session, "HHHHH2", ago(1), "51")
    return secretary


def read(session: Session, reviewer: Reviewer, unit: Unit = Unit.MONTH, asked: str | None = None) -> Dashboard:
    return read_dashboard(session, Scope(reviewer, asked), unit, NOW)


def list_lengths(session: Session, reviewer: Reviewer, found: Dashboard) -> dict[str, tuple[int, int]]:
    """Every figure of a dashboard, and how long the list behind it is."""

    def length(**fields: object) -> int:
        return queue.count(session, reviewer, replace(Filter("toutes"), **fields), NOW)  # type: ignore[arg-type]

    def of_state(status: Status) -> str:
        names = {Status.RECEIVED: "recues", Status.TO_CLASSIFY: "a-classer", Status.INSTRUCTED: "instruites"}
        return names[status]

    told = {}
    for step, counts in found.steps.items():
        for span, count in zip(found.spans, counts, strict=True):
            told[f"{step} {span.since}"] = (count, length(step=step, since=span.since, until=span.until))
    for age, older in zip(AGES, (*AGES[1:], None), strict=True):
        for status in WAITING:
            bounds = {"older_than": age or None, "younger_than": older}
            told[f"{age} {status}"] = (found.ages[age, status], length(state=of_state(status), **bounds))
    for channel in Source:
        count = sum(found.channels[channel, status] for status in Status)
        told[channel] = (count, length(channel=channel))
    for insee, count in found.communes.items():
        told[f"commune {insee}"] = (count, length(commune=insee or NONE))
    for label in {label for label, _ in found.labels}:
        count = sum(found.labels[label, status] for status in Status)
        by_label = {"solution": label} if "." in (label or "") else {"axis": label or NONE, "solution": NONE}
        told[f"label {label}"] = (count, length(**by_label))
    for mark, count in found.marks.items():
        told[mark] = (count, length(**{mark: True}))
    for delivery in Delivery:
        told[delivery] = (found.deliveries[delivery], length(delivery=delivery))
    during = {"step": Step.INSTRUCTED, "since": found.spans[0].since, "until": found.spans[-1].until}
    for solution, share in found.agreement.items():
        told[f"all {solution}"] = (share.total, length(solution=solution, **during))
        corrected = length(solution=solution, corrected=True, **during)
        told[f"corrected {solution}"] = (share.total - share.agreed, corrected)
    return told


@pytest.mark.parametrize("unit", list(Unit))
def test_every_figure_is_the_length_of_its_list(session: Session, council: Reviewer, unit: Unit) -> None:
    told = list_lengths(session, council, read(session, council, unit))
    assert {name: both for name, both in told.items() if both[0] != both[1]} == {}
    assert sum(count for count, _ in told.values()) > 20  # not because all are empty


def test_what_was_done_is_counted_when_it_was_done(session: Session, council: Reviewer) -> None:
    found = read(session, council)
    assert [span.since.isoformat()[:7] for span in found.spans][-3:] == ["2026-09", "2026-10", "2026-11"]
    assert {step: counts[-3:] for step, counts in found.steps.items()} == {
        Step.RECEIVED: (0, 3, 2),  # of 1 October, 6 and 11 October; 12 and 18 November
        Step.INSTRUCTED: (1, 1, 1),
        Step.DECIDED: (0, 0, 1),
        Step.ANSWERED: (0, 0, 1),
    }
    assert found.delay == Delay(1, 40)


def test_the_median_delay_is_what_half_of_them_waited_at_most(
    session: Session, mind: Mind, new_reviewer: NewReviewer
) -> None:
    secretary = new_reviewer("68")
    for number, waited in enumerate((2, 3, 9, 30)):
        found = received(session, f"AAAA{number:02}", ago(waited + 5))
        instruct(session, secretary, found, "A1.1", ago(waited + 4))
        decide(session, mind, secretary, found, ago(5), ago(5))
    assert read(session, secretary).delay == Delay(4, 3)
    assert read(session, new_reviewer("51")).delay == Delay(0, None)


def test_a_discarded_draft_was_never_decided(session: Session, mind: Mind, new_reviewer: NewReviewer) -> None:
    secretary, found = new_reviewer("68"), received(session, "AAAAA2", ago(5))
    decision = Decision(Status.RETAINED, "Réaliste.", "Merci.", "Merci.")
    draft_decision(session, mind, secretary, "AAAAA2", decision, version=found.version, now=NOW)
    session.commit()
    assert (read(session, secretary).steps[Step.DECIDED][-1], read(session, secretary).marks["drafted"]) == (1, 1)
    discard_draft(session, secretary, "AAAAA2", found.version)
    session.commit()
    assert (read(session, secretary).steps[Step.DECIDED][-1], found.decided_at) == (0, None)


def test_agreement_is_that_of_the_ideas_instructed_in_the_period(session: Session, council: Reviewer) -> None:
    year, quarter = read(session, council), read(session, council, Unit.WEEK)
    assert year.agreement == {"A1.1": Share(1, 1), "A2.1": Share(0, 1), "A4.2": Share(1, 1)}
    assert (year.agreed, quarter.agreed) == (Share(2, 3), Share(2, 3))


def test_a_territory_sees_its_own_figures_and_the_region_all(
    session: Session, council: Reviewer, new_reviewer: NewReviewer
) -> None:
    def count(reviewer: Reviewer, asked: str | None = None) -> int:
        found = read(session, reviewer, asked=asked)
        counted = (found.count(*Status), sum(found.communes.values()), sum(found.channels.values()))
        assert len(set(counted)) == 1
        return counted[0]

    region = new_reviewer(None)
    assert (count(council), count(council, "51"), count(region), count(region, "51")) == (7, 7, 8, 1)
    assert read(session, region).marks == {"flagged": 1, "alike": 0, "waiting": 0, "drafted": 0, "supported": 1}
    assert read(session, new_reviewer("51")).deliveries == {}
    assert read(session, region).deliveries == read(session, council).deliveries


def test_alerts_are_those_of_the_territory(session: Session, new_reviewer: NewReviewer) -> None:
    for departement in ("68", "68", "51", ""):
        count_alert(session, "suicide", departement, NOW)
    session.commit()
    region = new_reviewer(None)
    found = [read(session, new_reviewer("68")), read(session, region), read(session, region, asked="51")]
    assert [one.alerts for one in found] == [{"suicide": 2}, {"suicide": 4}, {"suicide": 1}]


@pytest.mark.parametrize(
    ("unit", "today", "expected"),
    [
        (Unit.WEEK, dt.date(2026, 11, 22), Span(dt.date(2026, 11, 16), dt.date(2026, 11, 22))),
        (Unit.MONTH, dt.date(2027, 1, 31), Span(dt.date(2027, 1, 1), dt.date(2027, 1, 31))),
        (Unit.MONTH, dt.date(2028, 2, 1), Span(dt.date(2028, 2, 1), dt.date(2028, 2, 29))),
        (Unit.YEAR, dt.date(2028, 12, 31), Span(dt.date(2028, 1, 1), dt.date(2028, 12, 31))),
    ],
)
def test_spans_follow_each_other_up_to_today(unit: Unit, today: dt.date, expected: Span) -> None:
    spans = list_spans(unit, today)
    assert spans[-1] == expected
    assert [(two.since - one.until).days for one, two in itertools.pairwise(spans)] == [1] * (len(spans) - 1)
    assert len(spans) == {Unit.WEEK: 12, Unit.MONTH: 12, Unit.YEAR: 5}[unit]
