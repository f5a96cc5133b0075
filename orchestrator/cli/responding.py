"""What a run sets off, where the command that served it is the only one who could carry it out."""

from uuid import UUID

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from orchestrator.cli.terminal import say
from orchestrator.ledger.relay import BROKER_TROUBLE
from orchestrator.response.left import left_over, sets_off

_log = structlog.get_logger(__name__)


def carry_out(engine: Engine, run_id: UUID) -> None:
    """Carry out what an ended run's rules make of its findings, and say what is left for `lookout up`."""
    with engine.connect() as conn:
        if not sets_off(conn, run_id):
            return
    from orchestrator import wiring  # noqa: PLC0415  only a run with rules needs what carries out actions

    try:
        tried = wiring.responder().act()
    except (DBAPIError, *BROKER_TROUBLE) as error:
        _log.warning("actions were not carried out; the next stack does", error=type(error).__name__)
        tried = 0
    with engine.connect() as conn:
        left = left_over(conn)
    if tried or left.actions:
        say(f"actions: {tried} carried out, {left.actions} left; `lookout actions list` says what became of each")
    if left.actions or left.runs:
        say(f"`lookout up` goes on with what is left: {left.actions} actions and {left.runs} follow-up runs")
