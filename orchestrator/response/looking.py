"""The second look at an action, by the rules of ``oversight/validation.py`` on what its run found."""

from uuid import UUID

from sqlalchemy import Connection

from agents.analysis.synthesis import Synthesis
from agents.contract import Finding
from orchestrator.oversight.validation import validate
from orchestrator.response import statements
from orchestrator.response.contract import Order


def second_look(conn: Connection, order: Order) -> tuple[str, ...]:
    """Return the reasons against an action; none where it may be done. Without its run's synthesis it may not.

    What the run before found of the same is asked for as well: a claim that jumped since is not acted upon.
    """
    found = conn.execute(statements.SYNTHESIS, {"run": UUID(order.run_id)}).scalar_one_or_none()
    if found is None:
        return (f"run {order.run_id} has no synthesis to look at a second time",)
    same = {"run": UUID(order.run_id), "tenant": order.tenant, "finding": order.finding.id}
    earlier = [Finding.model_validate(body) for body in conn.execute(statements.FOUND_BEFORE, same).scalars()]
    return validate(Synthesis.model_validate(found), [order.finding], earlier=earlier).reasons
