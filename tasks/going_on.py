"""Going on without a message, where it is switched on: who opens a gate behind which one lot stands does that lot.

What follows is taken out of Celery's request before Celery would send it. The lot shows its task events under the id
that its message would have had. A worker that dies meanwhile loses a lease like any other, and the sweep sends it.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from celery import Task, uuid
from celery.app.task import Context
from celery.events import EventDispatcher

from orchestrator.ledger.backend import OPENED
from orchestrator.ledger.canvas import STEP_TASK
from orchestrator.ledger.failing import Outcome, Stepped
from orchestrator.ledger.relay import BROKER_TROUBLE

_log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 0.25
"""A message whose steps took longer goes on no more: others have waited long enough for the slot."""


@dataclass(frozen=True)
class Next:
    """A lot that would be sent next, and what Celery is to do once it is done."""

    id: str
    shown_as: str
    args: tuple[str, ...]
    queue: str
    limits: tuple[float | None, float | None]
    """Its hard and its soft time limit, in seconds, as Celery orders them in a request."""
    chain: list[Any] | None
    chord: Mapping[str, Any] | None


def take_next(request: Context, *, queues: frozenset[str]) -> Next | None:
    """Take what follows out of a request, if it is one lot of ours for a queue that is served here; else leave it."""
    if not getattr(request, OPENED, False):
        return None
    if request.chain:
        return _chained(request, queues=queues)
    return _joined(request, queues=queues) if request.chord else None


def _chained(request: Context, *, queues: frozenset[str]) -> Next | None:
    """Take the next link of a chain; a chain inside a chord's header carries the chord in its last link."""
    options = request.chain[-1].get("options") or {}
    found = _next(request.chain[-1], chain=request.chain[:-1], chord=options.get("chord"))
    if not _fits(found, request, queues=queues):
        return None
    request.chain = None
    return found


def _joined(request: Context, *, queues: frozenset[str]) -> Next | None:
    """Take the body of a chord whose header is done."""
    options = request.chord.get("options") or {}
    found = _next(request.chord, chain=options.get("chain"), chord=options.get("chord"))
    if not _fits(found, request, queues=queues):
        return None
    request.chord = None
    return found


def _next(signature: Mapping[str, Any], *, chain: list[Any] | None, chord: Mapping[str, Any] | None) -> Next | None:
    """Return a signature as what comes next; None for a group or a chord, which Celery sends."""
    if signature["task"] != STEP_TASK:
        return None
    options = signature.get("options") or {}
    return Next(
        id=options.get("task_id") or uuid(),
        shown_as=options.get("shadow") or STEP_TASK,
        args=tuple(signature["args"]),
        queue=str(options.get("queue", "")),
        limits=(options.get("time_limit"), options.get("soft_time_limit")),
        chain=chain or None,
        chord=chord,
    )


def _fits(found: Next | None, request: Context, *, queues: frozenset[str]) -> bool:
    """Whether a lot may be done here: its queue is served, and the time limits that run are its own."""
    limits = tuple(request.timelimit or (None, None))
    return found is not None and found.queue in queues and found.limits == limits


def follow(task: Task, *, began: float) -> Iterator[Next]:
    """Yield the lots that may be done here one after the other, each once the one before opened its gate."""
    queues = frozenset(task.app.amqp.queues.consume_from)
    while time.monotonic() - began < PATIENCE_SECONDS:
        found = take_next(task.request, queues=queues)
        if found is None:
            return
        yield found


def went_on(task: Task, done: Next, stepped: Stepped, *, began: float) -> None:
    """Have Celery do what follows from a lot that was done without a message, and show its task events."""
    opened = stepped.outcome is Outcome.DONE and stepped.opened
    setattr(task.request, OPENED, opened)
    task.request.chain = done.chain if opened else None
    task.request.chord = done.chord if opened else None
    if task.app.conf.worker_send_task_events:
        try:
            _announce(task, done, stepped, began=began)
        except BROKER_TROUBLE as error:
            _log.info("task events were not sent", error=type(error).__name__)


def send_instead(task: Task, given: Next) -> None:
    """Send a lot that could not be done here after all, as Celery would have done."""
    hard, soft = given.limits
    task.apply_async(
        given.args,
        task_id=given.id,
        shadow=given.shown_as,
        queue=given.queue,
        chain=given.chain,
        chord=given.chord,
        time_limit=hard,
        soft_time_limit=soft,
        root_id=task.request.root_id,
        parent_id=task.request.id,
    )


def _announce(task: Task, done: Next, stepped: Stepped, *, began: float) -> None:
    """Send the events that a worker sends of a task, all at once."""
    with task.app.amqp.producer_pool.acquire(block=True) as producer:
        events = task.app.events.Dispatcher(
            producer.connection,
            hostname=task.request.hostname,
            channel=producer.channel,
            buffer_while_offline=False,
            buffer_group=frozenset({"task"}),
        )
        _tell(events, task, done, stepped, took=time.time() - began)
        events.flush()


def _tell(events: EventDispatcher, task: Task, done: Next, stepped: Stepped, *, took: float) -> None:
    """Put what became of a task into the events' buffer."""
    origin = {"root_id": task.request.root_id, "parent_id": task.request.id}
    shown = {"name": done.shown_as, "args": repr(done.args), "kwargs": "{}", "retries": 0, "eta": None, "expires": None}
    events.send("task-received", uuid=done.id, **origin, **shown)
    events.send("task-started", uuid=done.id)
    if stepped.outcome is Outcome.DONE:
        events.send("task-succeeded", uuid=done.id, result=repr(stepped.summary), runtime=took)
    elif stepped.outcome is Outcome.FAILED:
        events.send("task-failed", uuid=done.id, exception=repr(stepped.summary), traceback="")
    else:
        events.send("task-rejected", uuid=done.id, requeue=False)
