"""A worker's life: stop events at its shutdown, and a file whose age says that it lives."""

from celery import signals

from orchestrator import wiring


@signals.worker_shutting_down.connect(weak=False)
def stop_waiting_steps(**_: object) -> None:
    """Tell this process's steps to stop: thread workers have no soft shutdown, so their steps go back at once."""
    wiring.heart().stop_all()
