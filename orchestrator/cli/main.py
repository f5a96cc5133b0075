"""The first and the last moment of the ``lookout`` command: however it ends, an exit code.

Next to nothing is imported here, so that Ctrl-C is heard from the start.
"""

import os
import signal
import sys
from contextlib import suppress
from io import TextIOWrapper
from types import FrameType

_FAILED = 1
_INTERRUPTED = 130
"""Both as in ``exits``, which takes too long to import here."""


def main() -> None:
    """Run the command line and exit with its code."""
    code = _run(sys.argv[1:])
    # All is done and undone: one more Ctrl-C, while Python closes, must not change how it ended.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    """Run a command in this process, which is its own; return its exit code."""
    _hear()
    _write_whatever_it_is()
    from orchestrator.cli.running import run  # noqa: PLC0415  imported where Ctrl-C is heard

    try:
        code = run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence()
        return _FAILED
    return code


def _hear() -> None:
    """Let Ctrl-C, a service manager's stop and a closed terminal end us at once, wherever nothing has to be undone.

    Most of a short command's time goes into imports, and an exception in the middle of one comes out as another, or not
    at all. What has to be undone is done below ``interrupting.undoing``, where a signal is a KeyboardInterrupt.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _leave)


def _leave(_number: int, _frame: FrameType | None) -> None:
    """End now: a signal's handler."""
    with suppress(OSError):
        os.write(2, b"interrupted\n")
    os._exit(_INTERRUPTED)


def _write_whatever_it_is() -> None:
    """Escape what the terminal's or pipe's encoding cannot say, instead of failing on it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _silence() -> None:
    """Nobody reads any more: keep Python from complaining about that when it closes its streams."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
