"""Commits are read whole at first and by what is new after that, whatever state the repository is in."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.contract import CoverageState
from agents.errors import BadEvidenceError, StoppedError
from agents.sources.collected import Collected
from agents.sources.git import commits
from agents.sources.git.command import Git
from agents.sources.git.history import read_history
from agents.sources.git.repository import repository_at
from agents.sources.look import Look

NOBODY = 65_534
Read = Callable[..., Collected]


@pytest.fixture
def read(look_at: Callable[..., Look]) -> Read:
    """Return a function that reads a place's history, from where an earlier reading ended."""

    def run(place: Path, *, after: Collected | None = None, **options: object) -> Collected:
        look = look_at(place, cursors={after.source: after.cursor} if after else {}, options=options)
        repository = repository_at(str(place))
        return read_history(Git(repository.git_dir, look.stop), look, note=repository.foreign)

    return run


def subjects(collected: Collected) -> list[str]:
    return [str(item.title) for item in collected.evidence]


def break_object(repository: Path, name: str) -> None:
    place = repository / ".git" / "objects" / name[:2] / name[2:]
    place.chmod(0o644)
    place.write_bytes(b"no object")


def test_a_commit_has_its_people_times_and_size(repository: Path, commit: Callable[..., str], read: Read) -> None:
    # Given a commit by two people, one of whom changed address, and a map that says so
    commit(repository, "start", files={".mailmap": "Ada Lovelace <ada@example.org> <old@example.org>\n"})
    name = commit(
        repository,
        "add things\n\nwhy\n\nCo-authored-by: Bob <bob@example.org>\nCo-authored-by: bob <BOB@example.org>\n",
        files={"a": "1\n2\n", "b": "1\n"},
        author="ada <old@example.org>",
        when="2024-03-01T10:00:00+02:00",
        committed="2024-03-02T10:00:00+00:00",
    )

    # When the history is read
    collected = read(repository)

    # Then the newest commit says it all, and holds no address
    newest, oldest = collected.evidence
    assert (newest.kind, newest.source, newest.key, newest.title) == ("commit", "git", name, "add things")
    assert newest.at == datetime(2024, 3, 2, 10, tzinfo=UTC)
    assert newest.data["authored_at"] == "2024-03-01T08:00:00+00:00"
    assert newest.data["author"] == "Ada Lovelace"
    assert newest.data["author_id"] == oldest.data["author_id"]
    assert (newest.data["files"], newest.data["insertions"], newest.data["deletions"]) == (2, 3, 0)
    assert newest.data["is_merge"] is False
    helpers = newest.data["co_authors"]
    assert isinstance(helpers, list)
    assert [isinstance(helper, dict) and helper["name"] for helper in helpers] == ["Bob"]
    assert "example.org" not in newest.model_dump_json()
    assert collected.coverage[0].state is CoverageState.COMPLETE
    assert collected.coverage[0].items == 2
    assert collected.replaces == ("commit",)


def test_a_merge_is_marked_and_has_no_size(
    repository: Path, git: Callable[..., str], commit: Callable[..., str], read: Read
) -> None:
    # Given a branch that was merged
    commit(repository, "base", files={"a": "1"})
    git(repository, "switch", "--quiet", "--create", "side")
    commit(repository, "side", files={"b": "1"})
    git(repository, "switch", "--quiet", "main")
    commit(repository, "main", files={"c": "1"})
    git(repository, "merge", "--quiet", "--no-ff", "-m", "merged", "side")

    # When the history is read
    merge = next(item for item in read(repository).evidence if item.title == "merged")

    # Then the merge is one
    assert merge.data["is_merge"] is True
    assert merge.data["files"] is None


def test_only_new_commits_are_read_the_second_time(repository: Path, commit: Callable[..., str], read: Read) -> None:
    # Given a history that was read
    commit(repository, "one")
    first = read(repository)

    # When nothing happened
    again = read(repository, after=first)

    # Then nothing is read, and the coverage still tells of all that is known
    assert again.evidence == ()
    assert again.replaces == ()
    assert again.cursor == first.cursor
    assert again.coverage == first.coverage

    # When a commit is added
    commit(repository, "two")
    second = read(repository, after=first)

    # Then it alone is read
    assert subjects(second) == ["two"]
    assert second.replaces == ()
    assert second.coverage[0].items == 2


