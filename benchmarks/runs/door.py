"""How a system is asked for runs by the one process that asks: begin this one, tell me which have ended."""

from collections.abc import Callable
from typing import Protocol

from benchmarks.runs.work import Work


class Door(Protocol):
    """A system that runs in workers of its own."""

    def new_id(self) -> str:
        """Return an id for a run that is about to begin."""
        ...

    def begin(self, work: Work, run: str) -> None:
        """Hand a run over to the workers. May be called from several threads."""
        ...

    def ended(self, seconds: float) -> list[str]:
        """Wait so long for ends, at most, and return the ids of runs that have ended since the last call."""
        ...

    def close(self) -> None:
        """Let connections go."""
        ...


class Doer(Protocol):
    """A system that does whole runs in the process that asks for them."""

    async def do(self, work: Work) -> None:
        """Do one run from its begin to its end."""
        ...

    async def open(self) -> None:
        """Connect."""
        ...

    async def close(self) -> None:
        """Let connections go."""
        ...


Mark = Callable[[str], None]
"""Told when a window begins and when it ends."""
