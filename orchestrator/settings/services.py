"""The addresses of outside services, as settings spell them."""

from ipaddress import ip_address
from urllib.parse import urlsplit

_PLAIN = "localhost"


def service_address(value: object) -> object:
    """Return a service's address without a slash at its end.

    Raises ``ValueError`` for what is no address of the web, for one that holds a password (credentials have settings of
    their own, which nobody shows), and for plain http to another machine: whoever is on the way could change answers.
    """
    text = str(value).strip()
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("it is no address: write it as https://HOST") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError("it is no address of the web: write it as https://HOST")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("it holds more than a place: leave users, passwords, '?' and '#' out")
    if parts.scheme == "http" and not _is_here(host):
        raise ValueError(f"it is plain http to {host}, which anybody on the way can change: write it as https://{host}")
    return text.rstrip("/")


def _is_here(host: str) -> bool:
    """Whether a host is this machine, by its name or number alone."""
    try:
        return host == _PLAIN or ip_address(host).is_loopback
    except ValueError:
        return False


def hosts(text: str) -> frozenset[str]:
    """Return ``HOST:PORT`` of each host in ``HOST HOST:PORT``; one without a port stands for both of the web's.

    Raises ``ValueError`` for what is no host.
    """
    found: set[str] = set()
    for word in text.replace(",", " ").lower().split():
        parts = urlsplit(f"//{word}")
        if not parts.hostname or parts.path or "@" in word:
            raise ValueError(f"{word!r} is no host: write HOST or HOST:PORT, with blanks between")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        found |= {f"{host}:{port}" for port in ((parts.port,) if parts.port else (443, 80))}
    return frozenset(found)


def checked_hosts(text: str) -> str:
    """Return the setting, once every host in it can be read."""
    hosts(text)
    return text
