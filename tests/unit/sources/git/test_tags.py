"""Tags tell of releases; moved, deleted, odd and broken ones included."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.contract import CoverageState
from agents.sources.collected import Collected
from agents.sources.git.command import Git
from agents.sources.git.tags import read_tags
from agents.sources.look import Look

Read = Callable[..., Collected]


@pytest.fixture
def read(look_at: Callable[..., Look]) -> Read:
    def run(place: Path, *, after: Collected | None = None, **options: object) -> Collected:
        look = look_at(place, cursors={after.source: after.cursor} if after else {}, options=options)
        git_dir = place / ".git"
        return read_tags(Git(git_dir if git_dir.exists() else place, look.stop), look)

    return run


def test_both_sorts_of_tags_name_their_commit(
    repository: Path, git: Callable[..., str], commit: Callable[..., str], read: Read
) -> None:
    # Given a plain tag, and one with a message that was made later than its commit
    name = commit(repository, "one", when="2024-01-02T00:00:00+00:00")
    git(repository, "tag", "v1.0")
    git(repository, "tag", "-a", "v1.1", "-m", "second\nline", GIT_COMMITTER_DATE="2024-02-03T00:00:00+00:00")

    # When they are read
    collected = read(repository)
    by_name = {item.key: item for item in collected.evidence}

    # Then each has its commit and its time
    assert by_name["v1.0"].at == datetime(2024, 1, 2, tzinfo=UTC)
    assert by_name["v1.1"].at == datetime(2024, 2, 3, tzinfo=UTC)
    assert {item.data["commit"] for item in collected.evidence} == {name}
    assert [by_name[key].data["annotated"] for key in ("v1.0", "v1.1")] == [False, True]
    assert by_name["v1.1"].data["committed_at"] == "2024-01-02T00:00:00+00:00"
    assert by_name["v1.1"].data["subject"] == "second line"
    assert collected.replaces == ("tag",)
    assert collected.coverage[0].items == 2


def test_tags_are_read_again_only_when_one_changed(
    repository: Path, git: Callable[..., str], commit: Callable[..., str], read: Read
) -> None:
    # Given tags that were read
    commit(repository, "one")
    git(repository, "tag", "v1")
    git(repository, "tag", "v2")
    first = read(repository)

    # When nothing changed
    again = read(repository, after=first)

    # Then none is read, and none is said to be gone
    assert (again.evidence, again.replaces) == ((), ())
    assert again.coverage == first.coverage

    # When one is deleted
    git(repository, "tag", "-d", "v1")
    second = read(repository, after=first)

    # Then all that are left are told, as the whole truth
    assert [item.key for item in second.evidence] == ["v2"]
    assert second.replaces == ("tag",)


def test_a_tag_of_something_else_is_put_aside(
    repository: Path, git: Callable[..., str], commit: Callable[..., str], read: Read
) -> None:
    commit(repository, "one", files={"a": "1"})
    git(repository, "tag", "tree", "HEAD^{tree}")
    git(repository, "tag", "-a", "blob", "-m", "x", "HEAD:a")
    collected = read(repository)
    assert collected.evidence == ()
    assert {(item.key, item.reason) for item in collected.quarantined} == {
        ("refs/tags/tree", "the tag names a tree, not a commit"),
        ("refs/tags/blob", "the tag names a blob, not a commit"),
    }
    assert collected.coverage[0].state is CoverageState.ZERO
    assert collected.coverage[0].detail == "tags that name no commit: 2"


def test_a_repository_without_tags_has_zero(repository: Path, commit: Callable[..., str], read: Read) -> None:
    commit(repository, "one")
    assert read(repository).coverage[0].state is CoverageState.ZERO


def test_a_shallow_clone_may_lack_tags(
    tmp_path: Path, repository: Path, git: Callable[..., str], commit: Callable[..., str], read: Read
) -> None:
    commit(repository, "one")
    git(repository, "tag", "v1")
    commit(repository, "two")
    git(tmp_path, "clone", "--quiet", "--depth=1", repository.as_uri(), "shallow")
    (coverage,) = read(tmp_path / "shallow").coverage
    assert coverage.state is CoverageState.PARTIAL
    assert "git fetch --unshallow --tags" in coverage.detail


def test_a_tag_whose_object_is_lost_is_a_failure(repository: Path, commit: Callable[..., str], read: Read) -> None:
    commit(repository, "one")
    (repository / ".git" / "refs" / "tags" / "lost").write_text("1" * 40 + "\n")
    (coverage,) = read(repository).coverage
    assert coverage.state is CoverageState.FAILED
    assert "git fsck" in coverage.detail


def test_the_newest_tags_are_kept_where_there_are_too_many(
    repository: Path, git: Callable[..., str], commit: Callable[..., str], read: Read
) -> None:
    for day in (1, 2, 3):
        commit(repository, str(day), when=f"2024-01-0{day}T00:00:00+00:00")
        git(repository, "tag", f"v{day}")
    assert [item.key for item in read(repository, max_tags=2).evidence] == ["v3", "v2"]
