"""The sweep: finds what messages forgot. Deadlines, lost leases, runs that stand still, a broker without memory."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import structlog
from psycopg.errors import DeadlockDetected, LockNotAvailable
from pydantic import ValidationError
from sqlalchemy import Connection, Engine, Row
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from agents.contract import AgentSpec
from orchestrator.domain.lanes import lane_beside
from orchestrator.domain.runs import RunState
from orchestrator.domain.times import capped
from orchestrator.errors import LookoutError
from orchestrator.ledger import ending_statements, endings, outbox, sending_statements
from orchestrator.ledger.attempts import Attempt
from orchestrator.ledger.broker import Broker
from orchestrator.ledger.decisions import GiveUp, Lost, PutOff, after_loss
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.relay import BROKER_TROUBLE, Relay

_log = structlog.get_logger(__name__)

_TURN = 0x10_0C_07  # any number of our own: the advisory lock that makes sweeps take turns
_LOT = 200
CHORE_TROUBLE = (SQLAlchemyError, LookoutError, ValidationError)
"""What a chore may fail of beside a fault of ours: the database, what it refuses, what another version wrote."""


@dataclass(frozen=True)
class Swept:
    """What one sweep did."""

    taken: bool
    """False where another sweep was under way."""
    overdue: int = 0
    lost: int = 0
    stuck: int = 0
    broker_lost: bool = False
    sent: int = 0
    chores: Mapping[str, int] = field(default_factory=dict)
    """How much each chore of the other areas did, by its name."""


class Chore(NamedTuple):
    """Something that another area has done at every sweep, in transactions of its own; returns how much it did."""

    name: str
    do: Callable[[Engine], int]


@dataclass(frozen=True)
class Sweep:
    """One sweep at a time, each part of it in transactions of its own."""

    engine: Engine
    broker: Broker
    relay: Relay
    limits: Limits
    specs: Mapping[str, AgentSpec]
    """Of the stand-ins: one that is no longer in the catalogue takes no step over."""
    chores: tuple[Chore, ...] = ()

    def run(self) -> Swept:
        """Sweep once, unless somebody else does."""
        with self.engine.begin() as turn:
            if not turn.execute(sending_statements.SWEEP_TURN, {"key": _TURN}).scalar_one():
                return Swept(taken=False)
            overdue = self._end_overdue()
            lost = self._take_lost_leases()
            forgotten = self._broker_forgot()
            stuck = self._send_all() if forgotten else self._send_stuck()
            chores = {chore.name: self._do(chore) for chore in self.chores}
        sent = self.relay.send_due()
        return Swept(
            taken=True, overdue=overdue, lost=lost, stuck=stuck, broker_lost=forgotten, sent=sent, chores=chores
        )

    def _do(self, chore: Chore) -> int:
        """Have a chore done; one that fails keeps neither the others nor the sending from being done."""
        try:
            return chore.do(self.engine)
        except CHORE_TROUBLE as error:
            _log.error("a chore failed; the next sweep tries again", chore=chore.name, error=_told(error))
            return 0

    def _end_overdue(self) -> int:
        """End runs past their deadline."""
        with self.engine.connect() as conn:
            rows = conn.execute(sending_statements.OVERDUE_RUNS, {"limit": _LOT}).all()
        return self._for_each(rows, _time_out)

    def _take_lost_leases(self) -> int:
        """Take steps back from holders that have not been heard of."""
        with self.engine.connect() as conn:
            rows = conn.execute(sending_statements.EXPIRED_LEASES, {"limit": _LOT}).all()
        return self._for_each(rows, partial(_take, specs=self.specs))

    def _for_each(self, rows: Sequence[Row[Any]], end: Callable[[Connection, Row[Any]], bool]) -> int:
        """End what each row names, in a transaction of its own; one that others hold for long waits for its turn."""
        ended = 0
        for row in rows:
            try:
                with self.engine.begin() as conn:
                    ended += end(conn, row)
            except OperationalError as error:
                if not isinstance(error.orig, DeadlockDetected | LockNotAvailable):
                    raise
                _log.warning("others are at work on it; the next sweep tries again", row=repr(row))
        return ended

    def _broker_forgot(self) -> bool:
        """Whether the broker came back without its memory; one that is away is asked again at the next sweep."""
        try:
            return not self.broker.remembers(self.engine)
        except BROKER_TROUBLE as error:
            _log.warning("the broker is away", error=str(error))
            return False

    def _send_all(self) -> int:
        """Have everything sent again: whatever waited in the broker is gone. Only then the broker is reminded of us."""
        with self.engine.begin() as conn:
            runs = conn.execute(sending_statements.SEND_ALL_AGAIN).all()
        try:
            self.broker.remind(self.engine)
        except BROKER_TROUBLE as error:
            _log.warning("the broker is away", error=str(error))
        return len(runs)

    def _send_stuck(self) -> int:
        """Have runs sent again that stand still although their ready steps are provably not waiting in line."""
        with self.engine.connect() as conn:
            quiet = {"quiet": self.limits.quiet_seconds, "limit": _LOT}
            rows = conn.execute(sending_statements.STUCK_RUNS, quiet).all()
        if not rows:
            return 0
        try:
            depths = self.broker.depths({queue for row in rows for queue in row.queues})
        except BROKER_TROUBLE as error:
            _log.warning("the broker is away", error=str(error))
            return 0
        stuck = [row for row in rows if self._not_in_line(row, depths)]
        for row in stuck:
            self._send_again(row.id, steps=list(row.steps))
        return len(stuck)

    def _not_in_line(self, row: Row[tuple[object, ...]], depths: dict[str, int]) -> bool:
        """Whether a run's ready steps cannot be waiting: their queues are empty, or later steps were claimed."""
        if any(depths[queue] == 0 for queue in row.queues):
            return True
        with self.engine.connect() as conn:
            overtaken = {"queues": list(row.queues), "ready": row.ready_at}
            return bool(conn.execute(sending_statements.OVERTAKEN, overtaken).scalar_one())

    def _send_again(self, run_id: uuid.UUID, *, steps: list[str]) -> None:
        """Note that a run's steps are to be sent again, one epoch later."""
        with self.engine.begin() as conn:
            conn.execute(sending_statements.SEND_AGAIN, {"run": run_id, "why": outbox.Why.STUCK, "steps": steps})


