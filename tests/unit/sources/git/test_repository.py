"""A target names a repository, or it is said in words why it does not."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from agents.errors import BadEvidenceError
from agents.sources.git.repository import Repository, repository_at

NOBODY = 65_534


@pytest.fixture
def reachable(tmp_path: Path) -> Iterator[Path]:
    """Return a folder that an ordinary user can reach too, as root's process becomes one in a test."""
    with ExitStack() as undo:
        temporary = Path(tempfile.gettempdir()).resolve()
        parents = [place for place in (tmp_path, *tmp_path.parents) if place.is_relative_to(temporary)]
        if os.geteuid() == 0 and temporary not in parents:
            pytest.skip("the folder for tests lies where an ordinary user cannot be let in")
        for place in parents if os.geteuid() == 0 else []:
            undo.callback(place.chmod, place.stat().st_mode & 0o7777)
            place.chmod(place.stat().st_mode | 0o011)
        yield tmp_path


@pytest.fixture
def ordinary_user() -> Iterator[None]:
    """Be nobody for the length of a test, where it runs as root: root may read everything."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    yield
    os.seteuid(before)


def test_a_working_clone_a_bare_one_and_a_linked_tree_are_found(
    tmp_path: Path, repository: Path, git: Callable[..., str], commit: Callable[..., str]
) -> None:
    # Given a repository in three forms
    commit(repository, "one")
    git(tmp_path, "clone", "--quiet", "--bare", str(repository), "bare")
    git(repository, "worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))

    # Then each is found where its data lie
    assert repository_at(str(repository)).git_dir == repository / ".git"
    assert repository_at(str(tmp_path / "bare")).git_dir == tmp_path / "bare"
    assert repository_at(str(tmp_path / "linked")).git_dir == tmp_path / "linked" / ".git"


def test_our_own_repository_needs_no_words_and_a_foreign_one_some(tmp_path: Path) -> None:
    assert Repository(git_dir=tmp_path, owner=os.geteuid()).foreign == ""
    assert "belongs to user" in Repository(git_dir=tmp_path, owner=os.geteuid() + 1).foreign


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("missing", r"'.*missing'\: does not exist; correct the path"),
        ("file", "is not a folder; name the folder"),
        ("empty", "is an empty folder; clone the repository there"),
        ("archive", r"is no git repository \(no \.git in it\); clone it with git instead"),
        ("repository/inner", "is a folder inside a repository; watch the repository itself: .*repository"),
        ("nul\x00", "does not exist"),
        ("x" * 300, "cannot be opened .*; give this worker.s user read access"),
    ],
)
def test_what_is_no_repository_is_refused_with_the_remedy(
    tmp_path: Path, repository: Path, place: str, words: str
) -> None:
    # Given places of every wrong kind
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "README").write_text("x")
    (repository / "inner").mkdir()

    # When one is named
    # Then the message has field, value and remedy
    with pytest.raises(BadEvidenceError, match=f"git target, path .*{words}"):
        repository_at(f"{tmp_path}/{place}")


def test_an_address_is_no_path() -> None:
    with pytest.raises(BadEvidenceError, match="is an address, not a path; clone it"):
        repository_at("https://git.example.org/x.git")


@pytest.mark.parametrize("closed", [".git/objects", ".git", "."])
def test_a_repository_that_may_not_be_read_is_refused_in_words(
    reachable: Path, repository: Path, closed: str, request: pytest.FixtureRequest
) -> None:
    # Given somebody's repository that nobody else may read
    place = repository / closed
    place.chmod(0)

    # When an ordinary user's worker is to read it
    request.getfixturevalue("ordinary_user")
    try:
        with pytest.raises(BadEvidenceError) as caught:
            repository_at(str(repository))
    finally:
        if os.geteuid() != NOBODY:
            place.chmod(0o700)

    # Then it is told who must do what
    assert "read access" in str(caught.value)
