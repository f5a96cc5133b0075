"""As root: a folder of our own that the servers' account can reach, since it may enter neither the home nor the clone.

Nobody else's mode is changed. Everything here is made by root below folders that only root can write, so no other user
can put a link in the way.
"""

import os
import shutil
import stat
import tempfile
from contextlib import ExitStack
from pathlib import Path

from orchestrator.errors import ServiceError
from orchestrator.local.files import read_small, write_private
from orchestrator.local.home import Home
from orchestrator.local.trouble import disk_trouble

PASSABLE = 0o711
"""Others may pass through, and see nothing."""
READABLE = 0o755
OWNER_NOTE = "home"


def open_base(home: Home) -> Path:
    """Return the folder that keeps the servers' data of this home, made and recorded in the home at the first call."""
    recorded = recorded_base(home)
    if recorded is not None:
        check_base(recorded, home=home)
        return recorded
    with disk_trouble(home.place_record, doing="write"), ExitStack() as undo:
        base = make_base(home)
        undo.callback(shutil.rmtree, base)
        write_private(base / OWNER_NOTE, str(home.path))
        write_private(home.place_record, str(base))
        undo.pop_all()
    return base


def recorded_base(home: Home) -> Path | None:
    """Return the folder that the home names, or None."""
    with disk_trouble(home.place_record, doing="read"):
        text = read_small(home.place_record)
    return Path(text) if text else None


def check_base(base: Path, *, home: Home) -> None:
    """Raise ``ServiceError`` where the recorded folder is gone, or belongs to another home that still exists."""
    with disk_trouble(base, doing="read"):
        named = read_small(base / OWNER_NOTE)
    if named is None:
        raise ServiceError(
            f"{base}, which keeps the data of {home.path}, is gone: bring it back, "
            f"or remove {home.place_record} and {home.passwords_file} to begin with an empty database"
        )
    other = Path(named)
    if other == home.path:
        return
    if recorded_base(Home(other)) == base:
        raise ServiceError(
            f"{home.path} is a copy of {other}, and both name {base}: two homes cannot share their data; "
            f"remove {home.place_record} and {home.passwords_file} to begin with an empty database"
        )
    with disk_trouble(base, doing="write"):  # The home was moved, and its data are still its own.
        write_private(base / OWNER_NOTE, str(home.path))


def make_base(home: Home) -> Path:
    """Make a new folder below the first usable one of ``home.reachable``; its name is its own, so homes never meet."""
    refused = []
    for root in home.reachable:
        try:
            ensure_own(root)
            base = Path(tempfile.mkdtemp(prefix="lookout-servers-", dir=root))
        except (OSError, ServiceError) as error:
            refused.append(str(error))
            continue
        base.chmod(PASSABLE)
        return base
    raise ServiceError(
        "the servers cannot run as root, and no folder was found for the user that they run as: "
        f"{'; '.join(refused)}; start as an ordinary user, or set DATABASE_URL and CELERY_BROKER_URL"
    )


def ensure_own(root: Path) -> None:
    """Make the folder where it is missing, whole at once; raise ``ServiceError`` where it is no safe or open place."""
    if not root.exists():
        fresh = Path(tempfile.mkdtemp(prefix=f".{root.name}-", dir=root.parent))
        fresh.chmod(READABLE)
        fresh.rename(root)
    status = root.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or not guarded(status.st_mode):
        raise ServiceError(f"{root} is not a folder that this user alone can write")
    closed = next((folder for folder in (root, *root.resolve().parents) if not passable(folder)), None)
    if closed is not None:
        raise ServiceError(f"{root} lies below {closed}, which other users may not enter")


def guarded(mode: int) -> bool:
    """Whether others cannot replace what we make in a folder of this mode: not writable for them, or sticky."""
    return not mode & (stat.S_IWGRP | stat.S_IWOTH) or bool(mode & stat.S_ISVTX)


def passable(folder: Path) -> bool:
    """Whether any user may pass through the folder."""
    return bool(folder.stat().st_mode & stat.S_IXOTH)


def remove_base(home: Home) -> None:
    """Remove what the home keeps outside itself; nothing where it keeps nothing there."""
    base = recorded_base(home)
    if base is None:
        return
    with disk_trouble(base, doing="remove"):
        if base.exists():
            shutil.rmtree(base)
        home.place_record.unlink(missing_ok=True)
