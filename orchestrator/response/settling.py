"""Actions that somebody else decides about: a second look, or a person. What they decided is carried out here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy import Connection, Engine, Row
from sqlalchemy.exc import DBAPIError

from agents.contract import APPROVE
from orchestrator.domain.responses import ActionState
from orchestrator.oversight.answering import NOBODY
from orchestrator.response import statements
from orchestrator.response.contract import Order
from orchestrator.response.orders import order_of

_log = structlog.get_logger(__name__)

SecondLook = Callable[[Connection, Order], tuple[str, ...]]
"""Returns the reasons against an action; none where it may be done."""

_LOT = 100
_TOO_LATE = "nobody answered in time, and the default is not to do it"
_FORGOTTEN = "the question about it is gone: its answer will never come"


@dataclass(frozen=True)
class Decision:
    """Where an action goes, who says so, and why."""

    state: ActionState
    who: str
    why: str


def settle(engine: Engine, *, second_look: SecondLook) -> int:
    """Carry out what was decided about actions meanwhile, all of it; return how many were decided.

    Lot after lot: those that cannot be settled stay where they are, however many, and must not hide what comes after.
    """
    with engine.begin() as conn:
        conn.execute(statements.EXPIRE_ASKED, {"nobody": NOBODY, "why": _TOO_LATE})
    behind: dict[str, Any] = {"at": "-infinity", "id": ""}
    settled = 0
    while True:
        with engine.begin() as conn:
            rows = conn.execute(statements.UNDECIDED, {**behind, "limit": _LOT}).all()
            settled += sum(_settle(conn, row, second_look=second_look) for row in rows)
        if len(rows) < _LOT:
            return settled
        behind = {"at": rows[-1].created_at, "id": rows[-1].id}


def _settle(conn: Connection, row: Row[Any], *, second_look: SecondLook) -> bool:
    """Carry out what was decided about one action; False where that failed, which keeps no other from being settled."""
    try:
        with conn.begin_nested():
            decision = looked(second_look(conn, order_of(row))) if row.state == ActionState.CHECKING else answered(row)
            _decide(conn, row, decision)
    except (DBAPIError, ValidationError) as error:
        _log.warning("an action was not settled; the next sweep tries again", action=row.id, error=type(error).__name__)
        return False
    return True


def looked(reasons: tuple[str, ...]) -> Decision:
    """Return what a second look makes of an action."""
    if reasons:
        return Decision(ActionState.REFUSED, "a second look", "; ".join(reasons))
    return Decision(ActionState.DUE, "a second look", "it found nothing against it")


def answered(row: Row[Any]) -> Decision:
    """Return what a person's answer makes of an action; the row says it, or that there will be none."""
    if row.forgotten:
        return Decision(ActionState.EXPIRED, NOBODY, _FORGOTTEN)
    if row.who == NOBODY:
        return Decision(ActionState.EXPIRED, NOBODY, row.answer_why or _TOO_LATE)
    given = f"{row.answer}d" if row.answer == APPROVE else "rejected"
    why = f"{given} by {row.who}" + (f": {row.answer_why}" if row.answer_why else "")
    return Decision(ActionState.DUE if row.answer == APPROVE else ActionState.REFUSED, row.who, why)


def _decide(conn: Connection, row: Row[Any], decision: Decision) -> None:
    """Write a decision down."""
    told = {"tenant": row.tenant, "id": row.id, "state": decision.state, "why": decision.why}
    if conn.execute(statements.DECIDE, told).one_or_none() is not None:
        conn.execute(statements.AUDIT, {**told, "who": decision.who})