def test_a_rewritten_history_replaces_what_was(
    repository: Path, git: Callable[..., str], commit: Callable[..., str], read: Read
) -> None:
    # Given a history that was read, and then rewritten by force
    commit(repository, "one")
    commit(repository, "two")
    first = read(repository)
    git(repository, "reset", "--quiet", "--hard", "HEAD^")
    commit(repository, "other")
    git(repository, "reflog", "expire", "--expire=now", "--all")
    git(repository, "gc", "--quiet", "--prune=now")

    # When it is read again
    second = read(repository, after=first)

    # Then everything is read, and the report says that it replaces what was
    assert subjects(second) == ["other", "one"]
    assert second.replaces == ("commit",)


@pytest.mark.parametrize("change", ["mailmap", "option", "cursor"])
def test_what_decides_the_reading_makes_it_start_afresh(
    repository: Path, commit: Callable[..., str], read: Read, change: str
) -> None:
    # Given a history that was read
    commit(repository, "one")
    first = read(repository)

    # When the map of names, an option, or the cursor's form changed
    if change == "mailmap":
        commit(repository, "two", files={".mailmap": "Ada L <ada@example.org>\n"})
        second = read(repository, after=first)
    elif change == "option":
        second = read(repository, after=first, max_commits=10)
    else:
        second = read(repository, after=Collected(source="git", coverage=(), cursor={"head": 1, "seen": "x"}))

    # Then all is read again
    assert subjects(second)[-1] == "one"
    assert second.replaces == ("commit",)


def test_a_shallow_clone_says_what_part_it_has(
    tmp_path: Path, repository: Path, git: Callable[..., str], commit: Callable[..., str], read: Read
) -> None:
    # Given a shallow clone of four commits, cut after the second
    for day in range(1, 5):
        commit(repository, f"day {day}", files={"a": str(day), "b": "x"}, when=f"2024-01-0{day}T00:00:00+00:00")
    git(tmp_path, "clone", "--quiet", "--depth=2", repository.as_uri(), "shallow")
    clone = tmp_path / "shallow"

    # When it is read
    first = read(clone)

    # Then it is partial, since when is said, and the commit at the cut has no invented size
    (coverage,) = first.coverage
    assert coverage.state is CoverageState.PARTIAL
    assert coverage.detail == "a shallow clone: 2 commits since 2024-01-03; git fetch --unshallow brings the rest"
    assert [item.data["files"] for item in first.evidence] == [1, None]
    assert read(clone, after=first).coverage == first.coverage

    # When it is deepened, HEAD being the same
    git(clone, "fetch", "--quiet", "--unshallow")
    second = read(clone, after=first)

    # Then all is read, and complete
    assert len(second.evidence) == 4
    assert second.coverage[0].state is CoverageState.COMPLETE


def test_a_bare_clone_reads_the_same(
    tmp_path: Path, repository: Path, git: Callable[..., str], commit: Callable[..., str], read: Read
) -> None:
    commit(repository, "one", files={".mailmap": "Ada Lovelace <ada@example.org>\n"})
    git(tmp_path, "clone", "--quiet", "--bare", str(repository), "bare")
    (found,) = read(tmp_path / "bare").evidence
    assert found.data == read(repository).evidence[0].data
    assert found.data["author"] == "Ada Lovelace"


def test_a_repository_without_commits_has_zero(repository: Path, read: Read) -> None:
    (coverage,) = read(repository).coverage
    assert coverage.state is CoverageState.ZERO
    assert coverage.detail == "the repository has no commits yet"


@pytest.mark.parametrize("lost", ["renamed", "garbled"])
def test_a_head_that_names_nothing_is_a_failure_not_zero(
    repository: Path, git: Callable[..., str], commit: Callable[..., str], read: Read, lost: str
) -> None:
    # Given a mirror whose HEAD names a branch that is not there, or cannot be read
    commit(repository, "one")
    if lost == "renamed":
        git(repository, "symbolic-ref", "HEAD", "refs/heads/master")
    else:
        (repository / ".git" / "refs" / "heads" / "main").write_text("rubbish")

    # When it is read
    (coverage,) = read(repository).coverage

    # Then it says so, and how to mend it
    assert coverage.state is CoverageState.FAILED
    assert "git symbolic-ref HEAD" in coverage.detail


