"""Signals to processes, and who was there to get them."""

import os
import signal
import time

import psutil

from orchestrator.local.process import StackProcess


def group_of(pid: int) -> set[int]:
    """Return a process with all below it; nobody where it has ended."""
    try:
        process = psutil.Process(pid)
        return {pid, *(child.pid for child in process.children(recursive=True))}
    except psutil.Error:
        return set()


def signal_all(pids: set[int], number: signal.Signals) -> set[int]:
    """Send a signal to all, and return who was there to get it."""
    return {pid for pid in pids if _signal(pid, number)}


def _signal(pid: int, number: signal.Signals) -> bool:
    """Send a signal; False where nobody is there, or only what is left of one that ended."""
    try:
        if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return False
        os.kill(pid, number)
    except (psutil.Error, ProcessLookupError):
        return False
    return True


def died(process: StackProcess, *, seconds: float = 5.0) -> bool:
    """Whether a process that was killed ended by that signal."""
    until = time.monotonic() + seconds
    while process.exit_code() is None and time.monotonic() < until:
        time.sleep(0.005)
    return process.exit_code() == -signal.SIGKILL
