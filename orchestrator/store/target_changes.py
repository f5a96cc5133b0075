"""What actions changed about watched targets: kept beside the watchlists' own words, and laid over them.

A change holds as long as the file says of its target what it said when the change was made: once a person edits the
target's tier or age, the person's word is the newer one.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, text

from agents.contract import Target

_IN_FORCE = text("""
    SELECT target, tier, max_age_seconds, old_tier, old_max_age_seconds FROM target_changes
    WHERE tenant = :tenant AND watchlist = :watchlist ORDER BY at, action_id
""")
"""The changes of a watchlist's targets, the first first."""


def with_changes(
    conn: Connection, targets: Iterable[Target], *, watchlist: str, tenant: str
) -> tuple[tuple[Target, ...], frozenset[str]]:
    """Return a file's targets as actions changed them, and the ids of those whose age was changed."""
    rows = conn.execute(_IN_FORCE, {"tenant": tenant, "watchlist": watchlist}).all()
    written = tuple(targets)
    changed = tuple(changed_target(target, rows) for target in written)
    aged = {now.id for now, then in zip(changed, written, strict=True) if now.max_age_seconds != then.max_age_seconds}
    return changed, frozenset(aged)


def changed_target(target: Target, rows: Iterable[Row[Any]]) -> Target:
    """Return a target with its changes, the later over the earlier."""
    update: dict[str, Any] = {}
    for row in rows:
        if row.target == target.id and (row.old_tier, row.old_max_age_seconds) == (target.tier, target.max_age_seconds):
            given = {"tier": row.tier, "max_age_seconds": row.max_age_seconds}
            update |= {name: value for name, value in given.items() if value is not None}
    return target.model_copy(update=update) if update else target
