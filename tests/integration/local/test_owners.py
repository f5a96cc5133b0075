"""One owner at a time, whoever else is there and however it ends."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from orchestrator.errors import OwnedElsewhereError
from orchestrator.local.home import Home
from orchestrator.local.owner import read_owner
from orchestrator.local.services import EmbeddedServices

pytestmark = pytest.mark.services

Python = Callable[..., "subprocess.Popen[str]"]
Until = Callable[[Callable[[], object]], None]

SECOND = """
import sys
from pathlib import Path
from orchestrator.errors import OwnedElsewhereError
from orchestrator.local.services import EmbeddedServices
from orchestrator.local.temporary import at
try:
    EmbeddedServices(at(Path(sys.argv[1]))).start()
except OwnedElsewhereError as error:
    print(error.pid, error, flush=True)
"""

INTERRUPTED = """
import sys
from orchestrator.local.services import EmbeddedServices
from orchestrator.local.temporary import temporary_home
with temporary_home() as home:
    print(home.path, flush=True)
    services = EmbeddedServices(home)
    services.start()
    print("started", flush=True)
    import signal
    try:
        signal.pause()
    finally:
        services.stop()
"""

STARTING = """
import sys
from pathlib import Path
from orchestrator.local.services import EmbeddedServices
from orchestrator.local.temporary import at
print("starting", flush=True)
EmbeddedServices(at(Path(sys.argv[1]))).start()
"""


def test_a_second_owner_is_refused_in_words_that_name_the_first(
    services: EmbeddedServices, home: Home, python: Python
) -> None:
    # Given an owner
    # When another process starts the same home
    output, _ = python(SECOND, home.path).communicate()
    # Then it is told who the first one is, and what to do
    assert output.startswith(f"{os.getpid()} ")
    assert f"owned by process {os.getpid()}" in output
    assert "stop that first, or set LOOKOUT_HOME" in output
    assert [row.restarts for row in services.check()] == [0, 0]


def test_a_second_owner_in_the_same_process_is_refused_too(services: EmbeddedServices, home: Home) -> None:
    # Given an owner
    # When the same process starts the same home again
    # Then it is refused: two supervisors would fight
    with pytest.raises(OwnedElsewhereError) as raised:
        EmbeddedServices(home).start()
    assert raised.value.pid == os.getpid()
    assert raised.value.since
    assert raised.value.command


def test_a_client_reads_who_the_owner_is(services: EmbeddedServices, home: Home) -> None:
    # Given an owner
    # When a client asks
    owner = read_owner(home)
    # Then it learns
    assert owner is not None
    assert owner.pid == os.getpid()
    # And nobody, after the stop
    services.stop()
    assert read_owner(home) is None


def test_ctrl_c_leaves_nothing_of_a_temporary_home(python: Python, until: Until) -> None:
    # Given a process with a temporary home whose servers run
    process = python(INTERRUPTED)
    assert process.stdout is not None
    path = Path(process.stdout.readline().strip())
    assert process.stdout.readline() == "started\n"
    elsewhere = Path((path / "place").read_text()) if (path / "place").exists() else path
    servers = [child.pid for child in psutil.Process(process.pid).children()]
    # When it is interrupted
    process.send_signal(signal.SIGINT)
    process.wait()
    # Then no process and no file is left
    until(lambda: not any(psutil.pid_exists(pid) for pid in servers))
    assert not path.exists()
    assert not elsewhere.exists()


def test_ctrl_c_during_initdb_leaves_nothing_half_made(
    home: Home, python: Python, until: Until, holders: Callable[[Home], list[str]]
) -> None:
    # Given a process in the middle of making the database
    process = python(STARTING, home.path)
    assert process.stdout is not None
    process.stdout.readline()
    until(lambda: "initdb" in holders(home))
    # When it is interrupted
    process.send_signal(signal.SIGINT)
    process.wait()
    # Then nothing runs, and no folder of a half-made database is there
    until(lambda: holders(home) == [])
    root = Path(home.place_record.read_text()) if home.place_record.exists() else home.path
    assert [path.name for path in (root / "data").iterdir()] == ["valkey"]
    # And the next start does it all
    services = EmbeddedServices(home)
    services.start()
    services.stop()


def test_a_kill_during_initdb_is_swept_up_by_the_next_start(
    home: Home, python: Python, until: Until, holders: Callable[[Home], list[str]]
) -> None:
    # Given a process that is killed in the middle of making the database
    process = python(STARTING, home.path)
    assert process.stdout is not None
    process.stdout.readline()
    until(lambda: "initdb" in holders(home))
    process.send_signal(signal.SIGKILL)
    process.wait()
    # When another one starts
    services = EmbeddedServices(home)
    services.start()
    services.stop()
    # Then the database is whole, and nothing else is left beside it
    root = Path(home.place_record.read_text()) if home.place_record.exists() else home.path
    assert sorted(path.name for path in (root / "data").iterdir()) == ["postgres", "valkey"]
