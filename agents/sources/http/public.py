"""Which addresses are those of the public internet, and where a name leads.

Hosts written as numbers in any disguise (decimal, octal, an IPv4 address inside an IPv6 one) are judged by the address
that they come to.
"""

import socket
from collections.abc import Callable, Iterable
from ipaddress import IPv6Address, IPv6Network, ip_address

Resolve = Callable[[str, int], Iterable[str]]
"""Returns a host's addresses, the preferred one first."""

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


def resolve(host: str, port: int) -> list[str]:
    """Return a host's addresses, the system's preferred one first. OSError where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


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
