"""Change notes come from the newest commit's change logs, working tree or not."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.contract import CoverageState
from agents.sources.collected import Collected
from agents.sources.git import notes
from agents.sources.git.command import Git
from agents.sources.git.notes import is_change_log, read_notes
from agents.sources.look import Look

Read = Callable[..., Collected]
LOG = "# 2.0\n\nReleased 2024-01-02\n\nBREAKING\x1b[31m: gone\n\n# 1.0\n\n# 1.0\n\nagain\n"


@pytest.fixture
def read(look_at: Callable[..., Look]) -> Read:
    def run(place: Path, *, after: Collected | None = None) -> Collected:
        look = look_at(place, cursors={after.source: after.cursor} if after else {})
        git_dir = place / ".git"
        return read_notes(Git(git_dir if git_dir.exists() else place, look.stop), look)

    return run


@pytest.mark.parametrize("path", ["CHANGELOG.md", "CHANGES", "docs/changes.rst", "History.md", "RELEASE_NOTES.txt"])
def test_change_logs_are_known_by_their_names(path: str) -> None:
    assert is_change_log(path)


@pytest.mark.parametrize("path", ["README.md", "src/CHANGELOG.md", "changes/1.md", "newsletter.md", "news.py"])
def test_other_files_are_not_change_logs(path: str) -> None:
    assert not is_change_log(path)


def test_sections_become_notes(
    tmp_path: Path, repository: Path, git: Callable[..., str], commit: Callable[..., str], read: Read
) -> None:
    # Given a bare clone of a repository with a change log
    commit(repository, "one", files={"CHANGELOG.md": LOG})
    git(tmp_path, "clone", "--quiet", "--bare", str(repository), "bare")

    # When its notes are read
    collected = read(tmp_path / "bare")
    first, *others = collected.evidence

    # Then each version has one, also the one that is told twice
    assert first.key == "CHANGELOG.md#2.0"
    assert first.at == datetime(2024, 1, 2, tzinfo=UTC)
    assert first.title == "2.0"
    assert first.data["text"] == "Released 2024-01-02\n\nBREAKING: gone"
    assert [item.key for item in others] == ["CHANGELOG.md#1.0", "CHANGELOG.md#1.0~2"]
    assert collected.replaces == ("change_note",)
    assert collected.coverage[0].detail == "from CHANGELOG.md"


def test_notes_are_read_again_only_when_a_log_changed(repository: Path, commit: Callable[..., str], read: Read) -> None:
    # Given notes that were read
    commit(repository, "one", files={"CHANGELOG.md": LOG})
    first = read(repository)

    # When something else changes
    commit(repository, "two", files={"other": "x"})
    again = read(repository, after=first)

    # Then nothing is read
    assert (again.evidence, again.replaces, again.coverage) == ((), (), first.coverage)

    # When the log is gone
    (repository / "CHANGELOG.md").unlink()
    commit(repository, "three")
    second = read(repository, after=first)

    # Then so are the notes
    assert (second.evidence, second.replaces) == ((), ("change_note",))
    assert second.coverage[0].state is CoverageState.ZERO


def test_a_repository_without_a_change_log_or_commits_has_zero(
    repository: Path, commit: Callable[..., str], read: Read
) -> None:
    assert read(repository).coverage[0].state is CoverageState.ZERO
    commit(repository, "one", files={"CHANGES": ".. include:: elsewhere\n"})
    assert read(repository).coverage[0].state is CoverageState.ZERO


def test_a_head_that_names_nothing_is_a_failure_and_takes_nothing_away(
    repository: Path, git: Callable[..., str], commit: Callable[..., str], read: Read
) -> None:
    # Given notes that were read, and a HEAD that then names a branch that is not there
    commit(repository, "one", files={"CHANGES": "# 1.0\n"})
    first = read(repository)
    git(repository, "symbolic-ref", "HEAD", "refs/heads/gone")

    # When they are read again
    collected = read(repository, after=first)

    # Then what is known stays known
    assert collected.coverage[0].state is CoverageState.FAILED
    assert (collected.replaces, collected.cursor) == ((), None)


def test_a_log_that_names_no_version_is_put_aside(repository: Path, commit: Callable[..., str], read: Read) -> None:
    commit(repository, "one", files={"NEWS": "words\n" * 20, "CHANGES.md": "# 1.0\n"})
    collected = read(repository)
    assert [item.key for item in collected.quarantined] == ["NEWS"]
    assert collected.coverage[0].state is CoverageState.PARTIAL
    assert collected.coverage[0].detail == "from CHANGES.md, NEWS; could not be read: 1"


def test_a_log_that_is_too_long_is_put_aside(
    repository: Path, commit: Callable[..., str], read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repository, "one", files={"NEWS": "# 1.0\n"})
    monkeypatch.setattr(notes, "MAX_BYTES", 3)
    (item,) = read(repository).quarantined
    assert item.reason == "6 bytes are more than a change log may have here (3)"


def test_a_log_whose_content_is_damaged_is_put_aside(
    repository: Path, git: Callable[..., str], commit: Callable[..., str], read: Read
) -> None:
    # Given a repository in which the end of a log's content is lost
    commit(repository, "one", files={"NEWS": "# 1.0\n" * 99, "CHANGES": "# 1.0\n"})
    blob = git(repository, "rev-parse", "HEAD:NEWS")
    place = repository / ".git" / "objects" / blob[:2] / blob[2:]
    place.chmod(0o644)
    place.write_bytes(place.read_bytes()[:-8])

    # When its notes are read
    collected = read(repository)

    # Then that log is put aside with git's reason, and the other is read
    assert [item.key for item in collected.evidence] == ["CHANGES#1.0"]
    assert [item.key for item in collected.quarantined] == ["NEWS"]
    assert collected.coverage[0].state is CoverageState.PARTIAL


def test_a_tree_that_is_lost_is_a_failure(
    repository: Path, git: Callable[..., str], commit: Callable[..., str], read: Read
) -> None:
    commit(repository, "one", files={"NEWS": "# 1.0\n"})
    tree = git(repository, "rev-parse", "HEAD^{tree}")
    (repository / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    (coverage,) = read(repository).coverage
    assert coverage.state is CoverageState.FAILED
    assert "git cannot read the change logs" in coverage.detail
