"""What browsers are told so that a page of ours cannot be turned against its reader, and which host we answer to."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, abort, current_app, request

from public.blueprint import public
from service.settings import Settings

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
)
CONTENT_SECURITY_POLICY = POLICY.format(ancestors="'none'")
EMBEDDED = "embedded_chat"  # the blueprint whose pages other sites may hold
# Asked by machines, by whatever name or number they know us; Twilio's calls are signed with our own address.
OF_ANY_HOST = frozenset({"public.healthz", "public.readyz", "metrics.show", "sms.receive", "status.receive"})
HERE = frozenset({"localhost", "127.0.0.1", "::1"})
TLS_ONLY_SECONDS = 365 * 24 * 3600  # a year: what hstspreload.org calls enough


@public.before_app_request
def check_host() -> None:
    """Aborts with 400 when the page is asked under a name that is not ours: it might be kept for others under it."""
    if request.endpoint in OF_ANY_HOST:
        return
    try:
        named = urlsplit(f"//{request.host}").hostname
    except ValueError:
        abort(400)
    if named not in HERE | {urlsplit(_read_settings().public_base_url).hostname}:
        abort(400)


@public.after_app_request
def protect(response: Response) -> Response:
    """Nothing is loaded from elsewhere, nothing is framed but by the sites allowed, nothing personal is cached on the way."""
    settings = _read_settings()
    is_embedded = request.blueprint == EMBEDDED and settings.embed_origins
    policy = POLICY.format(ancestors=" ".join(settings.embed_origins)) if is_embedded else CONTENT_SECURITY_POLICY
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if settings.is_https:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={TLS_ONLY_SECONDS}")
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _read_settings() -> Settings:
    settings: Settings = current_app.extensions["voix"].settings
    return settings
