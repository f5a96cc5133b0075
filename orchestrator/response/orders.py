"""From an action's row to the order that is carried out."""

from typing import Any

from sqlalchemy import Row

from agents.contract import Finding
from orchestrator.domain.responses import ActionKind
from orchestrator.response.contract import Order


def order_of(row: Row[Any]) -> Order:
    """Return the order that a row holds: the same at every attempt."""
    return Order(
        id=row.id,
        tenant=row.tenant,
        run_id=str(row.run_id),
        rule=row.rule,
        kind=ActionKind(row.kind),
        parameters=row.parameters,
        finding=Finding.model_validate(row.finding),
        depth=row.depth,
    )
