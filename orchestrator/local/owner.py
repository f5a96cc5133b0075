"""The one owner of a home folder: whoever holds its flock supervises the servers, everybody else is a client."""

import fcntl
import os
import shlex
import socket
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import psutil
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from orchestrator.errors import OwnedElsewhereError
from orchestrator.local.files import read_small, write_private
from orchestrator.local.home import Home
from orchestrator.local.trouble import disk_trouble

PATIENCE_SECONDS = 15.0
"""How long the servers of an owner that died may take to follow it."""
CLOCK_SLACK_SECONDS = 2.0
LONGEST_COMMAND = 200


class Owner(BaseModel):
    """What an owner says about itself. ``born`` is its process's start (Unix time): a pid alone may be reused."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    pid: int
    host: str
    command: str
    born: float
    since: AwareDatetime

    @classmethod
    def myself(cls) -> Self:
        """Return this process as an owner from now on."""
        return cls(
            pid=os.getpid(),
            host=socket.gethostname(),
            command=shlex.join(sys.argv)[:LONGEST_COMMAND],
            born=psutil.Process().create_time(),
            since=datetime.now(UTC),
        )

    def lives(self) -> bool:
        """Whether that very process still runs on this machine; one on another host cannot be seen, and counts."""
        if self.host != socket.gethostname():
            return True
        try:
            return abs(psutil.Process(self.pid).create_time() - self.born) < CLOCK_SLACK_SECONDS
        except psutil.Error:
            return False


class BusyError(Exception):
    """The lock is held, and its owner is not there to be named: it may be let go any moment."""


class Ownership:
    """The held lock. ``descriptor`` is handed to the servers, so that the lock lives as long as they do."""

    def __init__(self, home: Home, descriptor: int) -> None:
        self.home = home
        self.descriptor = descriptor

    def release(self) -> None:
        """Let the home go; a second call does nothing."""
        if self.descriptor >= 0:
            self.home.owner_file.unlink(missing_ok=True)
            os.close(self.descriptor)
            self.descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def acquire(home: Home, *, patience_seconds: float = PATIENCE_SECONDS) -> Ownership:
    """Become the owner of the home.

    Raises ``OwnedElsewhereError``, which names the owner, at once where it lives, and after ``patience_seconds`` where
    it died and what it left behind does not end.
    """
    home.prepare()
    attempts = Retrying(
        retry=retry_if_exception_type(BusyError),
        wait=wait_fixed(0.02),
        stop=stop_after_delay(patience_seconds),
        reraise=True,
    )
    try:
        return attempts(take, home)
    except BusyError as error:
        raise refusal(home, recorded_owner(home)) from error


def take(home: Home) -> Ownership:
    """Take the lock now. Raises ``OwnedElsewhereError`` or, where nobody alive can be named, ``BusyError``."""
    with disk_trouble(home.lock_file, doing="lock"), ExitStack() as undo:
        # Read-only: the servers get this descriptor, and have no business writing the file.
        descriptor = os.open(home.lock_file, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        undo.callback(os.close, descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = recorded_owner(home)
            raise refusal(home, owner) if owner and owner.lives() else BusyError from error
        write_private(home.owner_file, Owner.myself().model_dump_json())
        undo.pop_all()
    return Ownership(home, descriptor)


def read_owner(home: Home) -> Owner | None:
    """Return who owns the home, for a client; None where nobody does, or where it is only now being taken."""
    if not home.lock_file.exists():
        return None
    with disk_trouble(home.lock_file, doing="look at"), home.lock_file.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return recorded_owner(home)
    return None


def recorded_owner(home: Home) -> Owner | None:
    """Return what the owner file says; None where it is missing or makes no sense."""
    text = read_small(home.owner_file)
    try:
        return Owner.model_validate_json(text) if text else None
    except ValidationError:
        return None


def refusal(home: Home, owner: Owner | None) -> OwnedElsewhereError:
    """Return the error that names the owner and what to do."""
    if owner is None:
        return OwnedElsewhereError(
            f"{home.path} is locked by a process that does not say who it is: end what uses {home.lock_file}, "
            "or set LOOKOUT_HOME to another folder",
            pid=0,
            command="",
            since="",
        )
    since = owner.since.isoformat(timespec="seconds")
    return OwnedElsewhereError(
        f"{home.path} is owned by process {owner.pid} on {owner.host} ({owner.command}) since {since}: "
        "stop that first, or set LOOKOUT_HOME to another folder",
        pid=owner.pid,
        command=owner.command,
        since=since,
    )
