"""The secrets that webhooks are signed with, as the setting spells them: checked when it is read, quoted by nobody."""

import base64
import binascii
import re
from collections.abc import Mapping

from pydantic import SecretStr

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
"""Bytes of a secret, by the Standard Webhooks specification."""
REMEDY = "make one with: echo whsec_$(openssl rand -base64 32)"

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,59}")


def checked_secrets(given: SecretStr) -> SecretStr:
    """Return the setting, once every secret in it can be read. ValueError, quoting none, for any that cannot."""
    read_secrets(given.get_secret_value())
    return given


def read_secrets(text: str) -> Mapping[str, tuple[bytes, ...]]:
    """Return the keys by name from ``NAME=whsec_... NAME=whsec_...``; a name may come twice while one is replaced.

    ValueError, which quotes no secret, names what is wrong and the remedy.
    """
    found: dict[str, tuple[bytes, ...]] = {}
    for number, pair in enumerate(re.split(r"[\s,]+", text.strip()), start=1):
        name, equals, secret = pair.partition("=")
        if not equals or not _NAME.fullmatch(name):
            raise ValueError(f"entry {number} is not NAME=whsec_...; a name is one word of small letters; {REMEDY}")
        found[name] = (*found.get(name, ()), _key(secret, name=name))
    return found


def _key(secret: str, *, name: str) -> bytes:
    """Return the bytes that a secret stands for."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or not SHORTEST <= len(key) <= LONGEST:
        raise ValueError(f"{name} is not 'whsec_' and {SHORTEST} to {LONGEST} bytes in base64; {REMEDY}")
    return key
