"""The files of a commit, read from git's objects: a bare clone has them, and no link of it leads anywhere."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from agents.sources.git.command import Git
from agents.sources.git.fields import fields

_PLAIN_FILES = ("100644", "100755", "100664")


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeFile:
    """A file of a commit: its path, the id of its content, its size in bytes."""

    path: str
    blob: str
    size: int


def files(git: Git, commit: str, *, wanted: Callable[[str], bool]) -> Iterator[TreeFile]:
    """Yield the commit's plain files whose path is wanted, in path order; links and submodules are no files."""
    for field in fields(git.stream("ls-tree", "-r", "-l", "-z", "--full-tree", commit)):
        about, _, path = field.decode("utf-8", "replace").partition("\t")
        mode, _, blob, size = about.split()
        if mode in _PLAIN_FILES and wanted(path):
            # The size of a blob that a partial clone lacks is BAD or "-".
            yield TreeFile(path=path, blob=blob, size=int(size) if size.isdigit() else 0)


def content(git: Git, file: TreeFile) -> bytes:
    """Return a file's content."""
    return git.read("cat-file", "blob", file.blob)
