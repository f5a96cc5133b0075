"""Takes secrets out of whatever is about to be shown: by the name it goes by, by its value, and by its shape."""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from urllib.parse import quote, quote_plus

from orchestrator.settings.secrets import MASK, without_passwords

SHORTEST = 4
"""A secret below this many characters is not looked for by value: its letters would be taken out of every word."""

_DEEPEST = 8
"""Below this level a value is shown as one text, so that one that contains itself ends."""

_NAMES = (
    r"pass(?:word|wd|phrase)|pwd|secrets?|tokens?|authorization|cookies?|credentials?"
    r"|(?:api|access|private|signing)[_\-. ]?keys?"
)
_NAMED = re.compile(rf"(?:^|[^a-z])(?:{_NAMES})(?:$|[^a-z])")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ASSIGNED = re.compile(
    rf"(?P<name>(?<![a-z])(?:{_NAMES})\b[\"']?\s*[:=]\s*)(?P<scheme>(?:bearer|basic|token)\s+)?"
    r"(?P<value>\"[^\"]*\"|'[^']*'|[^\s\"',;&)}\]]+)",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b(?P<scheme>bearer|basic)\s+[A-Za-z0-9._~+/\-]{8,}=*", re.IGNORECASE)


class Redactor:
    """Removes secrets from texts and from nested values; ``words`` are the known ones."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        # Each line of a secret as well: a traceback may indent them.
        lines = {line for word in words for line in (word, *word.splitlines()) if len(line) >= SHORTEST}
        spellings = {form for line in lines for form in _spellings(line)}
        longest_first = sorted(spellings, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def text(self, text: str) -> str:
        """Return a text without the known secrets, without passwords in addresses, and without ``password=...``."""
        unknown = without_passwords(self._known.sub(MASK, text) if self._known else text)
        assigned = _ASSIGNED.sub(lambda found: f"{found['name']}{found['scheme'] or ''}{MASK}", unknown)
        return _BEARER.sub(lambda found: f"{found['scheme']} {MASK}", assigned)

    def value(self, value: object, *, level: int = 0) -> object:
        """Return a value made of plain parts only, with every text in it redacted and every secret name masked."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return value if self.text(str(value)) == str(value) else MASK
        if level < _DEEPEST and isinstance(value, Mapping):
            return {self.text(str(name)): self.entry(str(name), item, level=level + 1) for name, item in value.items()}
        if level < _DEEPEST and isinstance(value, list | tuple | set | frozenset):
            return [self.value(item, level=level + 1) for item in value]
        return self.text(_as_text(value))

    def entry(self, name: str, value: object, *, level: int = 0) -> object:
        """Return the value that stands under a name: masked whole where the name says that it is secret."""
        return MASK if value is not None and is_secret_name(name) else self.value(value, level=level)


def is_secret_name(name: str) -> bool:
    """Return whether a key's name says that its value is secret: ``apiKey``, ``X-Auth-Token``, ``db_password``."""
    return _NAMED.search(_HUMP.sub("_", name).lower()) is not None


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return value.isoformat() if isinstance(value, date) else repr(value)


def _spellings(word: str) -> Iterator[str]:
    """Yield the forms in which a word turns up in texts: as it is, in an address, in a literal, in a header."""
    yield word
    yield from (quote(word, safe=safe, errors="replace") for safe in ("", "/", " +"))
    yield quote_plus(word, errors="replace")
    # A literal's escapes depend on the quotes that stand around and inside it.
    yield from (repr(word)[1:-1], repr(f'"{word}')[2:-1], ascii(word)[1:-1], ascii(f'"{word}')[2:-1])
    yield from (json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1])
    octets = word.encode("utf-8", "replace")
    yield from (repr(octets)[2:-1], base64.b64encode(octets).decode().rstrip("="))
