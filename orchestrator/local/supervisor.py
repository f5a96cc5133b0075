"""The supervisor of a whole stack on one machine: starts its processes, keeps them alive, stops them all.

    with Supervisor(specs, services=embedded.keepers) as stack:
        with stop_on() as stop:
            stack.run(stop)

It starts processes, so it belongs in the main thread (see leash.py).
"""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from agents.contract import StopSignal
from orchestrator.local.backoff import RestartPolicy
from orchestrator.local.keeper import Keeper, Row
from orchestrator.local.process import ProcessSpec, StackProcess

LOOK_SECONDS = 0.2

Rows = tuple[Row, ...]


def nobody_watches(_rows: Rows) -> None:
    """Take no note of a change."""


def nothing_beside() -> None:
    """Do nothing."""


class Supervisor:
    """Runs processes by their specs. ``services`` are looked after with them, but neither started nor stopped here."""

    def __init__(
        self,
        specs: Sequence[ProcessSpec],
        *,
        services: Sequence[Keeper] = (),
        policy: RestartPolicy | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._processes = tuple(StackProcess(spec) for spec in specs)
        self._keepers = tuple(Keeper(process, policy=policy, clock=clock) for process in self._processes)
        self._services = tuple(services)

    def start(self) -> None:
        """Start the processes in their order; where one cannot start, stop those before it. Raises ``ServiceError``."""
        with ExitStack() as undo:
            undo.callback(self.stop)
            for keeper in self._keepers:
                keeper.start()
            undo.pop_all()

    def look(self) -> Rows:
        """Look at everything once, services first; start again what died and is due; return how everything is."""
        for keeper in (*self._services, *self._keepers):
            keeper.look()
        return self.status()

    def run(
        self,
        until: StopSignal,
        *,
        on_change: Callable[[Rows], None] = nobody_watches,
        beside: Callable[[], None] = nothing_beside,
    ) -> None:
        """Keep everything alive until told to stop; ``on_change`` hears the first rows and every change.

        ``beside`` is done between two looks, and must be quick.
        """
        known: Rows = ()
        while not until.is_set():
            rows = self.look()
            if rows != known:
                known = rows
                on_change(rows)
            beside()
            until.wait(LOOK_SECONDS)

    def stop(self) -> None:
        """Ask all processes to end, the last one first, then wait for each as long as its spec says, then kill.

        All are asked before any is waited for: it takes as long as the slowest. Interrupted, it kills the rest at once.
        """
        with ExitStack() as kills:
            for process in self._processes:
                kills.callback(process.kill)
            for process in reversed(self._processes):
                process.ask()
            for keeper in reversed(self._keepers):
                keeper.stop()

    def status(self) -> Rows:
        """How everything was at the last look, services first."""
        return tuple(keeper.row() for keeper in (*self._services, *self._keepers))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
