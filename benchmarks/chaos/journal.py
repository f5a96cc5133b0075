"""What a process of ours did, a line a deed, in a file that outlives its kill."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ASKED, ACCEPTED, REFUSED, RELAYED = "asked", "accepted", "refused", "relayed"
"""What is noted: a call that begins, a trigger that was taken in, one that was not, and messages that were sent."""
SENT, LEFT = "sent", "left to the relay"
"""How a trigger is submitted: by the real intake's own call, or only written down, for the relay to find."""
_TAIL = 4_096
"""Bytes in which the last line surely stands."""


class Journal:
    """A file of JSON lines. Every line is one write: a kill leaves it whole, or not there at all."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def note(self, what: str, **values: object) -> None:
        """Append a line, with this process's pid and the time."""
        line = json.dumps({"what": what, "pid": os.getpid(), "at": time.time()} | values) + "\n"
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)

    def lines(self, *what: str) -> Iterator[dict[str, Any]]:
        """Yield the lines of these kinds, in order."""
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8") as file:
            for text in file:
                line = json.loads(text)
                if line["what"] in what:
                    yield line

    def last(self) -> dict[str, Any] | None:
        """Return the last line; None where there is none."""
        if not self.path.exists():
            return None
        with self.path.open("rb") as file:
            file.seek(max(0, self.path.stat().st_size - _TAIL))
            lines = file.read().splitlines()
        line: dict[str, Any] | None = json.loads(lines[-1]) if lines else None
        return line