def _told(error: Exception) -> str:
    """Return an error in one line of a log."""
    return f"{type(error).__name__}: {error}".splitlines()[0][:500]


def _time_out(conn: Connection, row: Row[Any]) -> bool:
    """End one run that is past its deadline, unless somebody has moved that or paused it meanwhile."""
    conn.execute(ending_statements.LOCK_OPEN_STEPS, {"run": row.id})
    if conn.execute(sending_statements.STILL_OVERDUE, {"run": row.id}).one_or_none() is None:
        return False
    return endings.end_run(conn, row.id, state=RunState.TIMED_OUT, error="its deadline passed")


def _take(conn: Connection, row: Row[Any], *, specs: Mapping[str, AgentSpec]) -> bool:
    """Take a step back, hand it over, or end it where it was lost once too often; False where its holder came back."""
    attempt = Attempt(run_id=row.run_id, step=row.name, number=row.attempt)
    lost = Lost(
        losses=row.losses,
        max_losses=row.max_losses,
        failures=row.failures,
        max_failures=row.max_failures,
        late=row.late,
        fallbacks=tuple(row.fallbacks) if row.fallbacks and row.fallbacks[0] in specs else (),
    )
    fate = after_loss(lost)
    words = f"worker {row.lease_owner} was not heard of" + (" and the step's time was up" if row.late else "")
    if isinstance(fate, PutOff):
        return _put_back(conn, attempt, late=row.late, error=words)
    conn.execute(ending_statements.LOCK_OPEN_STEPS, {"run": row.run_id})
    if not conn.execute(sending_statements.STILL_LOST, attempt.where).scalar_one():
        return False
    if isinstance(fate, GiveUp):
        return endings.give_up(conn, attempt, verdict=fate, error=words)
    spec = capped(specs[fate.agent], seconds=row.seconds)
    return endings.hand_over(conn, attempt, spec=spec, queue=lane_beside(spec, row.queue), error=words)


def _put_back(conn: Connection, attempt: Attempt, *, late: bool, error: str) -> bool:
    """Have a step tried again; False where its holder came back."""
    counts = {"losses": int(not late), "failures": int(late), "error": error}
    if conn.execute(sending_statements.LOSE_LEASE, {**attempt.where, **counts}).one_or_none() is None:
        return False
    endings.end_attempt(conn, attempt, outcome="timed_out" if late else "lost", error=error)
    outbox.write_down(conn, attempt.run_id, why=outbox.Why.LOST_LEASE, steps=[attempt.step])
    return True