def test_somebody_elses_repository_is_read_and_said_to_be(
    repository: Path, commit: Callable[..., str], read: Read
) -> None:
    # Given a repository that belongs to another user
    commit(repository, "one")
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    for place in [repository, *repository.rglob("*")]:
        os.chown(place, NOBODY, NOBODY)

    # When it is read
    collected = read(repository)

    # Then git's ownership check does not stand in the way, and the coverage tells
    assert subjects(collected) == ["one"]
    assert f"the repository belongs to user {NOBODY}" in collected.coverage[0].detail


def test_a_history_that_breaks_off_is_partial_and_moves_no_cursor(
    repository: Path, commit: Callable[..., str], read: Read
) -> None:
    # Given a history with a broken commit in its middle
    commit(repository, "one")
    broken = commit(repository, "two")
    commit(repository, "three")
    commit(repository, "four")
    break_object(repository, broken)

    # When it is read
    collected = read(repository)

    # Then what was read is kept, the reason is given, and the next look starts afresh
    (coverage,) = collected.coverage
    assert subjects(collected)[0] == "four"
    assert coverage.state is CoverageState.PARTIAL
    assert "the history breaks off after" in coverage.detail
    assert "git fsck" in coverage.detail
    assert collected.cursor is None
    assert collected.replaces == ()


def test_a_history_that_breaks_after_it_was_read_keeps_what_is_known(
    repository: Path, commit: Callable[..., str], read: Read
) -> None:
    commit(repository, "one")
    first = read(repository)
    break_object(repository, commit(repository, "two"))
    collected = read(repository, after=first)
    assert collected.cursor is None
    assert collected.coverage[0].state in {CoverageState.PARTIAL, CoverageState.FAILED}
    assert collected.replaces == ()


def test_a_history_of_which_nothing_can_be_read_failed(
    repository: Path, commit: Callable[..., str], read: Read
) -> None:
    break_object(repository, commit(repository, "one"))
    (coverage,) = read(repository).coverage
    assert coverage.state is CoverageState.FAILED
    assert coverage.detail.startswith("git cannot read the history (")


def test_a_repository_of_an_unknown_form_failed(repository: Path, commit: Callable[..., str], read: Read) -> None:
    # Given a repository written by a git of the future
    commit(repository, "one")
    (repository / ".git" / "config").write_text("[core]\n\trepositoryformatversion = 99\n")

    # When it is read
    (coverage,) = read(repository).coverage

    # Then git's words say why not
    assert coverage.state is CoverageState.FAILED
    assert "99" in coverage.detail


def test_sizes_that_cannot_be_read_cost_nothing_else(
    tmp_path: Path, repository: Path, git: Callable[..., str], commit: Callable[..., str], read: Read
) -> None:
    # Given a clone that has commits but no contents
    commit(repository, "one", files={"a": "1"})
    git(repository, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "--quiet", "--bare", "--filter=blob:none", repository.as_uri(), "partial")

    # When it is read
    collected = read(tmp_path / "partial")

    # Then the history is complete, and only the sizes are missing
    assert subjects(collected) == ["one"]
    assert collected.evidence[0].data["files"] is None
    assert collected.coverage[0].state is CoverageState.COMPLETE
    assert "sizes of commits could not be read" in collected.coverage[0].detail


def test_a_limit_is_said_and_keeps_the_newest(repository: Path, commit: Callable[..., str], read: Read) -> None:
    for number in range(3):
        commit(repository, f"number {number}")
    collected = read(repository, max_commits=2)
    assert subjects(collected) == ["number 2", "number 1"]
    assert collected.coverage[0].state is CoverageState.PARTIAL
    assert collected.coverage[0].detail == "2 of 3 commits; raise the target's option max_commits to read more"


def test_a_window_is_read_whole_and_said(repository: Path, commit: Callable[..., str], read: Read) -> None:
    # Given an old commit and a young one
    commit(repository, "old", when="2020-01-01T00:00:00+00:00")
    commit(repository, "young")

    # When only what came after a day is asked for
    collected = read(repository, since="2023-01-01")

    # Then the young one is all there is to know
    assert subjects(collected) == ["young"]
    assert collected.coverage[0].state is CoverageState.COMPLETE
    assert collected.coverage[0].detail == "since 2023-01-01, as the target's option asks"
    assert read(repository, since="2030-01-01").coverage[0].state is CoverageState.ZERO


