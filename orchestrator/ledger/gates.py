"""Counting ends on gates, inside the transaction that ends the steps."""

from collections import Counter
from uuid import UUID

from sqlalchemy import Connection

from orchestrator.ledger import statements


def count_ends(conn: Connection, run_id: UUID, *, ends: Counter[str]) -> frozenset[str]:
    """Lower each gate by its number of ends; return the names of the gates that this opened.

    Gates are locked in the order of their names, so that two transactions that count on several never deadlock.
    """
    opened = set()
    for gate in sorted(ends):
        left = conn.execute(statements.LOWER_GATE, {"run": run_id, "gate": gate, "ends": ends[gate]}).scalar_one()
        if left == 0:
            opened.add(gate)
    return frozenset(opened)
