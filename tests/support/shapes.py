"""Plans of any shape, for property tests: steps named ``s1``, ``s2``, ... in plan order."""

from collections.abc import Callable

from hypothesis import strategies as st

from orchestrator.domain.plans import Shape, Step, parallel, sequence, steps


def _built(parts: list[Shape]) -> st.SearchStrategy[Shape]:
    return st.sampled_from([shape for shape in (sequence(*parts), parallel(*parts)) if shape])


def _numbered(shape: Shape, *, counter: list[int]) -> Shape:
    """Give every step of a shape a name of its own."""
    if isinstance(shape, Step):
        counter.append(0)
        return shape.model_copy(update={"name": f"s{len(counter)}"})
    return shape.model_copy(update={"parts": tuple(_numbered(part, counter=counter) for part in shape.parts)})


def shapes(*, max_leaves: int = 16) -> st.SearchStrategy[Shape]:
    """Return a strategy for shapes of up to so many steps, nested as they like."""
    step: Shape = Step(name="s", agent="actor", capability="act")
    leaf: st.SearchStrategy[Shape] = st.just(step)
    nested = st.recursive(
        leaf, lambda inner: st.lists(inner, min_size=1, max_size=4).flatmap(_built), max_leaves=max_leaves
    )
    return nested.map(lambda shape: _numbered(shape, counter=[]))


def rebuilt(shape: Shape, change: Callable[[Step], Step]) -> Shape:
    """Return the shape with every step changed."""
    if isinstance(shape, Step):
        return change(shape)
    return shape.model_copy(update={"parts": tuple(rebuilt(part, change) for part in shape.parts)})


def names(shape: Shape | None) -> list[str]:
    """Return the names of a shape's steps, in plan order."""
    return [step.name for step in steps(shape)] if shape is not None else []
