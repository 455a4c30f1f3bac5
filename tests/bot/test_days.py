"""The day a message speaks of, told on Friday 20 November 2026 unless said otherwise."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.days import find_day

TODAY = dt.date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        pytest.param("ouvert samedi ?", "2026-11-21", id="weekday"),
        pytest.param("OUVERT LE SAMEDI ?", "2026-11-21", id="weekday in capitals"),
        pytest.param("ouvert les lundis ?", "2026-11-23", id="weekday, plural"),
        pytest.param("vendredi", "2026-11-20", id="today's weekday is today"),
        pytest.param("jeudi", "2026-11-26", id="yesterday's weekday is next week's"),
        pytest.param("demain matin", "2026-11-21", id="tomorrow"),
        pytest.param("après-demain", "2026-11-22", id="the day after tomorrow"),
        pytest.param("apres demain", "2026-11-22", id="the day after tomorrow, as typed"),
        pytest.param("ce week-end", "2026-11-21", id="week-end"),
        pytest.param("le weekend", "2026-11-21", id="weekend in one word"),
        pytest.param("ce we", "2026-11-21", id="we"),
        pytest.param("le 24 décembre", "2026-12-24", id="date"),
        pytest.param("le 24 DECEMBRE", "2026-12-24", id="date without its accent"),
        pytest.param("1er janvier", "2027-01-01", id="the first, next year"),
        pytest.param("lundi 21 décembre", "2026-12-21", id="weekday and date"),
        pytest.param("le 20 novembre", "2026-11-20", id="today's date"),
        pytest.param("le 19 novembre", "2027-11-19", id="yesterday's date is next year's"),
        pytest.param("24/12", "2026-12-24", id="numeric date"),
        pytest.param("le 3/1", "2027-01-03", id="numeric date without zeros"),
    ],
)
def test_the_coming_day_that_is_named_is_found(text: str, day: str) -> None:
    assert find_day(text, TODAY) == dt.date.fromisoformat(day)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("médecin sans rendez-vous à Reims", id="no day"),
        pytest.param("31 février", id="no such date"),
        pytest.param("31/02", id="no such numeric date"),
        pytest.param("13/13", id="no such month"),
        pytest.param("00/00", id="zeros"),
        pytest.param("68100 Mulhouse", id="postcode"),
        pytest.param("ouvert 24/7 ?", id="day and night is not 24 July"),
        pytest.param("west", id="we within a word"),
        pytest.param("quelques jours", id="days, none of them"),
    ],
)
def test_no_day_is_found_where_none_is_named(text: str) -> None:
    assert find_day(text, TODAY) is None


@pytest.mark.parametrize(
    ("today", "text", "day"),
    [
        pytest.param("2026-12-31", "demain", "2027-01-01", id="over the year"),
        pytest.param("2028-02-28", "demain", "2028-02-29", id="to a leap day"),
        pytest.param("2027-03-01", "le 29 février", "2028-02-29", id="the leap day of next year"),
        pytest.param("2026-11-22", "ce week-end", "2026-11-28", id="on a sunday, the next saturday"),
        pytest.param("2026-10-24", "demain", "2026-10-25", id="to the day the clocks change"),
    ],
)
def test_days_are_counted_over_months_and_years(today: str, text: str, day: str) -> None:
    assert find_day(text, dt.date.fromisoformat(today)) == dt.date.fromisoformat(day)
