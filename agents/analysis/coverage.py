"""What was seen of each source, over all agents: one row a source and subject, never better than the worst of them."""

from collections.abc import Iterable, Sequence

from agents.analysis.ordering import canonical
from agents.contract import Coverage, CoverageState

WORST_FIRST = (
    CoverageState.FAILED,
    CoverageState.NOT_COLLECTED,
    CoverageState.PARTIAL,
    CoverageState.ZERO,
    CoverageState.COMPLETE,
)
"""The order in which people should read the states, and which of two answers about the same source stands."""

SEEN_SHARE = {
    CoverageState.COMPLETE: 1.0,
    CoverageState.ZERO: 1.0,
    CoverageState.PARTIAL: 0.5,
    CoverageState.NOT_COLLECTED: 0.0,
    CoverageState.FAILED: 0.0,
}
"""How much of a source was seen. Zero is a whole answer: it was looked at, and nothing was there."""

WHOLE = frozenset({CoverageState.COMPLETE, CoverageState.ZERO})


def merge_coverage(rows: Iterable[Coverage]) -> tuple[Coverage, ...]:
    """Return one row for each source and subject, worst state first, then by subject and source.

    Where agents answer differently about the same source, the worse answer stands, with its detail; of two equal
    answers the one that saw more, then the fresher one.
    """
    groups: dict[tuple[str, str], list[Coverage]] = {}
    for row in rows:
        groups.setdefault((row.source, row.subject), []).append(row)
    merged = (min(group, key=_standing) for group in groups.values())
    return tuple(sorted(merged, key=lambda row: (WORST_FIRST.index(row.state), row.subject, row.source)))


def seen_share(rows: Sequence[Coverage]) -> float:
    """Return how much of its sources an agent saw, from 0 to 1; 1 where it names none, as there is no gap to count."""
    if not rows:
        return 1.0
    return sum(SEEN_SHARE[row.state] for row in rows) / len(rows)


def _standing(row: Coverage) -> tuple[int, int, float, str]:
    freshness = row.as_of.timestamp() if row.as_of else 0.0
    return (WORST_FIRST.index(row.state), -row.items, -freshness, canonical(row))
