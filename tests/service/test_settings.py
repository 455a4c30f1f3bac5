"""What the administrator set, or the one line that says what to set."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from service.settings import Settings, SettingsError, read_settings
from tests.telephone import SETTINGS
from wsgi import create_app

GOOD = {**SETTINGS, "DATABASE_URL": "sqlite:////tmp/voix.db"}
ROOT = Path(__file__).parents[2]
MISSING = {
    "DATABASE_URL": "DATABASE_URL is missing (sqlite:////path/voix.db or postgresql://…)",
    "PUBLIC_BASE_URL": "PUBLIC_BASE_URL is missing (https://…, as Twilio calls it)",
    "SECRET_KEY": "SECRET_KEY is missing (draw one: python -c 'import secrets; print(secrets.token_hex(32))')",
    "PHONE_PEPPER": "PHONE_PEPPER is missing (draw one as for SECRET_KEY, and keep it apart from the database)",
    "TWILIO_ACCOUNT_SID": "TWILIO_ACCOUNT_SID is missing (AC…, from the Twilio console)",
    "TWILIO_AUTH_TOKEN": "TWILIO_AUTH_TOKEN is missing (from the Twilio console)",
    "TWILIO_FROM": "TWILIO_FROM is missing (the number or short code, or give TWILIO_MESSAGING_SERVICE_SID)",
}
NOT_AN_ADDRESS = "PUBLIC_BASE_URL is not an address such as https://voix.example.fr: "
NOT_A_NUMBER = (
    "TWILIO_FROM is neither a number such as +33757000000 nor a short code such as 38063, that people can answer: "
)
NOT_A_SERVICE = "TWILIO_MESSAGING_SERVICE_SID is not MG and 32 hexadecimal digits: "
NOT_A_DATABASE = "DATABASE_URL is not a database address such as sqlite:////path/voix.db"


def line_for(**changed: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read_settings({**GOOD, **changed})
    return str(caught.value)


def read(**changed: str) -> Settings:
    return read_settings({**GOOD, **changed})


@pytest.mark.parametrize("blank", ["", "  "], ids=["empty", "spaces"])
@pytest.mark.parametrize(("name", "line"), MISSING.items(), ids=MISSING)
def test_a_missing_setting_is_told_in_one_line(name: str, line: str, blank: str) -> None:
    assert line_for(**{name: blank}) == line


def test_everything_that_is_missing_is_told_at_once_in_one_line() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({})
    assert str(caught.value) == "; ".join(MISSING.values())


@pytest.mark.parametrize(("written", "price"), [("", None), ("0.07", 0.07), (" 0,07 ", 0.07), ("1", 1.0)])
def test_the_price_of_an_sms_is_told_or_not(written: str, price: float | None) -> None:
    assert read_settings({**GOOD, "VOIX_SMS_PRICE": written}).sms_price == price


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        pytest.param(
            {"VOIX_PROVIDER": "carrier pigeon"},
            "VOIX_PROVIDER is neither twilio nor console nor http: carrier pigeon",
            id="a provider we do not know",
        ),
        pytest.param(
            {"VOIX_PROVIDER": "http", "VOIX_PROVIDER_URL": "sms.example.fr"},
            "VOIX_PROVIDER is http: VOIX_PROVIDER_URL must be its address, such as https://sms.example.fr",
            id="a gateway without address",
        ),
        pytest.param(
            {"VOIX_REPLY_BY": "pigeon"}, "VOIX_REPLY_BY is neither twiml nor rest: pigeon", id="another way to reply"
        ),
        pytest.param({"SECRET_KEY": "k" * 15}, "SECRET_KEY is shorter than 16 characters", id="short key"),
        pytest.param({"PHONE_PEPPER": "p"}, "PHONE_PEPPER is shorter than 16 characters", id="short pepper"),
        pytest.param({"PUBLIC_BASE_URL": "voix.example.fr"}, f"{NOT_AN_ADDRESS}voix.example.fr", id="no scheme"),
        pytest.param({"PUBLIC_BASE_URL": "ftp://a.fr"}, f"{NOT_AN_ADDRESS}ftp://a.fr", id="another scheme"),
        pytest.param({"PUBLIC_BASE_URL": "https://a.fr/?b=1"}, f"{NOT_AN_ADDRESS}https://a.fr/?b=1", id="a query"),
        pytest.param({"PUBLIC_BASE_URL": "https://[a.fr"}, f"{NOT_AN_ADDRESS}https://[a.fr", id="half a bracket"),
        pytest.param({"DATABASE_URL": "voix.db"}, NOT_A_DATABASE, id="a file is not an address"),
        pytest.param({"DATABASE_URL": "oracle5://a/b"}, NOT_A_DATABASE, id="a database we do not know"),
        pytest.param({"DATABASE_URL": "postgresql://a:port/b"}, NOT_A_DATABASE, id="a port that is none"),
        pytest.param(
            {"PHONE_PEPPER": f"{'p' * 16},short"}, "PHONE_PEPPER is shorter than 16 characters", id="short old pepper"
        ),
        pytest.param({"SECRET_KEY": " , "}, MISSING["SECRET_KEY"], id="a comma is no key"),
        pytest.param(
            {"VOIX_STOP_ANSWERED_BY": "nobody"},
            "VOIX_STOP_ANSWERED_BY is neither provider nor service: nobody",
            id="STOP by nobody",
        ),
        pytest.param(
            {"VOIX_SMS_PRICE": "7 cents"},
            "VOIX_SMS_PRICE is not a price in euros such as 0.07: 7 cents",
            id="a price in words",
        ),
        pytest.param({"TWILIO_AUTH_TOKEN": " , "}, MISSING["TWILIO_AUTH_TOKEN"], id="a comma is no token"),
        pytest.param({"TWILIO_FROM": "VOIXSANTE"}, f"{NOT_A_NUMBER}VOIXSANTE", id="a name takes no answer"),
        pytest.param({"TWILIO_FROM": "0757000000"}, f"{NOT_A_NUMBER}0757000000", id="a number without its country"),
        pytest.param({"TWILIO_FROM": "whatsapp:+33757000000"}, f"{NOT_A_NUMBER}whatsapp:+33757000000", id="a channel"),
        pytest.param({"TWILIO_MESSAGING_SERVICE_SID": "VOIXSANTE"}, f"{NOT_A_SERVICE}VOIXSANTE", id="no service"),
    ],
)
def test_a_bad_setting_is_told_in_one_line(changed: dict[str, str], line: str) -> None:
    assert line_for(**changed) == line


def test_several_bad_settings_are_told_in_the_same_line() -> None:
    assert (
        line_for(SECRET_KEY="short", DATABASE_URL="x") == f"SECRET_KEY is shorter than 16 characters; {NOT_A_DATABASE}"
    )


def test_a_secret_is_never_told(capsys: pytest.CaptureFixture[str]) -> None:
    secrets = {"SECRET_KEY": "sesame", "PHONE_PEPPER": "poivre", "TWILIO_AUTH_TOKEN": "jeton"}
    told = line_for(**secrets, TWILIO_FROM="") + repr(read(SECRET_KEY="sesame" * 3, PHONE_PEPPER="poivre" * 3))
    assert [secret for secret in secrets.values() if secret in told] == []


def test_sixteen_characters_are_enough_for_a_secret() -> None:
    assert read(SECRET_KEY="k" * 16, PHONE_PEPPER="p" * 16).secret_key == "k" * 16


@pytest.mark.parametrize(
    ("given", "url"),
    [
        pytest.param("postgres://a/b", "postgresql+psycopg://a/b", id="as hosters write it"),
        pytest.param("postgresql://a/b", "postgresql+psycopg://a/b", id="without its driver"),
        pytest.param("postgresql+psycopg://a/b", "postgresql+psycopg://a/b", id="with its driver"),
        pytest.param("sqlite:////tmp/a.db", "sqlite:////tmp/a.db", id="SQLite"),
    ],
)
def test_the_database_is_reached_by_the_driver_we_ship(given: str, url: str) -> None:
    assert read(DATABASE_URL=given).database_url == url


@pytest.mark.parametrize(
    ("url", "is_https"),
    [
        pytest.param("https://voix.example.fr", True, id="https"),
        pytest.param("HTTPS://voix.example.fr", True, id="https in capitals"),
        pytest.param("http://127.0.0.1:8000", False, id="http"),
    ],
)
def test_whether_browsers_come_by_tls_is_read_from_the_address(url: str, is_https: bool) -> None:
    assert read(PUBLIC_BASE_URL=url).is_https is is_https


def test_the_public_address_has_no_slash_at_its_end() -> None:
    assert read(PUBLIC_BASE_URL="https://voix.example.fr/").public_base_url == "https://voix.example.fr"


def test_an_older_pepper_is_accepted_while_it_is_rotated_out() -> None:
    assert read(PHONE_PEPPER=f"{'n' * 16}, {'o' * 16}").phone_peppers == ("n" * 16, "o" * 16)


def test_a_secret_key_may_hold_a_comma() -> None:
    assert read(SECRET_KEY="a secret, with a comma").secret_key == "a secret, with a comma"


def test_two_tokens_are_accepted_while_one_is_being_changed() -> None:
    assert read(TWILIO_AUTH_TOKEN="new, old").twilio_auth_tokens == ("new", "old")


def test_a_messaging_service_may_stand_for_the_number() -> None:
    service = f"MG{'1' * 32}"
    assert read(TWILIO_FROM="", TWILIO_MESSAGING_SERVICE_SID=service).number == ""
    assert read(TWILIO_MESSAGING_SERVICE_SID=service).number == "38063"


def test_people_write_to_a_number_or_a_short_code() -> None:
    assert [read(TWILIO_FROM=given).number for given in ("+33757000000", "38063")] == ["+33757000000", "38063"]


def test_what_may_be_left_out_has_a_default() -> None:
    assert (read().contact, read().demo) == ("l'administrateur de ce service", False)
    assert (read(VOIX_CONTACT="dpo@ars.example").contact, read(VOIX_DEMO="1").demo) == ("dpo@ars.example", True)


@pytest.mark.parametrize(("given", "required"), [("", True), ("1", True), ("0", False)])
def test_a_second_factor_is_required_unless_the_administrator_says_otherwise(given: str, required: bool) -> None:
    assert read(VOIX_TOTP_REQUIRED=given).totp_required is required


def test_bad_settings_end_the_process_with_one_line_and_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        create_app({**GOOD, "SECRET_KEY": "short"})
    assert ended.value.code == 2
    assert capsys.readouterr() == ("", "voix-sante: SECRET_KEY is shorter than 16 characters\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "line"),
    [
        pytest.param({}, "; ".join(MISSING.values()), id="none"),
        pytest.param({**GOOD, "TWILIO_FROM": ""}, MISSING["TWILIO_FROM"], id="one missing"),
        pytest.param({**GOOD, "DATABASE_URL": "oracle5://a/b"}, NOT_A_DATABASE, id="a database we do not know"),
    ],
)
def test_a_process_started_with_bad_settings_says_one_line_and_exits_2(settings: dict[str, str], line: str) -> None:
    command = [sys.executable, "-c", "from wsgi import create_app; create_app()"]
    environment = {"PATH": os.environ["PATH"], **settings}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"voix-sante: {line}\n")


@pytest.mark.parametrize(
    ("given", "provider"),
    [
        pytest.param({}, "twilio", id="nothing said"),
        pytest.param({"VOIX_DEMO": "1"}, "console", id="the demonstration"),
        pytest.param({"VOIX_DEMO": "1", "VOIX_PROVIDER": "twilio"}, "twilio", id="the demonstration, by Twilio"),
        pytest.param({"VOIX_PROVIDER": "http", "VOIX_PROVIDER_URL": "https://a.fr/"}, "http", id="a gateway"),
    ],
)
def test_the_provider_is_twilio_but_in_the_demonstration(given: dict[str, str], provider: str) -> None:
    assert read(**given).provider == provider
