"""One child process: started on a leash, in a session of its own, and stopped for certain."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from orchestrator.errors import ServiceError
from orchestrator.local import leash
from orchestrator.local.account import Account
from orchestrator.local.logs import last_words, turn_over
from orchestrator.local.trouble import disk_trouble, server_trouble

POLL_SECONDS = 0.01
LOADER_PATH = "LD_LIBRARY_PATH"
PLAIN_ENVIRONMENT: Mapping[str, str] = MappingProxyType({"PATH": os.defpath, "LC_ALL": "C.UTF-8"})
"""What a server gets: none of the caller's PG* variables, which would change what it does."""


@dataclass(frozen=True)
class Command:
    """How to start a child. ``argv`` begins with an absolute path; ``env`` is all it gets; secrets belong in neither.

    ``death_signal`` is what the kernel sends it when we die. ``held`` are open descriptors that it keeps, so that a
    lock lives as long as it does. ``stdin`` is a file that it reads; nothing by default.
    """

    argv: tuple[str, ...]
    log: Path
    death_signal: signal.Signals
    env: Mapping[str, str] = field(default_factory=lambda: PLAIN_ENVIRONMENT, repr=False)
    cwd: Path = Path("/")
    account: Account | None = None
    held: tuple[int, ...] = ()
    stdin: Path = Path(os.devnull)


class Child:
    """A started child. It leads its own session, so a terminal's Ctrl-C reaches us alone, and we decide its end."""

    def __init__(self, command: Command) -> None:
        if threading.current_thread() is not threading.main_thread():
            raise ServiceError("processes are started from the main thread alone: the kernel ties their life to it")
        self.command = command
        self._asked: set[signal.Signals] = set()
        with disk_trouble(command.log, doing="write"), ExitStack() as files:
            self._log_start = turn_over(command.log)
            stdin = files.enter_context(command.stdin.open("rb"))
            log = files.enter_context(command.log.open("ab"))
            self._process = subprocess.Popen(
                leashed(command, parent=os.getpid()),
                stdin=stdin,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**loader_environment(), **command.env},
                cwd=command.cwd,
                pass_fds=command.held,
                start_new_session=True,
                umask=0o077,
            )

    @property
    def pid(self) -> int:
        """The process's id, which is also its group's."""
        return self._process.pid

    def exit_code(self) -> int | None:
        """Return None while it runs, else its exit code (minus the signal's number where one ended it).

        What is left of its group, e.g. the children of a pool whose parent was killed, is ended before it is reaped:
        until then the number of the group cannot belong to anybody else.
        """
        if self._process.returncode is None and self._has_ended():
            self._kill_group()
        return self._process.poll()

    def ask(self, sign: signal.Signals) -> None:
        """Send the signal to the process itself, once: asked again, many a program takes it for "at once".

        Nothing happens where it has ended.
        """
        if sign not in self._asked and self.exit_code() is None:
            os.kill(self.pid, sign)  # Not reaped yet, so the number is still its own.
            self._asked.add(sign)

    def finish(self, seconds: float) -> int:
        """Wait for its end for so many seconds, then kill its whole group; return the exit code."""
        attempts = Retrying(
            retry=retry_if_result(lambda code: code is None),
            wait=wait_fixed(POLL_SECONDS),
            stop=stop_after_delay(max(0.0, seconds)),
        )
        try:
            with suppress(RetryError):
                attempts(self.exit_code)
        finally:
            self.kill()
        return self._process.wait()

    def stop(self, sign: signal.Signals, *, seconds: float) -> int:
        """Ask it to end, give it so many seconds, then kill its group. Interrupted, it kills at once."""
        self.ask(sign)
        return self.finish(seconds)

    def kill(self) -> None:
        """Kill the whole group and reap the process; nothing where it has ended."""
        if self.exit_code() is None:
            self._kill_group()
            self._process.wait()

    def last_words(self) -> str:
        """Return the last lines that it wrote to its log."""
        return last_words(self.command.log, since=self._log_start)

    def _has_ended(self) -> bool:
        try:
            ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return False  # Somebody else has reaped it: there is nothing left to protect the group's number.
        return ended is not None

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


def loader_environment() -> dict[str, str]:
    """Return what the loader needs to find our own interpreter's library: some installations work by this alone."""
    return {name: os.environ[name] for name in (LOADER_PATH,) if name in os.environ}


def leashed(command: Command, *, parent: int) -> tuple[str, ...]:
    """Return the argument list that runs the command through leash.py."""
    uid, gid = (command.account.uid, command.account.gid) if command.account else (leash.KEEP_USER, leash.KEEP_USER)
    script = (sys.executable, "-I", "-S", leash.__file__)
    return (*script, str(int(command.death_signal)), str(parent), str(uid), str(gid), *command.argv)


def run_to_end(command: Command, *, seconds: float, path: Path) -> None:
    """Run a program that makes ``path`` and ends by itself.

    Raises ``ServiceError`` with its last words where it fails or takes longer.
    """
    child = Child(command)
    code = child.finish(seconds)
    if code != 0:
        name, words = Path(command.argv[0]).name, child.last_words()
        remedy = server_trouble(words, path=path)
        raise ServiceError(f"{name} ended with code {code} (log: {command.log}):\n{words}\n{remedy}")
