"""What to do about an attempt that gave no result: decided here as values, carried out in ``endings``."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tenacity import RetryCallState, Retrying, wait_exponential

from agents.contract import utc
from agents.errors import BadEvidenceError, QuotaExhaustedError, StoppedError
from orchestrator.domain.runs import StepState

LONGEST_WAIT_SECONDS = 86_400.0
NO_TIME_SECONDS = 60.0
"""The wait where a source refused until a time that has passed: its clock is behind, or it named none. A minute is what
GitHub asks of whoever was told no time; at once would be again and again."""
"""A source that names a later time is asked again after a day: what it named may be no more than dirt."""


class Reason(StrEnum):
    """Why a step is a dead letter."""

    BAD_EVIDENCE = "bad_evidence"
    FAILURES = "failures"
    LOSSES = "losses"
    OUT_OF_TIME = "out_of_time"


@dataclass(frozen=True)
class PutOff:
    """Try the step again after a wait."""

    seconds: float
    counts_as_failure: bool


@dataclass(frozen=True)
class HandOver:
    """Give the step to the next agent that can stand in."""

    agent: str


@dataclass(frozen=True)
class GiveUp:
    """The step failed for good."""

    reason: Reason
    state: StepState


Decision = PutOff | HandOver | GiveUp


@dataclass(frozen=True)
class Record:
    """How often a step failed so far, this attempt aside, and what is left to try."""

    failures: int
    max_failures: int
    """After so many it is not tried again: tenacity's ``stop_after_attempt``."""
    fallbacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Backoff:
    """The wait before another attempt, in tenacity's terms: ``wait_exponential`` of these figures, with jitter.

    ``jitter`` is a share of the wait, to both sides, rather than tenacity's seconds: a long wait is spread as widely as
    a short one. The chance is the caller's, so that the wait stays a value.
    """

    multiplier: float
    """Seconds after the first failure."""
    max: float
    """Seconds that no wait exceeds, jitter aside."""
    exp_base: float = 2.0
    jitter: float = 0.5

    def seconds(self, failures: int, *, chance: float) -> float:
        """Return the wait after the given number of earlier failures; ``chance`` lies between 0 and 1."""
        state = RetryCallState(Retrying(), fn=None, args=(), kwargs={})
        state.attempt_number = failures + 1
        exact = wait_exponential(multiplier=self.multiplier, max=self.max, exp_base=self.exp_base)(state)
        return exact * (1.0 + self.jitter * (2.0 * chance - 1.0))


def after_failure(error: BaseException, *, record: Record, backoff: Backoff, now: datetime, chance: float) -> Decision:
    """Return what to do after an agent's own failure.

    A source that named its time is put off until then, which costs none of the step's tries: waiting is no fault.
    Wrong input is never tried again, as by tenacity's ``retry_if_not_exception_type``. Anything else is tried until the
    tries are used up; then a stand-in, if any.
    """
    if isinstance(error, QuotaExhaustedError):
        wait = (utc(error.retry_at) - now).total_seconds()
        seconds = min(wait, LONGEST_WAIT_SECONDS) if wait > 0 else NO_TIME_SECONDS
        return PutOff(seconds=seconds, counts_as_failure=False)
    bad = isinstance(error, BadEvidenceError)
    if not bad and record.failures + 1 < record.max_failures:
        return PutOff(seconds=backoff.seconds(record.failures, chance=chance), counts_as_failure=True)
    if record.fallbacks:
        return HandOver(agent=record.fallbacks[0])
    if bad:
        return GiveUp(reason=Reason.BAD_EVIDENCE, state=StepState.FAILED)
    if isinstance(error, StoppedError | TimeoutError):
        return GiveUp(reason=Reason.OUT_OF_TIME, state=StepState.TIMED_OUT)
    return GiveUp(reason=Reason.FAILURES, state=StepState.FAILED)


@dataclass(frozen=True)
class Lost:
    """A lease that ran out: how often the step was lost or late, this time included."""

    losses: int
    max_losses: int
    failures: int
    max_failures: int
    late: bool
    """Whether its time was up as well: then the agent is at fault, not the machine."""
    fallbacks: tuple[str, ...] = ()


def after_loss(lost: Lost) -> Decision:
    """Return what to do with a step whose holder has not been heard of.

    A stand-in helps where the agent took too long, and not where machines were lost.
    """
    if lost.late:
        if lost.failures < lost.max_failures:
            return PutOff(seconds=0.0, counts_as_failure=True)
        if lost.fallbacks:
            return HandOver(agent=lost.fallbacks[0])
        return GiveUp(reason=Reason.OUT_OF_TIME, state=StepState.TIMED_OUT)
    if lost.losses >= lost.max_losses:
        return GiveUp(reason=Reason.LOSSES, state=StepState.FAILED)
    return PutOff(seconds=0.0, counts_as_failure=False)
