"""Limits of single steps: what a trigger allows any step, and what a target allows the steps that work on it."""

from collections.abc import Iterable, Mapping

from agents.contract import Target
from orchestrator.domain.plans import Parallel, Sequence, Shape, Step
from orchestrator.errors import PlanningError
from orchestrator.planning.options import seconds

STEP_LIMIT = "step_limit"
"""The option of a trigger and of a target."""


def limited(shape: Shape, *, targets: Iterable[Target], most: float | None) -> Shape:
    """Return a shape whose steps have the limits that the trigger (``most``) and their targets set, the shorter one.

    PlanningError where a target's limit is no span of time.
    """
    limits = {target.id: _limit(target) for target in targets if STEP_LIMIT in target.options}
    return _walk(shape, limits=limits, most=most) if limits or most is not None else shape


def _limit(target: Target) -> float:
    """Return a target's own limit."""
    try:
        return seconds(target.options[STEP_LIMIT])
    except ValueError as error:
        raise PlanningError(f"target {target.id}: options.{STEP_LIMIT}: {error}") from error


def _walk(shape: Shape, *, limits: Mapping[str, float], most: float | None) -> Shape:
    """Return a shape with each step's limit."""
    if isinstance(shape, Step):
        given = [limit for limit in (limits.get(shape.target), most) if limit is not None]
        return shape.model_copy(update={"seconds": min(given)}) if given else shape
    parts = tuple(_walk(part, limits=limits, most=most) for part in shape.parts)
    return Parallel(parts=parts) if isinstance(shape, Parallel) else Sequence(parts=parts)
