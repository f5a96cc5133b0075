"""Waiting for a server, or for its last words."""

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.errors import ServiceError
from orchestrator.local.child import Child
from orchestrator.local.readiness import wait_until_ready

Shell = Callable[..., Child]
DATA = Path("/data")


def test_a_server_that_becomes_ready_is_waited_for(shell: Shell) -> None:
    # Given a server that says when it is ready
    child = shell("echo ready; sleep 60")
    # When it is waited for
    wait_until_ready(child, name="It", data=DATA, ready=lambda: child.last_words() == "ready")
    # Then it runs
    assert child.exit_code() is None


def test_a_server_that_ends_is_quoted(shell: Shell) -> None:
    # Given a server that ends
    child = shell("echo the disk is unwell; exit 3")
    # When it is waited for
    # Then its code, log, words and the remedy are told
    with pytest.raises(ServiceError, match="It ended with code 3") as raised:
        wait_until_ready(child, name="It", data=DATA, ready=lambda: False)
    assert str(child.command.log) in str(raised.value)
    assert "the disk is unwell" in str(raised.value)
    assert "LOOKOUT_HOME" in str(raised.value)


def test_a_full_disk_is_called_by_its_name(shell: Shell, tmp_path: Path) -> None:
    # Given a server that finds no space
    child = shell("echo 'write failed: No space left on device'; exit 1")
    # When it is waited for
    # Then the remedy is about the disk
    with pytest.raises(ServiceError, match=r"the disk ran full \(\d+ MB are free now\)"):
        wait_until_ready(child, name="It", data=tmp_path, ready=lambda: False)


def test_a_server_that_takes_too_long_is_not_waited_for_for_ever(shell: Shell) -> None:
    # Given a server that never gets ready
    child = shell("echo still thinking; sleep 60")
    # When patience ends
    # Then that is said
    with pytest.raises(ServiceError, match="It was not ready after 0 s"):
        wait_until_ready(child, name="It", data=DATA, ready=lambda: False, seconds=0)
