"""An attempt that gave no result: what follows is decided as a value, and carried out here, patiently."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import structlog
from sqlalchemy import Connection, Engine

from agents.contract import AgentSpec
from agents.errors import StoppedError
from orchestrator.ledger import endings
from orchestrator.ledger.attempts import Attempt
from orchestrator.ledger.claims import Claim
from orchestrator.ledger.decisions import GiveUp, HandOver, PutOff, Record, after_failure
from orchestrator.ledger.heart import StopReason
from orchestrator.ledger.limits import Limits
from orchestrator.queues import is_urgent
from orchestrator.store.patience import patiently

_log = structlog.get_logger(__name__)


class Outcome(StrEnum):
    """What became of one message."""

    DONE = "done"
    STALE = "stale"
    FENCED = "fenced"
    PUT_OFF = "put_off"
    GIVEN_BACK = "given_back"
    FAILED = "failed"


@dataclass(frozen=True)
class Stepped:
    """What a message's task has to tell Celery: whether to go on, and what to show."""

    outcome: Outcome
    opened: bool = False
    summary: str = ""
    owes: bool = False
    """Whether the outbox got a row with it, which is sent at once rather than by the next sweep."""


_NO_FAULT = {StopReason.SHUTDOWN: "its worker shut down"}
"""Why a step that was told to stop goes back without a fault of its own."""


@dataclass(frozen=True)
class Failing:
    """Records attempts without a result."""

    engine: Engine
    limits: Limits
    specs: Mapping[str, AgentSpec]

    def stopped(self, got: Claim, *, reason: StopReason | None, error: StoppedError) -> Stepped:
        """Record that a step stopped when it was told to."""
        if reason in _NO_FAULT:
            wait = PutOff(seconds=0.0, counts_as_failure=False)
            self._put_off(got.held, wait=wait, outcome="given_back", error=_NO_FAULT[reason])
            return Stepped(Outcome.GIVEN_BACK, owes=True)
        if reason in {StopReason.RUN_OVER, StopReason.TAKEN_OVER}:
            _log.info("step stopped", step=got.step.name, why=str(reason))
            return Stepped(Outcome.FENCED, summary=str(reason))
        return self.failed(got, error=error)

    def failed(self, got: Claim, *, error: Exception) -> Stepped:
        """Decide what follows from an agent's own failure, and carry it out."""
        words = f"{type(error).__name__}: {error}"
        decision = after_failure(
            error,
            record=Record(failures=got.failures, max_failures=got.max_failures, fallbacks=got.fallbacks),
            backoff=self.limits.backoff,
            now=datetime.now(UTC),
            chance=random.random(),  # noqa: S311  jitter, not a secret
        )
        _log.warning("step failed", step=got.step.name, attempt=got.attempt, error=words, decision=repr(decision))
        if isinstance(decision, PutOff):
            self._put_off(got.held, wait=decision, outcome="failed", error=words)
            return Stepped(Outcome.PUT_OFF, summary=words, owes=True)
        if isinstance(decision, HandOver):
            self._hand_over(got, agent=decision.agent, error=words)
            return Stepped(Outcome.PUT_OFF, summary=words, owes=True)
        self._give_up(got.held, verdict=decision, error=words)
        return Stepped(Outcome.FAILED, summary=words, owes=True)

    def _put_off(self, attempt: Attempt, *, wait: PutOff, outcome: str, error: str) -> None:
        """Give the step back until a later time."""
        self._record(lambda conn: endings.put_off(conn, attempt, wait=wait, outcome=outcome, error=error))

    def _hand_over(self, got: Claim, *, agent: str, error: str) -> None:
        """Give the step to a stand-in, in the same kind of lane."""
        spec = self.specs[agent]
        queue = spec.urgent_queue if is_urgent(got.queue) else spec.queue
        self._record(lambda conn: endings.hand_over(conn, got.held, spec=spec, queue=queue, error=error))

    def _give_up(self, attempt: Attempt, *, verdict: GiveUp, error: str) -> None:
        """End the step without success."""
        self._record(lambda conn: endings.give_up(conn, attempt, verdict=verdict, error=error))

    def _record(self, end: Callable[[Connection], bool]) -> bool:
        """Write an outcome down in one transaction, patiently: done twice, the second finds that it holds nothing."""

        def once() -> bool:
            with self.engine.begin() as conn:
                return end(conn)

        return patiently(once)
