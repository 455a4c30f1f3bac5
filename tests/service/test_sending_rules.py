"""The rules that an administrator may set, and the mistakes that are told."""

from __future__ import annotations

import pytest

from service.sending_rules import SendingRules, read_sending_rules
from service.settings import SettingsError


def test_without_settings_the_defaults_hold() -> None:
    assert read_sending_rules({}) == SendingRules(10, 10_000, 50, 8, 20)


def test_each_can_be_set() -> None:
    values = {
        "VOIX_SENDS_PER_SECOND": "2",
        "VOIX_MOST_SENDS_A_DAY": "300",
        "VOIX_MOST_SENDS_A_DAY_EACH": "5",
        "VOIX_SENDING_HOURS": "9-19",
    }
    assert read_sending_rules(values) == SendingRules(2, 300, 5, 9, 19)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("VOIX_SENDS_PER_SECOND", "0", "VOIX_SENDS_PER_SECOND is not a number, 1 or more: 0"),
        ("VOIX_MOST_SENDS_A_DAY", "many", "VOIX_MOST_SENDS_A_DAY is not a number, 1 or more: many"),
        ("VOIX_MOST_SENDS_A_DAY_EACH", "²", "VOIX_MOST_SENDS_A_DAY_EACH is not a number, 1 or more: ²"),
        ("VOIX_SENDING_HOURS", "20-8", "VOIX_SENDING_HOURS is not two hours of a day such as 8-20: 20-8"),
        ("VOIX_SENDING_HOURS", "8h-20h", "VOIX_SENDING_HOURS is not two hours of a day such as 8-20: 8h-20h"),
        ("VOIX_SENDING_HOURS", "8-25", "VOIX_SENDING_HOURS is not two hours of a day such as 8-20: 8-25"),
    ],
)
def test_a_mistake_is_told_in_one_line(name: str, value: str, told: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_sending_rules({name: value})
    assert str(error.value) == told
