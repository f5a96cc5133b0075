"""How long it takes until something happens, where for some of it has not happened yet."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

HALF = 0.5


@dataclass(frozen=True, slots=True)
class Wait:
    """One wait in days, over or still going on."""

    days: float
    over: bool


@dataclass(frozen=True, slots=True)
class Waits:
    """What many waits come to."""

    count: int
    median: float | None
    """Days until half are over; None where fewer are, as long as any was watched."""
    longest: float
    """The longest wait that was watched: a median that is not known lies beyond it."""

    @property
    def at_least(self) -> float:
        """The median, or what it is at least."""
        return self.longest if self.median is None else self.median


def measure_waits(waits: Iterable[Wait]) -> Waits | None:
    """Return the median by Kaplan and Meier's estimate (JASA 53, 1958); None where there is no wait.

    A plain median of what is over would call a project quick that answers a few at once and the others never.
    """
    ordered = sorted(waits, key=lambda wait: (wait.days, not wait.over))
    if not ordered:
        return None
    waiting, left, median = len(ordered), 1.0, None
    for days, group in groupby(ordered, key=lambda wait: wait.days):
        ended = list(group)
        left *= 1 - sum(wait.over for wait in ended) / waiting
        waiting -= len(ended)
        if left <= HALF:
            median = days
            break
    return Waits(count=len(ordered), median=median, longest=ordered[-1].days)
