"""Postgres's own lock file: what it says, and when it is safe to remove a stale one.

The server itself removes the file of a dead process, but refuses to start over an empty one, or over one whose number
now belongs to another process of the same user, which is likely in a container. We hold the home's lock when we look.
"""

from dataclasses import dataclass
from pathlib import Path

import psutil

from orchestrator.errors import ServiceError
from orchestrator.local.files import read_small
from orchestrator.local.trouble import disk_trouble

NAME = "postmaster.pid"
STATUS_LINE = 7
READY = "ready"
SERVER = "postgres"


@dataclass(frozen=True)
class PidFile:
    """The parts of the file that matter; ``pid`` is None where its first line is no number."""

    pid: int | None
    ready: bool = False


def parse(text: str) -> PidFile:
    """Read the file's text: the server's process in its first line, its state in the eighth."""
    lines = text.splitlines()
    first = lines[0].strip() if lines else ""
    number = first.removeprefix("-")  # A single-user server writes its number negated.
    pid = int(number) if number.isascii() and number.isdecimal() and len(number) < len(str(2**31)) else None
    return PidFile(pid, ready=len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() == READY)


def read_pid_file(cluster: Path) -> PidFile | None:
    """Return what the cluster's file says; None where there is none. Raises ``ServiceError`` where it is unreadable."""
    path = cluster / NAME
    with disk_trouble(path, doing="read"):
        text = read_small(path)
    return None if text is None else parse(text)


def clear_stale(cluster: Path) -> None:
    """Remove the file where it would keep our server from starting without cause.

    Raises ``ServiceError`` where a server that somebody else started is at work on this cluster.
    """
    found = read_pid_file(cluster)
    if found is None or (found.pid is not None and not psutil.pid_exists(found.pid)):
        return  # Nothing there, or a dead process: the server checks its shared memory too, and clears it itself.
    if found.pid is not None and serves(found.pid, cluster=cluster):
        raise ServiceError(
            f"process {found.pid} is already a Postgres server on {cluster}, and Lookout did not start it: "
            "stop it first, or set LOOKOUT_HOME to another folder"
        )
    with disk_trouble(cluster / NAME, doing="remove"):
        (cluster / NAME).unlink(missing_ok=True)


def serves(pid: int, *, cluster: Path) -> bool:
    """Whether the process is a Postgres server on this cluster, by its command line and its current folder."""
    try:
        process = psutil.Process(pid)
        words, folder = process.cmdline(), process.cwd()
    except psutil.Error:
        return False  # Gone, or another user's: no server of ours.
    program = Path(words[0]).name if words else ""
    return program == SERVER and (str(cluster) in words or Path(folder) == cluster.resolve())
