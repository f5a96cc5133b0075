"""Signs of life: what a health check says of them, and how it ends."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.stages import REPOSITORY

from orchestrator.liveness import sign
from orchestrator.liveness.__main__ import main


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "alive"


@pytest.fixture
def gone() -> int:
    """Return the id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    return process.pid


def write(path: Path, *, age: float = 0, holds: float = 20, pid: int = 7, who: str = "waiting@host") -> None:
    path.write_text(f"{time.monotonic() - age} {holds} {pid} {who}\n")


def test_a_sign_that_was_just_left_is_one_of_life(path: Path) -> None:
    # Given a sign that this process left
    sign.leave(path, who="waiting@host", seconds=20)
    # When it is looked at, then all is well, and it says whose it is
    well, seen = sign.look(path)
    assert well
    assert seen.startswith(f"waiting@host (pid {os.getpid()}) gave a sign of life 0.")
    # And no draft of it is left
    assert list(path.parent.iterdir()) == [path]


def test_a_sign_holds_for_as_long_as_it_says(path: Path) -> None:
    # Given a sign of 40 seconds ago that holds for a minute, when it is looked at, then all is well
    write(path, age=40, holds=60)
    assert sign.look(path)[0]
    # When it holds for less, then not, with the time that has passed and the one that is allowed
    write(path, age=40, holds=20)
    assert sign.look(path) == (False, "waiting@host (pid 7) has given no sign of life for 40 s; 20 s are allowed")


def test_a_sign_from_before_the_machine_started_is_none(path: Path) -> None:
    write(path, age=-1_000)
    assert sign.look(path) == (False, "the sign of life of waiting@host (pid 7) is from before this machine started")


def test_where_nobody_left_a_sign_nobody_lives(path: Path) -> None:
    assert sign.look(path) == (
        False,
        f"there is no sign of life at {path}: whoever leaves one there has not started yet",
    )
    assert "there is no sign of life at" in sign.look(path / "deeper")[1]


@pytest.mark.parametrize("content", [b"", b"\n", b"now 20 7 me", b"1 2 three me", b"1 2 3", b"\xff\xfe1 2 3 me"])
def test_what_is_no_sign_is_told_from_one(path: Path, content: bytes) -> None:
    # Given a file of somebody else, when it is looked at, then the setting is named
    path.write_bytes(content)
    well, seen = sign.look(path)
    assert not well
    assert seen == f"what stands at {path} is no sign of life: name the file that LOOKOUT_HEARTBEAT_FILE names"


def test_a_folder_is_no_sign(path: Path) -> None:
    path.mkdir()
    assert "is no sign of life" in sign.look(path)[1]


def test_a_process_of_the_pool_that_is_silent_speaks_against_its_worker(path: Path, gone: int) -> None:
    # Given a worker that is well, a process of its pool that is, and one that has ended
    write(path)
    mine = sign.of_child(path, os.getpid())
    write(mine, pid=os.getpid(), who="a process of the pool")
    write(sign.of_child(path, gone), age=100, pid=gone)
    for other in ("alive.txt", f"{os.getpid()}", f"other.{os.getpid()}"):
        write(path.with_name(other), age=100)
    assert sign.look(path)[0]
    # When the one that lives falls silent
    write(mine, age=30, pid=os.getpid(), who="a process of the pool")
    # Then it is what is told
    assert sign.look(path) == (
        False,
        f"a process of the pool (pid {os.getpid()}) has given no sign of life for 30 s; 20 s are allowed",
    )
    # But the worker itself comes first
    write(path, age=50)
    assert "waiting@host (pid 7) has given no sign of life for 50 s" in sign.look(path)[1]


def test_another_users_process_lives(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a sign of a process that this user may not signal
    write(path)
    write(sign.of_child(path, 1), age=100, pid=1)

    def refuse(_pid: int, _number: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    # When it is looked at, then it counts
    assert not sign.look(path)[0]


def test_signs_of_processes_that_have_ended_are_removed_and_no_others(path: Path, gone: int) -> None:
    # Given signs of a worker, of a process that lives, and of one that does not
    write(path)
    write(sign.of_child(path, os.getpid()))
    write(sign.of_child(path, gone))
    # When what is old is removed, then only the last goes
    sign.clear(path)
    assert {found.name for found in path.parent.iterdir()} == {"alive", f"alive.{os.getpid()}"}


@pytest.mark.parametrize(("age", "code"), [(0, 0), (100, 1)])
def test_a_health_check_ends_with_a_code_and_a_sentence(path: Path, age: float, code: int) -> None:
    # Given a sign, when the check is run as a container runs it
    write(path, age=age)
    words = [sys.executable, "-m", "orchestrator.liveness", str(path)]
    done = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60)
    # Then its code and its words say how the process is
    assert done.returncode == code
    assert "waiting@host (pid 7)" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("words", [[], ["a", "b"], ["--help"]])
def test_wrong_usage_is_no_verdict(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "usage: python -m orchestrator.liveness FILE" in capsys.readouterr().err


def test_a_health_check_loads_nothing_that_it_does_not_need() -> None:
    # Given the modules that Python has after the check's own are loaded, beside those that it has anyway
    code = "import sys; old = {*sys.modules}; import orchestrator.liveness.__main__; print(*{*sys.modules} - old)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60
    )
    # Then no library is among them: it is run every few seconds
    names = {name.partition(".")[0] for name in done.stdout.split()}
    assert names - set(sys.stdlib_module_names) == {"orchestrator"}
    assert names & {"asyncio", "dataclasses", "json", "logging", "subprocess", "typing"} == set()
