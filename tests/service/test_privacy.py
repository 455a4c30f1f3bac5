"""Pseudonyms: one person, one pseudonym, that cannot be turned back nor stolen from another channel."""

from __future__ import annotations

import re

import pytest

from service.keyring import Keyring, SealError, normalise_address

PEPPER, OLDER = "a pepper for the tests", "the pepper of last year"
NUMBER = "+33639980001"


def make_pseudonym(address: str, pepper: str) -> str:
    (pseudonym,) = Keyring((pepper,)).make_pseudonyms(address)
    return pseudonym


@pytest.mark.parametrize(
    "address",
    [
        pytest.param(NUMBER, id="E.164"),
        pytest.param("whatsapp:+33639980001", id="WhatsApp"),
        pytest.param("0639980001", id="as the French write it"),
        pytest.param("06 39 98 00 01", id="with spaces"),
        pytest.param("06.39.98.00.01", id="with full stops"),
        pytest.param("0033639980001", id="with 00"),
        pytest.param(" +33 6 39 98 00 01 ", id="with spaces around"),
    ],
)
def test_a_number_has_one_pseudonym_however_it_is_written(address: str) -> None:
    assert normalise_address(address) == NUMBER
    assert make_pseudonym(address, PEPPER) == make_pseudonym(NUMBER, PEPPER)


@pytest.mark.parametrize(
    ("address", "normal"),
    [
        pytest.param("38063", "38063", id="short code"),
        pytest.param("web:abcDEF-_123", "web:abcDEF-_123", id="web token"),
        pytest.param("web:" + "a" * 43, "web:" + "a" * 43, id="web token of letters"),
        pytest.param("+336", "+336", id="too short"),
        pytest.param("+49 151 23456789", "+4915123456789", id="German"),
        pytest.param("+352 621 123 456", "+352621123456", id="Luxembourgish"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_another_address_is_kept_as_it_is_or_made_international(address: str, normal: str) -> None:
    assert normalise_address(address) == normal


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("0639980001", id="a number"),
        pytest.param("+33639980001", id="an international number"),
        pytest.param("xx-0639980001", id="a number after letters"),
        pytest.param("whatsapp:+33639980001", id="a channel and a number"),
    ],
)
def test_a_web_token_never_gives_the_pseudonym_of_a_telephone(token: str) -> None:
    """The token is a cookie, which anyone can set to anything: it must not open another person's conversation."""
    assert make_pseudonym(f"web:{token}", PEPPER) != make_pseudonym(NUMBER, PEPPER)


def test_two_web_tokens_are_two_people() -> None:
    tokens = ["0639980001", "06 39 98 00 01", "+33639980001", "a", "A", ""]
    assert len({make_pseudonym(f"web:{token}", PEPPER) for token in tokens}) == len(tokens)


def test_a_pseudonym_says_its_key_and_nothing_of_the_number() -> None:
    pseudonym = make_pseudonym(NUMBER, PEPPER)
    assert re.fullmatch(r"[0-9a-f]{8}:[0-9a-f]{64}", pseudonym)
    assert pseudonym.startswith(Keyring((PEPPER,)).name)
    assert NUMBER.removeprefix("+33") not in pseudonym


def test_another_pepper_gives_another_pseudonym() -> None:
    assert make_pseudonym(NUMBER, PEPPER) != make_pseudonym(NUMBER, "another pepper of tests")


def test_while_peppers_are_rotated_a_person_is_known_under_both_the_one_in_use_first() -> None:
    both = Keyring((PEPPER, OLDER)).make_pseudonyms(NUMBER)
    assert both == (make_pseudonym(NUMBER, PEPPER), make_pseudonym(NUMBER, OLDER))


def test_a_seal_opens_with_what_it_belongs_to_also_after_a_rotation() -> None:
    sealed = Keyring((OLDER,)).seal("Mme Dupont, 06 39 98 00 01", "K7Q2MX")
    rotated = Keyring((PEPPER, OLDER))
    assert rotated.open(sealed, "K7Q2MX") == "Mme Dupont, 06 39 98 00 01"
    assert (rotated.is_current(sealed), Keyring((OLDER,)).is_current(sealed)) == (False, True)
    assert b"Dupont" not in sealed


@pytest.mark.parametrize(
    ("pepper", "context", "cut"),
    [
        pytest.param(PEPPER, "NACDEF", None, id="another idea's code"),
        pytest.param(OLDER, "K7Q2MX", None, id="another pepper"),
        pytest.param(PEPPER, "K7Q2MX", -1, id="cut short"),
        pytest.param(PEPPER, "K7Q2MX", 4, id="only its key's name"),
        pytest.param(PEPPER, "K7Q2MX", 0, id="nothing"),
    ],
)
def test_a_seal_opens_with_nothing_else(pepper: str, context: str, cut: int | None) -> None:
    sealed = Keyring((PEPPER,)).seal("mot", "K7Q2MX")[:cut]
    with pytest.raises(SealError):
        Keyring((pepper,)).open(sealed, context)


def test_the_same_words_are_never_sealed_to_the_same_bytes() -> None:
    keyring = Keyring((PEPPER,))
    assert keyring.seal("mot", "K7Q2MX") != keyring.seal("mot", "K7Q2MX")
