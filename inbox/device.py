"""The browser at the door: what its owner would call it, and whether it opened an account here before."""

from __future__ import annotations

import re
import secrets

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

COOKIE = "voix_appareil"
LASTS = 365 * 24 * 3600  # seconds: a council meets a few times a year
MOST_ACCOUNTS = 5  # of a computer shared at the delegation
# In this order: Edge and Opera also say Chrome, and Chrome says Safari.
BROWSERS = (
    ("Edge", r"Edg"),
    ("Opera", r"OPR/"),
    ("Samsung Internet", r"SamsungBrowser"),
    ("Firefox", r"Firefox|FxiOS"),
    ("Chrome", r"Chrom|CriOS"),
    ("Safari", r"Safari"),
)
SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("Mac", r"Mac OS X"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux"),
)


def name_device() -> str:
    """« Firefox, Android »: by which the owner of a session knows it."""
    agent = request.user_agent.string

    def first(names: tuple[tuple[str, str], ...]) -> str | None:
        return next((name for name, pattern in names if re.search(pattern, agent)), None)

    return ", ".join(filter(None, (first(BROWSERS), first(SYSTEMS)))) or "Appareil inconnu"


def known_as(email: str) -> str | None:
    """What this device is called, if ``email``'s account was opened on it before."""
    name, accounts = _read()
    return name if _hide(email) in accounts else None


def remember(response: Response, email: str) -> None:
    """Make this a known device of ``email``'s account."""
    name, accounts = _read()
    own = _hide(email)
    kept = [own, *(other for other in accounts if other != own)][:MOST_ACCOUNTS]
    response.set_cookie(
        COOKIE,
        _signer().dumps([name or secrets.token_urlsafe(16), kept]),
        max_age=LASTS,
        path="/inbox/",
        httponly=True,
        samesite="Lax",
        secure=current_app.extensions["voix"].settings.is_https,
    )


def _read() -> tuple[str | None, list[str]]:
    """The device's name and its accounts; None and [] for a cookie that is not of our making."""
    try:
        name, accounts = _signer().loads(request.cookies.get(COOKIE, ""), max_age=LASTS)
    except BadSignature:
        return None, []
    return name, accounts


def _hide(email: str) -> str:
    """The account's mark in the cookie: who else uses a shared computer does not read there whose account it is."""
    (pseudonym, *_) = current_app.extensions["voix"].service.keyring.make_pseudonyms(f"device of {email}")
    return str(pseudonym)[-16:]


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="known device")
