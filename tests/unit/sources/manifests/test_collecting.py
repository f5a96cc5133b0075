"""Manifests on disk and in commits become evidence; a changed one replaces what was, an unchanged one costs nothing."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from agents.contract import CoverageState, Evidence, TargetKind
from agents.errors import BadEvidenceError
from agents.sources.collected import Collected
from agents.sources.git.command import Git
from agents.sources.look import Look
from agents.sources.manifests import collecting, reading
from agents.sources.manifests.collecting import read_manifests
from agents.sources.manifests.commit import read_commit_manifests
from agents.sources.manifests.shelf import shelf_at

Read = Callable[..., Collected]


@pytest.fixture
def read(look_at: Callable[..., Look]) -> Read:
    """Return a function that reads the manifests of a place on disk."""

    def run(place: Path, *, after: Collected | None = None) -> Collected:
        look = look_at(place, kind=TargetKind.SBOM, cursors={after.source: after.cursor} if after else {})
        return read_manifests(shelf_at(str(place)), look)

    return run


@pytest.fixture
def read_commit(look_at: Callable[..., Look]) -> Read:
    """Return a function that reads the manifests of a repository's newest commit."""

    def run(repository: Path, *, after: Collected | None = None) -> Collected:
        look = look_at(repository, cursors={after.source: after.cursor} if after else {})
        return read_commit_manifests(Git(repository / ".git", look.stop), look)

    return run


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def keys(collected: Collected) -> list[str]:
    return [item.key for item in collected.evidence]


def test_a_dependency_says_where_it_stands(tmp_path: Path, read: Read) -> None:
    # Given a lock file
    write(tmp_path, {"requirements.lock": "Flask==3.0.0\n    # via -r requirements.in\n"})

    # When it is read
    collected = read(tmp_path / "requirements.lock")

    # Then the evidence has everything that matching needs
    (item,) = collected.evidence
    assert isinstance(item, Evidence)
    assert (item.source, item.kind, item.title) == ("manifest", "dependency", "flask 3.0.0")
    assert item.key == "PyPI/flask@3.0.0#requirements.lock"
    assert item.data == {
        "ecosystem": "PyPI",
        "name": "flask",
        "version": "3.0.0",
        "specifier": "==3.0.0",
        "pinned": True,
        "direct": True,
        "scope": "runtime",
        "file": "requirements.lock",
        "purl": "pkg:pypi/flask@3.0.0",
        "marker": "",
    }
    assert collected.coverage[0].state is CoverageState.COMPLETE
    assert collected.coverage[0].detail == "1 manifest"
    assert collected.replaces == ("dependency",)


def test_an_unchanged_file_is_not_told_again_and_a_vanished_package_is_gone(tmp_path: Path, read: Read) -> None:
    # Given a lock that was read
    place = write(tmp_path, {"requirements.txt": "a==1\nb==1\nwhat is this\n"}) / "requirements.txt"
    first = read(place)

    # When nothing changed
    again = read(place, after=first)

    # Then nothing is told, and the coverage is the same
    assert (again.evidence, again.quarantined, again.replaces) == ((), (), ())
    assert (again.coverage, again.cursor) == (first.coverage, first.cursor)

    # When a package left the lock
    place.write_text("a==1\n")
    second = read(place, after=first)

    # Then what is left is the whole truth
    assert keys(second) == ["PyPI/a@1#requirements.txt"]
    assert second.replaces == ("dependency",)


def test_includes_are_followed_inside_the_folder_only(tmp_path: Path, read: Read) -> None:
    # Given requirements that include each other, and some that lead elsewhere
    (tmp_path / "outside.txt").write_text("secret==1\n")
    root = write(
        tmp_path / "root",
        {
            "requirements.txt": "-r deep/more.txt\n-r ../outside.txt\n-r gone.txt\n-r /etc/passwd\na==1\n",
            "deep/more.txt": "-r ../requirements.txt\nb==2\n",
        },
    )

    # When the file is read
    collected = read(root / "requirements.txt")

    # Then those inside are read once, and the others are named
    assert keys(collected) == ["PyPI/a@1#requirements.txt", "PyPI/b@2#deep/more.txt"]
    assert [item.raw for item in collected.quarantined] == ["../outside.txt", "gone.txt", "/etc/passwd"]
    assert collected.coverage[0].state is CoverageState.PARTIAL
    assert "put aside as unreadable: 3" in collected.coverage[0].detail


def test_a_folder_is_read_whole_and_a_broken_file_put_aside(tmp_path: Path, read: Read) -> None:
    # Given a folder of manifests, one broken, one installed by a tool, one a link to elsewhere
    (tmp_path / "outside.json").write_text('{"dependencies": {"secret": "1.0.0"}}')
    root = write(
        tmp_path / "root",
        {
            "requirements.txt": "a==1\n",
            "web/package.json": '{"dependencies": {"b": "2.0.0"}}',
            "web/package-lock.json": "{broken",
            "web/node_modules/c/package.json": '{"dependencies": {"d": "3.0.0"}}',
            "README.md": "x",
        },
    )
    (root / "linked").mkdir()
    (root / "linked" / "package.json").symlink_to(tmp_path / "outside.json")

    # When it is read
    collected = read(root)

    # Then what is good is there, and what is broken is named
    assert keys(collected) == ["PyPI/a@1#requirements.txt", "npm/b@2.0.0#web/package.json"]
    (broken,) = collected.quarantined
    assert broken.key == "web/package-lock.json:1"
    assert broken.reason.startswith("is not JSON")
    assert collected.coverage[0].state is CoverageState.PARTIAL
    assert "web/package-lock.json does not parse" in collected.coverage[0].detail


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("poetry.lock", "[[package]\n", "file .*/poetry.lock, line 1: is not TOML: .*; mend it or have its tool write"),
        ("sbom.json", "{}", "file .*/sbom.json: has no bomFormat CycloneDX"),
        ("notes", "These are notes.\nNo list.\n", "file .*/notes, line 1: holds no requirement"),
        ("requirements.txt", b"a==1\n\xff\xfe\n", "file .*/requirements.txt, line 2: is not utf-8 text"),
    ],
)
def test_a_named_file_that_does_not_parse_is_refused(
    tmp_path: Path, read: Read, name: str, text: str | bytes, words: str
) -> None:
    with pytest.raises(BadEvidenceError, match=f"sbom target, {words}"):
        read(write(tmp_path, {name: text}) / name)


