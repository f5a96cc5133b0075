"""One process of the stack: a worker, beat, Flower."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.local.child import Child, Command


@dataclass(frozen=True)
class ProcessSpec:
    """How to run a process of the stack. ``env`` is all it gets; it may hold addresses with passwords: never shown.

    ``death_signal`` is what it gets when we die, were it by kill -9, so that it never becomes an orphan. A Celery
    worker takes SIGTERM for a warm shutdown: it finishes its steps first, at most up to their hard limits, and by then
    the embedded servers are gone; what it could not hand back, the ledger's sweep does. The children of a prefork
    worker are not tied to us: they learn of its end by themselves once they are idle, and are killed with its group
    where we live to see it.
    """

    name: str
    argv: tuple[str, ...]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    cwd: Path = Path("/")
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 30.0
    death_signal: signal.Signals = signal.SIGTERM

    def command(self) -> Command:
        """Return the command of its child process."""
        return Command(self.argv, self.log, self.death_signal, env=self.env, cwd=self.cwd)


class StackProcess:
    """A process made from a spec; it can be started again and again."""

    def __init__(self, spec: ProcessSpec) -> None:
        self.spec = spec
        self._child: Child | None = None

    @property
    def name(self) -> str:
        """What people call it."""
        return self.spec.name

    @property
    def pid(self) -> int | None:
        """Its process, or None before its first start."""
        return self._child.pid if self._child else None

    def start(self) -> None:
        """Start it; it is not waited for. Raises ``ServiceError`` where its log cannot be written."""
        self._child = Child(self.spec.command())

    def exit_code(self) -> int | None:
        """Return None while it runs, else how it ended."""
        return self._child.exit_code() if self._child else None

    def ask(self) -> None:
        """Ask it to end, and do not wait."""
        if self._child:
            self._child.ask(self.spec.stop_signal)

    def stop(self) -> None:
        """Ask it to end, wait as long as its spec says, then kill its group."""
        if self._child:
            self._child.stop(self.spec.stop_signal, seconds=self.spec.stop_seconds)

    def kill(self) -> None:
        """Kill its group at once."""
        if self._child:
            self._child.kill()
