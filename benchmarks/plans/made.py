"""Made-up workflows of the three shapes that recorded ones lack: a wide fan, chains in a chord, and joins in a join.

Their times are drawn from the recorded ones, each as a part of its own workflow's mean.
"""

import random
from collections.abc import Iterator, Sequence
from statistics import mean

from benchmarks.plans.dags import Dag

FAN = 100
CHAINS, LINKS = 20, 4
GROUPS, MEMBERS, LAST = 6, 6, 12
END = "end"


def made_up(dags: Sequence[Dag], *, seed: int) -> Iterator[Dag]:
    """Yield the made-up workflows; none where there is nothing to draw times from. The same seed draws the same."""
    pool = [seconds / mean(dag.seconds.values()) for dag in dags for seconds in dag.seconds.values()]
    for name, parents in (("wide fan", fan()), ("chains in a chord", chains()), ("joins in a join", nested())):
        lots = random.Random(f"{name} {seed}")
        if pool:
            yield Dag(name, {task: lots.choice(pool) for task in parents}, parents)


def fan() -> dict[str, frozenset[str]]:
    """Return tasks side by side, and one that joins them."""
    return _joined({f"f{number}": frozenset() for number in range(FAN)}, end=END)


def chains() -> dict[str, frozenset[str]]:
    """Return chains side by side, and a task that joins them."""
    names = ((chain, link) for chain in range(CHAINS) for link in range(LINKS))
    rows = {f"c{chain}-{link}": frozenset({f"c{chain}-{link - 1}"} if link else ()) for chain, link in names}
    return _joined(rows, end=END)


def nested() -> dict[str, frozenset[str]]:
    """Return fans side by side, each with a join of its own, then a fan behind all of them, and a join of that."""
    rows: dict[str, frozenset[str]] = {}
    for group in range(GROUPS):
        members = {f"g{group}-{member}": frozenset[str]() for member in range(MEMBERS)}
        rows |= _joined(members, end=f"g{group}-end")
    joins = frozenset(f"g{group}-end" for group in range(GROUPS))
    return _joined(rows | {f"l{number}": joins for number in range(LAST)}, end=END)


def _joined(rows: dict[str, frozenset[str]], *, end: str) -> dict[str, frozenset[str]]:
    """Return the tasks with one more, that waits for all for which no other waits."""
    waited_for = frozenset[str]().union(*rows.values())
    return {**rows, end: frozenset(rows) - waited_for}
