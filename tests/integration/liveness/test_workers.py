"""Signs of life of real workers and of a real beat: alive, frozen, killed, hanging, and without a broker."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text
from support.plays import Play, act, sender
from support.stages import REPOSITORY, Stage, Worker

from orchestrator.liveness import sign

pytestmark = pytest.mark.services

SILENT = "has given no sign of life for"
_WAITS = "SELECT min(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%lease_until = now()%'"


@pytest.fixture
def play(stage: Stage) -> Play:
    return Play(stage, sender(stage.addresses.broker_url))


@contextmanager
def signing(stage: Stage, monkeypatch: pytest.MonkeyPatch, name: str = "alive") -> Iterator[Path]:
    """Have processes that are started meanwhile leave signs in a file."""
    path = stage.folder / name
    with monkeypatch.context() as patched:
        patched.setenv("LOOKOUT_HEARTBEAT_FILE", str(path))
        yield path


def renewed(stage: Stage, path: Path) -> None:
    """Wait until a sign was left anew."""
    seen = path.read_text() if path.exists() else ""
    stage.wait(lambda: path.exists() and path.read_text() != seen)


def checked(path: Path) -> tuple[int, str]:
    """Run the health check as a container does."""
    words = [sys.executable, "-m", "orchestrator.liveness", str(path)]
    done = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout


def server(stage: Stage, name: str) -> int:
    """Return the pid of an embedded server, 0 while it does not run."""
    return next((row.pid or 0 for row in stage.services.check() if name in row.name.lower()), 0)


def test_who_is_frozen_or_killed_is_not_alive_and_who_goes_on_is_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given workers of both kinds and a beat, each of which leaves a sign again and again
    started: dict[Path, Worker] = {}
    for name in ("threads", "prefork", "killed"):
        with signing(stage, monkeypatch, name) as path:
            started[path] = stage.worker(pool=name.replace("killed", "threads"), slots=2)
    with signing(stage, monkeypatch, "beat") as path:
        started[path] = stage.start("beat", "--pidfile=", app="orchestrator")
    for path, process in started.items():
        renewed(stage, path)
        renewed(stage, path)
        code, said = checked(path)
        assert code == 0
        assert f"(pid {process.process.pid}) gave a sign of life" in said
    # When they are frozen, and one is killed
    for path, process in started.items():
        process.kill(signal.SIGKILL if path.name == "killed" else signal.SIGSTOP)
    # Then their signs run out
    for path in started:
        stage.wait(lambda path=path: checked(path)[0] == 1)  # type: ignore[misc] # its own path
        assert SILENT in checked(path)[1]
    # When those that were frozen go on, then so do their signs
    for path, process in started.items():
        if path.name != "killed":
            process.kill(signal.SIGCONT)
            stage.wait(lambda path=path: checked(path)[0] == 0)  # type: ignore[misc] # the same
    assert checked(stage.folder / "killed")[0] == 1


def test_a_process_of_the_pool_that_is_frozen_speaks_against_its_worker(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a worker with two processes, each of which leaves a sign
    with signing(stage, monkeypatch) as path:
        worker = stage.worker(pool="prefork", slots=2)
    frozen, other = psutil.Process(worker.process.pid).children()
    signs = {child: sign.of_child(path, child.pid) for child in (frozen, other)}
    stage.wait(lambda: all(left.exists() for left in signs.values()) and checked(path)[0] == 0)
    # When one of them is frozen, then the worker is not well, although its loop goes on
    frozen.suspend()
    stage.wait(lambda: checked(path)[0] == 1)
    assert f"a process of the pool (pid {frozen.pid}) {SILENT}" in checked(path)[1]
    # When it is killed, then the worker has another and is well again, and the old one's sign is gone
    frozen.kill()
    stage.wait(lambda: checked(path)[0] == 0 and not signs[frozen].exists())
    assert signs[other].exists()


def test_a_worker_whose_leases_are_not_kept_is_not_alive(
    stage: Stage, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a worker with a step at work, and little patience with its heart
    for name in ("DATABASE_CONNECT", "STATEMENT_TIMEOUT", "LOCK_TIMEOUT"):
        monkeypatch.setenv(f"LOOKOUT_{name}_SECONDS", "1")
    with signing(stage, monkeypatch) as path:
        worker = stage.worker(slots=2)
    play.run(act("a", "hold"))
    stage.wait(lambda: play.began("a") == 1)
    assert checked(path)[0] == 0
    # When the database never answers its heartbeat, as where a network swallows it
    with stage.engine.begin() as conn:
        conn.execute(text("LOCK TABLE steps IN ACCESS EXCLUSIVE MODE"))
        stage.wait(lambda: stage.one(_WAITS) is not None)
        backend = int(str(stage.one(_WAITS)))
        os.kill(backend, signal.SIGSTOP)
    try:
        # Then the worker is not alive, although its loop goes on, and its log says why
        stage.wait(lambda: checked(path)[0] == 1)
        assert "its leases are not kept" in worker.log.read_text()
        assert worker.process.poll() is None
    finally:
        os.kill(backend, signal.SIGCONT)
    # When it is answered, then it is
    stage.wait(lambda: checked(path)[0] == 0)
    play.release("a")


def test_a_broker_that_is_away_is_no_fault_of_the_worker(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a worker, when its broker dies
    with signing(stage, monkeypatch) as path:
        worker = stage.worker(pool="prefork", slots=1)
    os.kill(server(stage, "valkey"), signal.SIGKILL)
    stage.wait(lambda: "Cannot connect to" in worker.log.read_text())
    # Then it goes on leaving signs while it tries to reach it
    renewed(stage, path)
    renewed(stage, path)
    assert checked(path)[0] == 0
    # And when the broker is back, its loop does
    stage.wait(lambda: server(stage, "valkey"))
    stage.wait(lambda: worker.log.read_text().count("Connected to") > 1, seconds=60)
    renewed(stage, path)
    renewed(stage, path)
    assert checked(path)[0] == 0


def test_without_a_file_nobody_leaves_signs(stage: Stage) -> None:
    # Given a worker that was told of no file, when it serves, then it leaves none
    worker = stage.worker(pool="prefork", slots=1)
    assert worker.process.poll() is None
    assert [found.name for found in stage.folder.iterdir() if found.suffix != ".log"] == []
