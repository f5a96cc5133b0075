"""The whole stack by one command: its clients, its refusal of a second one, and its end."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

from support.commands import Started, repository

from orchestrator.local.home import Home
from orchestrator.local.owner import read_owner

Lookout = Callable[..., Started]


def answered(started: Started, *, code: int) -> str:
    """Wait for the end of a command; return what it wrote."""
    assert started.process.wait(90) == code, started.written()
    return started.written()


def test_the_stack_serves_its_clients_refuses_a_twin_and_leaves_nothing(
    lookout: Lookout, home: Home, tmp_path: Path
) -> None:
    # Given
    repository(tmp_path / "small")
    (tmp_path / "w.yaml").write_text("name: mine\ntargets:\n  - git: small\n")
    up = lookout("up", "--watchlist", "w.yaml")
    up.wait_for("beat running as pid")
    owner = read_owner(home)
    # When
    twin = answered(lookout("up"), code=2)
    run = answered(lookout("run", "w.yaml", "--wait"), code=0)
    examined = json.loads(answered(lookout("doctor", "--json"), code=0))
    listed = answered(lookout("runs", "list"), code=0)
    watched = answered(lookout("schedules"), code=0)
    checked = answered(lookout("migrate", "--check"), code=0)
    # And when the watchlist is edited, its schedules follow at once
    (tmp_path / "w.yaml").write_text("name: mine\ntargets:\n  - git: small\n    max_age: 2d\n")
    up.wait_for("mine/2d: now watched")
    code = up.interrupt()
    # Then
    assert owner is not None
    assert f"is owned by process {owner.pid}" in twin
    assert f"served by {owner.command} (pid {owner.pid})" in run
    assert "report: ✓ succeeded" in run
    assert {check["name"]: check["verdict"] for check in examined["checks"]}["workers"] == "ok"
    assert listed.count("succeeded\tmonitor\tmine") >= 1
    assert watched.startswith("mine/1d\t1d\t1\tactive\t")
    assert "the schema is what this code wants" in checked
    assert code == 130
    assert "mine/1d: now watched" in up.written()
    assert "Traceback" not in up.written()
    assert up.left_behind() == []
    assert read_owner(home) is None


def test_a_service_managers_stop_is_no_failure(lookout: Lookout) -> None:
    # Given
    up = lookout("up")
    up.wait_for("beat running as pid")
    # When
    code = up.interrupt(signal.SIGTERM)
    # Then
    assert code == 0
    assert up.left_behind() == []
