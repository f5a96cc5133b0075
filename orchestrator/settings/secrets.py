"""Which words of the settings are secret, and how an address is shown without its password."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from pydantic import SecretStr

MASK = "***"

# Anchored at the rare "://", so that a long text without addresses costs one pass.
_USER_PART = re.compile(r"://(?P<user>[^\s/?#]*)@")
_LIST = re.compile(r"[\w-]+=[^\s,]+(?:[\s,]+[\w-]+=[^\s,]+)*")
_IN_QUERY = re.compile(r"(?P<name>[?&](?:ssl)?password=)(?P<word>[^&\s#]+)", re.IGNORECASE)


def without_passwords(text: str) -> str:
    """Return the text with the password of every address in it masked.

    ``redis://app:word@host/0`` becomes ``redis://app:***@host/0``. A user part without a password is masked whole,
    because tokens are often given that way.
    """
    return _IN_QUERY.sub(rf"\g<name>{MASK}", _USER_PART.sub(_masked, text))


def shown(secret: SecretStr) -> str:
    """Return what people may see of a secret: an address without its password, of anything else nothing."""
    text = secret.get_secret_value()
    masked = without_passwords(text)
    gives_away = any(word in masked for word in words_of(secret) if word != text)
    return MASK if gives_away or "://" not in text else masked


def words_of(secret: SecretStr) -> Iterator[str]:
    """Yield every text that gives the secret away: the whole value, and the password inside an address or a pair."""
    text = secret.get_secret_value()
    yield text
    yield from _in_list(text)
    pairs = (part.partition(":")[2] for part in _user_parts(text))
    for word in (*pairs, *(found["word"] for found in _IN_QUERY.finditer(text))):
        yield from dict.fromkeys(form for form in (word, unquote(word)) if form)


def _in_list(text: str) -> Iterator[str]:
    """Yield the values of a list such as ``NAME=SECRET NAME=SECRET``; nothing of any other text."""
    if _LIST.fullmatch(text.strip()):
        yield from (pair.partition("=")[2] for pair in re.split(r"[\s,]+", text.strip()))


def _user_parts(text: str) -> Iterator[str]:
    scheme, is_address, rest = text.partition("://")
    if not is_address:
        yield scheme
        return
    yield from (found["user"] for found in _USER_PART.finditer(text))
    # A password in which a slash or the like was left unescaped: all that stands before the last @.
    before, at, _ = rest.rpartition("@")
    yield from (before,) if at else ()


def _masked(found: re.Match[str]) -> str:
    user, colon, _ = found["user"].partition(":")
    return f"://{user if colon else ''}{colon}{MASK}@"
