"""The relay: sends what the outbox holds. A crash between sending and marking sends twice, which does nothing."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog
from celery import Celery
from celery.result import denied_join_result
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError
from sqlalchemy import Connection, Engine, Row

from agents.contract import AgentSpec
from orchestrator.domain.plans import Plan, resume
from orchestrator.domain.runs import RunState
from orchestrator.domain.triggers import Priority
from orchestrator.ledger import statements
from orchestrator.ledger.canvas import Canvas
from orchestrator.ledger.outbox import Why
from orchestrator.ledger.outside import Copies

_log = structlog.get_logger(__name__)

BROKER_TROUBLE = (BrokerError, RedisError, ConnectionError, TimeoutError)
"""What a broker that is down, slow, or wants another password raises."""


class Relay:
    """Sends due outbox rows; several may run at once, each row goes through one of them."""

    def __init__(
        self, engine: Engine, app: Celery, *, specs: Mapping[str, AgentSpec], copies: Copies, lot: int = 50
    ) -> None:
        self._engine = engine
        self._app = app
        self._specs = specs
        self._copies = copies
        self._lot = lot

    def send_due(self, run_id: UUID | None = None) -> int:
        """Send what is due, of one run or of all; return how many rows went. What the broker refuses stays."""
        sent = 0
        while True:
            lot = self._send_lot(run_id)
            sent += lot
            if lot < self._lot:
                return sent

    def _send_lot(self, run_id: UUID | None) -> int:
        """Send one lot in one transaction, which holds only the rows' own locks."""
        with self._engine.begin() as conn:
            rows = conn.execute(statements.DUE_OUTBOX, {"run": run_id, "limit": self._lot}).all()
            sent: list[int] = []
            for row in rows:
                try:
                    self._send(conn, row)
                except BROKER_TROUBLE as error:
                    _log.warning("the broker did not take a message; it stays in the outbox", error=str(error))
                    break
                sent.append(row.id)
            if sent:
                conn.execute(statements.MARK_PUBLISHED, {"ids": sent})
        return len(sent)

    def _send(self, conn: Connection, row: Row[Any]) -> None:
        """Send what one row stands for."""
        if row.why == Why.ENDED:
            self._copies.hand_out(conn, row.run_id)
            return
        run = conn.execute(statements.RUN_TO_SEND, {"run": row.run_id}).one()
        if run.state != RunState.RUNNING:
            return
        plan = Plan.model_validate(run.plan)
        done = frozenset(run.ended)
        shape = resume(plan.shape, ready=frozenset(row.steps or ()) - done, done=done)
        if shape is None:
            return
        urgent = Priority(run.priority).urgent
        canvas = Canvas(self._app, row.run_id, agents=run.agents, specs=self._specs, urgent=urgent)
        with denied_join_result():
            canvas.build(shape).apply_async()
