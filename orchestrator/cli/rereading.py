"""Watchlists that are edited while the stack is up: their schedules follow at once, or stay where a file is wrong."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from orchestrator.cli.inputs import read_watchlist
from orchestrator.cli.scheduling import put_schedules
from orchestrator.cli.terminal import say
from orchestrator.errors import LookoutError
from orchestrator.settings import Settings

LOOK_SECONDS = 1.0
Print = tuple[int, int, int]
"""A file's number, size and time of change; no file is zeros."""


class Edits:
    """Looks at files again and again, and has the schedules of those that were edited follow."""

    def __init__(
        self, paths: Sequence[Path], settings: Settings, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._known = {path: _print(path) for path in paths}
        self._due = clock() + LOOK_SECONDS

    def look(self) -> None:
        """Look at each file, at most once a second. Nothing is raised: what is wrong is said, and the stack goes on."""
        if self._clock() < self._due:
            return
        self._due = self._clock() + LOOK_SECONDS
        for path, known in self._known.items():
            now = _print(path)
            if now != known:
                self._known[path] = now if self._follow(path) else known

    def _follow(self, path: Path) -> bool:
        """Have the schedules follow a file; False where it is to be tried again, because the database is away."""
        try:
            watchlist = read_watchlist(path)
            say(f"{path} was edited")
            put_schedules(self._settings, (watchlist,))
        except LookoutError as error:
            say(f"{path} was edited, and the schedules stay as they were: {error}")
        except SQLAlchemyError:
            return False
        return True


def _print(path: Path) -> Print:
    """Return what tells an edited file from the one before."""
    try:
        found = os.stat(path)  # noqa: PTH116  the same for a link's target
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_size, found.st_mtime_ns)
