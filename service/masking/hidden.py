"""The kinds of personal data that are hidden, and the mark that stands in their place."""

from enum import StrEnum
from typing import NamedTuple


class Hidden(StrEnum):
    """A kind of personal data. The values are stored and counted: never rename one."""

    PHONE = "phone"
    EMAIL = "email"
    NIR = "nir"
    IBAN = "iban"
    ADDRESS = "address"
    BIRTH_DATE = "birth_date"
    NAME = "name"


# What a reviewer reads. Square brackets: no citizen's sentence needs them, and no detector crosses them.
MARKS = {
    Hidden.PHONE: "[téléphone]",
    Hidden.EMAIL: "[courriel]",
    Hidden.NIR: "[n° de sécurité sociale]",
    Hidden.IBAN: "[IBAN]",
    Hidden.ADDRESS: "[adresse]",
    Hidden.BIRTH_DATE: "[date de naissance]",
    Hidden.NAME: "[nom]",
}


class Part(NamedTuple):
    """A part to hide: `text[start:end]` of the plain text it was found in."""

    start: int
    end: int
    kind: Hidden
