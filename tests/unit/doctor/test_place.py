"""The home folder: whose it is, who owns it, and how much room is left."""

import shutil
import socket
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from orchestrator.doctor.check import Verdict
from orchestrator.doctor.place import check_home, folder_check, owner_check, space_check
from orchestrator.local.home import Home
from orchestrator.local.owner import Owner, acquire


def owner(*, born: float) -> Owner:
    return Owner(pid=1, host=socket.gethostname(), command="lookout up", born=born, since=datetime.now(UTC))


def test_a_home_that_is_not_there_yet_is_well(home: Home) -> None:
    # Given / When
    checks = list(check_home(home))
    # Then
    assert [check.verdict for check in checks[:2]] == [Verdict.OK, Verdict.OK]
    assert not home.path.exists()


def test_a_home_that_others_may_look_into_is_a_warning(home: Home) -> None:
    # Given
    home.path.mkdir(mode=0o755)
    home.path.chmod(0o755)
    # When
    check = folder_check(home)
    # Then
    assert check.verdict is Verdict.WARNING
    assert check.remedy == f"chmod 700 {home.path}"


def test_a_closed_home_is_well(home: Home) -> None:
    # Given
    home.prepare()
    # When / Then
    assert folder_check(home).verdict is Verdict.OK


def test_a_living_owner_is_named(home: Home) -> None:
    # Given
    with acquire(home):
        # When
        checks = {check.name: check for check in check_home(home)}
    # Then
    assert checks["owner"].verdict is Verdict.OK
    assert checks["owner"].seen.startswith("process ")


def test_an_owner_that_died_and_left_something_is_told(home: Home) -> None:
    # Given / When
    check = owner_check(owner(born=1.0), home=home)
    # Then
    assert check.verdict is Verdict.FAILED
    assert str(home.lock_file) in check.remedy


@pytest.mark.parametrize(
    ("free", "expected"), [(10**12, Verdict.OK), (5 * 10**8, Verdict.WARNING), (10**6, Verdict.FAILED)]
)
def test_a_disk_that_runs_full_is_told(
    free: int, expected: Verdict, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    # When / Then
    assert space_check(home.path).verdict is expected
