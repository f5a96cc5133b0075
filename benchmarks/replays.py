"""A service as it was recorded, played by ``lookout replay`` in a process of its own that counts what it is asked."""

import json
import re
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import psutil
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from benchmarks.passes import environment
from benchmarks.stand.servers import REPOSITORY
from orchestrator.local.child import Child, Command
from orchestrator.local.home import Home

START_SECONDS, STOP_SECONDS = 60.0, 5.0
POLL_SECONDS = 0.05
UNCHANGED = 304
_ANSWERED = re.compile(r"^GET \S+ (?P<status>\d{3}), (?P<size>[\d,]+) bytes(?P<unknown>, not here)?$")


class ReplayError(click.ClickException):
    """The replay did not start; the message holds its last words."""


@dataclass(frozen=True)
class Asked:
    """What a replay was asked within some time."""

    statuses: Mapping[int, int] = field(default_factory=dict)
    """How many requests by the status of their answers."""
    sent: int = 0
    """Bytes of all answers' bodies."""
    unknown: int = 0
    """Requests for what is not in the recording: they got a 404 that the service would not have given."""

    @property
    def requests(self) -> int:
        """How many there were."""
        return sum(self.statuses.values())

    def as_json(self, *, targets: int) -> dict[str, Any]:
        """Return the figures as a JSON value."""
        unchanged = self.statuses.get(UNCHANGED, 0)
        return {
            "requests": self.requests,
            "requests_per_target": round(self.requests / targets, 2),
            "requests_by_status": {str(status): self.statuses[status] for status in sorted(self.statuses)},
            "requests_unchanged": unchanged,
            "requests_not_recorded": self.unknown,
            "bytes_served": self.sent,
        }


def read_asked(lines: Iterable[str]) -> Asked:
    """Return what the lines of a replay's log tell of requests."""
    found = [match for match in map(_ANSWERED.match, lines) if match]
    return Asked(
        statuses=Counter(int(match["status"]) for match in found),
        sent=sum(int(match["size"].replace(",", "")) for match in found),
        unknown=sum(match["unknown"] is not None for match in found),
    )


@dataclass
class Replay:
    """A replay that runs."""

    settings: Mapping[str, str]
    """With which a command asks it in place of the services."""
    log: Path
    pid: int
    _read: int = 0
    """Lines of the log that were told already."""

    def asked(self) -> Asked:
        """Return what was asked since the last call."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        told, self._read = lines[self._read :], len(lines)
        return read_asked(told)

    def processor_seconds(self) -> float:
        """Return what it took of the processors so far: a real service would take it elsewhere."""
        used = psutil.Process(self.pid).cpu_times()
        return used.user + used.system


@contextmanager
def replaying(recordings: Path, *, home: Home, seconds: float = START_SECONDS) -> Iterator[Replay]:
    """Yield a replay of a folder; it ends with the block, and with us. From the main thread alone.

    Raises ``ReplayError`` where it does not start within so many seconds.
    """
    log = home.path / "replay.log"
    words = ("replay", str(recordings), "--port", "0", "--json", "--verbose")
    argv = (sys.executable, "-m", "orchestrator.cli", *words)
    child = Child(Command(argv, log, signal.SIGKILL, env=environment(home), cwd=REPOSITORY))
    try:
        yield Replay(_greeting(child, seconds=seconds)["settings"], log, child.pid)
    finally:
        child.stop(signal.SIGTERM, seconds=STOP_SECONDS)


def _greeting(child: Child, *, seconds: float) -> Mapping[str, Any]:
    """Return what it says of itself, once it listens."""
    attempts = Retrying(
        retry=retry_if_result(lambda told: told is None),
        wait=wait_fixed(POLL_SECONDS),
        stop=stop_after_delay(seconds),
    )
    try:
        told: Mapping[str, Any] | None = attempts(_told, child)
    except RetryError:
        told = {}
    if not told:
        raise ReplayError(f"lookout replay does not start: {child.last_words()}")
    return told


def _told(child: Child) -> Mapping[str, Any] | None:
    """Return the JSON that it writes first; None where it may still come, nothing where it ended without."""
    ended = child.exit_code() is not None
    try:
        told: Mapping[str, Any] = json.loads(child.command.log.read_text(encoding="utf-8"))
    except ValueError:
        return {} if ended else None
    return told
