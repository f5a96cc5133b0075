"""The home folder, its records, and small files in it."""

import errno
import os
import stat
from pathlib import Path

import pytest

from orchestrator.errors import ServiceError
from orchestrator.local import logs
from orchestrator.local.files import read_small, write_private
from orchestrator.local.home import Home, home_at
from orchestrator.local.logs import last_words, turn_over
from orchestrator.local.trouble import disk_trouble, remedy, server_trouble


def test_a_setting_becomes_an_absolute_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Given a user's folder and a current folder
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.chdir(tmp_path)
    # When settings name a home in three ways
    # Then each is an absolute path
    assert home_at("~/lookout").path == Path("/home/ada/lookout")
    assert home_at("data").path == tmp_path / "data"
    assert home_at(Path("/srv/lookout")) == Home(Path("/srv/lookout"))


def test_a_home_is_made_for_its_user_alone(tmp_path: Path) -> None:
    # Given a path below folders that do not exist
    home = Home(tmp_path / "share" / "lookout")
    # When it is prepared, twice
    home.prepare()
    home.prepare()
    # Then only its user may enter
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700
    assert stat.S_IMODE(home.logs.stat().st_mode) == 0o700


def test_a_folder_that_exists_keeps_its_mode(tmp_path: Path) -> None:
    # Given a folder that its user opened to others
    tmp_path.chmod(0o755)
    # When it is made a home
    Home(tmp_path).prepare()
    # Then it is as it was
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_somebody_elses_home_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a home of another user
    Home(tmp_path).prepare()
    ours = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: ours + 1)
    # When it is prepared
    # Then both users and the remedy are named
    with pytest.raises(ServiceError, match=f"belongs to user {ours}, and this is user {ours + 1}: .*LOOKOUT_HOME"):
        Home(tmp_path).prepare()


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    # Given a file where a folder is needed
    (tmp_path / "file").touch()
    # When a home below it is prepared
    # Then the path and the remedy are named
    with pytest.raises(ServiceError, match=r"cannot create .*file/home: Not a directory; .*LOOKOUT_HOME"):
        Home(tmp_path / "file" / "home").prepare()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, r"disk ran full \(\d+ MB are free now\): free some space"),
        (errno.EDQUOT, "disk ran full"),
        (errno.EACCES, "give this user access"),
        (errno.EPERM, "give this user access"),
        (errno.EROFS, "read-only"),
        (errno.EIO, "mend the path"),
        (None, "mend the path"),
    ],
)
def test_every_refusal_of_the_disk_has_a_remedy(tmp_path: Path, code: int | None, words: str) -> None:
    # Given a refusal
    error = OSError() if code is None else OSError(code, os.strerror(code))
    # When it is met at a path
    with pytest.raises(ServiceError, match=words) as raised, disk_trouble(tmp_path / "none", doing="write"):
        raise error
    # Then the error names the path and a way out
    assert f"cannot write {tmp_path / 'none'}: " in str(raised.value)
    assert "LOOKOUT_HOME" in str(raised.value)
    assert remedy(code, path=tmp_path) in str(raised.value)


def test_a_server_that_ran_out_of_disk_gets_that_remedy(tmp_path: Path) -> None:
    # Given the last words of two servers
    full = 'FATAL: could not write "pg_wal/xlogtemp": No space left on device'
    # When remedies are asked for
    # Then the one is told of the disk, the other where its data are
    assert "disk ran full" in server_trouble(full, path=tmp_path)
    assert str(tmp_path) in server_trouble("FATAL: something else", path=tmp_path)


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    # Given a file
    path = tmp_path / "secret"
    write_private(path, "one")
    # When it is written again
    write_private(path, "two é")
    # Then it has the new text, for its user alone, and nothing is left beside it
    assert read_small(path) == "two é"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [left.name for left in tmp_path.iterdir()] == ["secret"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    # Given a file, and a text that cannot be written
    path = tmp_path / "secret"
    write_private(path, "one")
    # When it is written
    with pytest.raises(UnicodeEncodeError):
        write_private(path, "\ud800")
    # Then the old one is there, alone
    assert read_small(path) == "one"
    assert [left.name for left in tmp_path.iterdir()] == ["secret"]


def test_a_small_read_never_waits_and_follows_no_link(tmp_path: Path) -> None:
    # Given a pipe that nobody writes, a link and nothing
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/etc/passwd")
    # When each is read
    # Then nothing hangs and nothing is followed
    assert read_small(tmp_path / "pipe") == ""
    assert read_small(tmp_path / "none") is None
    with pytest.raises(OSError, match="symbolic link"):
        read_small(tmp_path / "link")


def test_last_words_are_the_last_lines_of_this_start(tmp_path: Path) -> None:
    # Given a log with lines of an earlier start
    log = tmp_path / "log"
    log.write_text("old\n")
    start = turn_over(log)
    # When this start writes many lines
    with log.open("a") as file:
        file.writelines(f"line {number}\n" for number in range(20))
    # Then its last ones are told
    assert last_words(log, since=start).splitlines() == [f"line {number}" for number in range(12, 20)]
    assert last_words(log, since=log.stat().st_size) == ""
    assert last_words(tmp_path / "none") == ""


def test_a_large_log_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a log beyond its largest size
    monkeypatch.setattr(logs, "LARGEST", 3)
    log = tmp_path / "log"
    log.write_text("1234")
    # When a process starts
    # Then it begins an empty one, and the old is kept once
    assert turn_over(log) == 0
    assert not log.exists()
    assert (tmp_path / "log.old").read_text() == "1234"
    assert turn_over(log) == 0
