"""The lookout command as a user runs it: a process of its own, in a private home, with nobody's settings."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.commands import Started, start
from support.stages import wait_for

from orchestrator.local.home import Home
from orchestrator.local.temporary import temporary_home


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """Return a home that is removed at the end, wherever root had to put its data."""
    with temporary_home(tmp_path) as made:
        yield made


@pytest.fixture
def lookout(home: Home, tmp_path: Path) -> Iterator[Callable[..., Started]]:
    """Start a command in a folder; one that still runs at the end is ended."""
    environment = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data"), "LOOKOUT_HOME": str(home.path)}
    with ExitStack() as ends:

        def begin(*words: str, folder: Path = tmp_path) -> Started:
            number = len(list(tmp_path.glob("*.log")))
            started = start(*words, folder=folder, environment=environment, log=tmp_path / f"{number}.log")
            ends.callback(end, started)
            return started

        yield begin


def end(started: Started) -> None:
    """End a command that still runs, politely first."""
    if started.process.poll() is None:
        started.process.terminate()
    started.process.wait(60)


@pytest.fixture
def until_there() -> Callable[[Started, Path], None]:
    """Wait until a command made a file; note whom it started by then."""

    def wait(started: Started, path: Path) -> None:
        wait_for(lambda: path.exists() or started.process.poll() is not None, seconds=60)
        assert path.exists(), started.written()

    return wait
