"""List scheduling of a plan on so many slots: whenever a slot is free, the first ready step of the list gets it.

Highest level first: the list is ordered by each step's level, the longest path from its begin to the plan's end
(Hu 1961; Adam, Chandy and Dickson 1974).
"""

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.plans.shaping import seconds_of
from orchestrator.domain.plans import Shape
from orchestrator.ledger.layout import Laid, lay_out


def highest_level_first(shape: Shape, *, slots: int) -> float:
    """Return the makespan in seconds, by the ledger's own layout of the plan: a gate opens when all have counted."""
    laid = lay_out(shape).steps
    levels = levels_of(laid)
    return _Run(laid, rank={one.step.name: (-levels[one.step.name], place) for place, one in enumerate(laid)}).go(slots)


def levels_of(laid: Sequence[Laid]) -> dict[str, float]:
    """Return each step's level: its own time, and the longest path behind the gate that it counts on."""
    behind: defaultdict[str | None, list[Laid]] = defaultdict(list)
    for one in laid:
        behind[one.behind].append(one)
    levels: dict[str, float] = {}
    for one in reversed(laid):  # What stands behind a gate is laid out after what counts on it.
        after = max((levels[other.step.name] for other in behind[one.counts]), default=0.0)
        levels[one.step.name] = seconds_of(one.step) + after
    return levels


@dataclass
class _Run:
    """One schedule in the making."""

    laid: Sequence[Laid]
    rank: Mapping[str, tuple[float, int]]
    ready: list[tuple[tuple[float, int], Laid]] = field(default_factory=list)
    busy: list[tuple[float, int, Laid]] = field(default_factory=list)

    def go(self, slots: int) -> float:
        """Return when the last step ends."""
        left: defaultdict[str, int] = defaultdict(int)
        for one in self.laid:
            left[one.counts] += 1
        self._open(None)
        now = 0.0
        while self.ready or self.busy:
            while self.ready and len(self.busy) < slots:
                (_, place), one = heapq.heappop(self.ready)
                heapq.heappush(self.busy, (now + seconds_of(one.step), place, one))
            now, _, done = heapq.heappop(self.busy)
            left[done.counts] -= 1
            if not left[done.counts]:
                self._open(done.counts)
        return now

    def _open(self, gate: str | None) -> None:
        """Have the steps behind a gate ready."""
        for one in self.laid:
            if one.behind == gate:
                heapq.heappush(self.ready, (self.rank[one.step.name], one))
