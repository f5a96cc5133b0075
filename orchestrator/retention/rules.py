"""What is removed, after how many days, and how: one rule for each kind of old rows."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, TextClause

from orchestrator.retention import statements
from orchestrator.retention.keeping import Keeping

LOT = 5_000
"""Rows that one transaction removes, about: some tenths of a second, and no lock is held for longer."""
_RUNS = 200
"""Runs that one transaction forgets: little is left of them, but several tables are asked for it."""

Remove = Callable[[Connection, int, int], int]
"""Removes at most about a lot of what is older than some days; returns how many rows went, 0 where there are none."""


@dataclass(frozen=True)
class Rule:
    """One kind of old rows."""

    name: str
    days: int
    remove: Remove
    lot: int = LOT

    def once(self, conn: Connection) -> int:
        """Remove one lot in the caller's transaction; return how many rows went."""
        return self.remove(conn, self.days, self.lot)


def rules(keeping: Keeping) -> tuple[Rule, ...]:
    """Return the rules for what is kept how long."""
    return (
        Rule("run_details", keeping.details_at_most, drop_details),
        Rule("runs", keeping.keys, _by(statements.FORGET_RUNS), lot=_RUNS),
        Rule("sent_messages", keeping.sent, _by(statements.FORGET_SENT)),
        Rule("dead_letters", keeping.dead_letters, _by(statements.FORGET_DEAD)),
        Rule("action_audit", keeping.action_audit, _by(statements.FORGET_AUDIT)),
        Rule("answers", keeping.action_audit, _by(statements.FORGET_ANSWERS)),
        Rule("calls", keeping.calls, _by(statements.FORGET_CALLS)),
        Rule("quarantine", keeping.quarantine, _by(statements.FORGET_QUARANTINE)),
        Rule("occurrences", keeping.occurrences, _by(statements.FORGET_OCCURRENCES)),
        Rule("evidence", keeping.evidence, drop_evidence),
        Rule("pages", keeping.evidence, _by(statements.FORGET_PAGES)),
        Rule("sighted", keeping.keys, _by(statements.FORGET_SIGHTED)),
    )


def drop_details(conn: Connection, days: int, lot: int) -> int:
    """Remove what was done in the oldest ended runs, each run whole; return how many steps and attempts went."""
    old = conn.execute(statements.OLD_RUNS, {"days": days, "lot": lot}).one()
    if not old.runs:
        return 0
    for statement in statements.DROP_DETAILS:
        conn.execute(statement, {"runs": old.runs})
    conn.execute(statements.MARK_PRUNED, {"runs": old.runs})
    return max(int(old.size), len(old.runs))


def drop_evidence(conn: Connection, days: int, lot: int) -> int:
    """Remove a lot of what was collected of the target that nobody looked at for longest; return the number of rows.

    How far the target was read goes first: else whoever looks at it again would go on from there, and what was removed
    would never be read again.
    """
    target = conn.execute(statements.OLD_TARGET, {"days": days}).one_or_none()
    if target is None:
        return 0
    where = {"tenant": target.tenant, "target": target.target}
    conn.execute(statements.DROP_CURSORS, where)
    removed = conn.execute(statements.DROP_EVIDENCE, {**where, "lot": lot}).rowcount
    if removed == 0:
        conn.execute(statements.DROP_LOOK, where)
    return max(removed, 1)


def _by(statement: TextClause) -> Remove:
    """Return what removes a lot by one statement."""

    def remove(conn: Connection, days: int, lot: int) -> int:
        return conn.execute(statement, {"days": days, "lot": lot}).rowcount

    return remove
