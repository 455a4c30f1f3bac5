"""One-time codes of six digits that change every 30 seconds (RFC 6238, with SHA-1 as every application of a phone reads it)."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets
import struct
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
DRIFT = 1  # steps before and after: a phone's clock may be half a minute off (RFC 6238 §5.2)
SECRET_BYTES = 20  # RFC 4226 §4 recommends 160 bits
ISSUER = "Voix Santé"


def make_secret() -> str:
    """A new secret: 32 letters and digits (base 32)."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def is_secret(text: str) -> bool:
    """Whether ``text`` could be a secret that we made."""
    try:
        return len(base64.b32decode(text)) == SECRET_BYTES
    except ValueError:
        return False


def make_code(secret: str, step: int, digits: int = DIGITS) -> str:
    """The code of one step (RFC 4226 §5.3)."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def find_step(secret: str, code: str, now: dt.datetime) -> int | None:
    """The step that ``code`` belongs to, if it is about now; None for a wrong code. Spaces are let go."""
    typed = "".join(code.split()).encode()
    current = int(now.timestamp()) // STEP_SECONDS
    for step in range(current - DRIFT, current + DRIFT + 1):
        if hmac.compare_digest(make_code(secret, step).encode(), typed):
            return step
    return None


def make_uri(secret: str, email: str) -> str:
    """What a phone's application reads: https://github.com/google/google-authenticator/wiki/Key-Uri-Format."""
    label = quote(f"{ISSUER}:{email}", safe="@")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': ISSUER}, quote_via=quote)}"
