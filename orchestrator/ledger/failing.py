"""An attempt that gave no result: what follows is decided as a value, and carried out here, patiently."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import structlog
from sqlalchemy import Connection, Engine

from agents.contract import AgentSpec, Question
from agents.errors import PersonNeededError, StoppedError
from orchestrator.domain.lanes import lane, lane_beside
from orchestrator.domain.times import capped
from orchestrator.domain.triggers import Priority
from orchestrator.ledger import endings
from orchestrator.ledger.attempts import Attempt
from orchestrator.ledger.claims import Claim
from orchestrator.ledger.control import give_back
from orchestrator.ledger.decisions import GiveUp, HandOver, PutOff, Record, after_failure
from orchestrator.ledger.heart import StopReason
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.waiting import AskedBeforeError, wait_for_answer
from orchestrator.quota.breaker import Trial
from orchestrator.quota.breakers import Breakers, speaks_against
from orchestrator.store.patience import patiently

_log = structlog.get_logger(__name__)


class Outcome(StrEnum):
    """What became of one message."""

    DONE = "done"
    STALE = "stale"
    FENCED = "fenced"
    PUT_OFF = "put_off"
    GIVEN_BACK = "given_back"
    WAITING = "waiting"
    """For a person."""
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
_PAUSED = "its run was paused"

Note = Callable[[Connection], None]
"""What else is written with an outcome, in its transaction, where it is applied."""


def _no_note(_conn: Connection) -> None:
    """Write nothing else."""


def _trial(got: Claim) -> Trial:
    """Return a claim as its agent's breaker knows it."""
    return Trial(got.run_id, got.step.name, got.attempt)


@dataclass(frozen=True)
class Failing:
    """Records attempts without a result."""

    engine: Engine
    limits: Limits
    specs: Mapping[str, AgentSpec]
    breakers: Breakers | None = None

    def held_back(self, got: Claim) -> Stepped | None:
        """Put a step off, or hand it over, where its agent is left alone for now; None where it may begin."""
        if self.breakers is None or self.breakers.closed(got.agent):
            return None
        breakers = self.breakers
        hold = patiently(lambda: breakers.admit(got.agent, _trial(got)))
        if hold is None:
            return None
        _log.info("step held back", step=got.step.name, agent=got.agent, why=hold.why)
        if got.fallbacks and breakers.closed(got.fallbacks[0]):
            self._hand_over(got, agent=got.fallbacks[0], error=hold.why)
        else:
            wait = PutOff(seconds=hold.seconds, counts_as_failure=False)
            self._put_off(got.held, wait=wait, outcome="held_back", error=hold.why)
        return Stepped(Outcome.PUT_OFF, summary=hold.why, owes=True)

    def stopped(self, got: Claim, *, reason: StopReason | None, error: StoppedError) -> Stepped:
        """Record that a step stopped when it was told to."""
        if reason in _NO_FAULT:
            wait = PutOff(seconds=0.0, counts_as_failure=False)
            self._put_off(got.held, wait=wait, outcome="given_back", error=_NO_FAULT[reason])
            return Stepped(Outcome.GIVEN_BACK, owes=True)
        if reason is StopReason.PAUSED:
            self._record(lambda conn: give_back(conn, got.held, error=_PAUSED))
            return Stepped(Outcome.PUT_OFF, summary=_PAUSED, owes=True)
        if reason in {StopReason.RUN_OVER, StopReason.TAKEN_OVER}:
            _log.info("step stopped", step=got.step.name, why=str(reason))
            return Stepped(Outcome.FENCED, summary=str(reason))
        return self.failed(got, error=error)

    def failed(self, got: Claim, *, error: Exception) -> Stepped:
        """Decide what follows from an agent's own failure, and carry it out."""
        if isinstance(error, PersonNeededError):
            return self._ask(got, question=error.question)
        words = f"{type(error).__name__}: {error}"
        decision = after_failure(
            error,
            record=Record(failures=got.failures, max_failures=got.max_failures, fallbacks=got.fallbacks),
            backoff=self.limits.backoff,
            now=datetime.now(UTC),
            chance=random.random(),  # noqa: S311  jitter, not a secret
        )
        _log.warning("step failed", step=got.step.name, attempt=got.attempt, error=words, decision=repr(decision))
        note = self._note(got, error)
        if isinstance(decision, PutOff):
            self._put_off(got.held, wait=decision, outcome="failed", error=words, note=note)
            return Stepped(Outcome.PUT_OFF, summary=words, owes=True)
        if isinstance(decision, HandOver):
            self._hand_over(got, agent=decision.agent, error=words, note=note)
            return Stepped(Outcome.PUT_OFF, summary=words, owes=True)
        self._give_up(got.held, verdict=decision, error=words, note=note)
        return Stepped(Outcome.FAILED, summary=words, owes=True)

    def _note(self, got: Claim, error: Exception) -> Note:
        """Return what notes a failure with its agent's breaker, if it speaks against the agent's source."""
        breakers = self.breakers
        if breakers is None or not speaks_against(error):
            return _no_note
        queues = [lane(self.specs[got.agent], priority) for priority in Priority] if got.agent in self.specs else []
        return lambda conn: breakers.note(conn, got.agent, trial=_trial(got), error=error, queues=queues)

    def _ask(self, got: Claim, *, question: Question) -> Stepped:
        """Let the step wait for a person; one that asks the same again would ask for ever, and has failed."""
        try:
            self._record(lambda conn: wait_for_answer(conn, got.held, question=question))
        except AskedBeforeError as error:
            return self.failed(got, error=error)
        return Stepped(Outcome.WAITING, summary=question.text[:200])

    def give_back(self, got: Claim, *, why: str) -> None:
        """Give a step back that did not begin: it costs none of its tries."""
        wait = PutOff(seconds=0.0, counts_as_failure=False)
        self._put_off(got.held, wait=wait, outcome="given_back", error=why)

    def _put_off(self, attempt: Attempt, *, wait: PutOff, outcome: str, error: str, note: Note = _no_note) -> None:
        """Give the step back until a later time."""
        self._record(lambda conn: endings.put_off(conn, attempt, wait=wait, outcome=outcome, error=error), note=note)

    def _hand_over(self, got: Claim, *, agent: str, error: str, note: Note = _no_note) -> None:
        """Give the step to a stand-in, in the same kind of lane."""
        spec = capped(self.specs[agent], seconds=got.step.seconds)
        queue = lane_beside(spec, got.queue)
        self._record(lambda conn: endings.hand_over(conn, got.held, spec=spec, queue=queue, error=error), note=note)

    def _give_up(self, attempt: Attempt, *, verdict: GiveUp, error: str, note: Note) -> None:
        """End the step without success."""
        self._record(lambda conn: endings.give_up(conn, attempt, verdict=verdict, error=error), note=note)

    def _record(self, end: Callable[[Connection], bool], *, note: Note = _no_note) -> bool:
        """Write an outcome down in one transaction, patiently: done twice, the second finds that it holds nothing.

        The breaker is noted last: its row is shared by all runs, and whoever holds it waits for nobody else.
        """

        def once() -> bool:
            with self.engine.begin() as conn:
                ended = end(conn)
                if ended:
                    note(conn)
                return ended

        return patiently(once)
