"""The application: the one place where the parts are joined. ``gunicorn "wsgi:create_app()"``."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import cli
from bot.known import Mind
from bot.matching import LEXICON
from bot.mind import load_mind
from extensions import csrf, db, limiter, login, migrate
from metrics import count_requests, metrics
from request_log import log_requests
from service import database, sign_ins
from service.guards import GuardRules, read_guard_rules
from service.keyring import Keyring
from service.live_mind import LiveMind, read_stamp
from service.moment import Service
from service.retention import Kept, read_retention
from service.sending_rules import SendingRules, read_sending_rules
from service.settings import Settings, SettingsError, read_settings

LARGEST_REQUEST = 256 * 1024  # bytes: a long text, each character of it sent as twelve
STORAGE_SECONDS = 0.3  # the most that a visitor waits for the rate limits' storage
EXIT_BAD_SETTINGS = 2


@dataclass(frozen=True)
class Voix:
    """What every request needs: ``app.extensions["voix"]``."""

    settings: Settings
    first_service: Service
    live_mind: LiveMind
    retention: dict[str, Kept]
    sending_rules: SendingRules

    @property
    def service(self) -> Service:
        """The service with what is known now: read once a request, it stays the same for all of it."""
        return replace(self.first_service, mind=self.mind)

    @property
    def mind(self) -> Mind:
        """What is known now."""
        return self.live_mind.read()


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """The service, set up from ``config`` over the environment. Ends the process with exit code 2 on bad settings."""
    app = Flask(__name__, static_folder=None)
    cli.register(app, load_mind)
    if _is_command_without_settings():
        return app
    try:
        values = {**os.environ, **(config or {})}
        settings, retention, rules = read_settings(values), read_retention(values), read_sending_rules(values)
        guard_rules = read_guard_rules(values)
    except SettingsError as error:
        print(f"voix-sante: {error}", file=sys.stderr)
        raise SystemExit(EXIT_BAD_SETTINGS) from error
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_https,
        REMEMBER_COOKIE_SECURE=settings.is_https,
        PERMANENT_SESSION_LIFETIME=sign_ins.LONGEST,  # of the cookie's signature: sign_ins ends a session sooner
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a reviewer may read a case for hours
        **_count_visits(settings),
        SQLALCHEMY_ENGINE_OPTIONS={"hide_parameters": True},  # an error's text goes to the log: no values in it
    )
    app.config.update({key: value for key, value in (config or {}).items() if key in {"TESTING", "RATELIMIT_ENABLED"}})
    app.extensions["voix"] = _make_voix(settings, retention, rules, guard_rules)
    count_requests(app)
    if not app.testing:
        log_requests(app)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(Path(__file__).parent / "migrations"))
    csrf.init_app(app)
    login.init_app(app)
    limiter.init_app(app)
    if settings.is_https:
        # gunicorn speaks plain HTTP: a proxy ends TLS before it, and says who the visitor is (for the rate limits).
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1)  # type: ignore[method-assign]
    with app.app_context():
        database.prepare(db.engine)
    _open_doors(app, settings)
    cli.register_with_database(app)
    return app


def _count_visits(settings: Settings) -> dict[str, object]:
    """Where the rate limits are counted. A storage that does not answer at once is done without, and told in the log."""
    if not settings.rate_storage:
        return {"RATELIMIT_STORAGE_URI": "memory://"}
    from redis.backoff import NoBackoff  # noqa: PLC0415 -- a tenth of a second, and few have one
    from redis.retry import Retry  # noqa: PLC0415 -- the same

    wait = {
        "socket_connect_timeout": STORAGE_SECONDS,
        "socket_timeout": STORAGE_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }
    return {
        "RATELIMIT_STORAGE_URI": settings.rate_storage,
        "RATELIMIT_STORAGE_OPTIONS": {**wait, "key_prefix": "voix"},
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "RATELIMIT_SWALLOW_ERRORS": True,  # of two threads that find it down at once, one would fail
    }


def _make_voix(settings: Settings, retention: dict[str, Kept], rules: SendingRules, guard_rules: GuardRules) -> Voix:
    """A lexicon of one's own that cannot be used is logged, and the one shipped serves until it can."""
    is_shipped = settings.lexicon.resolve() == LEXICON.resolve()
    stamp = read_stamp(LEXICON) if is_shipped else None
    mind = load_mind()
    live_mind = LiveMind(mind, settings.lexicon, stamp)
    return Voix(settings, _make_service(settings, live_mind.read(), guard_rules), live_mind, retention, rules)


def _make_service(settings: Settings, mind: Mind, guard_rules: GuardRules) -> Service:
    return Service(
        mind=mind,
        keyring=Keyring(settings.phone_peppers),
        contact=settings.contact,
        public_base_url=settings.public_base_url,
        provider_answers_stop=settings.stop_answered_by == "provider",
        guard_rules=guard_rules,
    )


def _open_doors(app: Flask, settings: Settings) -> None:
    from inbox import inbox  # noqa: PLC0415 -- templates and forms: not needed by the batch commands
    from public import public, simulator  # noqa: PLC0415 -- the same
    from webhooks.chat import chat  # noqa: PLC0415 -- the same
    from webhooks.embedded_chat import embedded_chat  # noqa: PLC0415 -- the same
    from webhooks.sms import sms  # noqa: PLC0415 -- the same
    from webhooks.status import status  # noqa: PLC0415 -- the same

    for door in (public, chat, embedded_chat, sms, status, inbox, metrics):
        app.register_blueprint(door)
    if settings.demo:
        app.register_blueprint(simulator)


def _is_command_without_settings() -> bool:
    """Whether this process is ``flask --app wsgi classify`` or another command that needs no settings."""
    return Path(sys.argv[0]).name == "flask" and not cli.needs_settings(sys.argv[1:])
