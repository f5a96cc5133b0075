"""One deadline for all that happens on a connection: who sends a byte now and then holds nobody up for ever."""

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from httpcore2 import NetworkStream, ReadTimeout


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


class BoundedStream(NetworkStream):
    """A stream on which nothing takes longer than what is ``left`` until its deadline, in seconds."""

    def __init__(self, stream: NetworkStream, *, left: Callable[[], float]) -> None:
        self._stream = stream
        self._left = left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  the deadline counts
        """Read what is there."""
        return self._stream.read(max_bytes, self._left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002  the deadline counts
        """Write it all."""
        self._stream.write(buffer, self._left())

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
        inner = self._stream.start_tls(ssl_context, server_hostname, self._left())
        return BoundedStream(inner, left=self._left)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  httpcore2's own signature
        """Return what the stream tells of itself."""
        return self._stream.get_extra_info(info)
