"""Where manifests lie: a folder on disk, one file in it, or a commit of a repository. All are read the same way."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Protocol

from agents.errors import BadEvidenceError
from agents.sources.folders import paths_below, plain_file
from agents.sources.git.command import Git
from agents.sources.git.errors import GitRefusedError
from agents.sources.git.tree import TreeFile, content, files
from agents.sources.manifests.formats import KNOWN, parser_by_name

FOLDER_DEPTH = 6
COMMIT_DEPTH = 2
"""How many folders deep manifests are looked for. A repository's deeper ones are mostly samples and test data."""
_INSTALLED = frozenset({"node_modules", "site-packages", "vendor", "venv", "bower_components"})
_SAMPLES = frozenset(
    {"test", "tests", "testing", "testdata", "fixtures", "example", "examples", "samples", "templates"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A file that may be read: its path below the shelf's root, its size in bytes, and how to read it."""

    path: str
    size: int
    load: Callable[[], bytes]


class Shelf(Protocol):
    """A place that holds manifests."""

    @property
    def only(self) -> str:
        """The one file that a person named; empty where all manifests of the place are meant."""
        ...

    def manifests(self) -> Iterator[Manifest]:
        """Yield the manifests in a fixed order."""
        ...

    def at(self, path: str) -> Manifest | None:
        """Return the file at a path below the root; None where there is none, or it leads out of the root."""
        ...


@dataclass(frozen=True, slots=True)
class FolderShelf:
    """A folder on disk. ``only`` names the one file of it that is asked for; others are read where it includes them."""

    root: Path
    only: str = ""

    def manifests(self) -> Iterator[Manifest]:
        """Yield the manifests in path order."""
        yield from (found for path in self._paths() if (found := self.at(path)) is not None)

    def _paths(self) -> list[str]:
        if self.only:
            return [self.only]
        return paths_below(
            self.root,
            depth=FOLDER_DEPTH,
            wanted=lambda path: parser_by_name(path) is not None,
            entered=lambda name: name not in _INSTALLED,
        )

    def at(self, path: str) -> Manifest | None:
        """Return the plain file at the path, links followed only inside the root."""
        place = plain_file(self.root, path)
        return Manifest(path=path, size=place.stat().st_size, load=place.read_bytes) if place else None


@dataclass(frozen=True, slots=True)
class CommitShelf:
    """The files of one commit."""

    git: Git
    commit: str
    only: str = ""

    def manifests(self) -> Iterator[Manifest]:
        """Yield the manifests near the root in path order; installed packages, samples and test data are passed by."""
        yield from self._files(_is_own_manifest)

    def at(self, path: str) -> Manifest | None:
        """Return the plain file at the path."""
        return next(self._files(lambda other: other == path), None)

    def _files(self, wanted: Callable[[str], bool]) -> Iterator[Manifest]:
        for file in files(self.git, self.commit, wanted=wanted):
            yield Manifest(path=file.path, size=file.size, load=partial(_load, self.git, file))


def _load(git: Git, file: TreeFile) -> bytes:
    try:
        return content(git, file)
    except GitRefusedError as error:
        raise OSError(str(error)) from error


def shelf_at(location: str) -> FolderShelf:
    """Return the folder, or the file, that a target names; ``BadEvidenceError`` where there is none."""
    place = Path(location).absolute()
    try:
        if place.is_dir():
            os.scandir(place).close()
            return FolderShelf(place)
        if place.is_file():
            return FolderShelf(place.parent, place.name)
    except OSError as error:
        raise BadEvidenceError(
            f"sbom target, path {location!r}: cannot be opened ({error}); give this worker's user read access to it"
        ) from error
    lack = "is neither a file nor a folder" if os.path.lexists(place) else "there is no such file or folder"
    raise BadEvidenceError(f"sbom target, path {location!r}: {lack}; name one of: {KNOWN}, or a folder of them")


def _is_own_manifest(path: str) -> bool:
    folders = PurePosixPath(path).parts[:-1]
    passed_by = any(name.lower() in _INSTALLED | _SAMPLES or name.startswith(".") for name in folders)
    return len(folders) <= COMMIT_DEPTH and not passed_by and parser_by_name(path) is not None
