"""One-time codes, against the test vectors of the standards."""

from __future__ import annotations

import base64
import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest

from service import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()
NOW = dt.datetime(2026, 11, 20, 9, 0, 10, tzinfo=dt.UTC)
STEP = int(NOW.timestamp()) // 30


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238_appendix_b(seconds: int, code: str) -> None:
    assert totp.make_code(SECRET, seconds // 30, digits=8) == code


@pytest.mark.parametrize(
    ("count", "code"),
    list(
        enumerate(["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"])
    ),
)
def test_the_vectors_of_rfc_4226_appendix_d(count: int, code: str) -> None:
    assert totp.make_code(SECRET, count) == code


@pytest.mark.parametrize(
    ("ahead", "found"),
    [
        pytest.param(-2, None, id="a minute ago"),
        pytest.param(-1, STEP - 1, id="the one before"),
        pytest.param(0, STEP, id="now"),
        pytest.param(1, STEP + 1, id="the next"),
        pytest.param(2, None, id="in a minute"),
    ],
)
def test_a_phone_may_be_half_a_minute_off(ahead: int, found: int | None) -> None:
    assert totp.find_step(SECRET, totp.make_code(SECRET, STEP + ahead), NOW) == found


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "é" * 6, "\x00", "0" * 10_000, "٠١٢٣٤٥"])
def test_anything_else_is_no_code(typed: str) -> None:
    assert totp.find_step(SECRET, typed, NOW) is None


def test_spaces_in_a_code_are_let_go() -> None:
    code = totp.make_code(SECRET, STEP)
    assert totp.find_step(SECRET, f" {code[:3]} {code[3:]} ", NOW) == STEP


def test_a_secret_is_160_bits_and_never_twice_the_same() -> None:
    assert [len(base64.b32decode(totp.make_secret())) for _ in range(2)] == [20, 20]
    assert totp.make_secret() != totp.make_secret()


@pytest.mark.parametrize(
    ("text", "expected"),
    [(SECRET, True), (SECRET.lower(), False), ("", False), ("A" * 8, False), ("é", False), (SECRET + "=", False)],
)
def test_a_secret_that_we_did_not_make_is_told(text: str, expected: bool) -> None:
    assert totp.is_secret(text) is expected


def test_the_address_tells_a_phone_whose_code_it_is() -> None:
    uri = urlsplit(totp.make_uri(SECRET, "camille+cts@ars.example"))
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert uri.path == "/Voix%20Sant%C3%A9%3Acamille%2Bcts@ars.example"
    assert parse_qs(uri.query) == {"secret": [SECRET], "issuer": ["Voix Santé"]}
