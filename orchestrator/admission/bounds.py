"""How much may be under way, by urgency: pure decisions.

The less urgent a run is, the earlier it is turned away. What that leaves free is the reserve of those more urgent::

    0 ............ 70 % ...... 85 % ........ 100 % ............ 125 %
      scheduled looks | normal ones | high ones | critical ones |  nobody
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from orchestrator.domain.triggers import Priority

PACE_SECONDS = 60.0
"""Over how long the pace is taken."""
SOONEST_SECONDS, LATEST_SECONDS = 1.0, 600.0
UNKNOWN_SECONDS = 60.0
"""When to come back where nothing has ended lately."""
SPREAD = 0.25
"""By what share callers are told to come back later than the others, so that not all return in one moment."""

_SHARES: Mapping[Priority, float] = MappingProxyType({Priority.LOW: 0.7, Priority.NORMAL: 0.85, Priority.HIGH: 1.0})


@dataclass(frozen=True)
class Load:
    """What is under way: live runs, and steps of theirs that have not begun."""

    runs: int
    steps: int


@dataclass(frozen=True)
class Bounds:
    """The most that may be under way for runs of high priority, and what critical ones may add to it."""

    runs: int
    steps: int
    reserve: float = 0.25

    @property
    def hard(self) -> Load:
        """What is never exceeded, by more than what is taken in between two looks at the load."""
        return self.at(Priority.CRITICAL)

    def at(self, priority: Priority) -> Load:
        """Return the load at which runs of a priority are turned away."""
        share = _SHARES.get(priority, 1.0 + self.reserve)
        return Load(runs=max(1, int(self.runs * share)), steps=max(1, int(self.steps * share)))


def excess(load: Load, *, bounds: Bounds, priority: Priority) -> float:
    """Return what share of the load must be gone before there is room for a run of that priority; 0 where there is."""
    at = bounds.at(priority)
    return max(_over(load.runs, at.runs), _over(load.steps, at.steps))


def seconds_until(load: Load, *, share: float, ended: int, chance: float) -> float:
    """Return in how many seconds that share of the load will be gone, at the pace of late.

    ``ended`` runs of the last ``PACE_SECONDS`` are the pace; ``chance``, 0 to 1, spreads those who are told.
    """
    seconds = load.runs * share / (ended / PACE_SECONDS) if ended else UNKNOWN_SECONDS
    return min(LATEST_SECONDS, max(SOONEST_SECONDS, seconds) * (1.0 + SPREAD * chance))


def full_words(load: Load, *, bounds: Bounds, priority: Priority) -> str:
    """Return what there is too much of."""
    at = bounds.at(priority)
    if load.runs >= at.runs:
        return f"{load.runs:,} runs are live, of {at.runs:,} that may be"
    return f"{load.steps:,} steps wait, of {at.steps:,} that may"


def _over(count: int, most: int) -> float:
    """Return the share of a count by which it leaves no room for one more."""
    return (count - most + 1) / count if count >= most else 0.0
