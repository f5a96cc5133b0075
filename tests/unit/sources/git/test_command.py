"""Git reads a stranger's repository without running anything of it, and never keeps a worker waiting."""

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from agents.errors import SourceUnavailableError, StoppedError
from agents.sources.git.command import Git
from agents.sources.git.errors import GitRefusedError
from agents.sources.git.fields import MAX_FIELD_BYTES, fields, records


def hostile(repository: Path, git: Callable[..., str]) -> Path:
    """Let every setting that can name a program name one that leaves a mark; return the mark's place."""
    mark = repository / "mark"
    script = repository / "program"
    script.write_text(f"#!/bin/sh\necho ran >> {mark}\ncat\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    for name in (
        "gpg.program",
        "diff.external",
        "diff.evil.textconv",
        "diff.evil.command",
        "core.fsmonitor",
        "core.pager",
        "pager.log",
        "core.sshCommand",
        "core.alternateRefsCommand",
    ):
        git(repository, "config", name, str(script))
    git(repository, "config", "log.showSignature", "true")
    git(repository, "config", "protocol.allow", "always")
    return mark


def test_nothing_that_a_repository_names_is_run(
    repository: Path, git: Callable[..., str], commit: Callable[..., str]
) -> None:
    # Given a repository whose every setting names a program
    commit(repository, "one", files={"a.txt": "1\n", ".gitattributes": "*.txt diff=evil\n"})
    commit(repository, "two", files={"a.txt": "2\n"})
    mark = hostile(repository, git)

    # When its log, with contents compared, and its files are read
    reader = Git(repository / ".git", threading.Event())
    log = reader.read("log", "--shortstat", "--no-ext-diff", "--no-textconv", "--format=%s")
    blob = reader.line("cat-file", "blob", "HEAD:a.txt")

    # Then they were read, and nothing ran
    assert b"two" in log
    assert blob == "2"
    assert not mark.exists()


def test_a_partial_clone_fetches_nothing(
    tmp_path: Path, repository: Path, git: Callable[..., str], commit: Callable[..., str]
) -> None:
    # Given a clone without contents, whose origin is to be asked by a program of its own choice
    commit(repository, "one", files={"a.txt": "1\n"})
    git(repository, "config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "partial"
    git(tmp_path, "clone", "--quiet", "--bare", "--filter=blob:none", repository.as_uri(), str(clone))
    mark = tmp_path / "mark"
    git(clone, "config", "remote.origin.url", f"ext::sh -c touch% {mark}")
    git(clone, "config", "protocol.ext.allow", "always")

    # When a content is asked for
    # Then git says that it is not there, and asks nobody
    with pytest.raises(GitRefusedError):
        Git(clone, threading.Event()).read("cat-file", "blob", "HEAD:a.txt")
    assert not mark.exists()


def test_a_working_tree_that_is_elsewhere_or_gone_is_not_needed(
    repository: Path, git: Callable[..., str], commit: Callable[..., str]
) -> None:
    # Given a repository whose settings name a working tree that is not there, as a moved submodule's do
    name = commit(repository, "one")
    git(repository, "config", "core.worktree", "../../gone")

    # When it is read, then it is read
    assert Git(repository / ".git", threading.Event()).line("rev-parse", "HEAD") == name


def test_a_refusal_carries_gits_own_words(repository: Path) -> None:
    with pytest.raises(GitRefusedError, match=r"fatal: .*no-such-thing"):
        Git(repository / ".git", threading.Event()).read("log", "no-such-thing")


def test_a_silent_refusal_carries_its_code(repository: Path) -> None:
    with pytest.raises(GitRefusedError, match="git ended with code 1"):
        Git(repository / ".git", threading.Event()).read("rev-parse", "--verify", "--quiet", "HEAD")


def test_a_hung_git_is_ended(repository: Path) -> None:
    # Given a repository in which a pipe stands where git expects a file
    os.mkfifo(repository / ".git" / "packed-refs")

    # When git says nothing for longer than it may
    # Then the source is called unavailable, with what to look for
    with pytest.raises(SourceUnavailableError, match=r"git said nothing for 0\.2 s .* pipes in place of files"):
        Git(repository / ".git", threading.Event(), quiet_seconds=0.2).read("rev-parse", "HEAD")


def test_a_stop_ends_git_at_once(repository: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(StoppedError):
        Git(repository / ".git", stop).read("rev-parse", "HEAD")


def test_a_reader_that_leaves_early_leaves_no_process(repository: Path, commit: Callable[..., str]) -> None:
    # Given a stream of which only the start is wanted
    commit(repository, "one", files={"a.txt": "1\n" * 200_000})
    before = psutil.Process().children()
    stream = Git(repository / ".git", threading.Event()).stream("cat-file", "blob", "HEAD:a.txt")

    # When the reader leaves
    assert next(iter(stream))
    del stream

    # Then it has no more children than before, not even one that nobody waited for
    assert psutil.Process().children() == before


def test_a_machine_without_git_is_told_so(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceUnavailableError, match="install git"):
        Git(repository / ".git", threading.Event()).read("rev-parse", "HEAD")


def test_fields_are_whole_however_the_stream_is_cut() -> None:
    assert list(fields([b"a\0b", b"c\0", b"", b"\0d"])) == [b"a", b"bc", b"", b"d"]


def test_an_incomplete_record_is_left_out() -> None:
    assert list(records([b"a\0b\0\n\xffc\0d\0e\0"], width=2)) == [("a", "b"), ("\ufffdc", "d")]


def test_a_field_without_end_is_refused() -> None:
    with pytest.raises(GitRefusedError, match="longer than"):
        list(fields([b"x" * (MAX_FIELD_BYTES + 1)]))
