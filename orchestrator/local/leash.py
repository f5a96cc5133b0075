"""Becomes another program that ends when its parent does: run as a script, between our fork and the program's start.

A script, because a ``preexec_fn`` is not safe where threads run. The order matters: the kernel forgets the death signal
when a process changes its user, so the user is changed first. The signal is tied to the *thread* that started the
process, therefore processes are started from the main thread alone. Linux only (prctl(2), PR_SET_PDEATHSIG).

It runs without the site module and imports nothing of ours: it must start in milliseconds.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
KEEP_USER = -1
REFUSED = 126
NOT_RUN = 127


def end_with_parent(death_signal: int) -> None:
    """Ask the kernel to send this process ``death_signal`` when the thread that started it ends."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def become(uid: int, gid: int) -> None:
    """Give up root for good, supplementary groups first."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def clear_signals() -> None:
    """Undo what Python and our parent did to the signals, which a program would inherit."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def main(arguments: list[str]) -> int:
    """Run ``DEATH_SIGNAL PARENT UID GID PROGRAM [ARGUMENT ...]``; returns only where that failed, with an exit code."""
    death_signal, parent, uid, gid = (int(text) for text in arguments[:4])
    command = arguments[4:]
    try:
        if uid != KEEP_USER:
            become(uid, gid)
        end_with_parent(death_signal)
    except OSError as error:
        sys.stderr.write(
            f"cannot run {command[0]} as user {uid}: {error}; "
            "start as an ordinary user, or let root change its user here\n"
        )
        return REFUSED
    if os.getppid() != parent:
        return REFUSED  # The parent died before the kernel was told: nobody is left to serve.
    clear_signals()
    try:
        os.execv(command[0], command)  # noqa: S606 - no shell is the point
    except OSError as error:
        sys.stderr.write(f"cannot run {command[0]}: {error.strerror}\n")
    return NOT_RUN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
