"""Which address may be called: https and the public internet, unless an operator named the host.

A name is resolved once, every address that it has must be allowed, and the call goes to one of those addresses: a name
that points elsewhere a moment later changes nothing. Hosts written as numbers in any disguise (decimal, octal, an IPv4
address inside an IPv6 one) are judged by the address that they come to.
"""

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from agents.sources.http.public import Resolve, is_public, resolve
from orchestrator.response.contract import ActionError, ActionRefusedError

_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Allowed:
    """What an operator allows: names of hosts, with ``:PORT`` where only that port is meant, in small letters."""

    hosts: frozenset[str] = frozenset()
    """Only these may be called; empty: any host of the public internet."""
    private: frozenset[str] = frozenset()
    """These may be anywhere, this machine included, and may be called without TLS."""


@dataclass(frozen=True)
class Destination:
    """A call's address, resolved: the call goes to ``address``, and asks for ``host``."""

    url: str
    host: str
    port: int
    address: str


def read_hosts(text: str) -> frozenset[str]:
    """Return the hosts of ``HOST HOST:PORT``, separated by blanks or commas."""
    return frozenset(word.lower() for word in text.replace(",", " ").split())


def find_destination(url: str, *, allowed: Allowed, by: Resolve = resolve) -> Destination:
    """Return where a call goes. ``ActionRefusedError`` where it must not go there, ``ActionError`` for no address."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower()
    port = parts.port or _PORTS.get(parts.scheme, 0)
    named = {host, f"{host}:{port}"}
    private = bool(named & allowed.private)
    _check_words(parts, host=host, named=named, private=private, allowed=allowed)
    try:
        addresses = list(by(host, port))
    except (OSError, UnicodeError) as error:
        raise ActionError(
            f"the host {host!r} has no address: {error}; look at the rule's url, or at the resolver"
        ) from error
    for address in addresses:
        if not private and not is_public(address):
            raise ActionRefusedError(
                f"the host {host!r} is at {address}, which is no public address; if it may be called, "
                f"add it to webhook_private_hosts"
            )
    return Destination(url=url, host=host, port=port, address=addresses[0])


def _check_words(parts: SplitResult, *, host: str, named: set[str], private: bool, allowed: Allowed) -> None:
    """Refuse an address by its words alone, before anybody is asked where it is."""
    if allowed.hosts and not named & (allowed.hosts | allowed.private):
        raise ActionRefusedError(f"the host {host!r} is none of webhook_hosts; add it there, or correct the rule's url")
    if parts.scheme != "https" and not private:
        raise ActionRefusedError(
            f"the url of {host!r} is {parts.scheme}, not https; use https, or add the host to webhook_private_hosts"
        )
