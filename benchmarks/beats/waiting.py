"""Waiting for what schedulers do, and finding the one that leads."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from benchmarks.beats.ledger import Leads
from benchmarks.passes import PassError
from orchestrator.local.process import StackProcess

LONGEST_SECONDS, SETTLED_SECONDS = 60.0, 4.0
_LOOK_SECONDS = 0.02
_Found = TypeVar("_Found")


def wait_until(look: Callable[[], _Found | None], *, what: str, seconds: float = LONGEST_SECONDS) -> _Found:
    """Return what is seen once something is. Raises ``PassError`` where that takes too long."""
    end = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > end:
            raise PassError(f"it took longer than {seconds:g} s until {what}")
        time.sleep(_LOOK_SECONDS)
    return seen


def find(beats: Sequence[StackProcess], leads: Leads) -> StackProcess:
    """Return the process that leads. Raises ``PassError`` where it is none of ours."""
    beat = next((each for each in beats if each.pid == leads.pid), None)
    if beat is None:
        raise PassError(f"process {leads.pid}, which is none of ours, leads")
    return beat
