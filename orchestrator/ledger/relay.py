"""The relay: sends what the outbox holds. A crash between sending and marking sends twice, which does nothing."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from celery import Celery, group
from celery.canvas import Signature
from celery.result import denied_join_result
from kombu.exceptions import BatchPublishError
from kombu.exceptions import OperationalError as BrokerError
from pydantic import ValidationError
from redis.exceptions import RedisError
from sqlalchemy import Connection, Engine, Row
from sqlalchemy.exc import SQLAlchemyError

from agents.contract import AgentSpec
from orchestrator.domain.plans import Plan, Shape, resume
from orchestrator.domain.runs import RunState
from orchestrator.domain.triggers import Priority
from orchestrator.errors import LookoutError
from orchestrator.ledger import sending_statements
from orchestrator.ledger.canvas import STEP_TASK, Canvas
from orchestrator.ledger.outbox import Why
from orchestrator.ledger.outside import Copies
from orchestrator.ledger.submit import Accepted
from orchestrator.store.direct import Direct

_log = structlog.get_logger(__name__)

BROKER_TROUBLE = (BrokerError, BatchPublishError, RedisError, ConnectionError, TimeoutError)
"""What a broker that is down, slow, or wants another password raises."""
TAKEN_SECONDS = 20.0
"""How long a lot is one relay's before another may send it; a large plan adds 10 ms for each of its steps."""
PART = 100
"""Messages that go to the broker together: workers begin with these while the next are made."""
_UNTIL_OTHER_CODE_SECONDS = 60
"""While versions change, another process may know the agent that this one does not; else the run's deadline comes."""


def _each_alone(_agent: str) -> int:
    """Return a lot's size where nothing is known: one message a step."""
    return 1


def send(canvas: Signature) -> None:
    """Send a canvas; plain steps side by side in few round trips, each of which some workers can begin with.

    Nothing else goes through one producer: Celery takes another for each chain, and whoever holds one while waiting
    for a second can wait forever.
    """
    plain = isinstance(canvas, group) and all(part.task == STEP_TASK for part in canvas.tasks)
    if not plain:
        canvas.apply_async()
        return
    with canvas.app.producer_or_acquire() as producer:
        for first in range(0, len(canvas.tasks), PART):
            with producer.batch():
                group(canvas.tasks[first : first + PART], app=canvas.app).apply_async(producer=producer)


class _Lot(NamedTuple):
    """How many rows of a lot went, and whether there is no reason to look for another lot now."""

    sent: int
    last: bool


class Relay:
    """Sends due outbox rows; several may run at once, each row goes through one of them."""

    def __init__(
        self,
        engine: Engine,
        app: Celery,
        *,
        specs: Mapping[str, AgentSpec],
        copies: Copies,
        direct: Direct | None = None,
        lot: int = 50,
        lot_size: Callable[[str], int] = _each_alone,
    ) -> None:
        self._engine = engine
        self._direct = direct or Direct(engine)
        self._app = app
        self._specs = specs
        self._copies = copies
        self._lot = lot
        self._lot_size = lot_size

    def send_first(self, accepted: Accepted, plan: Plan) -> None:
        """Send the first messages of a run that was just accepted; what cannot be sent, the sweep sends."""
        agents = {step.name: step.agent for step in plan.steps}
        try:
            self._publish(accepted.run_id, plan.shape, agents=agents, priority=plan.priority)
            self._direct.rows(sending_statements.MARK_PUBLISHED, {"ids": [accepted.outbox_id]})
        except (*BROKER_TROUBLE, LookoutError, SQLAlchemyError) as error:
            _log.warning("not sent yet; the sweep will", run=str(accepted.run_id), error=str(error))

    def send_due(self, run_id: UUID | None = None) -> int:
        """Send what is due, of one run or of all; return how many rows went. What the broker refuses stays."""
        sent = 0
        while True:
            lot = self._send_lot(run_id)
            sent += lot.sent
            if lot.last:
                return sent

    def send_soon(self, run_id: UUID) -> None:
        """Send what is due of one run, for whoever has more to do: what cannot be sent now, the sweep sends."""
        try:
            self.send_due(run_id)
        except SQLAlchemyError as error:
            _log.warning("not sent yet; the sweep will", run=str(run_id), error=str(error))

    def _send_lot(self, run_id: UUID | None) -> _Lot:
        """Take one lot for a while, send it outside any transaction, and mark what went; the rest falls due again."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            wanted = {"run": run_id, "limit": self._lot, "lease": TAKEN_SECONDS}
            rows = conn.execute(sending_statements.TAKE_OUTBOX, wanted).all()
            sent: list[int] = []
            left = [row.id for row in rows]
            try:
                for row in rows:
                    sent.extend(self._try(conn, row))
                    left.remove(row.id)
            except BROKER_TROUBLE as error:
                _log.warning("the broker did not take a message; it stays in the outbox", error=str(error))
            if sent:
                conn.execute(sending_statements.MARK_PUBLISHED, {"ids": sent})
            if left:
                conn.execute(sending_statements.GIVE_BACK_OUTBOX, {"ids": left})
        return _Lot(sent=len(sent), last=bool(left) or len(rows) < self._lot)

    def _try(self, conn: Connection, row: Row[Any]) -> list[int]:
        """Send what one row stands for and return its id; one that this code cannot send holds up no other."""
        try:
            self._send(conn, row)
        except (LookoutError, ValidationError) as error:
            _log.warning("this code cannot send a row; it is tried again later", row=row.id, error=str(error))
            conn.execute(sending_statements.POSTPONE, {"id": row.id, "wait": _UNTIL_OTHER_CODE_SECONDS})
            return []
        return [row.id]

    def _send(self, conn: Connection, row: Row[Any]) -> None:
        """Send what one row stands for."""
        if row.why == Why.ENDED:
            self._copies.hand_out(conn, row.run_id)
            return
        run = conn.execute(sending_statements.RUN_TO_SEND, {"run": row.run_id}).one()
        if run.state != RunState.RUNNING:
            return
        plan = Plan.model_validate(run.plan)
        done = frozenset(run.ended)
        shape = resume(plan.shape, ready=frozenset(row.steps or ()) - done, done=done)
        if shape is None:
            return
        self._publish(row.run_id, shape, agents=run.agents, priority=Priority(run.priority))

    def _publish(self, run_id: UUID, shape: Shape, *, agents: Mapping[str, str], priority: Priority) -> None:
        """Send the messages of a shape, those of many steps in few round trips."""
        canvas = Canvas(self._app, run_id, agents=agents, specs=self._specs, priority=priority, lot_size=self._lot_size)
        with denied_join_result():
            send(canvas.build(shape))
