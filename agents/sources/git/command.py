"""Running git on a repository that a stranger may have prepared.

A repository's own settings can name programs: pagers, signature checkers, text converters, file monitors, transports.
Every one of them that a reading command could start is switched off here, by arguments and by an environment that
holds nothing of ours. The repository is named outright (``--git-dir``): git neither searches parent folders nor
refuses a repository that belongs to another user, which is safe because nothing of it is ever run.
"""

import os
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from agents.contract import StopSignal
from agents.errors import SourceUnavailableError
from agents.sources.git.errors import GitRefusedError
from agents.sources.stopping import stop_here
from agents.sources.text import clean_line

QUIET_SECONDS = 60.0
"""How long git may say nothing before it is taken for hung."""
_POLL_SECONDS = 0.1
_CHUNK_BYTES = 1 << 16
_MESSAGE_LIMIT = 400
_ELSEWHERE = "/"
"""A folder that is there and that no stranger can write to."""

_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "core.pager=cat",
    "diff.external=",
    "log.showSignature=false",
    "gpg.program=false",
    "protocol.allow=never",
    "mailmap.file=/dev/null",
    # The names of authors come from the history's own map, never from a file that happens to lie in a folder.
    "mailmap.blob=HEAD:.mailmap",
    "color.ui=false",
)


@dataclass(frozen=True, slots=True)
class Git:
    """Reads one repository. ``git_dir`` is its ``.git`` (a folder, or the file that points to one) or a bare clone."""

    git_dir: Path
    stop: StopSignal
    quiet_seconds: float = QUIET_SECONDS

    def stream(self, *arguments: str) -> Iterator[bytes]:
        """Yield what git prints, in pieces.

        Raises ``GitRefusedError`` where git fails, ``SourceUnavailableError`` where it hangs or is not installed, and
        ``StoppedError`` where the step must stop. However the caller leaves, git has ended.
        """
        with tempfile.TemporaryFile() as complaints, self._start(arguments, complaints=complaints) as process:
            try:
                yield from self._pieces(process)
                code = process.wait(timeout=self.quiet_seconds)
            finally:
                _end(process)
            if code:
                raise GitRefusedError(_last_words(complaints) or f"git ended with code {code}")

    def read(self, *arguments: str) -> bytes:
        """Return all that git prints; for answers known to be small, e.g. a blob whose size was looked up."""
        return b"".join(self.stream(*arguments))

    def line(self, *arguments: str) -> str:
        """Return git's answer as one line of text."""
        return self.read(*arguments).decode("utf-8", "replace").strip()

    def _start(self, arguments: tuple[str, ...], *, complaints: IO[bytes]) -> subprocess.Popen[bytes]:
        settings = [word for setting in _SETTINGS for word in ("-c", setting)]
        try:
            return subprocess.Popen(
                ["git", "--no-pager", f"--git-dir={self.git_dir}", *settings, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                env=_environment(),
                cwd=_ELSEWHERE,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise SourceUnavailableError("git is not on this worker's PATH; install git, then run again") from error

    def _pieces(self, process: subprocess.Popen[bytes]) -> Iterator[bytes]:
        pipe = process.stdout
        assert pipe is not None  # noqa: S101 - stdout=PIPE above; this tells the type checker
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            heard = time.monotonic()
            while True:
                stop_here(self.stop, doing=f"reading {self.git_dir}")
                if selector.select(timeout=_POLL_SECONDS):
                    piece = os.read(pipe.fileno(), _CHUNK_BYTES)
                    if not piece:
                        return
                    yield piece
                    heard = time.monotonic()
                elif time.monotonic() - heard > self.quiet_seconds:
                    raise SourceUnavailableError(
                        f"git said nothing for {self.quiet_seconds:g} s while reading {self.git_dir}; "
                        "look at that disk, and for pipes in place of files"
                    )


def _environment() -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        # Without it git would go to the working tree that the repository's settings name.
        "GIT_WORK_TREE": _ELSEWHERE,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_GRAFT_FILE": os.devnull,
        # A partial clone would fetch what it lacks, by a program that its settings name.
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "",
        "GIT_SSH_COMMAND": "false",
    }


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        # Git may have children of its own; they share its session.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _last_words(complaints: IO[bytes]) -> str:
    size = complaints.seek(0, os.SEEK_END)
    complaints.seek(max(0, size - 4 * _MESSAGE_LIMIT))
    return clean_line(complaints.read().decode("utf-8", "replace"), limit=4 * _MESSAGE_LIMIT)[-_MESSAGE_LIMIT:]
