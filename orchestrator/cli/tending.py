"""What is done while a run is waited for: our own workers are kept alive and swept up after; a client only watches."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from agents.catalog import catalog
from orchestrator.cli.terminal import say
from orchestrator.domain.runs import RunState
from orchestrator.errors import ServiceError
from orchestrator.ledger.endings import stop_run
from orchestrator.ledger.relay import BROKER_TROUBLE
from orchestrator.ledger.submit import Accepted
from orchestrator.local.opening import Opened
from orchestrator.local.stack import StackShape, processes
from orchestrator.local.supervisor import Supervisor
from orchestrator.settings import Settings
from orchestrator.settings.children import stack_environment

Tend = Callable[[], None]

_UNENDED = timedelta(seconds=60)
"""How long after its deadline a run may still be running: then nobody sweeps, for a sweep ends it."""


def stack_shape(settings: Settings, servers: Opened, *, flower_port: int | None = None) -> StackShape:
    """Return how large a stack is by the settings."""
    return StackShape(
        waiting=settings.waiting_concurrency,
        computing=settings.computing_concurrency,
        urgent=settings.urgent_concurrency,
        soft_shutdown_seconds=settings.soft_shutdown_seconds,
        folder=servers.home.logs,
        logs=servers.home.logs,
        env=stack_environment(settings),
        heartbeat_file=settings.heartbeat_file,
        flower_port=flower_port,
    )


@contextmanager
def own_workers(settings: Settings, servers: Opened, *, sweep: Callable[[], object]) -> Iterator[Tend]:
    """Run workers of our own; yield what keeps them and the servers alive and sweeps. Stops them at the end."""
    # Beat stays out: a single look must not fire the schedules of a stack that is down.
    specs = [spec for spec in processes(stack_shape(settings, servers), specs=catalog()) if spec.name != "beat"]
    with Supervisor(specs, services=servers.keepers) as supervisor:
        broom = Broom(sweep, every_seconds=settings.sweep_seconds)

        def tend() -> None:
            supervisor.look()
            broom.use()

        yield tend


@dataclass
class Broom:
    """Sweeps every so many seconds. What is down meanwhile is swept the next time."""

    sweep: Callable[[], object]
    every_seconds: float
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._due = self.clock() + self.every_seconds

    def use(self) -> None:
        """Sweep where it is time to."""
        if self.clock() >= self._due:
            self._due = self.clock() + self.every_seconds
            with suppress(DBAPIError, *BROKER_TROUBLE):
                self.sweep()


@contextmanager
def served_by_us(engine: Engine, run_id: UUID) -> Iterator[None]:
    """Cancel a run that has not ended when we leave: nobody else would work on it."""
    try:
        yield
    finally:
        with engine.begin() as conn:
            cancelled = stop_run(conn, run_id, state=RunState.CANCELLED, error="the command that served it was ended")
        if cancelled:
            say(f"run {run_id} was cancelled")


def bounded(
    accepted: Accepted,
    *,
    deadline: Callable[[], datetime | None],
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Tend:
    """Return what a client does while it waits: nothing, until a run is so long overdue that nobody can be serving it.

    Once the deadline that it was accepted with has passed, ``deadline`` is asked for the one that holds now: a run may
    have been paused (None while it is) or changed. Raises ``ServiceError`` where that has passed as well.
    """

    def tend() -> None:
        if clock() <= accepted.deadline_at + _UNENDED:
            return
        until = deadline()
        if until is not None and clock() > until + _UNENDED:
            raise ServiceError(
                f"run {accepted.run_id} should have ended by {until:%Y-%m-%d %H:%M:%S} UTC, and nobody "
                "ended it: no stack is up; start `lookout up`"
            )

    return tend
