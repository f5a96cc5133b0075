"""A plan is a value with three shapes: ``Step``, ``Sequence`` and ``Parallel``, nested freely.

They are exactly what Celery's canvas can say (signature, chain, group and chord). ``sequence`` and ``parallel`` build
them in normal form: empty parts vanish, a part alone stands for itself, and a sequence inside a sequence is flattened.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from agents.contract import Frozen, Target
from orchestrator.domain.triggers import Priority


class Step(Frozen):
    """One agent's work on one target, or on everything before it."""

    shape: Literal["step"] = "step"
    name: str = Field(min_length=1, max_length=300)
    """Unique within the plan, and the same each time the same trigger is planned."""
    agent: str
    capability: str
    target: str = ""
    """A target's id; empty for a step that joins others."""
    sources: tuple[str, ...] = ()
    """Ids of other targets whose evidence the step may read."""
    needs: tuple[str, ...] = ()
    """Names of earlier steps without whose success this one is skipped."""
    required: bool = False
    """Whether the run fails when this step does."""
    fallbacks: tuple[str, ...] = ()
    """Agents that take over, best first, when this one failed for good."""
    seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        default=None, exclude_if=lambda value: value is None
    )
    """The longest that it may take, below its agent's own limit; None where that alone holds."""


class Sequence(Frozen):
    """Parts one after the other."""

    shape: Literal["sequence"] = "sequence"
    parts: tuple["Shape", ...] = Field(min_length=2)


class Parallel(Frozen):
    """Parts side by side."""

    shape: Literal["parallel"] = "parallel"
    parts: tuple["Shape", ...] = Field(min_length=2)


Shape = Annotated[Step | Sequence | Parallel, Field(discriminator="shape")]


class LeftOut(Frozen):
    """An agent that was not chosen, and why."""

    agent: str
    why: str


class Resources(Frozen):
    """What the plan needs at most at one time."""

    slots: int
    """Steps that could run side by side."""
    memory_mb: int
    """The largest step's memory."""
    seconds: float
    """The critical path's time limits, added up: the run cannot take longer without somebody ending a step."""


class Plan(Frozen):
    """What a trigger became: who does what, what follows what, how urgent, and what nobody can do."""

    shape: Shape
    priority: Priority
    priority_reason: str
    deadline_seconds: Annotated[float, Field(gt=0)]
    targets: tuple[Target, ...] = ()
    resources: Resources
    left_out: tuple[LeftOut, ...] = ()
    unserved: tuple[str, ...] = ()
    """Things that were asked for and that no agent in the catalogue can do, in words."""
    options: Mapping[str, JsonValue] = Field(default_factory=dict)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step, in plan order."""
        return tuple(steps(self.shape))

    def step(self, name: str) -> Step:
        """Return the step of that name; KeyError where there is none."""
        found = next((step for step in steps(self.shape) if step.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def target(self, target_id: str) -> Target | None:
        """Return the target of that id, if it is in the plan."""
        return next((target for target in self.targets if target.id == target_id), None)


def sequence(*parts: Shape | None) -> Shape | None:
    """Return the parts one after the other, in normal form; None where there are none."""
    flat: list[Shape] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Sequence) else [part] if part is not None else [])
    return _alone(flat) or (Sequence(parts=tuple(flat)) if flat else None)


def parallel(*parts: Shape | None) -> Shape | None:
    """Return the parts side by side, in normal form; None where there are none."""
    flat: list[Shape] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Parallel) else [part] if part is not None else [])
    return _alone(flat) or (Parallel(parts=tuple(flat)) if flat else None)


def _alone(parts: list[Shape]) -> Shape | None:
    """Return the only part, if there is only one."""
    return parts[0] if len(parts) == 1 else None


def steps(shape: Shape) -> Iterator[Step]:
    """Yield the steps of a shape in plan order."""
    if isinstance(shape, Step):
        yield shape
        return
    for part in shape.parts:
        yield from steps(part)


def levels(shape: Shape) -> list[list[Step]]:
    """Return the phases that people see: the steps by how many others stand before them on their longest path."""
    rows: list[list[Step]] = []
    _fill(shape, at=0, rows=rows)
    return rows


def _fill(shape: Shape, *, at: int, rows: list[list[Step]]) -> int:
    """Put a shape's steps into rows from level ``at`` on; return the level after it."""
    if isinstance(shape, Step):
        while len(rows) <= at:
            rows.append([])
        rows[at].append(shape)
        return at + 1
    if isinstance(shape, Sequence):
        for part in shape.parts:
            at = _fill(part, at=at, rows=rows)
        return at
    return max(_fill(part, at=at, rows=rows) for part in shape.parts)


def remaining(shape: Shape, done: frozenset[str]) -> Shape | None:
    """Return the shape without the steps that have ended; None where all have."""
    if isinstance(shape, Step):
        return None if shape.name in done else shape
    parts = [remaining(part, done) for part in shape.parts]
    return sequence(*parts) if isinstance(shape, Sequence) else parallel(*parts)


def resume(shape: Shape, *, ready: frozenset[str], done: frozenset[str]) -> Shape | None:
    """Return what is left of a shape as seen from its ``ready`` steps: their own branches, and all that follows.

    Branches that run beside them are left out: they have messages of their own. Where no ready step stands in a shape,
    all that is left of it comes back.
    """
    if not ready or isinstance(shape, Step):
        return remaining(shape, done)
    mine = [any(step.name in ready for step in steps(part)) for part in shape.parts]
    if not any(mine):
        return remaining(shape, done)
    if isinstance(shape, Parallel):
        chosen = [part for part, has in zip(shape.parts, mine, strict=True) if has]
        return parallel(*(resume(part, ready=ready, done=done) for part in chosen))
    first = mine.index(True)
    after = [remaining(part, done) for part in shape.parts[first + 1 :]]
    return sequence(resume(shape.parts[first], ready=ready, done=done), *after)


def before(shape: Shape, name: str) -> frozenset[str]:
    """Return the names of the steps that have all ended when the named one begins: not those that run beside it."""
    if isinstance(shape, Step):
        return frozenset()
    mine = next((part for part in shape.parts if any(step.name == name for step in steps(part))), None)
    if mine is None:
        return frozenset()
    earlier = shape.parts[: shape.parts.index(mine)] if isinstance(shape, Sequence) else ()
    return before(mine, name).union(step.name for part in earlier for step in steps(part))


def again(shape: Shape, chosen: frozenset[str]) -> frozenset[str]:
    """Return the names of the steps that run again when the chosen ones do: those, and all that begins after any.

    What a step ``needs`` comes before it, so whatever needs one of them is among them. Nothing that comes after a step
    of the result is left out: what is left runs before or beside all of it.
    """
    if isinstance(shape, Step):
        return chosen & {shape.name}
    found: set[str] = set()
    for part in shape.parts:
        after = isinstance(shape, Sequence) and bool(found)
        found.update((step.name for step in steps(part)) if after else again(part, chosen))
    return frozenset(found)
