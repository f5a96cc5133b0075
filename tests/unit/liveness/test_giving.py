"""Who leaves a sign of life: a process whose heart comes round, and nobody else."""

import threading
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from support.stages import wait_for

from orchestrator.liveness import giving, sign
from orchestrator.liveness.giving import Giver


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "alive"


def test_a_process_without_a_heart_of_its_own_leaves_its_sign(path: Path) -> None:
    # Given a scheduler, when it gives a sign that holds until its next turn, then that is what is found
    Giver(path, who="beat", lease_seconds=15).give(until_next=600)
    assert sign.look(path)[0]
    # And it outlasts both that turn and a lease
    assert float(path.read_text().split()[1]) > 600 + 15


def test_a_heart_that_does_not_come_round_ends_the_signs_and_is_told_once(path: Path) -> None:
    # Given a process whose heart has not come round for a minute
    quiet = [60.0]
    giver = Giver(path, who="waiting@host", lease_seconds=15, quiet=lambda: quiet[0], patience_seconds=50)
    # When it is to leave signs, then there are none, and the log says so once
    with capture_logs() as logs:
        giver.give()
        giver.give()
    assert not path.exists()
    assert [(line["why"], line["stuck_seconds"]) for line in logs] == [("its leases are not kept", 60)]
    # When the heart comes round again, then so do the signs
    quiet[0] = 1.0
    giver.give()
    assert sign.look(path)[0]


def test_a_file_that_cannot_be_written_costs_the_sign_and_is_told_once_each_time(tmp_path: Path) -> None:
    # Given a folder that is not there
    folder = tmp_path / "gone"
    giver = Giver(folder / "alive", who="waiting@host", lease_seconds=15)
    # When signs are to be left there, then the process goes on, and the log says why there are none
    with capture_logs() as logs:
        giver.give()
        giver.give()
    assert [(line["why"], line["file"]) for line in logs] == [("its file cannot be written", str(folder / "alive"))]
    # When it appears and is lost again, then that is told anew
    folder.mkdir()
    giver.give()
    assert sign.look(folder / "alive")[0]
    (folder / "alive").unlink()
    folder.rmdir()
    with capture_logs() as logs:
        giver.give()
    assert len(logs) == 1


def test_a_thread_gives_signs_until_it_is_stopped(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a process that has no loop for a while
    monkeypatch.setattr(giving, "EVERY_SECONDS", 0.01)
    giver = Giver(path, who="waiting@host", lease_seconds=15)
    giver.stop()
    # When a thread gives its signs, told so twice, then they come again and again, from one thread
    giver.go_on()
    giver.go_on()
    wait_for(path.exists, seconds=10)
    path.unlink()
    wait_for(path.exists, seconds=10)
    assert [thread.daemon for thread in threading.enumerate() if thread.name == "lookout-sign"] == [True]
    # When it is stopped, then none comes any more
    giver.stop()
    assert [thread for thread in threading.enumerate() if thread.name == "lookout-sign"] == []