def test_text_in_the_encodings_of_some_shells_is_read(tmp_path: Path, read: Read) -> None:
    write(tmp_path, {"a.txt": "a==1\n".encode("utf-16"), "b.txt": b"\xef\xbb\xbfb==1\n"})
    assert keys(read(tmp_path / "a.txt")) == ["PyPI/a@1#a.txt"]
    assert keys(read(tmp_path / "b.txt")) == ["PyPI/b@1#b.txt"]


def test_a_place_that_is_not_there_is_refused(tmp_path: Path, read: Read) -> None:
    with pytest.raises(BadEvidenceError, match=r"path .*missing'\: there is no such file or folder; name one of"):
        read(tmp_path / "missing")
    with pytest.raises(BadEvidenceError, match="cannot be opened"):
        read(tmp_path / ("x" * 300))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadEvidenceError, match="is neither a file nor a folder; name one of"):
        read(tmp_path / "pipe")


def test_a_folder_without_manifests_has_zero(tmp_path: Path, read: Read) -> None:
    (coverage,) = read(tmp_path).coverage
    assert coverage.state is CoverageState.ZERO
    assert coverage.detail.startswith("no manifest found; known are: ")


def test_limits_are_said(tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given more files, bytes and dependencies than may be
    write(tmp_path, {"requirements-a.txt": "a\nb\n", "requirements-b.txt": "c" * 99, "requirements-c.txt": "d\n"})
    monkeypatch.setattr(collecting, "MAX_FILES", 2)
    monkeypatch.setattr(collecting, "MAX_DEPENDENCIES", 1)
    monkeypatch.setattr(reading, "MAX_BYTES", 50)

    # When the folder is read
    collected = read(tmp_path)

    # Then what was left out is said
    assert keys(collected) == ["PyPI/a@#requirements-a.txt"]
    assert collected.quarantined[0].reason == "has 99 bytes, more than a manifest may have here (50)"
    assert "1 more files were left unread" in collected.coverage[0].detail
    assert "2 dependencies are more than are kept (1)" in collected.coverage[0].detail


def test_the_manifests_of_a_commit_are_read_from_git(
    tmp_path: Path, repository: Path, git: Callable[..., str], commit: Callable[..., str], read_commit: Read
) -> None:
    # Given a repository whose working tree is gone, with manifests near the root, deep down, and among its tests
    commit(
        repository,
        "one",
        files={
            "requirements.txt": "-r reqs/base.list\na==1\n",
            "reqs/base.list": "base==1\n",
            "web/app/package.json": '{"dependencies": {"b": "2.0.0"}}',
            "a/b/c/package.json": '{"dependencies": {"deep": "2.0.0"}}',
            "tests/requirements.txt": "sample==1\n",
            ".github/requirements.txt": "hidden==1\n",
            "vendor/x/package.json": '{"dependencies": {"vendored": "2.0.0"}}',
        },
    )
    git(repository, "rm", "-r", "--quiet", "--cached", ".")

    # When it is read
    collected = read_commit(repository)

    # Then those near the root are evidence
    assert keys(collected) == [
        "PyPI/a@1#requirements.txt",
        "npm/b@2.0.0#web/app/package.json",
        "PyPI/base@1#reqs/base.list",
    ]
    assert read_commit(repository, after=collected).evidence == ()


def test_a_repository_without_commits_has_zero_and_without_a_head_failed(
    repository: Path, git: Callable[..., str], commit: Callable[..., str], read_commit: Read
) -> None:
    assert read_commit(repository).coverage[0].state is CoverageState.ZERO
    commit(repository, "one")
    git(repository, "symbolic-ref", "HEAD", "refs/heads/gone")
    assert read_commit(repository).coverage[0].state is CoverageState.FAILED


def test_damaged_contents_are_put_aside_and_damaged_trees_are_a_failure(
    repository: Path, git: Callable[..., str], commit: Callable[..., str], read_commit: Read
) -> None:
    # Given a repository in which a manifest's content is cut short
    commit(repository, "one", files={"requirements.txt": "a==1\n" * 99, "package.json": "{}"})
    blob = git(repository, "rev-parse", "HEAD:requirements.txt")
    place = repository / ".git" / "objects" / blob[:2] / blob[2:]
    place.chmod(0o644)
    place.write_bytes(place.read_bytes()[:-8])

    # When it is read
    collected = read_commit(repository)

    # Then that one is put aside
    assert [item.reason.startswith("cannot be opened") for item in collected.quarantined] == [True]
    assert collected.coverage[0].state is CoverageState.PARTIAL

    # When the tree is lost too
    tree = git(repository, "rev-parse", "HEAD^{tree}")
    (repository / ".git" / "objects" / tree[:2] / tree[2:]).unlink()

    # Then nothing can be read, and that is said
    (coverage,) = read_commit(repository).coverage
    assert coverage.state is CoverageState.FAILED
    assert "git cannot read the files of HEAD" in coverage.detail
