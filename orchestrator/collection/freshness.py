"""How fresh each source of each target is, and how much of it was seen: the worst first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from agents.contract import CoverageState
from orchestrator.collection import statements
from orchestrator.domain.exclusion import COLLECT
from orchestrator.store.documents import clean_text
from orchestrator.store.tables.columns import DEFAULT_TENANT

RECENT = 200
"""Ended runs among which the last look at a target is looked for, beside those that last read something of it."""
MOST_TARGETS = 10_000
"""Targets that those runs have together, about: the cost is that of their steps, however large the runs are."""
MOST = 50_000
"""Sources that are put in order at most."""

_BADNESS = (
    CoverageState.FAILED,
    CoverageState.PARTIAL,
    CoverageState.NOT_COLLECTED,
    None,
    CoverageState.ZERO,
    CoverageState.COMPLETE,
)


@dataclass(frozen=True)
class Freshness:
    """One source of one target: when it was read last, and what its last look saw."""

    target: str
    source: str
    """A source's name; for a collection that failed for good, its capability."""
    state: CoverageState | None
    """What the last look in an ended run saw of it; None where no such look is known any more."""
    items: int | None
    detail: str
    """Why it is not complete; may quote a stranger's text."""
    run_id: UUID | None
    """The run of that look."""
    read_at: datetime | None
    """When it was last read: its cursor was written, or a look saw something of it; None: never."""
    age: float | None
    """Seconds since then."""
    max_age: int | None
    """Seconds that its data may be old, as the last look's target says; None where that is not known any more."""
    quarantined: int
    """Items of it that could not be read."""

    @property
    def late(self) -> bool:
        """Whether it is older than it may be."""
        return self.age is not None and self.max_age is not None and self.age > self.max_age


def read_freshness(
    conn: Connection,
    *,
    target: str | None = None,
    source: str | None = None,
    limit: int = 200,
    tenant: str = DEFAULT_TENANT,
) -> tuple[Freshness, ...]:
    """Return sources of targets, the worst first."""
    wanted = {"target": target and clean_text(target), "source": source and clean_text(source)}
    bounds = {"recent": RECENT, "most_targets": MOST_TARGETS, "most": MOST, "collect": COLLECT}
    rows = conn.execute(statements.SOURCES, {**wanted, **bounds, "tenant": tenant}).mappings()
    return worst_first(_freshness(dict(row)) for row in rows)[:limit]


def worst_first(sources: Iterable[Freshness]) -> tuple[Freshness, ...]:
    """Return what failed, then what is late, then by how little was seen; in each the one most over its age first."""
    return tuple(sorted(sources, key=_rank))


def _rank(one: Freshness) -> tuple[int, int, float, str, str]:
    failed = one.state is CoverageState.FAILED
    over = (one.age or 0.0) / (one.max_age or 86_400)
    return 0 if failed else 1 if one.late else 2, _BADNESS.index(one.state), -over, one.target, one.source


def _freshness(row: dict[str, Any]) -> Freshness:
    state = row["state"]
    return Freshness(**{**row, "state": CoverageState(state) if state else None, "detail": row["detail"] or ""})
