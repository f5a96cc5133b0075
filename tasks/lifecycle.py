"""A worker's life: its steps hear of its shutdown, and its children end with it."""

import signal

from celery import signals

from orchestrator import wiring
from orchestrator.local.leash import end_with_parent


@signals.worker_shutting_down.connect(weak=False)
def stop_waiting_steps(**_: object) -> None:
    """Tell this process's steps to stop: thread workers have no soft shutdown, so their steps go back at once."""
    wiring.heart().stop_all()


@signals.worker_process_init.connect(weak=False)
def end_with_the_worker(**_: object) -> None:
    """Tie a computing process to its worker: a worker that is killed leaves no child behind."""
    end_with_parent(signal.SIGKILL)
