"""The secrets behind pseudonyms and seals: one pepper in use, older ones still read until they are rotated out.

Two keys come of each pepper by HKDF (RFC 5869), so that an administrator keeps one secret apart from the database:
one makes pseudonyms (HMAC-SHA256), one seals what only a named reviewer may open (ChaCha20-Poly1305, RFC 8439).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from dataclasses import dataclass

import phonenumbers
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.errors import ServiceError

_FRENCH_E164 = re.compile(r"\+33[1-9]\d{8}", re.ASCII)
_LOOKS_LIKE_A_NUMBER = re.compile(r"^\+?[\d\s().-]+$", re.ASCII)
ID_BYTES = 4  # of a key's name, written before what it made
NONCE_BYTES = 12


class SealError(ServiceError):
    """A seal made by a key we do not have, or broken."""

    code = "sealed"


@dataclass(frozen=True)
class _Key:
    name: bytes
    pseudonyms: bytes
    seals: bytes


class Keyring:
    """``peppers``: the one in use first, then those that older rows were made with."""

    def __init__(self, peppers: tuple[str, ...]) -> None:
        self._keys = tuple(map(_derive, peppers))

    @property
    def name(self) -> str:
        """The name of the key in use: 8 hexadecimal digits, told in pseudonyms and seals."""
        return self._keys[0].name.hex()

    def make_pseudonyms(self, address: str) -> tuple[str, ...]:
        """The pseudonyms of ``address``, one a key, the key in use first: "name:64 hexadecimal digits".

        The same address gives the same ones, and cannot be had back. A French number gives the same however it is
        written, on SMS and on WhatsApp alike.
        """
        bare = normalise_address(address).encode()
        return tuple(
            f"{key.name.hex()}:{hmac.new(key.pseudonyms, bare, hashlib.sha256).hexdigest()}" for key in self._keys
        )

    def seal(self, text: str, context: str) -> bytes:
        """``text``, readable only by ``open`` with the same ``context`` (what it belongs to: an idea's code)."""
        key, nonce = self._keys[0], os.urandom(NONCE_BYTES)
        return key.name + nonce + ChaCha20Poly1305(key.seals).encrypt(nonce, text.encode(), context.encode())

    def open(self, sealed: bytes, context: str) -> str:
        """The text that was sealed. Raises SealError when it cannot be."""
        name, nonce, rest = (
            sealed[:ID_BYTES],
            sealed[ID_BYTES : ID_BYTES + NONCE_BYTES],
            sealed[ID_BYTES + NONCE_BYTES :],
        )
        key = next((key for key in self._keys if key.name == name), None)
        if key is None:
            raise SealError(f"Ce texte est scellé par la clé {name.hex()}, que PHONE_PEPPER ne contient plus.")
        try:
            return ChaCha20Poly1305(key.seals).decrypt(nonce, rest, context.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SealError("Le sceau de ce texte est brisé : il ne peut pas être ouvert.") from error

    def is_current(self, sealed: bytes) -> bool:
        """Whether the key in use made this seal."""
        return sealed[:ID_BYTES] == self._keys[0].name


def normalise_address(address: str) -> str:
    """A phone number as E.164, without its channel; anything else (a short code, a web token) as it is."""
    bare = address.removeprefix("whatsapp:").strip()
    if _FRENCH_E164.fullmatch(bare):
        return bare  # as nearly all come, and spared the parser
    if not _LOOKS_LIKE_A_NUMBER.match(bare):
        return address  # never parsed: "web:0639980001" must not become that telephone
    try:
        number = phonenumbers.parse(bare, "FR")
    except phonenumbers.NumberParseException:
        return bare
    if not phonenumbers.is_possible_number(number):
        return bare
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _derive(pepper: str) -> _Key:
    secret = pepper.encode()

    def derive(purpose: bytes, length: int = 32) -> bytes:
        return HKDF(algorithm=SHA256(), length=length, salt=None, info=b"voix-sante " + purpose).derive(secret)

    return _Key(derive(b"name", ID_BYTES), derive(b"pseudonyms"), derive(b"seals"))
