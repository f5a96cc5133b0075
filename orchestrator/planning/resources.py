"""What a plan needs: slots, memory and time, from the limits in the catalogue."""

from collections.abc import Mapping

from agents.contract import AgentSpec
from orchestrator.domain.plans import Parallel, Resources, Shape, Step, steps
from orchestrator.domain.times import times_of


def resources(shape: Shape, *, specs: Mapping[str, AgentSpec]) -> Resources:
    """Return how many steps may run side by side, the largest one's megabytes, and the critical path's time limits."""
    return Resources(
        slots=_width(shape),
        memory_mb=max(specs[step.agent].memory_mb for step in steps(shape)),
        seconds=_longest(shape, specs=specs),
    )


def _width(shape: Shape) -> int:
    """Return how many steps of a shape may run at one time."""
    if isinstance(shape, Step):
        return 1
    widths = [_width(part) for part in shape.parts]
    return sum(widths) if isinstance(shape, Parallel) else max(widths)


def _longest(shape: Shape, *, specs: Mapping[str, AgentSpec]) -> float:
    """Return the seconds of a shape's longest path, each step at its hard limit."""
    if isinstance(shape, Step):
        return times_of(shape, specs[shape.agent]).hard
    lengths = [_longest(part, specs=specs) for part in shape.parts]
    return max(lengths) if isinstance(shape, Parallel) else sum(lengths)
