"""Who leaves a sign of life when: a process whose heart keeps its leases, and nobody else."""

import threading
from collections.abc import Callable
from pathlib import Path

import structlog

from orchestrator.liveness import sign

EVERY_SECONDS = 2.0
_SLACK_SECONDS = 5.0
"""By how much a sign outlasts a lease: who is only slow is left alone."""
_log = structlog.get_logger(__name__)


def _no_heart() -> float:
    """Return for how long the heart of a process without one was quiet."""
    return 0.0


class Giver:
    """Leaves one process's sign. A heart that does not come round is as bad as a loop that does not.

    ``quiet`` tells for how many seconds the heart has not; more than ``patience_seconds`` are too many.
    """

    def __init__(
        self,
        path: Path,
        *,
        who: str,
        lease_seconds: float,
        quiet: Callable[[], float] = _no_heart,
        patience_seconds: float = 0.0,
    ) -> None:
        self._path = path
        self._who = who
        self._holds_seconds = lease_seconds + _SLACK_SECONDS
        self._quiet = quiet
        self._patience_seconds = patience_seconds
        self._told = False
        self._over: threading.Event | None = None
        self._thread: threading.Thread | None = None

    def give(self, *, until_next: float = 0.0) -> None:
        """Leave a sign, unless the heart is stuck; the next may come so many seconds later than a worker's would.

        A full disk costs the sign, and no work.
        """
        quiet = self._quiet()
        if quiet > self._patience_seconds:
            self._tell("its leases are not kept", stuck_seconds=round(quiet))
            return
        try:
            sign.leave(self._path, who=self._who, seconds=self._holds_seconds + until_next)
            sign.clear(self._path)
        except OSError as error:
            self._tell("its file cannot be written", file=str(self._path), error=error.strerror)
        else:
            self._told = False

    def go_on(self) -> None:
        """Give signs from a thread of its own, until told to stop."""
        self.stop()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._give_until, args=(self._over,), name="lookout-sign", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, if there is one."""
        if self._thread is not None and self._over is not None:
            self._over.set()
            self._thread.join()
            self._thread = self._over = None

    def _give_until(self, over: threading.Event) -> None:
        """Give signs again and again."""
        while not over.is_set():
            self.give()
            over.wait(EVERY_SECONDS)

    def _tell(self, why: str, **seen: object) -> None:
        """Say once why no sign is left."""
        if not self._told:
            _log.error("no sign of life is left", who=self._who, why=why, **seen)
            self._told = True
