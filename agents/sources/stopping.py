"""Leaving a long read when the step is told to stop."""

from agents.contract import StopSignal
from agents.errors import StoppedError


def stop_here(signal: StopSignal, *, doing: str) -> None:
    """Raise ``StoppedError`` where the signal is set; call it between two items."""
    if signal.is_set():
        raise StoppedError(f"stopped while {doing}: nothing of it was kept; run the step again to read it")
