"""Opening hours, as they are told: now, on a day, on the holidays of France and of Alsace-Moselle."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.known import PARIS
from bot.opening import is_open, say_day, say_now, say_time

SHOP = "Mo-Sa 08:30-19:30; PH off"
CENTRE = "Mo-Sa 08:30-19:30; PH unknown"  # as the CMSI: no source tells of public holidays
NOBODY_KNOWS = "jour férié : horaires non connus, renseignez-vous avant de venir"


def at(moment: str, fold: int = 0) -> dt.datetime:
    return dt.datetime.fromisoformat(moment).replace(tzinfo=PARIS, fold=fold)


@pytest.mark.parametrize(
    ("hours", "moment", "departement", "said"),
    [
        pytest.param(CENTRE, "2026-11-20 10:00", "51", "ouvert maintenant, jusqu'à 19h30", id="open"),
        pytest.param(CENTRE, "2026-11-20 08:30", "51", "ouvert maintenant, jusqu'à 19h30", id="the minute it opens"),
        pytest.param(CENTRE, "2026-11-20 08:29", "51", "fermé maintenant, rouvre aujourd'hui à 8h30", id="a minute before"),
        pytest.param(CENTRE, "2026-11-20 19:29", "51", "ouvert maintenant, jusqu'à 19h30", id="its last minute"),
        pytest.param(CENTRE, "2026-11-20 19:30", "51", "fermé maintenant, rouvre demain à 8h30", id="the minute it closes"),
        pytest.param(CENTRE, "2026-11-21 20:00", "51", "fermé maintenant, rouvre lundi à 8h30", id="saturday evening"),
        pytest.param(CENTRE, "2026-11-22 12:00", "51", "fermé maintenant, rouvre demain à 8h30", id="sunday"),
        pytest.param("Fr 09:00-12:00", "2026-11-20 13:00", "51", "fermé maintenant, rouvre le 27 novembre à 9h", id="in a week"),
        pytest.param("Dec 01 10:00-11:00", "2026-11-20 13:00", "51", "fermé maintenant, rouvre le 1er décembre à 10h", id="the first"),
        pytest.param("Jun 10:00-11:00", "2026-11-20 13:00", "51", "fermé maintenant", id="in months"),
        pytest.param("off", "2026-11-20 13:00", "51", "fermé maintenant", id="never"),
        pytest.param("24/7", "2026-11-20 13:00", "51", "ouvert maintenant", id="always"),
        pytest.param(
            "Mo-Fr 09:00-12:00,14:00-18:00", "2026-11-20 12:30", "51", "fermé maintenant, rouvre aujourd'hui à 14h", id="noon"
        ),
        pytest.param("Mo-Fr 20:00-02:00", "2026-11-21 01:00", "51", "ouvert maintenant, jusqu'à 2h", id="after midnight"),
        pytest.param(CENTRE, "2026-12-25 10:00", "51", NOBODY_KNOWS, id="Christmas, unknown"),
        pytest.param(CENTRE, "2026-11-11 10:00", "51", NOBODY_KNOWS, id="11 November, unknown"),
        pytest.param(SHOP, "2026-12-25 10:00", "51", "fermé maintenant, rouvre demain à 8h30", id="Christmas, off"),
        pytest.param(CENTRE, "2026-12-24 20:00", "51", "fermé maintenant, rouvre samedi à 8h30", id="rouvre passes an unknown day"),
        pytest.param(SHOP, "2026-12-31 20:00", "51", "fermé maintenant, rouvre samedi à 8h30", id="rouvre passes New Year"),
    ],
)  # fmt: skip
def test_now_is_told_in_a_few_words(hours: str, moment: str, departement: str, said: str) -> None:
    assert say_now(hours, at(moment), departement) == said


@pytest.mark.parametrize(
    ("hours", "moment", "departement", "said"),
    [
        pytest.param(SHOP, "2026-12-26 10:00", "67", "fermé maintenant, rouvre lundi à 8h30", id="26 December in 67"),
        pytest.param(SHOP, "2026-12-26 10:00", "68", "fermé maintenant, rouvre lundi à 8h30", id="26 December in 68"),
        pytest.param(SHOP, "2026-12-26 10:00", "57", "fermé maintenant, rouvre lundi à 8h30", id="26 December in 57"),
        pytest.param(SHOP, "2026-12-26 10:00", "51", "ouvert maintenant, jusqu'à 19h30", id="26 December in 51"),
        pytest.param(SHOP, "2026-12-26 10:00", "54", "ouvert maintenant, jusqu'à 19h30", id="26 December in 54"),
        pytest.param(SHOP, "2027-03-26 10:00", "67", "fermé maintenant, rouvre demain à 8h30", id="Good Friday in 67"),
        pytest.param(SHOP, "2027-03-26 10:00", "51", "ouvert maintenant, jusqu'à 19h30", id="Good Friday in 51"),
        pytest.param(CENTRE, "2027-03-26 10:00", "67", NOBODY_KNOWS, id="Good Friday in 67, unknown"),
        pytest.param(SHOP, "2026-12-24 20:00", "67", "fermé maintenant, rouvre lundi à 8h30", id="rouvre after both days"),
        pytest.param(SHOP, "2026-12-24 20:00", "51", "fermé maintenant, rouvre samedi à 8h30", id="rouvre after Christmas"),
        pytest.param(SHOP, "2026-07-14 10:00", "67", "fermé maintenant, rouvre demain à 8h30", id="14 July in 67"),
        pytest.param("Mo-Sa 08:30-19:30; Su,PH off", "2026-12-26 10:00", "67", "fermé maintenant, rouvre lundi à 8h30", id="Su,PH"),
        pytest.param("Mo-Sa 08:30-19:30; PH,Su off", "2026-12-26 10:00", "67", "fermé maintenant, rouvre lundi à 8h30", id="PH,Su"),
        pytest.param("Mo-Sa 08:30-19:30", "2026-12-26 10:00", "67", "ouvert maintenant, jusqu'à 19h30", id="says nothing of holidays"),
    ],
)  # fmt: skip
def test_alsace_and_moselle_keep_two_holidays_more(hours: str, moment: str, departement: str, said: str) -> None:
    assert say_now(hours, at(moment), departement) == said


@pytest.mark.parametrize(
    ("hours", "day", "departement", "said"),
    [
        pytest.param(CENTRE, "2026-11-21", "51", "samedi 21 novembre : ouvert de 8h30 à 19h30", id="open"),
        pytest.param(CENTRE, "2026-11-22", "51", "dimanche 22 novembre : fermé", id="closed"),
        pytest.param("Mo-Fr 09:00-12:00,14:00-18:00", "2026-12-01", "51", "mardi 1er décembre : ouvert de 9h à 12h et de 14h à 18h", id="twice"),
        pytest.param(CENTRE, "2026-12-25", "51", "vendredi 25 décembre : jour férié, horaires non connus", id="holiday, unknown"),
        pytest.param(SHOP, "2026-12-25", "51", "vendredi 25 décembre : fermé", id="holiday, off"),
        pytest.param(SHOP, "2026-12-26", "67", "samedi 26 décembre : fermé", id="26 December in 67"),
        pytest.param(SHOP, "2026-12-26", "51", "samedi 26 décembre : ouvert de 8h30 à 19h30", id="26 December in 51"),
        pytest.param(CENTRE, "2027-03-26", "68", "vendredi 26 mars : jour férié, horaires non connus", id="Good Friday in 68"),
        pytest.param("24/7", "2026-11-20", "51", "vendredi 20 novembre : ouvert 24h/24", id="all day"),
    ],
)  # fmt: skip
def test_a_day_is_told_with_its_hours(hours: str, day: str, departement: str, said: str) -> None:
    assert say_day(hours, dt.date.fromisoformat(day), departement) == said


@pytest.mark.parametrize(
    ("hours", "moment", "departement", "answer"),
    [
        pytest.param(CENTRE, "2026-11-20 10:00", "51", True, id="open"),
        pytest.param(CENTRE, "2026-11-20 20:00", "51", False, id="closed"),
        pytest.param(CENTRE, "2026-12-25 10:00", "51", None, id="nobody knows"),
        pytest.param(SHOP, "2026-12-26 10:00", "67", False, id="local holiday"),
        pytest.param(SHOP, "2026-12-26 10:00", "51", True, id="not a holiday there"),
    ],
)
def test_whether_it_is_open_is_yes_no_or_unknown(
    hours: str, moment: str, departement: str, answer: bool | None
) -> None:
    assert is_open(hours, at(moment), departement) is answer


@pytest.mark.parametrize(
    ("moment", "fold", "said"),
    [
        pytest.param("2026-10-25 02:30", 0, "ouvert maintenant, jusqu'à 5h", id="autumn, 2h30 the first time"),
        pytest.param("2026-10-25 02:30", 1, "ouvert maintenant, jusqu'à 5h", id="autumn, 2h30 the second time"),
        pytest.param("2026-10-24 23:30", 0, "fermé maintenant, rouvre demain à 1h", id="the evening before"),
        pytest.param("2026-10-25 05:00", 0, "fermé maintenant, rouvre demain à 1h", id="autumn, after it"),
        pytest.param("2027-03-28 03:00", 0, "ouvert maintenant, jusqu'à 5h", id="spring, the minute after 1h59"),
        pytest.param("2027-03-28 00:59", 0, "fermé maintenant, rouvre aujourd'hui à 1h", id="spring, before it"),
    ],
)
def test_on_the_nights_the_clocks_change_hours_are_those_on_the_wall(moment: str, fold: int, said: str) -> None:
    assert say_now("Mo-Su 01:00-05:00", at(moment, fold), "51") == said


@pytest.mark.parametrize(("time", "said"), [("08:30", "8h30"), ("19:00", "19h"), ("00:05", "0h05"), ("12:00", "12h")])
def test_times_are_told_as_in_french(time: str, said: str) -> None:
    assert say_time(dt.datetime.fromisoformat(f"2026-11-20 {time}")) == said
