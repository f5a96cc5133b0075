"""Worker processes of a benchmark: started together, and ended for certain."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestrator.local.process import ProcessSpec, StackProcess

STOP_SECONDS = 15.0


@dataclass(frozen=True)
class Role:
    """One process to run: the words after ``python -m``, and its environment, which may hold passwords."""

    name: str
    words: tuple[str, ...]
    env: Mapping[str, str]


@contextmanager
def at_work(roles: Sequence[Role], *, folder: Path) -> Iterator[tuple[StackProcess, ...]]:
    """Yield the processes, started; they may not be ready yet. At the end all are asked to stop, then killed."""
    processes = tuple(StackProcess(_spec(role, folder=folder)) for role in roles)
    with ExitStack() as stack:
        for process in processes:
            stack.callback(process.stop)
            process.start()
        try:
            yield processes
        finally:
            for process in processes:
                process.ask()


def last_words(processes: Sequence[StackProcess]) -> str:
    """Return what processes that ended wrote last; empty while all run."""
    ended = [process for process in processes if process.exit_code() is not None]
    return "\n".join(f"{one.name}: {one.spec.log.read_text(errors='replace')[-2_000:]}" for one in ended)


def _spec(role: Role, *, folder: Path) -> ProcessSpec:
    argv = (sys.executable, "-m", *role.words)
    log = folder / f"{role.name}.log"
    return ProcessSpec(role.name, argv, log, env=role.env, cwd=folder, stop_seconds=STOP_SECONDS)
