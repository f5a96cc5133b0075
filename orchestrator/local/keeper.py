"""Keeps one thing alive: sees that it died, waits as the policy says, and starts it again."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from orchestrator.errors import ServiceError
from orchestrator.local.backoff import RestartPolicy, after_death


class Kept(Protocol):
    """What can be kept alive: an embedded server, or a process of the stack."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def pid(self) -> int | None:
        """Its process, or None."""
        ...

    def start(self) -> None:
        """Start it, or start it again. Raises ``ServiceError``."""
        ...

    def exit_code(self) -> int | None:
        """Return None while it runs, else how it ended."""
        ...

    def stop(self) -> None:
        """Stop it, in bounded time; nothing where it has ended."""
        ...


class State(StrEnum):
    """What a kept thing is doing."""

    STOPPED = "stopped"
    RUNNING = "running"
    WAITING = "waiting"
    """It died and will be started again."""


@dataclass(frozen=True)
class Row:
    """How one kept thing is: ``since`` when it is in this state, and what was last wrong with it, for people."""

    name: str
    state: State
    since: datetime
    pid: int | None = None
    restarts: int = 0
    trouble: str = ""


class Keeper:
    """Looks after one thing. Nothing happens between two calls of ``look``; it waits by remembering when."""

    def __init__(
        self, kept: Kept, *, policy: RestartPolicy | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._kept = kept
        self._policy = policy or RestartPolicy()
        self._clock = clock
        self._deaths = 0
        self._started = 0.0
        self._due = 0.0
        self._row = Row(kept.name, State.STOPPED, datetime.now(UTC))

    def start(self) -> None:
        """Start it for the first time. Raises ``ServiceError``: what cannot start at all is not tried again."""
        self._kept.start()
        self._began()

    def look(self) -> None:
        """See how it is; start it again where it died and the time has come."""
        if self._row.state is State.RUNNING:
            code = self._kept.exit_code()
            if code is not None:
                self._died(f"ended with code {code}", ran_seconds=self._clock() - self._started)
        if self._row.state is State.WAITING and self._clock() >= self._due:
            self._start_again()

    def stop(self) -> None:
        """Stop it, and do not start it again."""
        self._kept.stop()
        self._change(State.STOPPED, pid=None)

    def row(self) -> Row:
        """How it was at the last look."""
        return self._row

    def _start_again(self) -> None:
        try:
            self._kept.start()
        except ServiceError as error:
            self._died(str(error), ran_seconds=0.0)
            return
        self._row = replace(self._row, restarts=self._row.restarts + 1)
        self._began()

    def _began(self) -> None:
        self._started = self._clock()
        self._change(State.RUNNING, pid=self._kept.pid)

    def _died(self, trouble: str, *, ran_seconds: float) -> None:
        decision = after_death(self._policy, deaths=self._deaths, ran_seconds=ran_seconds)
        self._deaths = decision.deaths
        self._due = self._clock() + decision.delay_seconds
        self._row = replace(self._row, trouble=trouble)
        self._change(State.WAITING, pid=None)

    def _change(self, state: State, *, pid: int | None) -> None:
        self._row = replace(self._row, state=state, pid=pid, since=datetime.now(UTC))
