"""A worker's signs of life, where the settings name a file: what must go on for a worker to be worth keeping.

- Its loop, which fetches messages and hears its pool: the signs come from the loop's own timer.
- The heart that keeps the leases of its steps, in this process or in each of its pool's.

A broker that is away stops the loop, and is no fault of the worker, which goes on trying and finishes what runs: the
signs come from a thread then. A restart would help nobody.
"""

import os
from pathlib import Path
from typing import Any

from celery import bootsteps, signals
from celery.concurrency.thread import TaskPool
from celery.worker.consumer.tasks import Tasks

from orchestrator.liveness import sign
from orchestrator.liveness.giving import EVERY_SECONDS, Giver
from orchestrator.settings import get_settings


class SignsOfLife(bootsteps.StartStopStep):  # type: ignore[misc] # Celery has no types
    """Leaves the worker's sign from its loop, each time that it has a connection."""

    requires = (Tasks,)

    def __init__(self, c: Any, **options: Any) -> None:  # noqa: ANN401  Celery's consumer
        self._path = get_settings().heartbeat_file
        self._giver: Giver | None = None
        self._timer: Any = None
        super().__init__(c, **options)

    def start(self, c: Any) -> None:  # noqa: ANN401  the same
        """Give signs from the loop from now on, and no more from the thread."""
        if self._path is None:
            return
        self._giver = self._giver or _giver(self._path, who=c.hostname, own_heart=isinstance(c.pool, TaskPool))
        self._giver.stop()
        self._giver.give()
        self._timer = c.timer.call_repeatedly(EVERY_SECONDS, self._giver.give)

    def stop(self, c: Any) -> None:  # noqa: ANN401  the same
        """Give signs from a thread while there is no loop: the connection is lost, or the worker ends."""
        if self._giver is not None:
            c.timer.cancel(self._timer)
            self._giver.go_on()


def give_a_childs_signs(**_: object) -> None:
    """Have a process of a pool leave its own sign beside its worker's."""
    path = get_settings().heartbeat_file
    if path is not None:
        _giver(sign.of_child(path, os.getpid()), who="a process of the pool", own_heart=True).go_on()


def _giver(path: Path, *, who: str, own_heart: bool) -> Giver:
    """Return what leaves signs in this process; where it has no heart, the processes of its pool have one each."""
    settings = get_settings()
    if not own_heart:
        return Giver(path, who=who, lease_seconds=settings.lease_seconds)
    from orchestrator import wiring  # noqa: PLC0415  it imports the Celery app, which names this module

    # A beat that meets a database that is away takes as long as these; one that takes longer hangs.
    patience = settings.lease_seconds + settings.database_connect_seconds + settings.statement_timeout_seconds
    heart = wiring.heart()
    return Giver(
        path, who=who, lease_seconds=settings.lease_seconds, quiet=heart.quiet_seconds, patience_seconds=patience
    )


signals.worker_process_init.connect(give_a_childs_signs, weak=False)
