"""Where a step that is added to a plan stands: behind all that it comes after, and before what joins the plan's work.

Pure. No step that is there already is put behind the new one, but for what joins the work.
"""

from orchestrator.domain.plans import Parallel, Sequence, Shape, Step, parallel, sequence, steps


def insert(shape: Shape, step: Step, *, after: frozenset[str]) -> Shape:
    """Return the shape with a step more, which begins once the steps named by ``after`` have ended.

    Raises ``ValueError`` where it would have to come after the step that joins all others.
    """
    if not isinstance(shape, Sequence) or not _joins(shape.parts[-1]):
        return _placed(shape, step, after=after)
    *work, last = shape.parts
    if after & names(last):
        raise ValueError(f"nothing comes after {', '.join(sorted(after & names(last)))}, which joins all others")
    return _whole(sequence(_placed(_whole(sequence(*work)), step, after=after), last))


def joined(shape: Shape) -> frozenset[str]:
    """Return the names of the steps that whatever joins the plan's work comes after: all but the last that joins."""
    if isinstance(shape, Sequence) and _joins(shape.parts[-1]):
        return names(shape) - names(shape.parts[-1])
    return names(shape)


def names(shape: Shape) -> frozenset[str]:
    """Return the names of a shape's steps."""
    return frozenset(step.name for step in steps(shape))


def _joins(shape: Shape) -> bool:
    """Whether a shape is one step that joins those before it."""
    return isinstance(shape, Step) and not shape.target


def _placed(shape: Shape, step: Step, *, after: frozenset[str]) -> Shape:
    """Return a shape with the step in it, as far forward as what it comes after lets it."""
    if not after & names(shape):
        return _whole(parallel(shape, step))
    if isinstance(shape, Step):
        return _whole(sequence(shape, step))
    holds = [number for number, part in enumerate(shape.parts) if after & names(part)]
    if isinstance(shape, Parallel) and len(holds) > 1:
        return _whole(sequence(shape, step))
    parts = list(shape.parts)
    place = holds[-1]
    if isinstance(shape, Sequence) and place + 1 < len(parts):
        parts[place + 1] = _whole(parallel(parts[place + 1], step))
    else:
        parts[place] = _placed(parts[place], step, after=after)
    return _whole(sequence(*parts) if isinstance(shape, Sequence) else parallel(*parts))


def _whole(shape: Shape | None) -> Shape:
    """Return a shape that was made of parts, of which there was one at least."""
    if shape is None:
        raise ValueError("a shape of no parts")
    return shape
