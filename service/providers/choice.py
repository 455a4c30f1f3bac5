"""Which provider the settings name."""

from __future__ import annotations

from service.providers.console import ConsoleProvider
from service.providers.http import HttpProvider
from service.providers.provider import Provider
from service.providers.twilio import TwilioProvider
from service.settings import Settings


def make_provider(settings: Settings) -> Provider:
    """The provider; nothing is called yet."""
    match settings.provider:
        case "console":
            return ConsoleProvider()
        case "http":
            return HttpProvider(settings.twilio_account_sid, settings.provider_url, settings.provider_token)
        case _:
            sender = settings.messaging_service or settings.number
            return TwilioProvider(
                settings.twilio_account_sid, settings.twilio_auth_tokens[0], sender, settings.provider_url
            )
