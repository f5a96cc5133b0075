"""A private home that leaves nothing behind: for the demo and for tests."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from orchestrator.errors import ServiceError
from orchestrator.local.home import SYSTEM_FOLDER, Home
from orchestrator.local.owner import acquire
from orchestrator.local.place import remove_home
from orchestrator.local.signals import undisturbed
from orchestrator.local.sockets import is_private, short_bases

PREFIX = "lookout-home-"


@contextmanager
def temporary_home(parent: Path | None = None) -> Iterator[Home]:
    """Yield a new home, mode 0700, below ``parent`` (else the system's temporary folder), and remove it at the end.

    Stop its servers inside the block. The removal is not disturbed by Ctrl-C. Homes that a killed process left there
    are removed first.
    """
    folder = parent or Path(tempfile.gettempdir())
    sweep(folder)
    home = at(Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder)))
    try:
        yield home
    finally:
        with undisturbed():
            remove_home(home)


def at(path: Path) -> Home:
    """Return a home whose servers' data are temporary too, where root needs another folder for them."""
    return Home(path, reachable=(*short_bases(), SYSTEM_FOLDER))


def sweep(folder: Path) -> None:
    """Remove this user's temporary homes whose owner did not live to do it.

    One without an owner's note is only now being made, or was left before it held any data: it is let be.
    """
    for path in folder.glob(f"{PREFIX}*"):
        home = at(path)
        if is_private(path, uid=os.geteuid()) and home.owner_file.exists():
            with suppress(ServiceError), acquire(home, patience_seconds=0):
                remove_home(home)
