"""The home folder: whose it is, who owns it, and how much room is left."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from orchestrator.doctor.check import Check, failed, ok, warning
from orchestrator.local.home import PRIVATE, Home
from orchestrator.local.owner import Owner, read_owner

_SCARCE_MB = 1_000
_TOO_LITTLE_MB = 100
_MEGABYTE = 1_000_000
_MODES = 0o777


def check_home(home: Home) -> Iterator[Check]:
    """Yield how the home folder is. Raises ``ServiceError`` where this user may not look at it."""
    yield folder_check(home)
    yield owner_check(read_owner(home), home=home)
    yield space_check(home.path)


def folder_check(home: Home) -> Check:
    """Return whether the folder is there, and closed to others."""
    if not home.path.exists():
        return ok("home", f"{home.path} is not there yet; the first run makes it")
    mode = home.path.stat().st_mode & _MODES
    if mode & ~PRIVATE:
        seen = f"{home.path} has mode {mode:o}: others may look into it"
        return warning("home", seen, remedy=f"chmod 700 {home.path}")
    return ok("home", str(home.path))


def owner_check(owner: Owner | None, *, home: Home) -> Check:
    """Return who supervises the servers of the home."""
    if owner is None:
        return ok("owner", "nobody: the next `lookout up` or `lookout run` will be")
    if not owner.lives():
        seen = f"process {owner.pid} ({owner.command}) has died, and what it started still holds {home.lock_file}"
        return failed("owner", seen, remedy=f"end what `fuser {home.lock_file}` shows")
    return ok("owner", f"process {owner.pid} ({owner.command}) since {owner.since:%Y-%m-%d %H:%M:%S} UTC")


def space_check(path: Path) -> Check:
    """Return how much room is left where the home is, or would be."""
    there = next(folder for folder in (path, *path.parents) if folder.exists())
    left = shutil.disk_usage(there).free // _MEGABYTE
    seen = f"{left} MB are free at {there}"
    if left >= _SCARCE_MB:
        return ok("disk", seen)
    remedy = "free some space, or move LOOKOUT_HOME to another disk"
    return failed("disk", seen, remedy=remedy) if left < _TOO_LITTLE_MB else warning("disk", seen, remedy=remedy)
