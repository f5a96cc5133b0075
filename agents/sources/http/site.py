"""An outside service as its operator set it up: where it is, and what goes with every request to it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import unquote, urlencode, urlsplit

from agents.sources.text import clean_line

_SHOWN = 300
"""Characters of an address that are shown."""
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Site:
    """A service under one address; ``headers`` go to it alone, for they may hold credentials."""

    name: str
    base: str
    """Scheme, host, and a path where there is one; ``https://api.github.com``."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By names in small letters."""

    def __post_init__(self) -> None:
        """Refuse what cannot be sent, without saying what it is: it may be a token, read with its line's end."""
        for name, value in self.headers.items():
            if not (name.islower() and value.isascii() and value.isprintable() and value == value.strip()):
                raise ValueError(f"site {self.name}, header {name!r}: its value cannot be sent; give printable ASCII")

    def url(self, path: str, params: Mapping[str, str]) -> str:
        """Return the address of a path below the base; one that is absolute already stays as it is."""
        absolute = path if urlsplit(path).scheme else f"{self.base.rstrip('/')}/{path.lstrip('/')}"
        return f"{absolute}{'&' if '?' in absolute else '?'}{urlencode(params)}" if params else absolute

    def owns(self, url: str) -> bool:
        """Whether an address is the service's own: the same scheme, host and port, at or below the base's path."""
        below, path = urlsplit(self.base).path.rstrip("/") + "/", f"{unquote(urlsplit(url).path)}/"
        return origin(url) == origin(self.base) and path.startswith(below) and "/../" not in path


def origin(url: str) -> tuple[str, str]:
    """Return an address' scheme, and its host with the port, in small letters. ``ValueError`` where it has no such."""
    parts = urlsplit(url)
    return parts.scheme, place(parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0))


def place(host: str, port: int) -> str:
    """Return ``HOST:PORT`` in small letters, an IPv6 address in brackets."""
    plain = host.rstrip(".").lower()
    return f"[{plain}]:{port}" if ":" in plain else f"{plain}:{port}"


def shown(url: str) -> str:
    """Return an address as errors and reports show it: one line without user, password, and what is asked with it.

    It need not be an address: then what stands before the first ``?`` or ``#``, and after the last ``@``, is shown.
    """
    plain = re.split(r"[?#]", url, maxsplit=1)[0]
    scheme, mark, rest = plain.partition("://")
    return clean_line(f"{scheme}{mark}{rest.rpartition('@')[2]}" if mark else plain, limit=_SHOWN)


def shelf_key(url: str, headers: Mapping[str, str]) -> str:
    """Return what a page is kept under: it differs where anything differs that the request says."""
    said = "\x1f".join([url, *(f"{name.lower()}={headers[name]}" for name in sorted(headers))])
    return sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
