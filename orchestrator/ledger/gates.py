"""Counting ends on gates, inside the transaction that ends the steps and has locked their run."""

from collections import Counter
from uuid import UUID

from sqlalchemy import Connection

from orchestrator.ledger import ending_statements


def count_ends(conn: Connection, run_id: UUID, *, ends: Counter[str]) -> frozenset[str]:
    """Lower each gate by its number of ends; return the names of the gates that this opened.

    A skipped step counts when the run reaches it, which is when the gate opens that it stands behind, and so on: else
    what follows it would begin, or the run end, while others before it are still at work.
    """
    opened: set[str] = set()
    while ends:
        reached: Counter[str] = Counter()
        for gate in sorted(ends):
            where = {"run": run_id, "gate": gate}
            if conn.execute(ending_statements.LOWER_GATE, {**where, "ends": ends[gate]}).scalar_one() == 0:
                opened.add(gate)
                reached.update(conn.execute(ending_statements.SKIPPED_BEHIND, where).scalars())
        ends = reached
    return frozenset(opened)


def count_beyond(conn: Connection, run_id: UUID, *, opened: frozenset[str]) -> frozenset[str]:
    """Count what was skipped behind gates that have just opened; return them with those that this opened."""
    skipped = (
        conn.execute(ending_statements.SKIPPED_BEHIND, {"run": run_id, "gate": gate}).scalars() for gate in opened
    )
    return opened | count_ends(conn, run_id, ends=Counter(gate for gates in skipped for gate in gates))
