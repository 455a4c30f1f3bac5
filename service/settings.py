"""What the administrator decides, read once at start. A mistake is told in one line that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot.matching import LEXICON

LONGEST_PRESENTATION = 90  # characters: the notice of a first contact then leaves half a message for the answer
SECRET_LENGTH = 16  # characters at least, of SECRET_KEY and PHONE_PEPPER: 128 bits when drawn as hexadecimal pairs


class SettingsError(Exception):
    """Settings missing or wrong; the message names each one and what it should be."""


@dataclass(frozen=True)
class Settings:
    """The settings; see README.md for each. Secrets are left out of ``repr``, which may reach a log."""

    database_url: str
    public_base_url: str  # scheme and host as Twilio and browsers see them, no trailing slash
    secret_key: str = field(repr=False)
    phone_peppers: tuple[str, ...] = field(repr=False)  # the one in use first; an older one while it is rotated out
    twilio_account_sid: str
    twilio_auth_tokens: tuple[str, ...] = field(repr=False)  # two while a token is being changed, comma between
    number: str  # what people write to, shown to them; empty when only a messaging service is given
    contact: str  # who answers for this service: told to CONTACT and on the legal page
    stop_answered_by: str  # "provider" (Twilio's default) or "service" (a short code of one's own)
    demo: bool = False
    lexicon: Path = LEXICON  # the folder of the phrases and of the models taught from them

    @property
    def is_https(self) -> bool:
        """Whether browsers reach us over TLS: cookies are then marked Secure."""
        return self.public_base_url.lower().startswith("https://")


def read_settings(values: Mapping[str, str]) -> Settings:
    """The settings in ``values`` (the environment, say). Raises SettingsError naming everything that is wrong."""
    faults: list[str] = []

    def need(name: str, meaning: str) -> str:
        value = str(values.get(name, "")).strip()
        if not value.strip(" ,"):
            faults.append(f"{name} is missing ({meaning})")
            return ""
        return value

    def several(name: str, meaning: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in need(name, meaning).split(",") if part.strip()) or ("",)

    def check_length(name: str, values: tuple[str, ...]) -> None:
        if any(0 < len(value) < SECRET_LENGTH for value in values):
            faults.append(f"{name} is shorter than {SECRET_LENGTH} characters")

    settings = Settings(
        database_url=_driver(need("DATABASE_URL", "sqlite:////path/voix.db or postgresql://…")),
        public_base_url=need("PUBLIC_BASE_URL", "https://…, as Twilio calls it").rstrip("/"),
        secret_key=need("SECRET_KEY", "draw one: python -c 'import secrets; print(secrets.token_hex(32))'"),
        phone_peppers=several("PHONE_PEPPER", "draw one as for SECRET_KEY, and keep it apart from the database"),
        twilio_account_sid=need("TWILIO_ACCOUNT_SID", "AC…, from the Twilio console"),
        twilio_auth_tokens=several("TWILIO_AUTH_TOKEN", "from the Twilio console"),
        number=""
        if values.get("TWILIO_MESSAGING_SERVICE_SID") and not values.get("TWILIO_FROM")
        else need("TWILIO_FROM", "the number or short code, or give TWILIO_MESSAGING_SERVICE_SID"),
        contact=str(values.get("VOIX_CONTACT") or "").strip() or "l'administrateur de ce service",
        stop_answered_by=str(values.get("VOIX_STOP_ANSWERED_BY") or "provider").strip(),
        demo=str(values.get("VOIX_DEMO") or "").strip() == "1",
        lexicon=Path(str(values.get("VOIX_LEXICON") or "").strip() or LEXICON),
    )
    if len(settings.contact) + len(settings.public_base_url) > LONGEST_PRESENTATION:
        faults.append(
            f"VOIX_CONTACT and PUBLIC_BASE_URL are longer than {LONGEST_PRESENTATION} characters together: "
            "a first SMS must hold them"
        )
    if settings.twilio_account_sid and not settings.twilio_account_sid.startswith("AC"):
        faults.append(f"TWILIO_ACCOUNT_SID does not begin with AC: {settings.twilio_account_sid}")
    if str(values.get("VOIX_DEMO") or "0").strip() not in {"0", "1"}:
        faults.append(f"VOIX_DEMO is neither 0 nor 1: {values['VOIX_DEMO']}")
    check_length("SECRET_KEY", (settings.secret_key,))
    check_length("PHONE_PEPPER", settings.phone_peppers)
    if settings.public_base_url and not _is_base_address(settings.public_base_url):
        faults.append(f"PUBLIC_BASE_URL is not an address such as https://voix.example.fr: {settings.public_base_url}")
    if settings.database_url and not _is_database(settings.database_url):
        faults.append("DATABASE_URL is not a database address such as sqlite:////path/voix.db")
    if settings.stop_answered_by not in {"provider", "service"}:
        faults.append(f"VOIX_STOP_ANSWERED_BY is neither provider nor service: {settings.stop_answered_by}")
    if not (settings.lexicon / "phrases").is_dir():
        faults.append(f"VOIX_LEXICON is not a lexicon folder, a copy of knowledge/lexicon: {settings.lexicon}")
    if faults:
        raise SettingsError("; ".join(faults))
    return settings


def _is_base_address(url: str) -> bool:
    try:
        base = urlsplit(url)
    except ValueError:
        return False
    return base.scheme in {"http", "https"} and bool(base.netloc) and not (base.path or base.query or base.fragment)


def _is_database(url: str) -> bool:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        return False
    if address.drivername == "sqlite":  # a file, in a folder that is there: in memory, each process would have its own
        return bool(address.database) and address.database != ":memory:" and Path(str(address.database)).parent.is_dir()
    return address.drivername == "postgresql+psycopg"


def _driver(url: str) -> str:
    """The same database by the driver we ship: psycopg 3."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url
