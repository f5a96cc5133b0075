"""Running a program that a user named, so that it can neither hang, nor flood, nor take our secrets. POSIX only.

It gets a process group of its own, which is killed whole when its time is up, when it prints too much, and when the
step must stop. It is no shell's line: arguments are handed over as they are. Its environment holds what it needs to
find programs and the user's own settings, and what is said about the target; nothing of ours.
"""

import os
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from agents.contract import StopSignal
from agents.errors import AgentError
from agents.sources.stopping import stop_here
from agents.sources.text import clean_line

MAX_BYTES = 1_048_576
"""How much a command may print."""
_POLL_SECONDS = 0.05
_CHUNK_BYTES = 1 << 16
_LAST_BYTES = 2_000
_MESSAGE_LIMIT = 400
_KEPT = ("PATH", "HOME", "LANG", "TZ")


class CommandFailedError(AgentError):
    """A user's command gave no result. The message names the field, what was wrong, and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program with its arguments, and its limits."""

    words: Sequence[str]
    about: Mapping[str, str]
    """Variables that tell it what it is about."""
    seconds: float
    max_bytes: int = MAX_BYTES

    def read(self, *, stop: StopSignal) -> bytes:
        """Return what it prints on standard output.

        Raises ``CommandFailedError`` where it cannot be started, takes too long, prints too much, or ends with any
        code but 0; ``StoppedError`` where the step must stop. However that goes, its whole group has ended.
        """
        with tempfile.TemporaryDirectory(prefix="baseline-") as folder:
            process = self._start(folder)
            try:
                said, complaints = self._listen(process, stop=stop)
            finally:
                code = _end(process)
        if code:
            raise self.failed(f"ended with code {code}{_said(complaints)}; make it exit with 0")
        return said

    def failed(self, why: str) -> CommandFailedError:
        """Return the error that says what is wrong with the command."""
        shown = " ".join(clean_line(word, limit=80) or "''" for word in self.words[:4])
        return CommandFailedError(f"baseline_command: {shown!r} {why}")

    def _start(self, folder: str) -> subprocess.Popen[bytes]:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        try:
            return subprocess.Popen(
                list(self.words),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={"PATH": os.defpath, **kept, **self.about},
                cwd=folder,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            why = clean_line(str(error), limit=_MESSAGE_LIMIT)
            raise self.failed(f"cannot be started ({why}); give a program that this worker can run") from error

    def _listen(self, process: subprocess.Popen[bytes], *, stop: StopSignal) -> tuple[bytes, bytes]:
        """Return all that the program prints, and the last of what it complains of, once it has ended."""
        said = bytearray()
        complaints = b""
        for pipe, piece in self._pieces(process, stop=stop):
            if pipe is process.stderr:
                complaints = (complaints + piece)[-_LAST_BYTES:]
                continue
            said += piece
            if len(said) > self.max_bytes:
                raise self.failed(f"printed more than {self.max_bytes:,} bytes; print less, as one JSON document")
        return bytes(said), complaints

    def _pieces(self, process: subprocess.Popen[bytes], *, stop: StopSignal) -> Iterator[tuple[IO[bytes], bytes]]:
        """Yield what comes out of either pipe, until both are closed and the program has ended."""
        until = time.monotonic() + self.seconds
        with selectors.DefaultSelector() as selector:
            for pipe in (process.stdout, process.stderr):
                assert pipe is not None  # noqa: S101 - PIPE above; this tells the type checker
                selector.register(pipe, selectors.EVENT_READ, pipe)
            while selector.get_map() or not _has_ended(process):
                stop_here(stop, doing="running baseline_command")
                if time.monotonic() > until:
                    raise self.failed(
                        f"took more than {self.seconds:g} s; make it quicker, or raise its target's "
                        "option baseline_seconds"
                    )
                for key, _ in selector.select(timeout=_POLL_SECONDS):
                    piece = os.read(key.fd, _CHUNK_BYTES)
                    if piece:
                        yield key.data, piece
                    else:
                        selector.unregister(key.data)


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether the program has ended. It is not reaped: until then its group's number is nobody else's."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end(process: subprocess.Popen[bytes]) -> int:
    """Kill what is left of the program's group; return the program's exit code."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdout, process.stderr):
        assert pipe is not None  # noqa: S101 - as above
        pipe.close()
    return process.wait()


def _said(complaints: bytes) -> str:
    words = clean_line(complaints.decode("utf-8", "replace"), limit=_LAST_BYTES)[-_MESSAGE_LIMIT:]
    return f" ({words})" if words else ""
