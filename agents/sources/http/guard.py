"""Connections to the public internet alone, and to what an operator named: whatever address strangers' words lead to.

A name is resolved here, every address that it has must be public, and the connection goes to one of those: a name that
points elsewhere a moment later changes nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from httpcore2 import SOCKET_OPTION, ConnectError, ConnectTimeout, NetworkBackend, NetworkStream, SyncBackend

from agents.sources.http.bounded import BoundedStream
from agents.sources.http.public import Resolve, is_public, resolve
from agents.sources.http.site import place


class ForbiddenAddressError(Exception):
    """A name leads to an address that is not public, and no operator said that it may."""


@dataclass(frozen=True)
class Guard:
    """Which hosts may be at any address: the operator's own, as ``HOST:PORT`` in small letters."""

    private: frozenset[str] = frozenset()
    resolve: Resolve = resolve

    def addresses(self, host: str, port: int) -> list[str]:
        """Return a host's addresses. Raises ``ForbiddenAddressError``, and ``OSError`` where it has none."""
        if place(host, port) in self.private:
            return [host]
        found = list(self.resolve(host, port))
        for address in found:
            if not is_public(address):
                raise ForbiddenAddressError(
                    f"{host} is at {address}, which is no public address; to allow it, name it in source_private_hosts"
                )
        return found


class GuardedBackend(NetworkBackend):
    """Connects where its guard allows; ``left`` is how many seconds what is under way may still take.

    The system's resolver is asked without a limit of ours: it has its own.
    """

    def __init__(self, guard: Guard, *, left: Callable[[], float]) -> None:
        self._guard = guard
        self._left = left
        self._backend = SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  what is left counts
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> NetworkStream:
        """Connect to the first of the host's addresses that answers."""
        try:
            addresses = self._guard.addresses(host, port)
        except (OSError, UnicodeError) as error:
            raise ConnectError(f"{host} has no address: {error}") from error
        failed: ConnectError | ConnectTimeout = ConnectError(f"{host} has no address")
        for tried, address in enumerate(addresses):
            share = self._left() / (len(addresses) - tried)
            try:
                stream = self._backend.connect_tcp(
                    address, port, share, local_address=local_address, socket_options=socket_options
                )
            except (ConnectError, ConnectTimeout) as error:
                failed = error
            else:
                return BoundedStream(stream, left=self._left)
        raise failed
