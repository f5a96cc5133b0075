"""Running one step: claim it, let its agent work outside any transaction, and record the outcome."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from sqlalchemy import Engine

from agents.contract import Agent, AgentReport, AgentSpec
from agents.errors import StoppedError
from orchestrator.ledger.attempts import Attempt
from orchestrator.ledger.claims import Claim, Stale, claim
from orchestrator.ledger.completion import complete
from orchestrator.ledger.failing import Failing, Outcome, Stepped
from orchestrator.ledger.heart import Heart, Pulse, StopReason
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.work import load_work
from orchestrator.store.patience import patiently

_log = structlog.get_logger(__name__)


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
        with self._held(got.held) as pulse:
            try:
                report = self._work(got, pulse)
            except StoppedError as error:
                return self._failing.stopped(got, reason=pulse.reason, error=error)
            except Exception as error:  # noqa: BLE001  whatever an agent raises is recorded, not lost
                return self._failing.failed(got, error=error)
            return self._complete(got, report=report)

    @cached_property
    def _failing(self) -> Failing:
        """What records attempts without a result."""
        return Failing(engine=self.engine, limits=self.limits, specs=self.specs)

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

    def _complete(self, got: Claim, *, report: AgentReport) -> Stepped:
        """Record a result."""
        done = patiently(lambda: complete(self.engine, got.held, report=report, tenant=got.tenant))
        if not done.applied:
            _log.warning("fenced: a later attempt holds the step, or its run is over", step=got.step.name)
            return Stepped(Outcome.FENCED)
        return Stepped(Outcome.DONE, opened=done.opened, summary=report.summary[:200], owes=done.owes)
