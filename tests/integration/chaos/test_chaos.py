"""The chaos harness in its short form: the real stack as processes, disturbed, and nothing lost or done twice."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from support.stages import REPOSITORY, wait_for

from benchmarks.chaos.deeds import Role

pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]

RUNS = 60


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks", *words]


def test_sixty_runs_under_fire_are_neither_lost_nor_done_twice(tmp_path: Path) -> None:
    # Given
    file = tmp_path / "chaos.json"

    # When
    done = subprocess.run(
        command("chaos", "--runs", str(RUNS), "--seed", "1", "--json", str(file)),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )

    # Then
    assert file.exists(), done.stderr[-4_000:]
    told: dict[str, Any] = json.loads(file.read_text())
    assert (told["runs"], told["steps"]) == (RUNS, 8 * RUNS)
    losses = ("lost_runs", "doubled_effects", "missing_effects", "unfounded_effects", "past_deadline_without_end")
    assert {name: told[name] for name in losses} == dict.fromkeys(losses, 0), told["lost"]
    assert all(told["kills"][role] for role in Role)
    assert told["flushes"] == told["broker_kills"] == told["postgres_stops"] == 1
    assert told["doubled_messages"]["share"] >= 0.1
    assert all(told["cut_connections"].values())
    assert told["passed"], told["goals"]
    assert done.returncode == 0


def test_ctrl_c_leaves_no_process_and_no_home_behind(tmp_path: Path) -> None:
    # Given
    process = subprocess.Popen(
        command("chaos", "--runs", str(RUNS)),
        cwd=REPOSITORY,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    own = psutil.Process(process.pid)
    wait_for(lambda: any("celery" in " ".join(child.cmdline()) for child in below(own)), seconds=60)
    started = below(own)

    # When
    process.send_signal(signal.SIGINT)

    # Then
    assert process.wait(60) != 0
    wait_for(lambda: not any(child.is_running() for child in started), seconds=20)
    assert not list(tmp_path.glob("lookout-home-*"))


def below(process: psutil.Process) -> list[psutil.Process]:
    """Return all below a process that have a command line yet."""
    found = []
    for child in process.children(recursive=True):
        try:
            if child.cmdline():
                found.append(child)
        except psutil.Error:
            continue
    return found
