"""Who owns a home: one at a time, named to all others."""

import fcntl
import os
import socket
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from orchestrator.errors import OwnedElsewhereError, ServiceError
from orchestrator.local.home import Home
from orchestrator.local.owner import Owner, acquire, read_owner, recorded_owner, refusal, take
from orchestrator.local.temporary import PREFIX, temporary_home


def dead_owner() -> Owner:
    """Return an owner whose process has ended."""
    with subprocess.Popen(["/bin/true"]) as ended:
        ended.wait()
    return Owner.myself().model_copy(update={"pid": ended.pid})


def test_an_owner_is_there_for_others_to_read(home: Home) -> None:
    # Given a home that nobody owns
    assert read_owner(home) is None
    # When it is acquired
    with acquire(home) as ownership:
        owner = read_owner(home)
        # Then others read who it is
        assert owner is not None
        assert owner.pid == os.getpid()
        assert owner.lives()
        assert stat.S_IMODE(home.owner_file.stat().st_mode) == 0o600
    # And nobody, once it is let go, even twice
    ownership.release()
    assert read_owner(home) is None
    assert not home.owner_file.exists()


def test_a_second_one_is_refused_at_once_and_told_who_the_first_is(home: Home) -> None:
    # Given an owner
    with acquire(home):
        # When another one wants the home
        with pytest.raises(OwnedElsewhereError) as raised:
            acquire(home, patience_seconds=3600)
        # Then it is told the process, the command, the time and the remedy
        error = raised.value
        assert error.pid == os.getpid()
        assert f"process {os.getpid()} on {socket.gethostname()} ({error.command}) since {error.since}" in str(error)
        assert "LOOKOUT_HOME" in str(error)


def test_the_lock_lives_as_long_as_a_child_that_holds_it(home: Home) -> None:
    # Given an owner that gave its descriptor to a child, and died without a word
    ownership = acquire(home)
    with subprocess.Popen(["/bin/sleep", "60"], pass_fds=[ownership.descriptor]) as child:
        os.close(ownership.descriptor)
        home.owner_file.write_text(dead_owner().model_dump_json())
        # When another one wants the home and has no patience
        # Then it is refused: a server still runs
        with pytest.raises(OwnedElsewhereError):
            acquire(home, patience_seconds=0)
        child.kill()
    # And once the child has ended, it gets it
    acquire(home).release()


def test_a_lock_whose_holder_says_nothing_is_reported(home: Home) -> None:
    # Given a lock held by something else
    with home.lock_file.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        # When the home is wanted
        # Then the file is named
        with pytest.raises(OwnedElsewhereError, match=r"does not say who it is.*owner\.lock"):
            acquire(home, patience_seconds=0)


def test_the_lock_cannot_be_written_by_whoever_inherits_it(home: Home) -> None:
    # Given an owner
    with acquire(home) as ownership, pytest.raises(OSError, match="Bad file descriptor"):
        # When something writes to the descriptor
        # Then it cannot
        os.write(ownership.descriptor, b"x")


@pytest.mark.parametrize("text", ["", "{", '{"pid": 1}'])
def test_an_owners_note_that_makes_no_sense_is_nobodys(home: Home, text: str) -> None:
    # Given a damaged note
    home.owner_file.write_text(text)
    # When it is read
    # Then it names nobody
    assert recorded_owner(home) is None


def test_a_process_number_that_was_used_again_is_not_the_owner() -> None:
    # Given an owner whose number now belongs to another process
    reused = Owner.myself().model_copy(update={"born": psutil.Process().create_time() - 1000})
    # When asked whether it lives
    # Then it does not; nor does one that ended; one on another host may
    assert not reused.lives()
    assert not dead_owner().lives()
    assert reused.model_copy(update={"host": "elsewhere"}).lives()


def test_a_refusal_keeps_its_parts() -> None:
    # Given an owner
    since = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    owner = Owner(pid=7, host="here", command="lookout up", born=0, since=since)
    # When somebody is refused
    error = refusal(Home(Path("/home")), owner)
    # Then the parts can be read too
    assert (error.pid, error.command, error.since) == (7, "lookout up", "2026-01-02T03:04:05+00:00")


def test_a_lock_file_that_is_no_file_is_named(home: Home) -> None:
    # Given a link in the lock's place
    home.lock_file.symlink_to("/etc/passwd")
    # When the home is taken
    # Then the path is named
    with pytest.raises(ServiceError, match=r"cannot lock .*owner\.lock"):
        take(home)


def test_a_temporary_home_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    # Given a folder
    # When a temporary home is used in it, and the block fails
    def work() -> None:
        with temporary_home(tmp_path) as home:
            assert stat.S_IMODE(home.path.stat().st_mode) == 0o700
            (home.path / "data").mkdir()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    # Then nothing is left
    assert list(tmp_path.iterdir()) == []


def test_temporary_homes_never_meet(tmp_path: Path) -> None:
    # Given one temporary home
    with temporary_home(tmp_path) as one, temporary_home(tmp_path) as two:
        # When there is another one
        # Then both are there, and differ
        assert one.path != two.path
        assert one.path.is_dir()
        assert two.path.is_dir()


def test_what_killed_owners_left_is_swept_up(tmp_path: Path) -> None:
    # Given a home whose owner was killed, one that is in use, one only now being made, and a stranger's folder
    left, used, fresh, strange = (tmp_path / f"{PREFIX}{name}" for name in ("left", "used", "fresh", "strange"))
    for path in (left, used, fresh, strange):
        path.mkdir(mode=0o700)
    (left / "owner.json").write_text(dead_owner().model_dump_json())
    strange.chmod(0o755)
    (strange / "owner.json").write_text("")
    # When the next temporary home is made
    with acquire(Home(used)), temporary_home(tmp_path):
        pass
    # Then only the first is gone
    assert sorted(tmp_path.iterdir()) == sorted([fresh, strange, used])
