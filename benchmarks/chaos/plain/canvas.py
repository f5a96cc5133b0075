"""The canvas of a plan as a user of plain Celery would write it: chains, groups, and chords where a group is joined."""

from celery import Celery, chain, group
from celery.canvas import Signature

from agents.contract import Pool
from benchmarks.chaos.actors import specs
from benchmarks.chaos.load import trigger
from benchmarks.chaos.plain.names import COMPUTING, STEP, WAITING
from orchestrator.domain.plans import Parallel, Shape, Step
from orchestrator.planning.planner import make_plan


def shape_of(seed: int, number: int) -> Shape:
    """Return the shape of one run of the load: the same as in the real stack."""
    return make_plan(trigger(seed, number), specs=specs()).shape


def canvas(app: Celery, shape: Shape, *, run: str) -> Signature:
    """Return a shape as a canvas of one run."""
    if isinstance(shape, Step):
        queue = WAITING if specs()[shape.agent].pool is Pool.THREADS else COMPUTING
        return app.signature(STEP, args=(run, shape.name), immutable=True, queue=queue)
    parts = [canvas(app, part, run=run) for part in shape.parts]
    return group(parts, app=app) if isinstance(shape, Parallel) else chain(*parts, app=app)
