"""Flower's configuration file under Celery's own command: nobody else looks in without a password."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.stages import REPOSITORY

from orchestrator.local.stack import FLOWER_CONFIG


@pytest.fixture
def taken() -> Iterator[str]:
    """Return the option of a port on which somebody listens already."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"--port={server.getsockname()[1]}"


def flower(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start Flower where it cannot get further than its port."""
    return subprocess.run(
        [sys.executable, "-m", "celery", "-A", "orchestrator", "flower", f"--conf={FLOWER_CONFIG}", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "LOOKOUT_HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("words", [[], ["--address=0.0.0.0"], ["--address=192.0.2.7"]])
def test_flower_does_not_listen_to_others_without_a_password(tmp_path: Path, taken: str, words: list[str]) -> None:
    # Given no password, when Flower is to listen where others reach it, then it does not start and says what to do
    done = flower(tmp_path, taken, *words)
    assert done.returncode == 1
    assert "without a password: set LOOKOUT_FLOWER_BASIC_AUTH to USER:PASSWORD" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (["--address=127.0.0.1"], {}),
        (["--address=0.0.0.0"], {"LOOKOUT_FLOWER_BASIC_AUTH": "eve:hunter2"}),
        (["--address=0.0.0.0"], {"FLOWER_BASIC_AUTH": "eve:hunter2"}),
        (["--address=0.0.0.0"], {"LOOKOUT_FLOWER_BASIC_AUTH_FILE": "password"}),
    ],
)
def test_flower_starts_for_this_machine_or_with_a_password(
    tmp_path: Path, taken: str, words: list[str], environment: dict[str, str]
) -> None:
    # Given this machine's own address, or a password as a setting, as Flower's own variable, or in a file
    (tmp_path / "password").write_text("eve:hunter2\n")
    # When it starts, then only its port stops it, and the password is in nothing that it says
    done = flower(tmp_path, taken, *words, **environment)
    assert "Address already in use" in done.stderr
    assert "without a password" not in done.stderr
    assert "hunter2" not in done.stderr + done.stdout


def test_half_a_password_is_refused_without_being_shown(tmp_path: Path, taken: str) -> None:
    done = flower(tmp_path, taken, "--address=127.0.0.1", LOOKOUT_FLOWER_BASIC_AUTH="hunter2")
    assert done.returncode == 1
    assert "write it as USER:PASSWORD" in done.stderr
    assert "hunter2" not in done.stderr
