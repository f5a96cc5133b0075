"""An outside service as its operator set it up: where it is, and what goes with every request to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlencode, urlsplit, urlunsplit

_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Site:
    """A service under one address; ``headers`` go to it alone, for they may hold credentials."""

    name: str
    base: str
    """Scheme, host, and a path where there is one; ``https://api.github.com``."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def url(self, path: str, params: Mapping[str, str]) -> str:
        """Return the address of a path below the base; one that is absolute already stays as it is."""
        absolute = path if urlsplit(path).scheme else f"{self.base.rstrip('/')}/{path.lstrip('/')}"
        return f"{absolute}{'&' if '?' in absolute else '?'}{urlencode(params)}" if params else absolute

    def owns(self, url: str) -> bool:
        """Whether an address is the service's own: the same scheme, host and port."""
        return origin(url) == origin(self.base)


def origin(url: str) -> tuple[str, str]:
    """Return an address' scheme, and its host with the port, in small letters. ``ValueError`` where it has no such."""
    parts = urlsplit(url)
    return parts.scheme, place(parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0))


def place(host: str, port: int) -> str:
    """Return ``HOST:PORT`` in small letters, an IPv6 address in brackets."""
    plain = host.rstrip(".").lower()
    return f"[{plain}]:{port}" if ":" in plain else f"{plain}:{port}"


def shown(url: str) -> str:
    """Return an address as errors and reports show it: without user, password, and what is asked with it."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def shelf_key(url: str, headers: Mapping[str, str]) -> str:
    """Return what a page is kept under: it differs where anything differs that the request says."""
    said = "\x1f".join([url, *(f"{name.lower()}={headers[name]}" for name in sorted(headers))])
    return sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
