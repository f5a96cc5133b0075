"""Finding the repository that a target names, and saying in words why there is none."""

import os
from dataclasses import dataclass
from pathlib import Path

from agents.errors import BadEvidenceError

_BARE_PARTS = ("objects", "refs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository on this machine's disk."""

    git_dir: Path
    owner: int
    """The user id that it belongs to."""

    @property
    def foreign(self) -> str:
        """Words that say it is somebody else's; empty where it is ours."""
        ours = self.owner == os.geteuid()
        return "" if ours else f"the repository belongs to user {self.owner}; nothing of its hooks and settings was run"


def repository_at(location: str) -> Repository:
    """Return the repository whose root, or bare clone, is at the path.

    Raises ``BadEvidenceError`` with field, value and remedy where the path is missing, is no folder, may not be read,
    or is no repository. Runs nothing and follows no parents: a watch names exactly one repository.
    """
    root = Path(location).absolute()
    if "://" in location:
        raise _bad(
            location, "is an address, not a path", f"clone it (git clone --mirror {location} FOLDER), watch that"
        )
    try:
        if not root.exists():
            raise _bad(location, "does not exist", "correct the path, or clone the repository there")
        if not root.is_dir():
            raise _bad(location, "is not a folder", "name the folder that holds the repository")
        git_dir = _git_dir(root)
        _check_readable(location, git_dir)
    except OSError as error:
        raise _bad(location, f"cannot be opened ({error})", "give this worker's user read access to it") from error
    return Repository(git_dir=git_dir, owner=git_dir.stat().st_uid)


def _git_dir(root: Path) -> Path:
    inside = root / ".git"
    if inside.is_dir() and not os.access(inside, os.X_OK, effective_ids=True):
        raise PermissionError(f"{inside} belongs to user {inside.stat().st_uid}")
    if inside.is_file() or (inside / "HEAD").exists():
        return inside
    if (root / "HEAD").exists() and all((root / part).is_dir() for part in _BARE_PARTS):
        return root
    raise _no_repository(root)


def _no_repository(root: Path) -> BadEvidenceError:
    outer = next((parent for parent in root.resolve().parents if (parent / ".git").exists()), None)
    if outer is not None:
        return _bad(str(root), "is a folder inside a repository", f"watch the repository itself: {outer}")
    if not any(root.iterdir()):
        return _bad(str(root), "is an empty folder", "clone the repository there, or correct the path")
    return _bad(
        str(root), "is no git repository (no .git in it)", "clone it with git instead of unpacking an archive of it"
    )


def _check_readable(location: str, git_dir: Path) -> None:
    needed = [git_dir] if git_dir.is_file() else [git_dir / "HEAD", git_dir / "objects"]
    for part in needed:
        if not os.access(part, os.R_OK, effective_ids=True):
            owner = part.stat().st_uid
            raise _bad(
                location,
                f"belongs to user {owner} and may not be read by user {os.geteuid()}",
                "give this worker's user read access to it, or run the worker as its owner",
            )


def _bad(location: str, what: str, remedy: str) -> BadEvidenceError:
    return BadEvidenceError(f"git target, path {location!r}: {what}; {remedy}")
