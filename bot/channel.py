"""The ways a message may reach us, as far as they change what is said."""

from enum import StrEnum


class Channel(StrEnum):
    """SMS counts every character; WhatsApp and the web do not."""

    SMS = "sms"
    WHATSAPP = "whatsapp"
    WEB = "web"
