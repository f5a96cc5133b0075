"""Turns the disk's refusals into words: the path, the reason, and what to do."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestrator.errors import ServiceError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
FORBIDDEN = frozenset({errno.EACCES, errno.EPERM})
FULL_IN_LOG = "No space left on device"
MEGABYTE = 1_000_000


@contextmanager
def disk_trouble(path: Path, *, doing: str) -> Iterator[None]:
    """Raise a ``ServiceError`` that names ``path`` for an ``OSError`` of the block; ``doing`` is a verb: "create"."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ServiceError(f"cannot {doing} {path}: {reason}; {remedy(error.errno, path=path)}") from error


def remedy(code: int | None, *, path: Path) -> str:
    """Return what a person can do about the error number ``code`` at ``path``."""
    if code in FULL:
        return full_disk(path)
    if code in FORBIDDEN:
        return "give this user access to it, or set LOOKOUT_HOME to a folder of your own"
    if code == errno.EROFS:
        return "the disk is read-only: set LOOKOUT_HOME to a folder that can be written"
    return "mend the path, or set LOOKOUT_HOME to another folder"


def full_disk(path: Path) -> str:
    """Return the remedy for a full disk, with the megabytes that are left where ``path`` lies."""
    there = next((folder for folder in (path, *path.parents) if folder.exists()), Path("/"))
    left = shutil.disk_usage(there).free // MEGABYTE
    return f"the disk ran full ({left} MB are free now): free some space, or move LOOKOUT_HOME to another disk"


def server_trouble(log: str, *, path: Path) -> str:
    """Return the remedy for a server whose last words were ``log`` and whose data are in ``path``."""
    if FULL_IN_LOG in log:
        return full_disk(path)
    return f"its data are in {path}; mend what it says, or set LOOKOUT_HOME to another folder"
