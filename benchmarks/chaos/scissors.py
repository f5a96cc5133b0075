"""The harness's hand on the proxy: asks for cuts, and learns how many were made."""

import json
import socket
from collections import Counter
from pathlib import Path

from benchmarks.chaos.deeds import Cut

_SECONDS = 10.0


class Scissors:
    """A line to the proxy's control socket. Raises ``OSError`` where nobody listens on it yet."""

    def __init__(self, control: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(_SECONDS)
        try:
            self._socket.connect(str(control))
        except OSError:
            self._socket.close()
            raise
        self._lines = self._socket.makefile("rb")

    def want(self, cut: Cut) -> None:
        """Ask for one cut."""
        self._say(f"cut {cut}")

    def made(self) -> Counter[Cut]:
        """Return how many cuts were made so far, by kind."""
        return Counter({Cut(name): count for name, count in self._say("count").items()})

    def close(self) -> None:
        """Close the line."""
        self._lines.close()
        self._socket.close()

    def _say(self, words: str) -> dict[str, int]:
        self._socket.sendall(f"{words}\n".encode())
        counts: dict[str, int] = json.loads(self._lines.readline())
        return counts
