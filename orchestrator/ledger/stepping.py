"""Running one step: claim it, let its agent work outside any transaction, and record the outcome."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from sqlalchemy import Connection, Engine

from agents.contract import Agent, AgentReport, AgentSpec
from agents.errors import StoppedError
from orchestrator.ledger import endings
from orchestrator.ledger.claims import Claim, Stale, claim
from orchestrator.ledger.completion import complete
from orchestrator.ledger.decisions import GiveUp, HandOver, PutOff, Record, after_failure
from orchestrator.ledger.endings import Attempt
from orchestrator.ledger.heart import Heart, Pulse, StopReason
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.work import load_work
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


@dataclass(frozen=True)
class StepRunner:
    """Runs steps in one worker process."""

    engine: Engine
    heart: Heart
    limits: Limits
    specs: Mapping[str, AgentSpec]
    build: Callable[[str], Agent]
    owner: str
    """Names the worker process in leases and attempts."""

    def run(self, run_id: UUID, *, step: str) -> Stepped:
        """Run the step if it may run now. Raises only what the database raises after a fair number of tries."""
        got = patiently(
            lambda: claim(self.engine, run_id, step=step, owner=self.owner, lease_seconds=self.limits.lease_seconds)
        )
        if isinstance(got, Stale):
            _log.info("stale message", run=str(run_id), step=step, why=str(got))
            unsent = got is Stale.DONE_UNSENT
            return Stepped(Outcome.DONE if unsent else Outcome.STALE, opened=unsent, summary=str(got))
        attempt = Attempt(run_id=run_id, step=step, number=got.attempt)
        with self._held(attempt) as pulse:
            try:
                report = self._work(got, pulse)
            except StoppedError as error:
                return self._stopped(got, attempt, pulse=pulse, error=error)
            except Exception as error:  # noqa: BLE001  whatever an agent raises is recorded, not lost
                return self._failed(got, attempt, error=error)
            return self._complete(got, attempt, report=report)

    @contextmanager
    def _held(self, attempt: Attempt) -> Iterator[Pulse]:
        """Keep the attempt's lease while the agent works, and until its outcome is written down."""
        pulse = self.heart.hold(attempt.run_id, step=attempt.step, attempt=attempt.number)
        try:
            yield pulse
        finally:
            self.heart.release(pulse)

    def _work(self, got: Claim, pulse: Pulse) -> AgentReport:
        """Let the agent work; no transaction is open meanwhile."""
        try:
            work = patiently(lambda: load_work(self.engine, got, stop=pulse.stop))
            report = self.build(got.agent).run(work)
        except SoftTimeLimitExceeded as error:
            raise StoppedError("the step's soft time limit was up") from error
        if pulse.reason is StopReason.OUT_OF_TIME:
            raise StoppedError("the step's time was up before its result was there")
        return report

    def _complete(self, got: Claim, attempt: Attempt, *, report: AgentReport) -> Stepped:
        """Record a result."""
        done = patiently(lambda: complete(self.engine, attempt, report=report, tenant=got.tenant))
        if not done.applied:
            _log.warning("fenced: a later attempt holds the step, or its run is over", step=attempt.step)
            return Stepped(Outcome.FENCED)
        return Stepped(Outcome.DONE, opened=done.opened, summary=report.summary[:200], owes=done.owes)

    def _stopped(self, got: Claim, attempt: Attempt, *, pulse: Pulse, error: StoppedError) -> Stepped:
        """Record that a step stopped when it was told to."""
        if pulse.reason is StopReason.SHUTDOWN:
            wait = PutOff(seconds=0.0, counts_as_failure=False)
            self._put_off(attempt, wait=wait, outcome="given_back", error="its worker shut down")
            return Stepped(Outcome.GIVEN_BACK, owes=True)
        if pulse.reason in {StopReason.RUN_OVER, StopReason.TAKEN_OVER}:
            _log.info("step stopped", step=attempt.step, why=str(pulse.reason))
            return Stepped(Outcome.FENCED, summary=str(pulse.reason))
        return self._failed(got, attempt, error=error)

    def _failed(self, got: Claim, attempt: Attempt, *, error: Exception) -> Stepped:
        """Decide what follows from an agent's own failure, and carry it out."""
        words = f"{type(error).__name__}: {error}"
        decision = after_failure(
            error,
            record=Record(failures=got.failures, max_failures=got.max_failures, fallbacks=got.fallbacks),
            backoff=self.limits.backoff,
            now=datetime.now(UTC),
            chance=random.random(),  # noqa: S311  jitter, not a secret
        )
        _log.warning("step failed", step=attempt.step, attempt=attempt.number, error=words, decision=repr(decision))
        if isinstance(decision, PutOff):
            self._put_off(attempt, wait=decision, outcome="failed", error=words)
            return Stepped(Outcome.PUT_OFF, summary=words, owes=True)
        if isinstance(decision, HandOver):
            self._hand_over(got, attempt, agent=decision.agent, error=words)
            return Stepped(Outcome.PUT_OFF, summary=words, owes=True)
        self._give_up(attempt, verdict=decision, error=words)
        return Stepped(Outcome.FAILED, summary=words, owes=True)

    def _put_off(self, attempt: Attempt, *, wait: PutOff, outcome: str, error: str) -> None:
        """Give the step back until a later time."""
        self._record(lambda conn: endings.put_off(conn, attempt, wait=wait, outcome=outcome, error=error))

    def _hand_over(self, got: Claim, attempt: Attempt, *, agent: str, error: str) -> None:
        """Give the step to a stand-in, in the same kind of lane."""
        spec = self.specs[agent]
        queue = spec.urgent_queue if is_urgent(got.queue) else spec.queue
        self._record(lambda conn: endings.hand_over(conn, attempt, spec=spec, queue=queue, error=error))

    def _give_up(self, attempt: Attempt, *, verdict: GiveUp, error: str) -> None:
        """End the step without success."""
        self._record(lambda conn: endings.give_up(conn, attempt, verdict=verdict, error=error))

    def _record(self, end: Callable[[Connection], bool]) -> bool:
        """Write an outcome down in one transaction, patiently: done twice, the second finds that it holds nothing."""

        def once() -> bool:
            with self.engine.begin() as conn:
                return end(conn)

        return patiently(once)