def test_a_window_that_is_no_date_is_refused(repository: Path, commit: Callable[..., str], read: Read) -> None:
    commit(repository, "one")
    with pytest.raises(BadEvidenceError, match="option since: 'soon' is not a date; write it as 2024-01-31"):
        read(repository, since="soon")


@pytest.mark.parametrize(
    ("times", "at"),
    [
        (("@0 +0000", "2024-01-01T00:00:00+00:00"), datetime(2024, 1, 1, tzinfo=UTC)),
        (("@4294967296 +0000", "2024-01-01T00:00:00+00:00"), datetime(2024, 1, 1, tzinfo=UTC)),
        (("@4294967296 +0000", "@4294967296 +0000"), None),
    ],
)
def test_times_that_cannot_be_are_not_believed(
    repository: Path, commit: Callable[..., str], read: Read, times: tuple[str, str], at: datetime | None
) -> None:
    # Given a commit made before there were commits, or long after today
    committed, authored = times
    commit(repository, "odd", when=authored, committed=committed)

    # When it is read
    (item,) = read(repository).evidence

    # Then another of its times is taken, or none, and the dirt is noted
    assert item.at == at
    assert item.data["dirt"]


def test_names_and_subjects_of_any_bytes_are_read(repository: Path, git: Callable[..., str], read: Read) -> None:
    # Given commits that say one encoding and use another, with escapes, and with no name at all
    blob = (
        b"blob\nmark :1\ndata 1\nx\n"
        b"commit refs/heads/main\nmark :2\nauthor J\xf6rg <j\xff@example.org> 1700000000 +0000\n"
        b"committer J\xf6rg <j@example.org> 1700000000 +0000\ndata 14\n\x1b[31mred\xff\x07\x1b[0m\n"
        b"M 644 :1 a\n"
        b"commit refs/heads/main\nauthor <> 1700000001 +0000\ncommitter <> 1700000001 +0000\ndata 0\nM 644 :1 b\n"
    )
    git(repository, "fast-import", "--quiet", content=blob)

    # When they are read
    second, first = read(repository).evidence

    # Then nothing is lost but what cannot be shown
    assert first.title == "red\ufffd"
    assert first.data["author"] == "J\ufffdrg"
    assert second.title == ""
    assert second.data["author"] == ""


def test_a_stop_is_heard_while_reading(
    repository: Path, commit: Callable[..., str], look_at: Callable[..., Look]
) -> None:
    commit(repository, "one")
    look = look_at(repository)
    look.stop.set()  # type: ignore[attr-defined]
    with pytest.raises(StoppedError):
        read_history(Git(repository / ".git", look.stop), look)


def test_a_record_without_a_hash_is_put_aside(
    repository: Path, commit: Callable[..., str], read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a git whose answer is not what was asked for
    commit(repository, "one")
    monkeypatch.setattr(commits, "_FORMAT", "oops%x00%P%x00%at%x00%ct%x00%aN%x00%aE%x00%x00%s")

    # When it is read
    collected = read(repository)

    # Then nothing of it passes for a commit
    assert collected.evidence == ()
    assert [item.key for item in collected.quarantined] == ["oops"]
    assert "records that could not be read: 1" in collected.coverage[0].detail


def test_ten_thousand_commits_are_read_whole(
    tmp_path: Path, git: Callable[..., str], look_at: Callable[..., Look]
) -> None:
    # Given a history longer than one piece of git's answer by far
    folder = tmp_path / "long"
    folder.mkdir()
    git(folder, "init", "--quiet", "--bare")
    stream = b"".join(
        b"commit refs/heads/main\ncommitter P%d <p%d@example.org> %d +0000\ndata 6\nchange\n"
        % (number % 7, number % 7, 1_600_000_000 + number)
        for number in range(10_001)
    )
    git(folder, "fast-import", "--quiet", content=stream)

    # When it is read
    look = look_at(folder)
    collected = read_history(Git(folder, look.stop), look)

    # Then every commit is there once, and so is every author
    assert len({item.key for item in collected.evidence}) == 10_001
    assert len({item.data["author_id"] for item in collected.evidence}) == 7
    assert collected.coverage[0].items == 10_001
