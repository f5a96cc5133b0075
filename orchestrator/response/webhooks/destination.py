"""Which address may be called: https and the public internet, unless an operator named the host.

A name is resolved once, every address that it has must be allowed, and the call goes to one of those addresses: a name
that points elsewhere a moment later changes nothing. Hosts written as numbers in any disguise (decimal, octal, an IPv4
address inside an IPv6 one) are judged by the address that they come to.
"""

import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from orchestrator.response.contract import ActionError, ActionRefusedError

IpAddress = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Iterable[str]]

_PORTS = {"https": 443, "http": 80}
_TRANSLATED = tuple(
    IPv6Network(network)
    for network in (
        "64:ff9b::/96",  # NAT64: the last 32 bits are an IPv4 address of the network behind it
        "64:ff9b:1::/48",  # NAT64, of somebody's own
        "2002::/16",  # 6to4
        "2001::/32",  # Teredo
        "::ffff:0:0:0/96",  # IPv4-translated
        "::/96",  # IPv4-compatible
    )
)
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)
"""The upper half of an interface identifier below which an IPv4 address stands (RFC 5214, 6.1)."""


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


def resolve(host: str, port: int) -> list[str]:
    """Return a host's addresses, the system's preferred one first. OSError where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


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


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet by itself, not by what it could be translated into."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return is_public(str(found.ipv4_mapped))
        if found.is_site_local or _hides_an_ipv4(found):
            return False
    return found.is_global and not found.is_multicast


def _hides_an_ipv4(address: IPv6Address) -> bool:
    """Whether an IPv4 address stands inside an IPv6 one: where it leads, only the network knows."""
    isatap = (int(address) >> 32 & 0xFFFF_FFFF) in _ISATAP
    return isatap or any(address in network for network in _TRANSLATED)
