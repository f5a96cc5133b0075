"""A worker's life: its steps hear of its shutdown, its children end with it, and lost slots end it."""

import os
import signal
from typing import Any

import billiard.pool
from celery import signals
from celery.concurrency.thread import TaskPool

from orchestrator import wiring
from orchestrator.ledger.finishing import FINISHING
from orchestrator.local.leash import end_with_parent
from orchestrator.settings import get_settings
from tasks.draining import EXIT_CODE, Drain, leave
from tasks.warming import warm_up

_POLITE = 5
"""By how much a computing process gives way: servers, heartbeats and urgent steps come to the processor before it."""
_LOOKS_BEFORE_LEAVING = 20
"""How often a computing process that ends looks whether its worker has read all its results: for 2 seconds."""


@signals.worker_shutting_down.connect(weak=False)
def stop_waiting_steps(**_: object) -> None:
    """Tell this process's steps to stop: thread workers have no soft shutdown, so their steps go back at once."""
    wiring.heart().stop_all()


@signals.celeryd_after_setup.connect(weak=False)
def get_ready(instance: Any, **_: object) -> None:  # noqa: ANN401  Celery has no types
    """Warm a reserved worker up before its first message. Processes are left out: nothing opens before a fork."""
    if issubclass(instance.pool_cls, TaskPool):
        warm_up(instance.app, queues=list(instance.app.amqp.queues.consume_from), slots=instance.concurrency)


@signals.worker_ready.connect(weak=False)
def watch_slots(sender: Any, **_: object) -> None:  # noqa: ANN401  Celery has no types
    """Have a worker with threads drain and end once steps that ignore their stop cost it slots."""
    if isinstance(sender.pool, TaskPool):
        patience = get_settings().soft_shutdown_seconds
        drain = Drain(sender, patience_seconds=patience, stop_all=wiring.heart().stop_all)
        wiring.slot_watch(drain.go_on).start(every_seconds=wiring.limits().heartbeat_seconds)


@signals.task_prerun.connect(weak=False)
def take_a_slot(task_id: str | None = None, **_: object) -> None:
    """Count a task that begins."""
    FINISHING.begin(task_id)


@signals.task_postrun.connect(weak=False)
def give_the_slot_back(task_id: str | None = None, **_: object) -> None:
    """Count a task that is over no more."""
    FINISHING.end(task_id)


@signals.worker_process_init.connect(weak=False)
def end_with_the_worker(**_: object) -> None:
    """Tie a computing process to its worker, and end it where its step ignores its stop: Celery starts another."""
    end_with_parent(signal.SIGKILL)
    os.nice(_POLITE)
    leave_soon()
    wiring.slot_watch(_end_child).start(every_seconds=wiring.limits().heartbeat_seconds)


def leave_soon() -> None:
    """Have this process wait 2 seconds instead of 30 for its results to be read before it ends.

    billiard 4.3's children wait until their worker has read every result. But a worker that ends forgets the steps
    whose acceptance it had not read yet, and reads no further once it has those of the others: such a child waited in
    vain, and its worker for it. What it did stands in the ledger, and its message comes again and finds it done.
    """
    billiard.pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = _LOOKS_BEFORE_LEAVING


def _end_child(lost: int) -> None:
    """End a computing process whose only slot is lost."""
    if lost:
        leave(EXIT_CODE)
