"""What was fired, held against what should have been: lost, doubled, and fired by one that no longer led. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple


class Fired(NamedTuple):
    """One occurrence as the ledger has it."""

    schedule: str
    due: datetime
    fired_at: datetime
    fence: int


class Beat(NamedTuple):
    """When a schedule was first due, and every how many seconds it is."""

    first: datetime
    every: float


class Sums(NamedTuple):
    """What a reconciliation found."""

    occurrences: int
    lost: int
    doubled: int
    behind_the_fence: int
    """Occurrences that were fired by an older lease after a newer one had fired."""


def reconcile(fired: Iterable[Fired], runs: Mapping[tuple[str, datetime], int], *, beats: Mapping[str, Beat]) -> Sums:
    """Return the sums. ``beats`` says of each schedule when it should have fired.

    ``runs`` counts runs by schedule and due time: what the runs themselves say, not the occurrences' table.
    """
    rows = sorted(fired, key=lambda row: row.fired_at)
    dues = {name: sorted(row.due for row in rows if row.schedule == name) for name in beats}
    times = Counter((row.schedule, row.due) for row in rows)
    repeated = sum(count - 1 for count in times.values()) + sum(count - 1 for count in runs.values() if count > 1)
    return Sums(
        occurrences=len(rows),
        lost=sum(_missing(dues[name], first=beat.first, every=beat.every) for name, beat in beats.items())
        + sum(key not in runs for key in times),
        doubled=repeated + sum(key not in times for key in runs),
        behind_the_fence=_behind([row.fence for row in rows]),
    )


def _missing(dues: Sequence[datetime], *, first: datetime, every: float) -> int:
    """Return how many due times are missing from the first to the last."""
    if not dues:
        return 1
    return round((dues[-1] - first).total_seconds() / every) + 1 - len(set(dues))


def _behind(fences: Iterable[int]) -> int:
    """Return how many tokens are lower than one before them."""
    highest, behind = 0, 0
    for fence in fences:
        behind += fence < highest
        highest = max(highest, fence)
    return behind
