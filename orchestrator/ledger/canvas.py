"""From a plan's shape to Celery's canvas: signatures by name, chains and chords nested as the plan is.

A message carries a run's id and a step's name, nothing else. The orchestrator never imports a task, so a name or a
queue that does not exist is refused here, before anything is sent.
"""

from collections.abc import Mapping
from uuid import UUID

from celery import Celery, chain, group
from celery.canvas import Signature

from agents.contract import AgentSpec, Pool
from orchestrator.domain.plans import Parallel, Shape, Step
from orchestrator.errors import UnknownQueueError, UnknownTaskError

STEP_TASK = "lookout.step"
TRIGGER_TASK = "lookout.trigger"
SWEEP_TASK = "lookout.sweep"
TASKS = frozenset({STEP_TASK, TRIGGER_TASK, SWEEP_TASK})
"""Every task that our own senders may name."""


class Canvas:
    """Builds and sends the messages of one run."""

    def __init__(
        self, app: Celery, run_id: UUID, *, agents: Mapping[str, str], specs: Mapping[str, AgentSpec], urgent: bool
    ) -> None:
        self._app = app
        self._run_id = str(run_id)
        self._agents = agents
        self._specs = specs
        self._urgent = urgent

    def build(self, shape: Shape) -> Signature:
        """Return the canvas of a shape: a signature, a chain, or a group (a chord where something follows it)."""
        if isinstance(shape, Step):
            return self._signature(shape)
        parts = [self.build(part) for part in shape.parts]
        return group(parts, app=self._app) if isinstance(shape, Parallel) else chain(*parts, app=self._app)

    def _signature(self, step: Step) -> Signature:
        """Return one step's message, to the queue of the agent that has the step now."""
        agent = self._agents[step.name]
        if agent not in self._specs:
            raise UnknownQueueError(f"agent {agent!r} is not in the catalogue; there are: {', '.join(self._specs)}")
        spec = self._specs[agent]
        queue = spec.urgent_queue if self._urgent else spec.queue
        check_queue(self._app, queue)
        limits = {"soft_time_limit": spec.soft_seconds, "time_limit": spec.hard_seconds}
        options = limits if spec.pool is Pool.PROCESSES else {}
        return self._app.signature(STEP_TASK, args=(self._run_id, step.name), immutable=True, queue=queue, **options)


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
