"""Whether a plan can be carried out: for plans that were stored, sent, or changed since they were made."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import NamedTuple

from agents.contract import AgentSpec
from orchestrator.domain.plans import Plan, Sequence, Shape, Step


class _Turn(NamedTuple):
    """Which part one takes on the way down to a step, and of what."""

    part: int
    in_sequence: bool


_Path = tuple[_Turn, ...]


def check_plan(plan: Plan, *, specs: Mapping[str, AgentSpec]) -> tuple[str, ...]:
    """Return what is wrong with a plan, in words; nothing for a plan that can be carried out.

    Every name stands once; every step's agent is in the catalogue and has the capability; whatever a step needs stands
    before it on its own path; every target is in the plan.
    """
    paths = dict(_paths(plan.shape, path=()))
    counts = Counter(step.name for step in plan.steps)
    doubled = [f"{name}: stands {count} times in the plan" for name, count in counts.items() if count > 1]
    known = {target.id for target in plan.targets}
    faults = [fault for step in plan.steps for fault in _faults(step, paths=paths, known=known, specs=specs)]
    return (*doubled, *faults)


def _faults(
    step: Step, *, paths: Mapping[str, _Path], known: set[str], specs: Mapping[str, AgentSpec]
) -> Iterator[str]:
    """Yield what is wrong with one step."""
    for name in (step.agent, *step.fallbacks):
        if name not in specs:
            yield f"{step.name}: no agent is called {name!r}; there are: {', '.join(specs)}"
        elif step.capability not in specs[name].capabilities:
            yield f"{step.name}: {name} has no capability {step.capability!r}"
    for target in (step.target, *step.sources):
        if target and target not in known:
            yield f"{step.name}: the target {target!r} is not in the plan"
    for need in step.needs:
        if need not in paths or not _before(paths[need], paths[step.name]):
            yield f"{step.name}: needs {need!r}, which does not stand before it"


def _paths(shape: Shape, *, path: _Path) -> Iterator[tuple[str, _Path]]:
    """Yield each step's name with the way down to it."""
    if isinstance(shape, Step):
        yield shape.name, path
        return
    ordered = isinstance(shape, Sequence)
    for number, part in enumerate(shape.parts):
        yield from _paths(part, path=(*path, _Turn(number, ordered)))


def _before(first: _Path, second: _Path) -> bool:
    """Whether a step certainly ends before another begins: where their ways part, they part in a sequence."""
    for one, other in zip_longest(first, second):
        if one != other:
            return bool(one and other and one.in_sequence and one.part < other.part)
    return False
