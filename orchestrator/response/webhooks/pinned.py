"""A connection to one address that was chosen before, with one deadline for all that happens on it.

Host and SNI stay those of the URL: only where the socket goes is decided here.
"""

from collections.abc import Iterable

from httpcore2 import SOCKET_OPTION, NetworkBackend, NetworkStream, SyncBackend

from agents.sources.http.bounded import BoundedStream, Deadline


class PinnedBackend(NetworkBackend):
    """Connects to one address, whatever host is asked for."""

    def __init__(self, address: str, *, deadline: Deadline) -> None:
        self._address = address
        self._deadline = deadline
        self._backend = SyncBackend()

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002  the address was chosen before
        port: int,
        timeout: float | None = None,  # noqa: ARG002  the deadline counts
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> NetworkStream:
        """Connect to the address."""
        stream = self._backend.connect_tcp(
            self._address, port, self._deadline.left(), local_address=local_address, socket_options=socket_options
        )
        return BoundedStream(stream, left=self._deadline.left)
