"""Ctrl-C at any moment: no traceback, nothing left behind, exit code 130."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from support.commands import Started, repository, start

from orchestrator.local.home import Home
from orchestrator.local.owner import read_owner

Lookout = Callable[..., Started]


def check_clean(started: Started, *, code: int) -> None:
    """Check that a command that was interrupted left nothing but a line that says so."""
    assert code == 130, started.written()
    assert "Traceback" not in started.written()
    assert "interrupted" in started.written()
    assert started.left_behind() == []


@pytest.fixture
def watchlist(tmp_path: Path) -> Path:
    repository(tmp_path / "small")
    path = tmp_path / "w.yaml"
    path.write_text("name: mine\ntargets:\n  - git: small\n")
    return path


def test_a_run_that_is_interrupted_is_cancelled(lookout: Lookout, watchlist: Path, home: Home) -> None:
    # Given
    run = lookout("run", str(watchlist))
    run.wait_for("run 0")
    # When
    code = run.interrupt()
    # Then
    check_clean(run, code=code)
    assert "was cancelled" in run.written()
    assert read_owner(home) is None
    shown = lookout("runs", "list")
    assert shown.process.wait(60) == 0
    assert "\tcancelled\tmonitor\tmine\t" in shown.written()


def test_a_run_that_is_interrupted_while_its_servers_start_leaves_none(
    lookout: Lookout, watchlist: Path, home: Home, until_there: Callable[[Started, Path], None]
) -> None:
    # Given
    run = lookout("run", str(watchlist))
    until_there(run, home.owner_file)
    # When
    code = run.interrupt(signal.SIGTERM)
    # Then
    check_clean(run, code=code)
    assert read_owner(home) is None


@pytest.mark.parametrize("words", ["starting Postgres", "run 0"])
def test_a_demo_that_is_interrupted_leaves_no_home(words: str, tmp_path: Path) -> None:
    # Given
    temporary = tmp_path / "tmp"
    temporary.mkdir(mode=0o700)
    environment = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data"), "TMPDIR": str(temporary)}
    demo = start("demo", "--no-open", folder=tmp_path, environment=environment, log=tmp_path / "demo.log")
    demo.wait_for(words)
    # When
    code = demo.interrupt()
    # Then
    check_clean(demo, code=code)
    assert list(temporary.iterdir()) == []
    assert list((tmp_path / "data").rglob("demo-*")) == []
