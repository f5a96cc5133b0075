"""How long one step may take: its agent's limits, lowered where the plan says so."""

from typing import NamedTuple

from agents.contract import AgentSpec
from orchestrator.domain.plans import Step


class Times(NamedTuple):
    """Seconds from the moment when a step is claimed: when it is told to stop, and when it has lost its claim."""

    soft: float
    hard: float


def times_of(step: Step, spec: AgentSpec) -> Times:
    """Return a step's limits with the agent that has it now.

    A step's own limit only lowers the agent's; the soft one keeps its share, so that there is time to end well.
    """
    hard = _hard(spec, step.seconds)
    return Times(soft=min(spec.soft_seconds, hard * spec.soft_seconds / spec.hard_seconds), hard=hard)


def capped(spec: AgentSpec, *, seconds: float | None) -> AgentSpec:
    """Return an agent's entry with a step's own limit, where it has one that is shorter."""
    return spec.model_copy(update={"hard_seconds": _hard(spec, seconds)})


def _hard(spec: AgentSpec, seconds: float | None) -> float:
    return spec.hard_seconds if seconds is None else min(seconds, spec.hard_seconds)
