"""States of runs and steps, and how a run's end follows from its steps' ends."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class RunState(StrEnum):
    """Where a run stands. All but ``running`` are ends."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self is not RunState.RUNNING


class StepState(StrEnum):
    """Where a step stands. A step waits in ``pending`` behind its gate, for its time, or for a worker."""

    PENDING = "pending"
    WAITING = "waiting"
    """For a person's answer: it holds no worker, and no message of it is under way."""
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self not in {StepState.PENDING, StepState.WAITING, StepState.RUNNING}

    @property
    def delivered(self) -> bool:
        """Whether it has a result that others can use."""
        return self in {StepState.SUCCEEDED, StepState.PARTIAL}


class StepEnd(NamedTuple):
    """How one step ended, for the run's own end."""

    state: StepState
    required: bool


def run_end(ends: Iterable[StepEnd]) -> RunState:
    """Return the honest end of a run all of whose steps have ended.

    A required step without a result fails the run; so does a run in which nothing delivered. Anything else that was
    lost or partial makes it partial.
    """
    rows = list(ends)
    if any(end.required and not end.state.delivered for end in rows):
        return RunState.FAILED
    if not any(end.state.delivered for end in rows):
        return RunState.FAILED
    return RunState.SUCCEEDED if all(end.state is StepState.SUCCEEDED for end in rows) else RunState.PARTIAL
