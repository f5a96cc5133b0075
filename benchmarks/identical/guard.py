"""A guard at the door to the network: nothing of this process gets out, and whatever tries is written down."""

import sys
from collections.abc import Callable
from typing import Any

_CALLS = frozenset({"socket.connect", "socket.sendto"})
_QUESTIONS = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})


class OutsideError(OSError):
    """Something tried to reach the network."""


def watch_network() -> list[str]:
    """Refuse the network to this process from now on, for good; return the list that every try will be added to."""
    tries: list[str] = []
    sys.addaudithook(refusing(tries.append))
    return tries


def refusing(note: Callable[[str], None]) -> Callable[[str, tuple[Any, ...]], None]:
    """Return an audit hook (PEP 578) that notes and refuses what goes to a host; sockets that are files may be used."""

    def hook(event: str, told: tuple[Any, ...]) -> None:
        called = event in _CALLS and not isinstance(told[1], str | bytes)
        if called or event in _QUESTIONS:
            note(f"{event} {told[1] if called else told[0]}")
            raise OutsideError(f"{event}: a replay must not reach the network")

    return hook
