"""A connection to one address that was chosen before, with one deadline for all that happens on it.

Host and SNI stay those of the URL: only where the socket goes is decided here. The deadline is for the whole call: a
server that sends a byte now and then does not hold it up for ever.
"""

import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from httpcore2 import SOCKET_OPTION, NetworkBackend, NetworkStream, ReadTimeout, SyncBackend


@dataclass(frozen=True)
class Deadline:
    """A point in time on this machine's own clock."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Return the deadline so many seconds from now."""
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Return how many seconds are left. ``httpcore2.ReadTimeout`` where none are."""
        seconds = self.at - time.monotonic()
        if seconds <= 0:
            raise ReadTimeout("the call took too long as a whole")
        return seconds


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
        return _BoundedStream(stream, deadline=self._deadline)


class _BoundedStream(NetworkStream):
    """A stream on which nothing takes longer than what is left until the deadline."""

    def __init__(self, stream: NetworkStream, *, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  the deadline counts
        """Read what is there."""
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002  the deadline counts
        """Write it all."""
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        """Close it."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002  the deadline counts
    ) -> NetworkStream:
        """Go on under TLS, with the certificate of the host that was asked for."""
        inner = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left())
        return _BoundedStream(inner, deadline=self._deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  httpcore2's own signature
        """Return what the stream tells of itself."""
        return self._stream.get_extra_info(info)
