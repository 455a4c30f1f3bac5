"""Whether it is Twilio that calls."""

from __future__ import annotations

import re

from flask import abort, request
from twilio.request_validator import RequestValidator

from service.settings import Settings

MESSAGE_ID = re.compile(r"[A-Z]{2}[0-9a-f]{32}", re.ASCII)  # Twilio's sids: two letters, 32 hexadecimal digits
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)  # of its parameters
LARGEST_BODY = 64 * 1024  # bytes; Twilio's forms are a few kilobytes


def is_signed(settings: Settings) -> bool:
    """Whether our account at Twilio signed this request, for this account, with any of the tokens in use.

    A proxy hides the address that Twilio called: it is rebuilt from ours. Twilio signs names and values run together,
    after the address, so that they could be cut otherwise, and the end of an address pass for a name: each name, and each
    value that is acted on, must have its own form besides.
    """
    request.max_content_length = LARGEST_BODY
    signature = request.headers.get("X-Twilio-Signature", "")
    url = settings.public_base_url + request.full_path.rstrip("?")
    is_ours = any(
        RequestValidator(token).validate(url, request.form, signature) for token in settings.twilio_auth_tokens
    )
    is_well_cut = all(map(NAME.fullmatch, request.form))
    return is_ours and is_well_cut and request.form.getlist("AccountSid") == [settings.twilio_account_sid]


def require_signature(settings: Settings) -> None:
    """Aborts with 403 unless the request ``is_signed``."""
    if not is_signed(settings):
        abort(403)


def read_once(name: str, form: re.Pattern[str]) -> str:
    """The parameter of that name. Aborts with 400 unless it is there once, and has that form."""
    values = request.form.getlist(name)
    if len(values) != 1 or not form.fullmatch(values[0]):
        abort(400)
    return values[0]
