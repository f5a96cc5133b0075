"""Lanes: each agent has a queue for each class of urgency.

``NAME.urgent`` for critical runs, ``NAME.high``, ``NAME`` for normal ones and ``NAME.low`` for scheduled ones: queues,
so that they look the same on every broker, and everybody sees what waits in them.
"""

from collections.abc import Mapping
from types import MappingProxyType

from agents.contract import AgentSpec
from orchestrator.domain.triggers import Priority

_ENDS: Mapping[Priority, str] = MappingProxyType(
    {Priority.CRITICAL: ".urgent", Priority.HIGH: ".high", Priority.NORMAL: "", Priority.LOW: ".low"}
)


def lane(spec: AgentSpec, priority: Priority) -> str:
    """Return the queue of an agent's steps in runs of a priority."""
    return f"{spec.queue}{_ENDS[priority]}"


def lane_class(queue: str) -> Priority:
    """Return whose lane a queue is, by its name."""
    ends = ((priority, end) for priority, end in _ENDS.items() if end)
    return next((priority for priority, end in ends if queue.endswith(end)), Priority.NORMAL)


def lane_beside(spec: AgentSpec, queue: str) -> str:
    """Return the lane of an agent that stands in for a step in the given lane of another."""
    return lane(spec, lane_class(queue))
