"""Children that are real but small, and a way to wait for what they do."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from orchestrator.local.child import Child, Command
from orchestrator.local.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home", reachable=(tmp_path / "reachable",), copies=tmp_path / "copies")
    made.prepare()
    return made


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Wait until a question is answered with yes."""

    def wait(question: Callable[[], object]) -> None:
        attempts = Retrying(
            retry=retry_if_result(lambda answer: not answer), wait=wait_fixed(0.005), stop=stop_after_delay(60)
        )
        attempts(question)

    return wait


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Callable[..., Child]]:
    """Start a shell script as a child; what still runs at the end is killed."""
    with ExitStack() as ends:

        def start(script: str, *, death_signal: signal.Signals = signal.SIGTERM) -> Child:
            child = Child(Command(("/bin/sh", "-c", script), tmp_path / "child.log", death_signal))
            ends.callback(child.kill)
            return child

        yield start


@pytest.fixture
def alive() -> Callable[[int], bool]:
    """Whether a process runs; one that ended and was not reaped by its parent does not."""

    def look(pid: int) -> bool:
        try:
            os.kill(pid, 0)
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except (ProcessLookupError, FileNotFoundError):
            return False

    return look
