"""From a recorded workflow to our three shapes.

Parts that have nothing to do with each other stand side by side. What hangs together is cut in two, one after the
other, at the depth where the longest path grows least by it; then each half is looked at again. No task ever begins
before one that it must wait for, and wherever the workflow is not made of sequences and parallels, a cut makes tasks
wait for more than they had to. So a plan may be slower than its workflow; it is the plan that is scheduled.
"""

from collections.abc import Mapping

from benchmarks.plans.dags import Dag, components
from benchmarks.stand.plans import in_turn, side_by_side, wait_step
from orchestrator.domain.plans import Parallel, Shape, Step, steps

LEAST_SECONDS = 0.001


def shape_of(dag: Dag, *, scale: float) -> Shape:
    """Return the plan of a workflow whose steps wait their recorded time, times ``scale``; parts in recorded order."""
    return _shape(dag, frozenset(dag.seconds), scale=scale)


def longest_first(shape: Shape) -> Shape:
    """Return a shape whose parallels begin with the part that takes longest: what is begun first, is sent first."""
    if isinstance(shape, Step):
        return shape
    parts = [longest_first(part) for part in shape.parts]
    if isinstance(shape, Parallel):
        return side_by_side(sorted(parts, key=longest, reverse=True))
    return in_turn(parts)


def longest(shape: Shape) -> float:
    """Return the longest path through a shape, in seconds."""
    if isinstance(shape, Step):
        return seconds_of(shape)
    lengths = [longest(part) for part in shape.parts]
    return max(lengths) if isinstance(shape, Parallel) else sum(lengths)


def seconds_of(step: Step) -> float:
    """Return how long a step waits."""
    return float(step.name.rpartition("@")[2])


def total(shape: Shape) -> float:
    """Return the time of all steps together, in seconds."""
    return sum(seconds_of(step) for step in steps(shape))


def _shape(dag: Dag, tasks: frozenset[str], *, scale: float) -> Shape:
    """Return the shape of some of the tasks."""
    parts = list(components(dag, tasks))
    if len(parts) > 1:
        return side_by_side(_shape(dag, part, scale=scale) for part in parts)
    if len(tasks) == 1:
        (task,) = tasks
        reads = bool(dag.parents[task])
        return wait_step(task, seconds=max(LEAST_SECONDS, round(dag.seconds[task] * scale, 4)), reads=reads)
    return in_turn(_shape(dag, half, scale=scale) for half in _cut(dag, tasks))


def _cut(dag: Dag, tasks: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return some tasks in two halves, of which the first must not wait for the second."""
    depths = dag.depths(tasks)
    cuts = [_halves(depths, depth) for depth in range(max(depths.values()))]
    return min(cuts, key=lambda halves: sum(dag.longest(half) for half in halves))


def _halves(depths: Mapping[str, int], depth: int) -> tuple[frozenset[str], frozenset[str]]:
    first = frozenset(task for task, at in depths.items() if at <= depth)
    return first, frozenset(depths) - first
