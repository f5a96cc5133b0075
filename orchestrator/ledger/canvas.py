"""From a plan's shape to Celery's canvas: signatures by name, chains and chords nested as the plan is.

A message carries a run's id and the names of a lot of steps, nothing else. The orchestrator never imports a task,
so a name or a queue that does not exist is refused here, before anything is sent.
"""

from collections.abc import Callable, Mapping
from uuid import UUID

from celery import Celery, chain, group
from celery.canvas import Signature

from agents.contract import AgentSpec, Pool
from orchestrator.domain.lanes import lane
from orchestrator.domain.plans import Parallel, Sequence, Shape, Step
from orchestrator.domain.times import times_of
from orchestrator.domain.triggers import Priority
from orchestrator.errors import UnknownQueueError, UnknownTaskError

STEP_TASK = "lookout.step"
TRIGGER_TASK = "lookout.trigger"
SWEEP_TASK = "lookout.sweep"
ACT_TASK = "lookout.act"
TASKS = frozenset({STEP_TASK, TRIGGER_TASK, SWEEP_TASK, ACT_TASK})
"""Every task that our own senders may name."""


class Canvas:
    """Builds and sends the messages of one run."""

    def __init__(
        self,
        app: Celery,
        run_id: UUID,
        *,
        agents: Mapping[str, str],
        specs: Mapping[str, AgentSpec],
        priority: Priority,
        lot_size: Callable[[str], int],
    ) -> None:
        self._app = app
        self._run_id = str(run_id)
        self._agents = agents
        self._specs = specs
        self._priority = priority
        self._lot_size = lot_size

    def build(self, shape: Shape) -> Signature:
        """Return the canvas of a shape: a signature, a chain, or a group (a chord where something follows it)."""
        if isinstance(shape, Step):
            return self._signature([shape])
        if isinstance(shape, Sequence):
            return chain(*(self.build(part) for part in shape.parts), app=self._app)
        parts = [self._signature(part) if isinstance(part, list) else self.build(part) for part in self._lots(shape)]
        return parts[0] if len(parts) == 1 else group(parts, app=self._app)

    def _lots(self, shape: Parallel) -> list[list[Step] | Shape]:
        """Return the parts of a shape, with as many steps of one agent together as one message may stand for."""
        parts: list[list[Step] | Shape] = []
        filling: dict[tuple[str, float | None], list[Step]] = {}
        for part in shape.parts:
            if not isinstance(part, Step):
                parts.append(part)
                continue
            agent = self._agents[part.name]
            lot = filling.get((agent, part.seconds))
            if lot is None or len(lot) >= self._lot_size(agent):
                lot = filling[(agent, part.seconds)] = []
                parts.append(lot)
            lot.append(part)
        return parts

    def _signature(self, lot: list[Step]) -> Signature:
        """Return the message of a lot, to the queue of the agent that has its steps now."""
        agent = self._agents[lot[0].name]
        if agent not in self._specs:
            raise UnknownQueueError(f"agent {agent!r} is not in the catalogue; there are: {', '.join(self._specs)}")
        spec = self._specs[agent]
        queue = lane(spec, self._priority)
        check_queue(self._app, queue)
        times = times_of(lot[0], spec)
        limits = {"soft_time_limit": times.soft, "time_limit": times.hard}
        options = limits if spec.pool is Pool.PROCESSES else {}
        return self._app.signature(
            STEP_TASK,
            args=(self._run_id, *(step.name for step in lot)),
            immutable=True,
            queue=queue,
            shadow=shown_as(agent),
            **options,
        )


def shown_as(agent: str) -> str:
    """Return the name under which Flower, events and logs show an agent's steps; their targets are in the arguments.

    A name for every target would be a line in each of Flower's metrics, and in what each worker counts, for good.
    """
    return f"{STEP_TASK}.{agent}"


def check_task(name: str) -> None:
    """Raise UnknownTaskError where no worker of ours would know the task; Celery's own are let through."""
    if name not in TASKS and not name.startswith("celery."):
        raise UnknownTaskError(f"task {name!r} does not exist; there are: {', '.join(sorted(TASKS))}")


def check_queue(app: Celery, queue: str) -> None:
    """Raise UnknownQueueError where no worker of ours would ever read the queue."""
    if queue not in app.amqp.queues:
        raise UnknownQueueError(
            f"queue {queue!r} is not in the catalogue; there are: {', '.join(sorted(app.amqp.queues))}"
        )
