"""What the administrator decides, read once at start. A mistake is told in one line that says what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot.matching import LEXICON

LONGEST_PRESENTATION = 90  # characters: the notice of a first contact then leaves half a message for the answer
PROVIDERS = ("twilio", "console", "http")
RATE_STORAGES = ("redis://", "rediss://", "redis+unix://")
SECRET_LENGTH = 16  # characters at least, of SECRET_KEY and PHONE_PEPPER: 128 bits when drawn as hexadecimal pairs
# What Twilio sends from and people can answer: in France a name, such as VOIXSANTE, takes no answer.
_NUMBER = re.compile(r"\+\d{7,15}|\d{3,8}", re.ASCII)
_MESSAGING_SERVICE = re.compile(r"MG[0-9a-f]{32}", re.ASCII)
_ORIGIN = re.compile(r"^https?://(\*\.)?[a-z0-9.-]+(:\d{1,5})?$")  # what a Content-Security-Policy may name


class SettingsError(Exception):
    """Settings missing or wrong; the message names each one and what it should be."""


@dataclass(frozen=True)
class Settings:
    """The settings; see README.md for each. Secrets are left out of ``repr``, which may reach a log."""

    database_url: str = field(repr=False)  # it may hold a password
    public_base_url: str  # scheme and host as Twilio and browsers see them, no trailing slash
    secret_key: str = field(repr=False)
    phone_peppers: tuple[str, ...] = field(repr=False)  # the one in use first; an older one while it is rotated out
    twilio_account_sid: str
    twilio_auth_tokens: tuple[str, ...] = field(repr=False)  # two while a token is being changed, comma between
    number: str  # what people write to, shown to them; empty when only a messaging service is given
    contact: str  # who answers for this service: told to CONTACT and on the legal page
    stop_answered_by: str  # "provider" (Twilio's default) or "service" (a short code of one's own)
    messaging_service: str = ""  # Twilio's MG…, to send by instead of the number
    reply_by: str = "twiml"  # "twiml" (in the answer to Twilio's call) or "rest" (owed, and sent by the worker)
    provider: str = "twilio"  # "twilio", "console" (prints) or "http" (service.providers.http)
    provider_url: str = ""  # of "http"; or Twilio's host for another region
    provider_token: str = field(default="", repr=False)  # of "http"
    sms_price: float | None = None  # euros a segment, told to who writes an answer; None: the cost is not told
    demo: bool = False
    totp_required: bool = True  # of secretaries and of the region, two weeks after their account was made
    metrics_token: str = field(default="", repr=False)  # who may read /metrics; empty: nobody
    rate_storage: str = field(
        default="", repr=False
    )  # where all processes count visits: redis://…; empty: each its own
    embed_origins: tuple[str, ...] = ()  # the sites whose pages may hold our chat
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

    def choose(name: str, known: tuple[str, ...]) -> str:
        """One of ``known``, the first of them when nothing is said."""
        value = str(values.get(name) or known[0]).strip()
        if value not in known:
            faults.append(f"{name} is neither {' nor '.join(dict.fromkeys(known))}: {value}")
        return value

    def read_price(name: str) -> float | None:
        value = str(values.get(name) or "").strip().replace(",", ".")
        if value and not re.fullmatch(r"\d{1,3}(\.\d+)?", value, re.ASCII):
            faults.append(f"{name} is not a price in euros such as 0.07: {value}")
            return None
        return float(value) if value else None

    is_demo = str(values.get("VOIX_DEMO") or "").strip() == "1"
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
        stop_answered_by=choose("VOIX_STOP_ANSWERED_BY", ("provider", "service")),
        messaging_service=str(values.get("TWILIO_MESSAGING_SERVICE_SID") or "").strip(),
        reply_by=choose("VOIX_REPLY_BY", ("twiml", "rest")),
        provider=choose("VOIX_PROVIDER", ("console", *PROVIDERS) if is_demo else PROVIDERS),
        provider_url=str(values.get("VOIX_PROVIDER_URL") or "").strip().rstrip("/"),
        provider_token=str(values.get("VOIX_PROVIDER_TOKEN") or "").strip(),
        sms_price=read_price("VOIX_SMS_PRICE"),
        demo=is_demo,
        metrics_token=str(values.get("VOIX_METRICS_TOKEN") or "").strip(),
        rate_storage=str(values.get("VOIX_RATE_STORAGE") or "").strip(),
        embed_origins=tuple(str(values.get("VOIX_EMBED_ORIGINS") or "").lower().replace(",", " ").split()),
        totp_required=choose("VOIX_TOTP_REQUIRED", ("1", "0")) == "1",
        lexicon=Path(str(values.get("VOIX_LEXICON") or "").strip() or LEXICON),
    )
    if len(settings.contact) + len(settings.public_base_url) > LONGEST_PRESENTATION:
        faults.append(
            f"VOIX_CONTACT and PUBLIC_BASE_URL are longer than {LONGEST_PRESENTATION} characters together: "
            "a first SMS must hold them"
        )
    if settings.twilio_account_sid and not settings.twilio_account_sid.startswith("AC"):
        faults.append(f"TWILIO_ACCOUNT_SID does not begin with AC: {settings.twilio_account_sid}")
    if settings.number and not _NUMBER.fullmatch(settings.number):
        faults.append(
            "TWILIO_FROM is neither a number such as +33757000000 nor a short code such as 38063, that people can "
            f"answer: {settings.number}"
        )
    if settings.messaging_service and not _MESSAGING_SERVICE.fullmatch(settings.messaging_service):
        faults.append(f"TWILIO_MESSAGING_SERVICE_SID is not MG and 32 hexadecimal digits: {settings.messaging_service}")
    if str(values.get("VOIX_DEMO") or "0").strip() not in {"0", "1"}:
        faults.append(f"VOIX_DEMO is neither 0 nor 1: {values['VOIX_DEMO']}")
    check_length("SECRET_KEY", (settings.secret_key,))
    check_length("PHONE_PEPPER", settings.phone_peppers)
    check_length("VOIX_METRICS_TOKEN", (settings.metrics_token,))
    if settings.rate_storage and not settings.rate_storage.startswith(RATE_STORAGES):
        faults.append("VOIX_RATE_STORAGE is not the address of a Redis or Valkey such as redis://127.0.0.1:6379/0")
    for origin in settings.embed_origins:
        if not _ORIGIN.match(origin):
            faults.append(f"VOIX_EMBED_ORIGINS names what is not a site such as https://www.example.fr: {origin}")
    metrics_folder = str(values.get("PROMETHEUS_MULTIPROC_DIR") or "").strip()
    if metrics_folder and not Path(metrics_folder).is_dir():
        faults.append(f"PROMETHEUS_MULTIPROC_DIR is not a folder: {metrics_folder}")
    if settings.public_base_url and not _is_base_address(settings.public_base_url):
        faults.append(f"PUBLIC_BASE_URL is not an address such as https://voix.example.fr: {settings.public_base_url}")
    if settings.database_url and not _is_database(settings.database_url):
        faults.append("DATABASE_URL is not a database address such as sqlite:////path/voix.db")
    if settings.provider == "http" and not _is_base_address(settings.provider_url):
        faults.append("VOIX_PROVIDER is http: VOIX_PROVIDER_URL must be its address, such as https://sms.example.fr")
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
