"""The places that a watchlist names are looked at before anything runs."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from orchestrator.planning.locations import check_paths, locate
from orchestrator.planning.watchlist import parse_watchlist


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Return a folder whose name is short enough to be shown whole."""
    with TemporaryDirectory(prefix="l") as folder:
        yield Path(folder).resolve()


def faults(folder: Path, entry: str) -> list[str]:
    watchlist = parse_watchlist(f"name: x\ntargets:\n  - {entry}\n", path=folder / "w.yaml")
    return [str(problem).removeprefix(f"{folder / 'w.yaml'}:3:1: ") for problem in check_paths(watchlist)]


@pytest.mark.parametrize("entry", ["git: gone", "sbom: gone", "advisories: gone"])
def test_a_place_where_nothing_is_has_its_line(tmp_path: Path, entry: str) -> None:
    (fault,) = faults(tmp_path, entry)
    assert fault.endswith(
        f"'{tmp_path}/gone' does not exist, or this user cannot reach it; mend the path or its folder's mode"
    )


def test_a_clone_a_worktree_and_a_bare_repository_are_repositories(tmp_path: Path) -> None:
    # Given the three forms of a repository, by their names alone
    (tmp_path / "clone" / ".git").mkdir(parents=True)
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / ".git").write_text("gitdir: ../clone/.git/worktrees/tree")
    for name in ("objects", "refs"):
        (tmp_path / "bare.git" / name).mkdir(parents=True)
    (tmp_path / "bare.git" / "HEAD").touch()
    # Then none has a fault
    assert [faults(tmp_path, f"git: {name}") for name in ("clone", "tree", "bare.git")] == [[], [], []]


def test_a_folder_without_a_repository_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (fault,) = faults(tmp_path, "git: plain")
    assert f"git: '{tmp_path}/plain' is no git repository; give a clone, or run 'git init' in it" in fault or (
        # the temporary folder may itself lie in somebody's clone
        "is no git repository; it lies inside the clone" in fault
    )


def test_a_folder_inside_a_clone_is_answered_with_the_clone(tmp_path: Path) -> None:
    (tmp_path / "clone" / ".git").mkdir(parents=True)
    (tmp_path / "clone" / "src").mkdir()
    assert faults(tmp_path, "git: clone/src") == [
        f"git: '{tmp_path}/clone/src' is no git repository; it lies inside the clone {tmp_path}/clone: give that"
    ]


def test_a_file_is_no_clone_and_no_folder_of_advisories(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert faults(tmp_path, "git: file") == [f"git: '{tmp_path}/file' is no folder; give the folder of a git clone"]
    assert faults(tmp_path, "advisories: file") == [
        f"advisories: '{tmp_path}/file' is no folder; give the folder that holds the OSV records"
    ]
    assert faults(tmp_path, "sbom: file") == []


def test_a_folder_may_hold_lock_files_or_advisories(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert faults(tmp_path, "sbom: folder") == faults(tmp_path, "advisories: folder") == []


def test_a_target_that_is_optional_may_be_missing(tmp_path: Path) -> None:
    # Given two targets that are not there, one of them optional
    gone = "{sbom: gone, options: {optional: true}}"
    # Then only the other has a fault
    assert faults(tmp_path, gone) == []
    assert len(faults(tmp_path, gone.replace("true", '"yes"'))) == 1


def test_a_link_to_nowhere_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("gone")
    (fault,) = faults(tmp_path, "sbom: link")
    assert fault.endswith("cannot be read by this user; mend the link or its mode")


def test_a_folder_that_this_user_may_not_list_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a folder that the system says may not be listed (root may list all, so the answer is set)
    (tmp_path / "flaws").mkdir()
    monkeypatch.setattr(os, "access", lambda *_: False)
    # Then it has a fault
    (fault,) = faults(tmp_path, "advisories: flaws")
    assert fault.endswith("cannot be listed by this user; mend the folder's mode")


def test_all_faults_are_said_in_the_file_s_order(tmp_path: Path) -> None:
    watchlist = parse_watchlist("targets:\n  - git: b\n  - sbom: a\n", path=tmp_path / "w.yaml")
    assert [(problem.line, problem.field) for problem in check_paths(watchlist)] == [(2, "git"), (3, "sbom")]


def test_a_watchlist_made_without_a_file_has_faults_without_lines(tmp_path: Path) -> None:
    watchlist = parse_watchlist("targets: [{git: gone}]", path=tmp_path / "w.yaml").model_copy(update={"lines": {}})
    (problem,) = check_paths(watchlist)
    assert str(problem).startswith(f"{tmp_path / 'w.yaml'}: git: ")


def test_links_are_not_followed_in_a_target_s_place(tmp_path: Path) -> None:
    # Given a link that may point elsewhere tomorrow
    (tmp_path / "current").symlink_to(tmp_path / "v1")
    # Then the target is the link
    assert locate("current", folder=tmp_path) == str(tmp_path / "current")


def test_an_empty_home_makes_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "")
    assert locate("~/x", folder=tmp_path) == "/x"


def test_a_pipe_is_no_bill_of_materials(tmp_path: Path) -> None:
    # Given a pipe, which would be empty at the second look, and would hold up a worker at the first
    os.mkfifo(tmp_path / "pipe.txt")
    (fault,) = faults(tmp_path, "sbom: pipe.txt")
    # Then the remedy is a file
    assert fault.startswith(f"sbom: '{tmp_path}/pipe.txt' is a pipe or a device")
    assert "write it into a file" in fault
