"""Postgres's own lock file: read whatever it says, removed only where that is safe."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orchestrator.errors import ServiceError
from orchestrator.local.child import Child
from orchestrator.local.pidfile import NAME, PidFile, clear_stale, parse, read_pid_file, serves

WHOLE = "4711\n/data\n1700000000\n5432\n/run\n\n  1234  0\nready   \n"


def test_a_whole_file_gives_the_process_and_its_state() -> None:
    # Given what a server writes
    # When it is read, ready and not yet ready
    # Then both are told apart
    assert parse(WHOLE) == PidFile(4711, ready=True)
    assert parse(WHOLE.replace("ready   ", "starting")) == PidFile(4711, ready=False)
    assert parse("-4711\n") == PidFile(4711)


@given(st.text())
@example("")
@example("99999999999999999999")
@example("²\n")
def test_no_text_breaks_the_reader(text: str) -> None:
    # Given any text
    # When it is read
    found = parse(text)
    # Then there is a process number that could be one, or none
    assert found.pid is None or 0 <= found.pid < 10**10


def test_no_file_is_no_obstacle(tmp_path: Path) -> None:
    # Given a cluster without a lock file
    # When it is looked at
    clear_stale(tmp_path)
    # Then there is nothing to say
    assert read_pid_file(tmp_path) is None


@pytest.mark.parametrize("text", ["", "garbage", f"{os.getpid()}\n/elsewhere\n"], ids=["empty", "garbage", "no server"])
def test_a_file_that_would_stop_our_server_without_cause_is_removed(tmp_path: Path, text: str) -> None:
    # Given a file that is empty, damaged, or names a process that is no server
    (tmp_path / NAME).write_text(text)
    # When it is looked at
    clear_stale(tmp_path)
    # Then it is gone
    assert not (tmp_path / NAME).exists()


def test_the_file_of_a_dead_process_is_left_to_the_server(tmp_path: Path) -> None:
    # Given a file that names a process that has ended
    with subprocess.Popen(["/bin/true"]) as ended:
        ended.wait()
    (tmp_path / NAME).write_text(f"{ended.pid}\n")
    # When it is looked at
    clear_stale(tmp_path)
    # Then it stays: the server checks its shared memory too before it removes it
    assert (tmp_path / NAME).exists()


def test_a_server_that_somebody_else_started_is_let_be(tmp_path: Path) -> None:
    # Given a living process that looks like a server on this cluster
    likeness = tmp_path / "postgres"
    likeness.symlink_to("/bin/sleep")
    with subprocess.Popen([likeness, "60"], cwd=tmp_path) as server:
        (tmp_path / NAME).write_text(f"{server.pid}\n")
        # When the file is looked at
        # Then the process is named, and the file stays
        with pytest.raises(ServiceError, match=f"process {server.pid} is already a Postgres server"):
            clear_stale(tmp_path)
        server.kill()
    assert (tmp_path / NAME).exists()


def test_a_process_that_is_gone_serves_nothing(tmp_path: Path, shell: Callable[[str], Child]) -> None:
    # Given a process that ended
    child = shell("exit 0")
    child.finish(30)
    # When asked whether it serves
    # Then it does not
    assert not serves(child.pid, cluster=tmp_path)


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    # Given a link where the file should be
    (tmp_path / NAME).symlink_to(tmp_path / "other")
    # When it is read
    # Then that is refused
    with pytest.raises(ServiceError, match=NAME):
        read_pid_file(tmp_path)
