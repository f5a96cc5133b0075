"""Where the sockets are: below the home, or in a short private folder where the home's path is no good for a socket."""

import os
import re
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

from orchestrator.errors import ServiceError
from orchestrator.local.account import Account
from orchestrator.local.files import read_small, write_private
from orchestrator.local.home import PRIVATE, Home
from orchestrator.local.trouble import disk_trouble

POSTGRES_PORT = 5432
POSTGRES_SOCKET = f".s.PGSQL.{POSTGRES_PORT}"
VALKEY_SOCKET = "valkey.sock"
FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO
LONGEST_PATH = 100
"""Bytes. The kernel takes 107, and Postgres makes a lock file with a longer name beside its socket."""
PLAIN = re.compile(r"[A-Za-z0-9_./~+@-]+")
"""What needs no quoting in a connection URL, in libpq's list of hosts and in a configuration file."""


def fits(folder: Path) -> bool:
    """Whether sockets can live in the folder: the path is short, and plain enough to stand in a URL as it is."""
    longest = os.fsencode(folder / POSTGRES_SOCKET)
    return len(longest) <= LONGEST_PATH and PLAIN.fullmatch(os.fsdecode(longest)) is not None


def open_socket_folder(home: Home, preferred: Path, *, account: Account | None) -> Path:
    """Return a private folder for the sockets, made where there is none; the owner alone calls this."""
    if fits(preferred):
        with disk_trouble(preferred, doing="create"):
            preferred.mkdir(mode=PRIVATE, exist_ok=True)
            hand_over(preferred, account)
        return preferred
    recorded = recorded_folder(home)
    if recorded is not None and is_private(recorded, uid=keeper_of(account)):
        return recorded
    folder = short_folder(short_bases())
    with disk_trouble(folder, doing="use"):
        write_private(home.sockets_record, str(folder))
        hand_over(folder, account)
    return folder


def find_socket_folder(home: Home, preferred: Path, *, account: Account | None) -> Path:
    """Return where a client finds the sockets; it creates nothing.

    Raises ``ServiceError`` where they are not there, or are not ours: a client tells its password to who listens there.
    """
    folder = preferred if fits(preferred) else recorded_folder(home)
    if folder is None or not is_private(folder, uid=keeper_of(account)):
        raise ServiceError(f"{home.path} has no running servers: start them with `lookout up`")
    return folder


def keeper_of(account: Account | None) -> int:
    """Return the number of the user whom the socket folder belongs to."""
    return account.uid if account else os.geteuid()


def close_socket_folder(home: Home) -> None:
    """Remove a short folder once its servers are gone; one below the home stays."""
    folder = recorded_folder(home)
    if folder is None:
        return
    with disk_trouble(folder, doing="remove"):
        if folder.is_dir() and not folder.is_symlink():
            for left in folder.iterdir():
                left.unlink(missing_ok=True)
            folder.rmdir()
        home.sockets_record.unlink(missing_ok=True)


def recorded_folder(home: Home) -> Path | None:
    """Return the short folder that the home names, or None."""
    with disk_trouble(home.sockets_record, doing="read"):
        text = read_small(home.sockets_record)
    return Path(text) if text else None


def is_private(folder: Path, *, uid: int) -> bool:
    """Whether the folder is there, is no link, belongs to the user and is closed to everybody else."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == uid and not status.st_mode & FOR_OTHERS


def short_bases() -> tuple[Path, ...]:
    """Return the folders in which a short private folder may be made, best first."""
    return Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")  # noqa: S108 - only mkdtemp makes names there


def short_folder(bases: Sequence[Path]) -> Path:
    """Make a new folder, mode 0700, below the first base that is short, plain and can be written."""
    for base in bases:
        if fits(base / "lookout-12345678") and os.access(base, os.W_OK | os.X_OK):
            return Path(tempfile.mkdtemp(prefix="lookout-", dir=base))
    raise ServiceError(
        f"none of {', '.join(map(str, bases))} can hold a socket: set LOOKOUT_HOME to a path of at most "
        f"{LONGEST_PATH - len(POSTGRES_SOCKET) - len('/run/')} plain characters"
    )


def hand_over(folder: Path, account: Account | None) -> None:
    """Give a folder of our own to the servers' account, where they have one."""
    if account is not None:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
