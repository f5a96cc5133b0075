"""The addresses of database and broker, in the spellings that people use and the one that we use."""

import re

from pydantic import SecretStr

_DRIVER = "postgresql+psycopg"
_DATABASES = ("postgres", "postgresql", _DRIVER)
_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]*")
_BROKERS = ("redis", "rediss", "redis+socket", "sentinel", "amqp", "amqps", "pyamqp")


def database_address(value: object) -> object:
    """Return a database's address with our driver named in it; both spellings of the scheme are accepted.

    Raises ``ValueError`` for another database or driver; its text never quotes the address, which holds a password.
    """
    scheme, rest = _parts(value)
    if scheme not in _DATABASES:
        raise ValueError(f"{_named(scheme)}: write it as postgresql://USER:PASSWORD@HOST/DATABASE")
    return f"{_DRIVER}://{rest}"


def broker_address(value: object) -> object:
    """Return a broker's address as it was given; raises ``ValueError`` for a scheme that we cannot use."""
    scheme, rest = _parts(value)
    if scheme not in _BROKERS:
        raise ValueError(f"{_named(scheme)}: write it as redis://:PASSWORD@HOST:6379/0 or amqp://USER:PASSWORD@HOST/")
    return f"{scheme}://{rest}"


def _parts(value: object) -> tuple[str, str]:
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    scheme, separator, rest = text.strip().partition("://")
    return (scheme.lower(), rest) if separator else ("", text)


def _named(scheme: str) -> str:
    # Only a well-formed scheme is quoted: anything else may be a part of the password.
    return f"it starts with {scheme}://, which is not supported" if _SCHEME.fullmatch(scheme) else "it is no address"
